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
const SEAL_BYTES = 12

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: queryInteger(1, MAX_LIMIT, `How many entries a page has: 1 to ${MAX_LIMIT}.`).default(DEFAULT_LIMIT),
  cursor: z
    .string()
    .max(2_000)
    .optional()
    .openapi({ description: 'The `nextCursor` of the page before; a client does not look into it.' }),
})

/** The body of a page. */
export function pageResource<Entry extends z.ZodType>(entry: Entry) {
  return z.object({
    data: z.array(entry),
    nextCursor: z.string().nullable().openapi({ description: 'For the next page; null on the last.' }),
  })
}

/** What else than the request itself decides which entries a list has: the customer whose orders they are. */
type Bound = Readonly<Record<string, string | undefined>>

/** A cursor that says where the next page begins. It is good for this list with these filters alone. */
export function encodeCursor(
  c: ApiContext,
  position: readonly (string | number)[],
  bound: Bound = {},
): string {
  const text = JSON.stringify(position)
  return Buffer.concat([seal(c, text, bound), Buffer.from(text)]).toString('base64url')
}

/**
 * Where the page begins; `null` for the first.
 *
 * @throws Problem `invalid_request` with `unknown_cursor` for a cursor that was not given out for this list
 */
export function decodeCursor<Position>(
  c: ApiContext,
  schema: z.ZodType<Position>,
  cursor: string | undefined,
  bound: Bound = {},
): Position | null {
  if (cursor === undefined) return null
  const bytes = Buffer.from(cursor, 'base64url')
  const text = bytes.subarray(SEAL_BYTES).toString()
  // Buffer passes over what is no base64url, and cursors are compared by their text.
  const isWhole = bytes.length > SEAL_BYTES && bytes.toString('base64url') === cursor
  if (!isWhole || !timingSafeEqual(bytes.subarray(0, SEAL_BYTES), seal(c, text, bound))) throw unknownCursor()
  return schema.parse(JSON.parse(text))
}

/** Ties a position to the list and its filters (HMAC-SHA-256), so that no other list takes it and nobody makes one. */
function seal(c: ApiContext, position: string, bound: Bound): Buffer {
  const list = validatedText(c, ['cursor', 'limit'])
  return createHmac('sha256', signingSecret(c.env) ?? '')
    .update(JSON.stringify(['petrel cursor', list, bound, position]))
    .digest()
    .subarray(0, SEAL_BYTES)
}

/** A cursor that was not given out here. */
export function unknownCursor() {
  const detail = 'Use the nextCursor of the page before.'
  return invalidRequest({ parameter: 'cursor', code: 'unknown_cursor', detail })
}

/** Puts the address of the next page into Link (RFC 8288), as it stands in the body too. */
export function linkNext(c: ApiContext, nextCursor: string | null): void {
  if (nextCursor === null) return
  const query = new URLSearchParams(c.req.query())
  query.set('cursor', nextCursor)
  c.header('Link', `<${c.req.path}?${query}>; rel="next"`)
}
