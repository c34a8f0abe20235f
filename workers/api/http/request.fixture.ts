import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { z } from 'zod'
import type { Env } from '../../../durable-objects/env.ts'
import { instantOf } from '../../../shared/core/time.ts'
import { app } from '../app.ts'
import { issueAccessToken } from './auth/access-tokens.ts'
import type { Scope } from './auth/caller.ts'
import { lackingProblem } from './openapi/documented-problems.fixture.ts'
import { problemEntry } from './openapi/problem-catalog.ts'

/** Requests through the whole API, as tests in the Workers runtime send them. Not used outside tests. */

/** Who sends a request: a subject with its scopes, or no token. */
export type Caller = readonly [subject: string, ...scopes: Scope[]] | null
export const operator: Caller = ['olga', 'operator']
export const ops: Caller = ['otto', 'ops']

/** A customer, by id. */
export const customer = (id: string): Caller => [id, 'customer']

const answerSchema = z.looseObject({ id: z.string().optional(), code: z.string().optional() })

/**
 * Sends one request to a path under /v1; without a caller it carries no token. A problem that the document does not
 * have at its operation is an error.
 */
export async function send(
  method: string,
  path: string,
  {
    as = null,
    body,
    headers,
    environment = {},
  }: {
    as?: Caller
    /** As JSON; a text is sent as it is. */
    body?: object | string | undefined
    headers?: Record<string, string>
    /** Bindings that differ from those of the other tests. */
    environment?: Partial<Env>
  } = {},
) {
  const token = as && (await tokenOf(as, environment))
  const response = await app.request(
    `/v1${path}`,
    {
      method,
      headers: {
        ...(body && { 'Content-Type': 'application/json' }),
        ...(token !== null && { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    },
    { ...env, ...environment },
    createExecutionContext(),
  )
  const text = await response.text()
  const answer = answerSchema.parse(text === '' ? {} : JSON.parse(text))
  const isProblem = response.headers.get('Content-Type') === 'application/problem+json'
  const lacking = isProblem && lackingProblem(method, `/v1${path.split('?')[0]}`, answer.code ?? '')
  if (lacking) throw new Error(`${lacking} does not document ${answer.code}`)
  const missing = isProblem ? missingMembers(answer) : []
  if (missing.length > 0) throw new Error(`the remedy of ${answer.code} names ${missing}: ${text}`)
  return { status: response.status, headers: response.headers, body: answer }
}

/** Members that remedies name elsewhere than in the problem, or that are there in some cases only. */
const elsewhere: Readonly<Record<string, readonly string[]>> = {
  cart_closed: ['orderId', 'intoCartId'],
  delivery_not_booked: ['reason'],
  not_configured: ['detail'],
  payment_not_in_review: ['status'],
  payment_not_processed: ['status'],
}

/** The members that the remedy of a problem names and that the problem does not have. */
function missingMembers(problem: z.infer<typeof answerSchema>): string[] {
  const { code = '' } = problem
  const named = problemEntry(code).remedy.matchAll(/`([a-z][A-Za-z0-9.]*)`/g)
  return [...named]
    .map(([, name = '']) => name)
    .filter((name) => !(name in problem) && !elsewhere[code]?.includes(name))
}

/** A caller's access token. */
export function tokenOf(
  [subject, ...scopes]: NonNullable<Caller>,
  environment: Partial<Env> = {},
): Promise<string> {
  return issueAccessToken({ ...env, ...environment }, subject, scopes, instantOf(Date.now()))
}
