import { Buffer } from 'node:buffer'
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import type { ApiContext } from './context.ts'
import { invalidRequest } from './problems.ts'
import { queryInteger } from './request/query.ts'
import { validatedText } from './request/validated.ts'

const MAX_LIMIT = 100
const DEFAULT_LIMIT = 50
const SIGNATURE_BYTES = 12

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: queryInteger(1, MAX_LIMIT, `How many entries a page has: 1 to ${MAX_LIMIT}.`).default(DEFAULT_LIMIT),
  cursor: z
    .string()
    .max(2_000)
    .optional()
    .openapi({ description: 'The `nextCursor` of the previous page; opaque.' }),
})

/** The body of a page. */
export function pageResource<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    data: z.array(entry),
    nextCursor: z.string().nullable().openapi({ description: 'For the next page; null on the last.' }),
  })
}

/** What a list depends on besides the request: for example the customer whose orders it shows. */
type Binding = Readonly<Record<string, string | readonly string[] | undefined>>

/** The signed cursor of the next page. It is valid for this list with these filters only. */
export function encodeCursor(
  c: ApiContext,
  position: readonly (string | number)[],
  binding: Binding = {},
): string {
  const text = JSON.stringify(position)
  return Buffer.concat([sign(c, text, binding), Buffer.from(text)]).toString('base64url')
}

/**
 * The position where a page begins; `null` for the first page.
 *
 * @throws Problem `invalid_request` with `unknown_cursor` for a cursor that was not issued for this list
 */
export function decodeCursor<Position>(
  c: ApiContext,
  schema: z.ZodType<Position>,
  cursor: string | undefined,
  binding: Binding = {},
): Position | null {
  if (cursor === undefined) return null
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.subarray(SIGNATURE_BYTES).toString()
  // Buffer ignores characters outside base64url; such a cursor is refused.
  const isCanonical = bytes.length > SIGNATURE_BYTES && bytes.toString('base64url') === cursor
  if (!isCanonical || !timingSafeEqual(bytes.subarray(0, SIGNATURE_BYTES), sign(c, text, binding)))
    throw unknownCursor()
  return schema.parse(JSON.parse(text))
}

/** Binds a position to the list and its filters (HMAC-SHA-256), so that a cursor cannot be forged or used elsewhere. */
function sign(c: ApiContext, position: string, binding: Binding): Buffer {
  // What a page looks like does not move its end.
  const list = validatedText(c, ['cursor', 'limit', 'count', 'fields', 'expand'])
  return createHmac('sha256', signingSecret(c.env) ?? '')
    .update(JSON.stringify(['petrel cursor', list, binding, position]))
    .digest()
    .subarray(0, SIGNATURE_BYTES)
}

function unknownCursor() {
  const detail = 'Use the nextCursor of the page before.'
  return invalidRequest({ parameter: 'cursor', code: 'unknown_cursor', detail })
}

/** Sends a page, with the address of the next one in Link (RFC 8288). */
export function sendPage(c: ApiContext, data: readonly unknown[], nextCursor: string | null): Response {
  return sendTexts(
    c,
    data.map((entry) => JSON.stringify(entry)),
    nextCursor,
  )
}

/** Sends a page of entries that are JSON text already, without parsing them; `total` counts all pages. */
export function sendTexts(
  c: ApiContext,
  entries: readonly string[],
  nextCursor: string | null,
  total?: number,
): Response {
  if (nextCursor !== null) {
    const query = new URLSearchParams(c.req.query())
    query.set('cursor', nextCursor)
    c.header('Link', `<${c.req.path}?${query}>; rel="next"`)
  }
  const counted = total === undefined ? '' : `,"total":${total}`
  const body = `{"data":[${entries.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}${counted}}`
  return c.body(body, 200, { 'Content-Type': 'application/json' })
}
