/** A list over one table of the read database, newest entries first. */
export interface List {
  /** The table, or a join of it with others, in which its name is `entry`. */
  readonly from: string
  /** The column by which it is sorted; entries without a value there are not shown. */
  readonly sortedBy: 'created_at' | 'submitted_at'
  /** The SQL expression of an entry, as JSON text. */
  readonly item?: string
}

/** A column and the value that it has to have. */
export type Filter = readonly [column: string, value: string]

/** Where a page ends: the sorting value of its last entry, and the id, which tells equal ones apart. */
export type Position = readonly [sortedBy: string, id: string]

export interface Page {
  /** Entries as JSON text. */
  readonly items: readonly string[]
  /** Where the next page begins; `null` on the last. */
  readonly next: Position | null
}

interface PageRequest {
  readonly limit: number
  /** The end of the page before; `null` for the first. */
  readonly after: Position | null
  /** The first is the one by which the rows are looked up; it should leave the fewest. */
  readonly filters: readonly Filter[]
}

/**
 * The statement that reads a page and one entry more. It begins where the page before ended and not
 * after a number of rows, so an entry that comes in between shifts no other.
 */
export function pageStatement(
  { from, sortedBy, item = 'entry.item' }: List,
  { limit, after, filters }: PageRequest,
): { sql: string; values: readonly (string | number)[] } {
  const conditions = [
    ...(sortedBy === 'created_at' ? [] : [`entry.${sortedBy} IS NOT NULL`]),
    // The sign keeps SQLite from looking up by a filter that leaves more rows.
    ...filters.map(([column], index) => `${index === 0 ? '' : '+'}entry.${column} = ?`),
    ...(after ? [`(entry.${sortedBy}, entry.id) < (?, ?)`] : []),
  ]
  const where = conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
  return {
    sql: `SELECT entry.id AS id, entry.${sortedBy} AS sorted_by, ${item} AS item FROM ${from}
      ${where} ORDER BY entry.${sortedBy} DESC, entry.id DESC LIMIT ?`,
    values: [...filters.map(([, value]) => value), ...(after ?? []), limit + 1],
  }
}

interface Row {
  readonly id: string
  readonly sorted_by: string
  readonly item: string
}

/** Reads a page. Throws as D1 does. */
export async function readPage(database: D1Database, list: List, request: PageRequest): Promise<Page> {
  const { sql, values } = pageStatement(list, request)
  const { results } = await database
    .prepare(sql)
    .bind(...values)
    .all<Row>()
  const rows = results.slice(0, request.limit)
  const last = rows.at(-1)
  return {
    items: rows.map(({ item }) => item),
    next: last && results.length > request.limit ? [last.sorted_by, last.id] : null,
  }
}
