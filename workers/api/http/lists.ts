import { z } from '@hono/zod-openapi'
import { readPage } from '../../read-models/page.ts'
import { type List, MAX_COUNTED, type Range } from '../../read-models/statement.ts'
import type { ApiContext } from './context.ts'
import { jsonResponse, queryResponses } from './openapi/documented.ts'
import { alwaysSent } from './openapi/listed-entries.ts'
import { nothing } from './operation.ts'
import { decodeCursor, encodeCursor, pageResource, sendTexts } from './paging.ts'
import { isForBuyer } from './resource.ts'

const position = z.tuple([z.union([z.string(), z.number()]), z.string()])

/** What the definitions of all lists share. */
export const listed = {
  params: nothing,
  description:
    'Sorted by `sort`. Eventually consistent: a change appears in the list within a few seconds; a resource read by its id is always current.',
} as const

/** The responses of a list; `name` is the component of an entry in the OpenAPI document. */
export function listResponses(name: string, entry: z.ZodObject | z.ZodDiscriminatedUnion) {
  // Wrapped, because a schema created before zod is extended has no method `openapi`.
  const named = (entry instanceof z.ZodObject ? z.object(entry.shape) : entry).openapi(name)
  const page = pageResource(named).extend({
    total: z
      .int()
      .min(0)
      .max(MAX_COUNTED)
      .optional()
      .openapi({
        description: `With \`count=true\`: how many entries the whole list has. Not more than ${MAX_COUNTED} are counted.`,
      }),
  })
  return queryResponses(jsonResponse('A page.', page, 'Link'))
}

/** The query of a list after validation: the parameters of `listQuery`, and those of its filters and ranges. */
interface ListQuery {
  readonly limit: number
  readonly cursor?: string | undefined
  readonly sort: string
  readonly count?: boolean | undefined
  readonly fields?: readonly string[] | undefined
  readonly q?: readonly string[] | undefined
  readonly [parameter: string]: unknown
}

/** How entries are shown. */
interface Shown {
  /** Redacts an entry for buyers. */
  readonly forBuyer?: (entry: string) => string
  /** Adds to the entries of a page, as JSON texts. */
  readonly complete?: (entries: readonly string[]) => Promise<readonly string[]>
}

/**
 * Sends a page of a list. Ranges come from the query; filters are given by their names, because some follow from who the
 * caller is.
 */
export async function sendList(
  c: ApiContext,
  list: List,
  query: ListQuery,
  given: Readonly<Record<string, string | readonly string[] | undefined>>,
  { forBuyer, complete = async (entries) => entries }: Shown = {},
): Promise<Response> {
  const { limit, cursor, sort, count = false } = query
  const filters = Object.keys(list.filters).flatMap((name) => {
    const values = given[name]
    return values === undefined ? [] : [{ name, values: [values].flat() }]
  })
  // The cursor is bound to the filters, which include those that the caller's scope adds.
  const after = decodeCursor(c, position, cursor, given)
  const selection = { filters, ranges: rangesOf(list, query), search: query.q }
  const { items, next, total } = await readPage(c.env.DATABASE, list, {
    ...{ limit, after, sort, count },
    ...selection,
  })
  const { fields } = query
  const chosen = fields ? (entry: string) => only(fields, entry) : (entry: string) => entry
  const shown = await complete(forBuyer && isForBuyer(c) ? items.map(forBuyer) : items)
  return sendTexts(c, shown.map(chosen), next && encodeCursor(c, next, given), total)
}

/** Sends a list that holds nothing which this caller may see. */
export function sendEmptyList(c: ApiContext, { count }: Pick<ListQuery, 'count'>): Response {
  return sendTexts(c, [], null, count ? 0 : undefined)
}

const membersSchema = z.record(z.string(), z.unknown())

/** An entry with the chosen members, in their own order. */
function only(fields: readonly string[], entry: string): string {
  const members = Object.entries(membersSchema.parse(JSON.parse(entry)))
  return JSON.stringify(
    Object.fromEntries(members.filter(([name]) => alwaysSent.includes(name) || fields.includes(name))),
  )
}

function rangesOf(list: List, query: ListQuery): Range[] {
  return Object.keys(list.ranges).flatMap((name) => {
    const from = limitOf(query[`${name}From`])
    const to = limitOf(query[`${name}To`])
    return from === undefined && to === undefined ? [] : [{ name, from, to }]
  })
}

function limitOf(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}
