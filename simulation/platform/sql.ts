import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { type SqlStatement, statementsOf } from './statements.ts'

type Value = ArrayBuffer | string | number | null
type Row = Record<string, Value>

interface Prepared {
  readonly statement: StatementSync
  readonly columns: string[]
}

interface Result {
  readonly columns: string[]
  readonly rows: Value[][]
  readonly changes: number
}

/** Primary codes of SQLite's faults. */
const CODES: Readonly<Record<number, string>> = {
  5: 'SQLITE_BUSY',
  10: 'SQLITE_IOERR',
  13: 'SQLITE_FULL',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
}

/** A database of one object: SQLite in memory, with the statements that were prepared for it. */
export class Database {
  readonly #database = new DatabaseSync(':memory:')
  readonly #prepared = new Map<string, Prepared>()

  /**
   * Runs one or more statements; bindings and rows are those of the last one.
   *
   * @throws Error whose message names the cause and its code, as the platform's does
   */
  run(query: string, bindings: readonly unknown[]): Result {
    const statements = statementsOf(query)
    const last = statements.at(-1)
    if (!last) throw new Error('SQL code did not contain a statement.')
    try {
      if (statements.length > 1 && statements.every(({ isDefinition }) => isDefinition)) {
        if (/^(ALTER|DROP)/im.test(query)) this.#prepared.clear()
        this.#database.exec(query)
        return { columns: [], rows: [], changes: 0 }
      }
      for (const statement of statements) if (statement !== last) this.#run(statement, [])
      return this.#run(last, bindings)
    } catch (fault) {
      throw withCode(fault)
    }
  }

  #run({ text, parameters, isWrite, isDefinition }: SqlStatement, bindings: readonly unknown[]): Result {
    // Node binds NULL where a value is missing.
    if (bindings.length !== parameters) throw new Error('Wrong number of parameter bindings for SQL query.')
    // A statement that was prepared before would still have the columns of then. A new table changes none.
    if (isDefinition && !/^CREATE/i.test(text)) this.#prepared.clear()
    let prepared = this.#prepared.get(text)
    if (!prepared) {
      const statement = this.#database.prepare(text)
      statement.setReturnArrays(true)
      prepared = { statement, columns: statement.columns().map(({ name }) => name) }
      this.#prepared.set(text, prepared)
    }
    const { statement, columns } = prepared
    const values = bindings.map(inputOf)
    if (columns.length === 0) {
      const { changes } = statement.run(...values)
      return { columns, rows: [], changes: Number(changes) }
    }
    const rows = (statement.all(...values) as unknown as unknown[][]).map((row) => row.map(outputOf))
    return { columns, rows, changes: isWrite ? rows.length : 0 }
  }

  execute(query: string): void {
    this.#database.exec(query)
  }

  /** All rows of all tables as text, table by table in the order of their names: equal for equal content. */
  *dump(): Generator<string> {
    for (const { sql, name } of this.#tables()) {
      yield `${name} ${sql}`
      const statement = this.#database.prepare(`SELECT * FROM "${name}"`)
      statement.setReturnArrays(true)
      // Bytes are listed one by one, as JSON has no word for them.
      for (const row of statement.iterate()) yield JSON.stringify(row)
    }
  }

  #tables(): { name: string; sql: string }[] {
    return (
      this.#database
        // A full-text index cannot be scanned; the tables in which it is stored can.
        .prepare(
          "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name",
        )
        .all()
        .map(({ name, sql }) => ({ name: String(name), sql: String(sql) }))
    )
  }

  /** Runs a statement without bindings and rows, that comes again and again. */
  repeat(query: string): void {
    let prepared = this.#prepared.get(query)
    if (!prepared) {
      prepared = { statement: this.#database.prepare(query), columns: [] }
      this.#prepared.set(query, prepared)
    }
    prepared.statement.run()
  }

  close(): void {
    this.#prepared.clear()
    this.#database.close()
  }
}

function withCode(fault: unknown): unknown {
  if (!(fault instanceof Error && 'errcode' in fault)) return fault
  return new Error(`${fault.message}: ${CODES[Number(fault.errcode) & 0xff] ?? 'SQLITE_ERROR'}`)
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
  readonly #database: () => Database
  readonly #beforeWrite: () => void

  constructor(database: () => Database, beforeWrite: () => void) {
    this.#database = database
    this.#beforeWrite = beforeWrite
  }

  exec(query: string, ...bindings: unknown[]): SimulatedCursor {
    const statements = statementsOf(query)
    if (statements.some(({ isAllowed }) => !isAllowed)) throw new Error('not authorized: SQLITE_AUTH')
    const values = bindings.map(storableOf)
    if (statements.some(({ isWrite }) => isWrite)) this.#beforeWrite()
    const result = this.#database().run(query, values)
    // Creating or dropping a table writes rows too, which SQLite does not count.
    const changes = statements.at(-1)?.isDefinition ? 1 : result.changes
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

/** What an object binds becomes text where SQLite has no type for it. */
function storableOf(value: unknown): unknown {
  if (typeof value === 'bigint') throw new TypeError('Cannot convert a BigInt value to a number')
  if (typeof value === 'boolean') return String(value)
  if (typeof value !== 'object' || value === null) return value
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value) ? value : String(value)
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
