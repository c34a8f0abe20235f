import { HTTPException } from 'hono/http-exception'
import { damageOf } from '../../../durable-objects/aggregate/damage.ts'
import { logError } from '../../../durable-objects/log-error.ts'
import { publicOrigin } from '../../../durable-objects/public-url.ts'
import { telemetry } from '../../../durable-objects/telemetry.ts'
import type { Refusal } from '../../../shared/core/refusal.ts'
import { type ApiContext, rawPath, telemetryOf, traceId } from './context.ts'
import { type ApiProblemCode, problemEntry } from './openapi/problem-catalog.ts'
import { TimeoutFault } from './timeout.ts'

/** One fault of a request: at a JSON pointer into its body (RFC 6901), or in a parameter. */
export type ProblemError =
  | { readonly pointer: string; readonly code: string; readonly detail: string }
  | { readonly parameter: string; readonly code: string; readonly detail: string }

interface Occurrence {
  /** Extension members, for the program that reads the problem. */
  readonly facts?: Readonly<Record<string, unknown>> | undefined
  readonly headers?: Readonly<Record<string, string>>
}

/** A refusal or fault to be sent to the client (RFC 9457): thrown anywhere, answered in `onError`. */
export class Problem extends Error {
  readonly code: string
  readonly occurrence: Occurrence

  /** `detail` is for a person and never contains personal data. */
  constructor(code: ApiProblemCode | (string & {}), detail: string, occurrence: Occurrence = {}) {
    super(detail)
    this.name = 'Problem'
    this.code = code
    this.occurrence = occurrence
  }
}

/** The problem of a refusal by the domain. */
export function problemOf({ code, detail, facts }: Refusal): Problem {
  return new Problem(code, detail, { facts })
}

/** No path of the API is longer; a longer one is cut. */
const MAX_INSTANCE_LENGTH = 256
/** Limits the size of the answer to a body full of faults. */
const MAX_ERRORS = 20

/** A request that does not match the operation's schema. */
export function invalidRequest(...errors: readonly ProblemError[]): Problem {
  const [first] = errors
  return new Problem('invalid_request', first?.detail ?? 'The request is invalid.', { facts: { errors } })
}

/** A header that is malformed. */
export function invalidHeader(name: string, detail: string): Problem {
  return new Problem('invalid_header', detail, {
    facts: { errors: [{ parameter: name, code: 'invalid', detail }] },
  })
}

/** Reports that there is a card number, without any part of it. */
export function cardNumberRejected(): Problem {
  return new Problem('card_number_rejected', 'The request holds something that looks like a card number.')
}

/** It does not exist, or the caller may not know that it does. */
export function notFound(detail = 'There is nothing at this address.'): Problem {
  return new Problem('not_found', detail)
}

/** Members that RFC 9457 and the contract define; a fact of the same name is renamed to `current…`. */
const standardMembers = ['type', 'title', 'status', 'detail', 'instance', 'code', 'traceId']

/** Cuts a long list of errors and adds how many are left out. */
function withFewErrors(facts: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { errors } = facts
  if (!Array.isArray(errors) || errors.length <= MAX_ERRORS) return facts
  return { ...facts, errors: errors.slice(0, MAX_ERRORS), moreErrors: errors.length - MAX_ERRORS }
}

/** The members of a problem that do not depend on the request. */
export function problemMembers({ code, detail, facts = {} }: Refusal) {
  const { status, title } = problemEntry(code)
  const others = Object.entries(withFewErrors(facts)).map(([name, value]) => [
    standardMembers.includes(name) ? `current${name.charAt(0).toUpperCase()}${name.slice(1)}` : name,
    value,
  ])
  return { title, status, detail, code, ...Object.fromEntries(others) }
}

/** The type URI of a problem: independent of the Host header (RFC 9457, section 3.1.1). */
export function problemType(c: ApiContext, code: string): string {
  return `${publicOrigin(c.env)}/problems/${code}`
}

