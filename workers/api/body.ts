import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { containsCardNumber } from '../../shared/payment/card-number.ts'
import type { ApiEnv } from './context.ts'
import { cardNumberRejected } from './middleware.ts'
import { Problem } from './problems.ts'

const LARGEST_BODY = 64 * 1024
const jsonMediaType = /^application\/([\w.-]+\+)?json\s*(;|$)/i

/** Refuses bodies over 64 KiB: by what they declare, and by what really comes. */
export const limitBody = bodyLimit({
  maxSize: LARGEST_BODY,
  onError: () => {
    throw new Problem('payload_too_large', 'The body is larger than 64 KiB.')
  },
})

/**
 * Lets only JSON through to the validation of an operation, and no card number. No body at all is an
 * empty object, so that an operation without required fields can be called without one.
 */
export const readJson = createMiddleware<ApiEnv>(async (c, next) => {
  const text = c.req.raw.body === null ? '' : await c.req.text()
  if (text.trim() === '') {
    // Not even a media type: validation then sees no body.
    c.req.raw = new Request(c.req.url, { method: c.req.method, headers: withoutBody(c.req.raw.headers) })
    c.req.bodyCache = {}
    return next()
  }
  if (!jsonMediaType.test(c.req.header('Content-Type') ?? ''))
    throw new Problem('unsupported_media_type', 'The body has to be JSON, and to be declared as that.')
  if (containsCardNumber(parsed(text))) throw cardNumberRejected()
  return next()
})

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed_json', 'The body cannot be read as JSON.')
  }
}

function withoutBody(headers: Headers): Headers {
  const others = new Headers(headers)
  for (const name of ['Content-Type', 'Content-Length', 'Transfer-Encoding']) others.delete(name)
  return others
}
