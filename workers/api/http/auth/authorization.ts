import { Problem } from '../problems.ts'
import type { Caller, Scope } from './caller.ts'

/** RFC 6750, section 3: without a token the challenge names no error. */
export function unauthenticated(detail: string, error?: 'invalid_request' | 'invalid_token'): Problem {
  const challenge = `Bearer realm="petrel"${error ? `, error="${error}"` : ''}`
  return new Problem('unauthenticated', detail, { headers: { 'WWW-Authenticate': challenge } })
}

/** Whether the caller's token has a scope. */
export function hasScope(caller: Caller, scope: Scope): boolean {
  return caller.kind === 'known' && caller.scopes.has(scope)
}

/** The customer id of the caller; `null` without the scope `customer`. */
export function customerIdOf(caller: Caller): string | null {
  return caller.kind === 'known' && caller.scopes.has('customer') ? caller.subject : null
}

/** Whether the caller may read what belongs to a customer: the owner and operators may. */
export function mayReadOf(caller: Caller, customerId: string): boolean {
  return customerIdOf(caller) === customerId || hasScope(caller, 'operator')
}

/**
 * Refuses callers with none of the required scopes.
 *
 * @throws Problem `unauthenticated` without a token, `insufficient_scope` with another
 */
export function requireScope(caller: Caller, required: readonly Scope[]): void {
  if (required.some((scope) => hasScope(caller, scope))) return
  if (caller.kind === 'anonymous') throw unauthenticated('This operation needs an access token.')
  throw new Problem('insufficient_scope', `This operation is for ${required.join(' or ')}.`, {
    facts: { requiredScopes: required },
    headers: {
      'WWW-Authenticate': `Bearer realm="petrel", error="insufficient_scope", scope="${required.join(' ')}"`,
    },
  })
}

/** Who may call: anyone, or callers with one of these scopes. */
export type Audience = 'anyone' | readonly [Scope, ...Scope[]]
