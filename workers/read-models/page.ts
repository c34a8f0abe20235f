import { z } from 'zod'
import { countStatement, type List, type Position, pageStatement, type Selection } from './statement.ts'

export interface Page {
  /** Entries as JSON text. */
  readonly items: readonly string[]
  /** The position of the next page; `null` on the last. */
  readonly next: Position | null
  /** How many entries the whole list has, at most `MAX_COUNTED`; only where it was asked for. */
  readonly total?: number
}

interface PageRequest extends Selection {
  readonly limit: number
  /** The end of the page before; `null` for the first. */
  readonly after: Position | null
  /** The name of a sort; with a minus in front, descending. */
  readonly sort: string
  /** Whether the whole list is counted. */
  readonly count?: boolean
}

const rowSchema = z.object({ id: z.string(), sorted_by: z.union([z.string(), z.number()]), item: z.string() })
const countRow = z.object({ total: z.int() })

/** Reads a page of a list. Throws as D1 does. */
export async function readPage(database: D1Database, list: List, request: PageRequest): Promise<Page> {
  const statements = [pageStatement(list, request), ...(request.count ? [countStatement(list, request)] : [])]
  const [page, counted] = await database.batch(
    statements.map(({ sql, values }) => database.prepare(sql).bind(...values)),
  )
  const found = rowSchema.array().parse(page?.results)
  const rows = found.slice(0, request.limit)
  const last = rows.at(-1)
  return {
    items: rows.map(({ item }) => item),
    next: last && found.length > request.limit ? [last.sorted_by, last.id] : null,
    ...(request.count && { total: countRow.parse(counted?.results[0]).total }),
  }
}
