import { z } from '@hono/zod-openapi'
import { type Filter, type List, readPage } from '../../read-models/page.ts'
import type { ApiContext } from './context.ts'
import { jsonResponse, queryResponses } from './openapi/documented.ts'
import { nothing } from './operation.ts'
import { decodeCursor, encodeCursor, pageResource, sendTexts } from './paging.ts'
import { isForBuyer } from './resource.ts'

const position = z.tuple([z.string(), z.string()])

/** What the definitions of all lists share. */
export const listed = {
  params: nothing,
  description:
    'Newest first. Eventually consistent: a change appears in the list within a few seconds; a resource read by its id is always current.',
} as const

/** The responses of a list; `name` is the component of an entry in the OpenAPI document. */
export function listResponses(name: string, entry: z.ZodObject | z.ZodDiscriminatedUnion) {
  // Wrapped, because a schema created before zod is extended has no method `openapi`.
  const named = (entry instanceof z.ZodObject ? z.object(entry.shape) : entry).openapi(name)
  return queryResponses(jsonResponse('A page.', pageResource(named), 'Link'))
}

/** Sends a page of a list. The most selective filter comes first: the index of the first one given is used. */
export async function sendList(
  c: ApiContext,
  list: List,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  filters: Readonly<Record<string, string | undefined>>,
  forBuyer?: (entry: string) => string,
): Promise<Response> {
  const given = Object.entries(filters).flatMap<Filter>(([column, value]) =>
    value === undefined ? [] : [[column, value]],
  )
  // The cursor is bound to the filters, which include those that the caller's scope adds.
  const after = decodeCursor(c, position, cursor, filters)
  const { items, next } = await readPage(c.env.DATABASE, list, { limit, after, filters: given })
  const shown = forBuyer && isForBuyer(c) ? items.map(forBuyer) : items
  return sendTexts(c, shown, next && encodeCursor(c, next, filters))
}
