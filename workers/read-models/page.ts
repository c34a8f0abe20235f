/** A list over one table of the read database, newest entries first. */
export interface List {
  /** The table, aliased `entry`, or a join of it with others. */
  readonly from: string
  /** The column by which it is sorted; entries without a value there are not shown. */
  readonly sortedBy: 'created_at' | 'submitted_at'
  /** The SQL expression of an entry, as JSON text. */
  readonly item?: string
}

/** A column and its required value. */
export type Filter = readonly [column: string, value: string]

/** The end of a page: the sort value of its last entry, and the id as a tie-breaker. */
export type Position = readonly [sortedBy: string, id: string]

export interface Page {
  /** Entries as JSON text. */
  readonly items: readonly string[]
  /** The position of the next page; `null` on the last. */
  readonly next: Position | null
}

interface PageRequest {
  readonly limit: number
  /** The end of the page before; `null` for the first. */
  readonly after: Position | null
  /** The first selects the index, so it should be the most selective. */
  readonly filters: readonly Filter[]
}

/**
 * The statement that reads a page and one more entry. It begins after the last entry of the previous page, not at an
 * offset, so a new entry does not shift the others.
 */
export function pageStatement(
  { from, sortedBy, item = 'entry.item' }: List,
  { limit, after, filters }: PageRequest,
): { sql: string; values: readonly (string | number)[] } {
  const conditions = [
    ...(sortedBy === 'created_at' ? [] : [`entry.${sortedBy} IS NOT NULL`]),
    // The unary plus keeps SQLite from using the index of a less selective filter.
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
