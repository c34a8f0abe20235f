import { protocolRefusals } from '../../../../durable-objects/aggregate/protocol.ts'
import type { RefusalEntry, RefusalKind } from '../../../../shared/core/refusal.ts'
import { type Registry, registry } from '../../../../shared/registry.ts'
import { remedyOf } from './remedies.ts'

/** One kind of problem, as it is served at its type URI. */
export interface ProblemEntry extends RefusalEntry {
  readonly status: ProblemStatus
}
type ProblemStatus = 400 | 401 | 403 | 404 | 405 | 409 | 412 | 413 | 415 | 422 | 429 | 500 | 503

/** The HTTP status of each kind of refusal by the domain. */
const statusOfKind = {
  invalid: 422,
  conflict: 409,
  not_found: 404,
  forbidden: 403,
  unauthorized: 401,
  stale: 412,
} as const satisfies Record<RefusalKind, ProblemStatus>

/** Problems of the API itself, independent of decisions of the domain. */
const apiProblems = {
  malformed_json: {
    kind: 'invalid',
    status: 400,
    title: 'The body is not JSON.',
    remedy: 'Send one JSON object in UTF-8, with Content-Type: application/json.',
  },
  malformed_address: {
    kind: 'invalid',
    status: 400,
    title: 'The address cannot be read as text.',
    remedy: 'Write path and query in UTF-8 and percent-encode it (RFC 3986), also a percent sign: %25.',
  },
  invalid_header: {
    kind: 'invalid',
    status: 400,
    title: 'A header is malformed.',
    remedy:
      'Idempotency-Key: 1 to 255 printable ASCII characters. If-Match: the ETag of the version that you have, such as "3", or several, or *.',
  },
  invalid_request: {
    kind: 'invalid',
    status: 422,
    title: 'The request does not have the shape of this operation.',
    remedy:
      'See `errors`: each entry points into the body (RFC 6901) or names a parameter. Unknown fields and parameters are refused; the schema of the operation is at /openapi.json.',
  },
  payload_too_large: {
    kind: 'invalid',
    status: 413,
    title: 'The body is too large.',
    remedy: 'Send at most 64 KiB.',
  },
  unsupported_media_type: {
    kind: 'invalid',
    status: 415,
    title: 'The body is not declared as JSON.',
    remedy: 'Send Content-Type: application/json, in UTF-8, and no Content-Encoding.',
  },
  unauthenticated: {
    kind: 'unauthorized',
    status: 401,
    title: 'The request carries no valid access token.',
    remedy: 'Log in at /v1/sessions and send the token as Authorization: Bearer <token>.',
  },
  insufficient_scope: {
    kind: 'forbidden',
    status: 403,
    title: 'The access token does not have the scope of this operation.',
    remedy: 'Use a token with one of the scopes that `requiredScopes` names.',
  },
  version_not_found: {
    kind: 'not_found',
    status: 404,
    title: 'The resource never had this version.',
    remedy: 'Versions count from 1 to the one in the ETag of the resource.',
  },
  method_not_allowed: {
    kind: 'invalid',
    status: 405,
    title: 'The address does not allow this method.',
    remedy: 'Use one of the methods that the Allow header names.',
  },
  rate_limited: {
    kind: 'conflict',
    status: 429,
    title: 'Too many requests.',
    remedy: 'Wait for the seconds in Retry-After, then send the request again.',
  },
  internal: {
    kind: 'conflict',
    status: 500,
    title: 'Something went wrong on our side.',
    remedy: 'Try again under the same Idempotency-Key; if it persists, report the `traceId`.',
  },
  unavailable: {
    kind: 'conflict',
    status: 503,
    title: 'The resource cannot answer at the moment.',
    remedy:
      'Send the request again after Retry-After seconds, under the same Idempotency-Key: it may have been carried out.',
  },
  damaged: {
    kind: 'conflict',
    status: 503,
    title: 'The storage of this resource has lost its log.',
    remedy:
      'Nothing is accepted for it until an operator has restored its storage. Its forwarded events are in the event sink: docs/operations.md describes how to find them.',
  },
  unhealthy: {
    kind: 'conflict',
    status: 503,
    title: 'A part of this deployment does not answer, or is not configured.',
    remedy:
      'See `checks`: a part that does not answer is retried automatically, a database without its migrations needs them applied, and the settings in `notConfigured` are set by the operator.',
  },
  not_configured: {
    kind: 'conflict',
    status: 503,
    title: 'This deployment lacks a setting that the operation needs.',
    remedy:
      'The operator sets what `detail` names and deploys again: the secret JWT_SECRET (at least 32 characters) for everything, EMAIL_ADDRESS_SECRET, if it is set but shorter than 32 characters, for operations with an e-mail address, PAYMENT_GATEWAY for charges and refunds, MAILER for mails, STRIPE_WEBHOOK_SECRET or CARRIER_WEBHOOK_SECRET for webhooks, JWT_ISSUER and JWT_AUDIENCE in addition to JWKS_URL for tokens of an OIDC issuer, BASE_CURRENCY and EXCHANGE_RATES, if they are invalid, for every command.',
  },
  replay_finished: {
    kind: 'conflict',
    status: 409,
    title: 'The replay has finished.',
    remedy: 'There is nothing to cancel: its events have been sent. Start another one if you need it.',
  },
  webhook_signature_invalid: {
    kind: 'unauthorized',
    status: 401,
    title: 'The signature of the webhook is invalid.',
    remedy:
      'See `fault`. Sign the body as it is sent with the shared secret, HMAC-SHA-256 over "<t>.<body>" in hexadecimal, with the current time as t (Unix seconds), and send t=<t>,v1=<signature>.',
  },
} as const satisfies Readonly<Record<string, ProblemEntry>>

export type ApiProblemCode = keyof typeof apiProblems

/**
 * Every kind of problem by its code, in alphabetical order: those of the API itself, and every refusal of some
 * kinds of aggregates. A code has the same meaning in every context.
 */
export function problemCatalogOf(kinds: Registry): ReadonlyMap<string, ProblemEntry> {
  const refusals = [protocolRefusals, ...Object.values(kinds).map((aggregate) => aggregate.refusals)]
  const entries = refusals
    .flatMap((catalog) => Object.entries(catalog))
    .map(([code, entry]): [string, ProblemEntry] => [
      code,
      { ...entry, remedy: remedyOf(code, entry), status: statusOfKind[entry.kind] },
    ])
  return new Map([...entries, ...Object.entries(apiProblems)].sort(([a], [b]) => (a < b ? -1 : 1)))
}

export const problemCatalog = problemCatalogOf(registry)

/** The kind of problem with this code; a code without an entry is a defect, and answered as a conflict. */
export function problemEntry(code: string): ProblemEntry {
  const known = problemCatalog.get(code)
  if (known) return known
  return { kind: 'conflict', status: 409, title: 'The command was refused.', remedy: 'See `detail`.' }
}
