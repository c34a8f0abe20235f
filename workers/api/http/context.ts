import type { Context } from 'hono'
import type { Reading } from '../../../durable-objects/aggregate/protocol.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { Teller } from '../../../durable-objects/observability.ts'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { Customer } from '../../../shared/customer/state.ts'
import type { Caller } from './auth/caller.ts'
import type { Validated } from './request/validated.ts'

/** What every handler finds in its context. */
export interface ApiVariables {
  /** The client's name for this request, or one of our own: out as X-Request-Id, in every line of the log. */
  requestId: string
  /** What the commands of this request carry on; see `traceOf`. */
  trace: Trace
  caller: Caller
  /** The customer that this request has read last; see `readCustomer`. */
  customer: Reading<Customer> | undefined
  operationId: string | undefined
  /** What an operation's schemas have made of the request so far. */
  validated: Validated | undefined
}

/** The types of the API's Hono applications. */
export interface ApiEnv {
  Bindings: Env
  Variables: ApiVariables
}

export type ApiContext = Context<ApiEnv>

/** The id under which this request is found again: the trace's, where one came in. */
export function traceId(c: ApiContext): string {
  const { traceparent, correlationId } = c.get('trace')
  return traceparent ? traceparent.slice(3, 35) : correlationId
}

/** Tells of this request's deployment without keeping the answer waiting. */
export function telemetryOf(c: ApiContext): Teller {
  return { env: c.env, waitUntil: (work) => c.executionCtx.waitUntil(work) }
}

/** The path as it was sent, percent-encoded. */
export function rawPath(c: ApiContext): string {
  return new URL(c.req.url).pathname
}
