import { SignJWT } from 'jose'
import { signingSecret } from '../../../../durable-objects/adapters/secrets.ts'
import { type Env, isDevelopment } from '../../../../durable-objects/env.ts'
import { clock } from '../../../../durable-objects/sandbox/clock.ts'
import { HOUR, type Instant, instantOf, millisecondsOf } from '../../../../shared/core/time.ts'
import type { Scope } from './caller.ts'

/** Lifetime of the tokens that Petrel signs. */
export const tokenLifetimeMs = { production: HOUR, development: 24 * HOUR } as const

type SigningEnv = Pick<Env, 'ENVIRONMENT' | 'JWT_SECRET'>

/**
 * The access token of a customer who authenticated at `at`, a time of the deployment's clock, which development may
 * have advanced. The times in a token are converted to the platform's clock, by which they are checked.
 */
export function issueCustomerToken(env: SigningEnv, customerId: string, at: Instant): Promise<string> {
  return issueAccessToken(env, customerId, ['customer'], instantOf(clock.platformTimeOf(at)))
}

/**
 * Signs an access token (JWT, HS256). The same arguments give the same token, so that a repeated request gets the
 * same answer.
 *
 * @throws Error without a signing key, which `requireConfiguration` rules out
 */
export async function issueAccessToken(
  env: SigningEnv,
  sub: string,
  granted: readonly Scope[],
  now: Instant,
): Promise<string> {
  const secret = signingSecret(env)
  if (secret === null) throw new Error('a token cannot be signed without a key')
  const lifetime = isDevelopment(env) ? tokenLifetimeMs.development : tokenLifetimeMs.production
  const issuedAt = Math.floor(millisecondsOf(now) / 1_000)
  return new SignJWT({ scope: granted.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + lifetime / 1_000)
    .sign(new TextEncoder().encode(secret))
}
