/** A list over one table of the read database. Names are those of query parameters, columns those of the table. */
export interface List {
  readonly table: string
  /** Further tables that its entries are read from; the list's own is aliased `entry`. */
  readonly join?: string
  /** The SQL expression of an entry, as JSON text. */
  readonly item?: string
  readonly sorts: Readonly<Record<string, Sort>>
  /** The name of a sort; with a minus in front, descending. */
  readonly defaultSort: string
  /** The one that leaves the fewest entries first. */
  readonly filters: Readonly<Record<string, FilterColumn>>
  /** Columns by the names of ranges without their endings `From` and `To`. */
  readonly ranges: Readonly<Record<string, string>>
  /** Its full-text index; `ownedBy` is the filter whose value stands in its column `owner`. */
  readonly search?: { readonly table: string; readonly ownedBy?: string }
}

interface Sort {
  /** Has an index `(column, id)`, unless `within` is given. */
  readonly column: string
  /** Entries without a value are not shown. */
  readonly mayBeNull?: boolean
  /** The index is `(filter, column, id)`: without that filter, the list is merged from those of all these values. */
  readonly within?: { readonly filter: string; readonly values: readonly string[] }
}

interface FilterColumn {
  readonly column: string
  /** Names of sorts for which there is an index `(filter, sort, id)`. */
  readonly sortedBy?: readonly string[]
  /** Leaves so few entries that they can be looked up and then sorted by anything. */
  readonly isSelective?: boolean
  /** Stands in every request. */
  readonly isRequired?: boolean
}

/** A filter by its name, and the values that it accepts. */
export interface Filter {
  readonly name: string
  readonly values: readonly string[]
}

/** A range by its name. Times: at or after `from`, and before `to`. Numbers: both included. */
export interface Range {
  readonly name: string
  readonly from?: string | number | undefined
  readonly to?: string | number | undefined
}

/** The end of a page: the sort value of its last entry, and the id as a tie-breaker. */
export type Position = readonly [sortedBy: string | number, id: string]

/** What a list is narrowed to; each filter and each range at most once. */
export interface Selection {
  readonly filters: readonly Filter[]
  readonly ranges: readonly Range[]
  /** Words of letters and digits, each of which is the beginning of a word in the entry. */
  readonly search?: readonly string[] | undefined
}

interface Statement {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** A count stops here: there may be more. */
export const MAX_COUNTED = 100_000
/** Of more entries with the words of a search, those that were inserted last are listed. */
export const MAX_MATCHES = 1_000

/** The values of a statement, each named by its number, so that one can stand in several places. */
class Values {
  readonly bound: (string | number)[] = []

