import { z } from '@hono/zod-openapi'
import type { ApiContext } from './context.ts'
import { invalidRequest } from './problems.ts'

const MOST = 100
const USUAL = 50

/** The query of every list. */
export const pageQuery = z.strictObject({
  limit: z.coerce
    .number()
    .int()
    .min(1)
    .max(MOST)
    .default(USUAL)
    .openapi({ type: 'integer', description: `How many entries a page has: 1 to ${MOST}.` }),
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

/** A cursor that says where the next page begins. */
export function encodeCursor(position: readonly (string | number)[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(position))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/**
 * Where the page begins; `null` for the first.
 *
 * @throws Problem `invalid_request` for a cursor that was not given out here
 */
export function decodeCursor<Position>(
  schema: z.ZodType<Position>,
  cursor: string | undefined,
): Position | null {
  if (cursor === undefined) return null
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'))
    const text = new TextDecoder().decode(Uint8Array.from(binary, (letter) => letter.charCodeAt(0)))
    return schema.parse(JSON.parse(text))
  } catch {
    throw unknownCursor()
  }
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