/** A problem as a response: `application/problem+json` (RFC 9457). */
export function problemResponse(c: ApiContext, problem: Problem): Response {
  const { code, message: detail, occurrence } = problem
  const { title, status, ...members } = problemMembers({
    code,
    detail,
    ...(occurrence.facts && { facts: occurrence.facts }),
  })
  const body = {
    type: problemType(c, code),
    title,
    status,
    ...members,
    // The path may contain the card number.
    instance: code === 'card_number_rejected' ? '/v1' : rawPath(c).slice(0, MAX_INSTANCE_LENGTH),
    traceId: traceId(c),
  }
  c.header('Cache-Control', 'no-store')
  // RFC 9110, section 15.5.2: a 401 carries a challenge.
  if (status === 401) c.header('WWW-Authenticate', 'Bearer realm="petrel"')
  return c.body(JSON.stringify(body), status, {
    'Content-Type': 'application/problem+json',
    ...occurrence.headers,
  })
}

/** Turns anything thrown into a problem. Unexpected faults are logged and answered with 500. */
export function answerFault(fault: Error, c: ApiContext): Response {
  if (fault instanceof Problem) return problemResponse(c, fault)
  if (fault instanceof HTTPException && fault.status < 500) return problemResponse(c, problemOfHono(fault))
  const damage = damageOf(fault)
  if (damage) {
    reportFault(c, fault)
    const detail = `The log of ${damage.kind} ${damage.id} is lost; its events up to version ${damage.lastSeenVersion} were forwarded.`
    return problemResponse(c, new Problem('damaged', detail, { facts: damage }))
  }
  const passing = isTransient(fault)
  if (!passing) reportFault(c, fault)
  if (!passing && !isOfDatabase(fault))
    return problemResponse(c, new Problem('internal', 'Something went wrong on our side.'))
  const detail = 'A part of the system that this request needs is temporarily unavailable.'
  return problemResponse(c, new Problem('unavailable', detail, { headers: { 'Retry-After': '1' } }))
}

/** The problem of an exception that Hono or its validators throw. */
function problemOfHono({ status }: HTTPException): Problem {
  if (status === 413) return new Problem('payload_too_large', 'The body is larger than 64 KiB.')
  if (status === 415) return new Problem('unsupported_media_type', 'The body has to be JSON.')
  return new Problem('malformed_json', 'The body cannot be read as JSON.')
}

/**
 * Substrings of the platform's messages for transient faults of storage, queues and objects: a disk that is full or
 * fails, a commit that did not become durable, an object that was reset, and internal errors.
 */
const TRANSIENT = [
  ...['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_BUSY', 'SQLITE_NOMEM', 'SQLITE_CANTOPEN', 'SQLITE_READONLY'],
  ...['disk is full', 'disk I/O error', 'database is locked', 'No space left'],
  ...[
    'internal error',
    'Internal error',
    'Network connection lost',
    'outputGateBroken',
    'storage caused object',
  ],
  ...['Queue send', 'Queue sendBatch', 'overloaded'],
]

/** The same request may succeed in a moment. */
function isTransient(fault: Error): boolean {
  return (
    fault instanceof TimeoutFault ||
    ('overloaded' in fault && fault.overloaded === true) ||
    ('retryable' in fault && fault.retryable === true) ||
    TRANSIENT.some((text) => fault.message.includes(text))
  )
}

/** The read database is down or not migrated. Commands do not need it; lists do. */
function isOfDatabase(fault: Error): boolean {
  return fault.message.startsWith('D1_ERROR')
}

/** Reports a fault to the log and the error stream, without any data of the client. */
export function reportFault(c: ApiContext, fault: Error): void {
  const operation = c.get('operationId') ?? 'unrouted'
  const about = { operation, requestId: c.get('requestId'), traceId: traceId(c) }
  const line = { message: 'unhandled fault', ...about, fault: fault.stack ?? fault.name }
  logError(`request ${operation}`, `${fault.name}: ${fault.message}`, line)
  // Sinks deduplicate by this id, so it is not the client's request id, which may name several requests.
  const id = `${crypto.randomUUID()}/fault`
  telemetry.faulted(telemetryOf(c), operation, fault, { id, trace: c.get('trace') })
}