  bind(value: string | number): string {
    this.bound.push(value)
    return `?${this.bound.length}`
  }
}

/**
 * The statement that reads a page and one more entry. It begins after the last entry of the previous page, not at an
 * offset, so a new entry does not shift the others.
 *
 * One index leads: that of the most selective filter, or else that of the sort, in whose order other conditions are checked
 * entry by entry. Several values of the filter that leads are as many sorted lists: no more than a page is read of each,
 * and then they are merged. A search leads before all of these.
 */
export function pageStatement(
  list: List,
  request: Selection & { limit: number; after: Position | null; sort: string },
): Statement {
  const { limit, after, filters, ranges } = request
  const { name, isDescending } = sortNamed(request.sort)
  const sort = found(list.sorts, name)
  const isSearch = request.search !== undefined
  const lead = isSearch ? undefined : leadOf(list, name, sort, filters)
  const values = new Values()
  const most = values.bind(limit + 1)
  // The unary plus keeps SQLite from using an index that is not meant to lead.
  const plus = isSearch || (lead && !lead.isSorted) ? '+' : ''
  const sorted = `${plus}entry.${sort.column}`
  const direction = isDescending ? 'DESC' : 'ASC'
  // What is sorted by the id has no equal values to keep apart.
  const tieBreaker = sort.column === 'id' ? '' : `, ${plus}entry.id ${direction}`
  const order = `ORDER BY ${sorted} ${direction}${tieBreaker} LIMIT ${most}`
  const conditions = [
    ...matches(list, request, values),
    ...(sort.mayBeNull ? [`entry.${sort.column} IS NOT NULL`] : []),
    ...filters.flatMap((filter) =>
      filter.name === lead?.filter ? [] : [accepts(`+entry.${columnOf(list, filter)}`, filter, values)],
    ),
    ...ranges.flatMap((range) => {
      const column = found(list.ranges, range.name)
      return within(column === sort.column ? sorted : `+entry.${column}`, range, values)
    }),
    ...(after
      ? [
          `(${sorted}, ${plus}entry.id) ${isDescending ? '<' : '>'} (${values.bind(after[0])}, ${values.bind(after[1])})`,
        ]
      : []),
  ]
  const { table, join = '', item = 'entry.item' } = list
  const columns = `SELECT entry.id AS id, entry.${sort.column} AS sorted_by, ${item} AS item`
  if (!lead || lead.values.length === 1) {
    const [value] = lead?.values ?? []
    const led = lead && value !== undefined ? [`entry.${lead.column} = ${values.bind(value)}`] : []
    return {
      sql: `${columns} FROM ${table} AS entry ${join} ${where([...led, ...conditions])} ${order}`,
      values: values.bound,
    }
  }
  // A compound of selects would do, but D1 allows few of them.
  const page = `SELECT entry.rowid FROM ${table} AS entry
    ${where([`entry.${lead.column} = lead.value`, ...conditions])} ${order}`
  return {
    sql: `${columns} FROM json_each(${values.bind(JSON.stringify(lead.values))}) AS lead
      CROSS JOIN ${table} AS entry ${join} WHERE entry.rowid IN (${page})
      ORDER BY entry.${sort.column} ${direction}, entry.id ${direction} LIMIT ${most}`,
    values: values.bound,
  }
}

/** The statement that counts the entries, up to `MAX_COUNTED`, along one index if any condition has one. */
export function countStatement(list: List, selection: Selection): Statement {
  const { filters, ranges, search } = selection
  const values = new Values()
  const sort = found(list.sorts, sortNamed(list.defaultSort).name)
  const lead = search === undefined ? indexed(list, selection) : undefined
  const plusUnless = (one: Filter | Range) => (one === lead ? '' : '+')
  const conditions = [
    ...matches(list, selection, values),
    ...filters.map((filter) =>
      accepts(`${plusUnless(filter)}entry.${columnOf(list, filter)}`, filter, values),
    ),
    ...ranges.flatMap((range) =>
      within(`${plusUnless(range)}entry.${found(list.ranges, range.name)}`, range, values),
    ),
    ...(sort.mayBeNull ? [`entry.${sort.column} IS NOT NULL`] : []),
  ]
  return {
    sql: `SELECT count(*) AS total FROM (SELECT 1 FROM ${list.table} AS entry
      ${where(conditions)} LIMIT ${values.bind(MAX_COUNTED)})`,
    values: values.bound,
  }
}

/** The condition whose index leads a count. */
export function indexed(list: List, { filters, ranges }: Selection): Filter | Range | undefined {
  const columns = Object.values(list.sorts).flatMap(({ column, within }) => (within ? [] : [column]))
  return (
    filters.find(({ name }) => {
      const { sortedBy, isSelective } = found(list.filters, name)
      return sortedBy !== undefined || isSelective
    }) ?? ranges.find(({ name }) => columns.includes(found(list.ranges, name)))
  )
}

interface Lead {
  readonly filter: string
  readonly column: string
  readonly values: readonly string[]
  /** Whether its index is in the order of the sort. */
  readonly isSorted: boolean
}

/** The filter whose index leads; undefined if that of the sort does. */
function leadOf(list: List, name: string, { within }: Sort, filters: readonly Filter[]): Lead | undefined {
  for (const { name: filter, values } of filters) {
    const { column, sortedBy = [], isSelective = false } = found(list.filters, filter)
    const isSorted = sortedBy.includes(name)
    if (isSorted || isSelective) return { filter, column, values, isSorted }
  }
  if (!within) return undefined
  const { filter, values } = within
  return { filter, column: found(list.filters, filter).column, values, isSorted: true }
}

/** A sort by its name in requests. */
export function sortNamed(sort: string): { name: string; isDescending: boolean } {
  return sort.startsWith('-')
    ? { name: sort.slice(1), isDescending: true }
    : { name: sort, isDescending: false }
}

/** The condition of a search. In quotation marks a word has no meaning in the language of the index. */
function matches(list: List, { search, filters }: Selection, values: Values): string[] {
  if (search === undefined) return []
  const { table, ownedBy } = list.search ?? { table: undefined, ownedBy: undefined }
  if (table === undefined) throw new RangeError('the list cannot be searched')
  const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
  const owners = filters.find(({ name }) => name === ownedBy)?.values ?? []
  const query = [
    ...(owners.length > 0 ? [`owner : (${owners.map(quoted).join(' OR ')})`] : []),
    `words : (${search.map((word) => `${quoted(word)} *`).join(' AND ')})`,
  ].join(' AND ')
  return [
    `entry.rowid IN (SELECT rowid FROM ${table} WHERE ${table} MATCH ${values.bind(query)}
      ORDER BY rowid DESC LIMIT ${values.bind(MAX_MATCHES)})`,
  ]
}

function columnOf(list: List, { name }: Filter): string {
  return found(list.filters, name).column
}

function accepts(column: string, { values: accepted }: Filter, values: Values): string {
  return `${column} IN (${accepted.map((value) => values.bind(value)).join(', ')})`
}

function within(column: string, { from, to }: Range, values: Values): string[] {
  return [
    ...(from === undefined ? [] : [`${column} >= ${values.bind(from)}`]),
    ...(to === undefined ? [] : [`${column} ${typeof to === 'number' ? '<=' : '<'} ${values.bind(to)}`]),
  ]
}

function where(conditions: readonly string[]): string {
  return conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''
}

/** @throws RangeError for a name that the list does not have: routes offer only those that it has */
function found<Value>(all: Readonly<Record<string, Value>>, name: string): Value {
  const value = Object.hasOwn(all, name) ? all[name] : undefined
  if (value === undefined) throw new RangeError(`the list has no ${name}`)
  return value
}
