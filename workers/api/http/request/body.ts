import { createMiddleware } from 'hono/factory'
import { containsCardNumber } from '../../../../shared/payment/card-number/card-number.ts'
import type { ApiContext, ApiEnv } from '../context.ts'
import { cardNumberRejected, invalidRequest, Problem } from '../problems.ts'
import { textErrors } from './body-text.ts'
import { isIdentityCoding, isJsonType } from './content.ts'

const MAX_BODY_BYTES = 64 * 1024

/**
 * Reads the body as JSON before validation, and refuses invalid text and card numbers. A missing body counts as an empty
 * object, so that an operation without required fields can be called without one.
 */
export const readJson = createMiddleware<ApiEnv>(async (c, next) => {
  const text = decoded(await bodyBytes(c))
  const isEmpty = text.trim() === ''
  if (!isEmpty && !isJsonType(c.req.header('Content-Type')))
    throw new Problem('unsupported_media_type', 'The body has to be JSON in UTF-8, and declared as that.')
  c.req.raw = withBody(c.req.raw, isEmpty ? null : text)
  const body = isEmpty ? {} : parsed(text)
  c.set('body', body)
  const errors = textErrors(body)
  if (errors.length > 0) throw invalidRequest(...errors)
  if (containsCardNumber(body)) throw cardNumberRejected()
  return next()
})

/**
 * The exact bytes of the body.
 *
 * @throws Problem `payload_too_large` over 64 KiB, declared or received; `unsupported_media_type` for a content coding
 */
export async function bodyBytes(c: ApiContext): Promise<Uint8Array> {
  if (!isIdentityCoding(c.req.header('Content-Encoding')))
    throw new Problem('unsupported_media_type', 'The body has to be sent without a Content-Encoding.', {
      // RFC 9110, section 12.5.3: distinguishes this from a wrong media type.
      headers: { 'Accept-Encoding': 'identity' },
    })
  if (Number(c.req.header('Content-Length') ?? 0) > MAX_BODY_BYTES) throw tooLarge()
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of c.req.raw.body ?? []) {
    length += chunk.byteLength
    if (length > MAX_BODY_BYTES) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** @throws Problem `malformed_json` for invalid UTF-8 (RFC 8259, section 8.1): no replacement characters */
export function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(bytes)
  } catch {
    throw new Problem('malformed_json', 'The body is not UTF-8.')
  }
}

/** @throws Problem `malformed_json` */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new Problem('malformed_json', 'The body cannot be read as JSON.')
  }
}

function tooLarge(): Problem {
  return new Problem('payload_too_large', 'The body is larger than 64 KiB.')
}

/** The request for hono's validator, which recognizes fewer JSON media types, with the body that was read already. */
function withBody({ url, method, headers }: Request, body: string | null): Request {
  const others = new Headers(headers)
  for (const name of ['Content-Type', 'Content-Length', 'Transfer-Encoding']) others.delete(name)
  if (body !== null) others.set('Content-Type', 'application/json')
  return new Request(url, { method, headers: others, body })
}
