import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

type Value = ArrayBuffer | string | number | null
type Row = Record<string, Value>

/** A database of one object: SQLite in memory, with the statements that were prepared for it. */
export class Database {
  readonly #database = new DatabaseSync(':memory:')
  readonly #statements = new Map<string, { readonly statement: StatementSync; readonly columns: string[] }>()

  /** Runs one or more statements; the last one's rows are the result. */
  run(query: string, bindings: readonly unknown[]): { columns: string[]; rows: Value[][]; changes: number } {
    // A statement that was prepared before would still have the columns of then.
    if (isDefinition(query)) this.#statements.clear()
    if (bindings.length === 0 && /;\s*\S/.test(query)) {
      this.#database.exec(query)
      return { columns: [], rows: [], changes: 0 }
    }
    let prepared = this.#statements.get(query)
    if (!prepared) {
      const statement = this.#database.prepare(query)
      statement.setReturnArrays(true)
      prepared = { statement, columns: statement.columns().map(({ name }) => name) }
      this.#statements.set(query, prepared)
    }
    const { statement, columns } = prepared
    const values = bindings.map(inputOf)
    if (columns.length === 0) {
      const { changes } = statement.run(...values)
      return { columns, rows: [], changes: Number(changes) }
    }
    const rows = (statement.all(...values) as unknown as unknown[][]).map((row) => row.map(outputOf))
    return { columns, rows, changes: isWrite(query) ? rows.length : 0 }
  }

  execute(query: string): void {
    this.#database.exec(query)
  }

  close(): void {
    this.#statements.clear()
    this.#database.close()
  }
}

/** Whether a statement changes the database. */
export function isWrite(query: string): boolean {
  return !/^\s*(SELECT|WITH|PRAGMA|EXPLAIN|VALUES)\b/i.test(query)
}

function isDefinition(query: string): boolean {
  return /^\s*(CREATE|DROP|ALTER)\b/i.test(query)
}

/** Rows as plain objects. */
export function rowsOf({ columns, rows }: { columns: string[]; rows: Value[][] }): Row[] {
  return rows.map((values) => rowOf(columns, values))
}

function rowOf(columns: readonly string[], values: readonly Value[]): Row {
  const row: Row = {}
  for (const [index, name] of columns.entries()) row[name] = values[index] ?? null
  return row
}

/** The `SqlStorage` of an object; `beforeWrite` opens the turn's savepoint. */
export class SimulatedSql {
  readonly #database: Database
  readonly #beforeWrite: () => void

  constructor(database: Database, beforeWrite: () => void) {
    this.#database = database
    this.#beforeWrite = beforeWrite
  }

  exec(query: string, ...bindings: unknown[]): SimulatedCursor {
    const write = isWrite(query)
    if (write) this.#beforeWrite()
    const result = this.#database.run(query, bindings)
    // Creating or dropping a table writes rows too, which SQLite does not count.
    const changes = isDefinition(query) ? 1 : result.changes
    return new SimulatedCursor(result.columns, result.rows, changes)
  }
}

class SimulatedCursor implements IterableIterator<Row> {
  readonly columnNames: string[]
  readonly rowsWritten: number
  readonly rowsRead: number
  readonly #rows: Value[][]
  #position = 0

  constructor(columns: string[], rows: Value[][], rowsWritten: number) {
    this.columnNames = columns
    this.#rows = rows
    this.rowsWritten = rowsWritten
    this.rowsRead = rows.length
  }

  next(): IteratorResult<Row> {
    const values = this.#rows[this.#position]
    if (!values) return { done: true, value: undefined }
    this.#position += 1
    return { done: false, value: this.#rowOf(values) }
  }

  [Symbol.iterator](): this {
    return this
  }

  toArray(): Row[] {
    const left = this.#rows.slice(this.#position)
    this.#position = this.#rows.length
    return left.map((values) => this.#rowOf(values))
  }

  one(): Row {
    const rows = this.toArray()
    const [row] = rows
    if (rows.length !== 1 || !row)
      throw new Error(
        `Expected exactly one result from SQL query, but got ${rows.length === 0 ? 'no' : 'multiple'} results.`,
      )
    return row
  }

  *raw(): IterableIterator<Value[]> {
    for (let values = this.#rows[this.#position]; values; values = this.#rows[this.#position]) {
      this.#position += 1
      yield values
    }
  }

  #rowOf(values: Value[]): Row {
    return rowOf(this.columnNames, values)
  }
}

function inputOf(value: unknown): SQLInputValue {
  if (value === undefined || value === null) return null
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') return value
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
  throw new TypeError(`a value of type ${typeof value} cannot be stored`)
}

function outputOf(value: unknown): Value {
  if (value instanceof Uint8Array) return Uint8Array.from(value).buffer
  return value as Value
}
