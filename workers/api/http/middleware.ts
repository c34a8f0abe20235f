import { createMiddleware } from 'hono/factory'
import { signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import { isDevelopment } from '../../../durable-objects/env.ts'
import { callerOf } from './auth/authentication.ts'
import { limitRate } from './auth/rate-limit.ts'
import type { ApiEnv } from './context.ts'
import { notFound, Problem, problemResponse } from './problems.ts'
import { problemOfAddress } from './request/address.ts'
import { requestIdOf } from './request/request-headers.ts'
import { traceContext } from './request/trace-context.ts'
import { REQUEST_TIMEOUT_MS, withTimeout } from './timeout.ts'

/** Headers that browsers may read and send. Any origin may call: the API uses no cookies. */
const exposedHeaders = [
  'ETag',
  'Link',
  'Location',
  'X-Request-Id',
  'Idempotent-Replayed',
  'Preference-Applied',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
].join(', ')
const allowedHeaders = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Prefer',
  'X-Request-Id',
  'traceparent',
  'tracestate',
  'baggage',
].join(', ')

/** On every response. HTML pages set their own Content-Security-Policy. */
const commonHeaders = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': exposedHeaders,
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Referrer-Policy': 'no-referrer',
  'Strict-Transport-Security': 'max-age=63072000; includeSubDomains',
  'X-Content-Type-Options': 'nosniff',
} as const
const commonHeaderPairs = Object.entries(commonHeaders)

/** Assigns the request id, reads the trace context, and sets the common response headers. */
export const identify = createMiddleware<ApiEnv>(async (c, next) => {
  const ownId = crypto.randomUUID()
  const requestId = requestIdOf(c.req.header('X-Request-Id')) ?? ownId
  const trace = traceContext(c.req.header('traceparent'), c.req.header('tracestate'))
  c.set('requestId', requestId)
  // Not the client's request id: a client may send it with several requests.
  c.set('trace', { correlationId: ownId, ...trace })
  for (const [name, value] of commonHeaderPairs) c.header(name, value)
  c.header('X-Request-Id', requestId)
  await next()
})

/** Answers OPTIONS with the methods of an address and the CORS headers. */
export function preflight(allowedAt: (path: string) => readonly string[]) {
  return createMiddleware<ApiEnv>(async (c, next) => {
    if (c.req.method !== 'OPTIONS') return next()
    const allowed = allowedAt(c.req.path)
    if (allowed.length === 0) return problemResponse(c, notFound())
    c.header('Allow', [...allowed, 'OPTIONS'].join(', '))
    c.header('Access-Control-Allow-Methods', allowed.join(', '))
    c.header('Access-Control-Allow-Headers', allowedHeaders)
    c.header('Access-Control-Max-Age', '86400')
    return c.body(null, 204)
  })
}

let hasLoggedMissingKey = false

/** Refuses everything but /health without a signing key of production strength: a known key could forge any token. */
export const requireConfiguration = createMiddleware<ApiEnv>(async (c, next) => {
  if (c.req.path === '/health' || signingSecret(c.env) !== null) return next()
  if (!hasLoggedMissingKey)
    console.error(
      JSON.stringify({
        level: 'error',
        message:
          'Petrel serves nothing: in production the secret JWT_SECRET has to be set, at least 32 characters and not the development key.',
      }),
    )
  hasLoggedMissingKey = true
  throw new Problem(
    'not_configured',
    'This deployment has no signing key: JWT_SECRET has to be at least 32 characters, and not the development key.',
  )
})

/** A part that never answers, such as the read database, does not hold a client up for ever. @throws TimeoutFault */
export const limitTime = createMiddleware<ApiEnv>((_, next) => withTimeout(next(), REQUEST_TIMEOUT_MS))

/** Before every operation: checks the address, authenticates the caller, and applies the rate limit. */
export const admit = createMiddleware<ApiEnv>(async (c, next) => {
  const address = c.req.header('CF-Connecting-IP') ?? 'unknown'
  c.set('caller', { kind: 'anonymous', address })
  c.header('Cache-Control', 'no-store')
  const refusal = problemOfAddress(c)
  if (refusal) {
    await limitRate(c)
    throw refusal
  }
  try {
    c.set('caller', await callerOf(c.req.header('Authorization'), address, c.env))
  } finally {
    // An invalid token counts too, against its IP address, so that tokens cannot be guessed without limit.
    await limitRate(c)
  }
  await next()
})

/** 404 outside development. */
export const developmentOnly = createMiddleware<ApiEnv>(async (c, next) => {
  if (!isDevelopment(c.env))
    throw new Problem('not_found', 'Only a development deployment has this operation.')
  await next()
})
