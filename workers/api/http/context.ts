import type { Context } from 'hono'
import type { AggregateView } from '../../../durable-objects/aggregate/protocol.ts'
import type { Env } from '../../../durable-objects/env.ts'
import type { TelemetrySource } from '../../../durable-objects/telemetry.ts'
import type { Trace } from '../../../shared/core/cloud-event.ts'
import type { Customer } from '../../../shared/customer/state.ts'
import type { Caller } from './auth/caller.ts'

/** The variables of a request's context. */
interface ApiVariables {
  /** The client's id of this request, or a generated one: in X-Request-Id and in every log line. */
  requestId: string
  /** The trace that commands of this request pass on to their events. */
  trace: Trace
  caller: Caller
  /** The customer read last by this request; see `readCustomer`. */
  customer: AggregateView<Customer> | undefined
  operationId: string | undefined
  /** The JSON body before validation; `{}` without one. */
  body: unknown
  /** The parts of the request that are validated so far. */
  validated: Validated | undefined
}

/** The types of the API's Hono applications. */
export interface ApiEnv {
  Bindings: Env
  Variables: ApiVariables
}

export type ApiContext = Context<ApiEnv>

/** The id that correlates this request: the trace id from traceparent, if the client sent one. */
export function traceId(c: ApiContext): string {
  const { traceparent, correlationId } = c.get('trace')
  return traceparent ? traceparent.slice(3, 35) : correlationId
}

/** The telemetry of this request; it does not delay the response. */
export function telemetryOf(c: ApiContext): TelemetrySource {
  return { env: c.env, waitUntil: (work) => c.executionCtx.waitUntil(work) }
}

/** The path of the request, percent-encoded. */
export function rawPath(c: ApiContext): string {
  return new URL(c.req.url).pathname
}

/** The parts of a request after validation: parsed, with defaults, each value in its canonical form. */
interface Validated {
  readonly param?: unknown
  readonly query?: unknown
  readonly json?: unknown
}

export function sendJson(c: ApiContext, body: unknown, status: 200 | 201 | 202 = 200): Response {
  return c.body(JSON.stringify(body), status, { 'Content-Type': 'application/json' })
}
