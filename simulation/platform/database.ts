import type { Remote } from './remote.ts'
import { Database, rowsOf } from './sql.ts'

type Binding = string | number | null | boolean | ArrayBuffer | ArrayBufferView

/** The read database: D1 as the product uses it. */
export class SimulatedD1 {
  readonly database = new Database()
  readonly #remote: Remote

  /** @param migrations in order; wrangler notes in a table which were applied */
  constructor(remote: Remote, migrations: readonly { name: string; sql: string }[]) {
    this.#remote = remote
    this.database.execute(
      'CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT UNIQUE, applied_at TEXT)',
    )
    for (const { name, sql } of migrations) {
      this.database.execute(sql)
      this.database.run('INSERT INTO d1_migrations (name) VALUES (?)', [name])
    }
  }

  /** Runs a query on it from outside, as an operator could. */
  rows(query: string, bindings: readonly (string | number | null)[]): Record<string, unknown>[] {
    return rowsOf(this.database.run(query, bindings))
  }

  /** The binding. */
  get binding() {
    return {
      prepare: (query: string) => new Statement(this, query, []),
      batch: (statements: Statement[]) =>
        this.remote('batch', () => {
          if (statements.length === 0) throw new Error('No SQL statements detected.')
          this.database.execute('BEGIN')
          try {
            const results = statements.map((statement) => statement.run_())
            this.database.execute('COMMIT')
            return results
          } catch (fault) {
            this.database.execute('ROLLBACK')
            throw fault
          }
        }),
      exec: (query: string) =>
        this.remote('exec', () => {
          const lines = query.split('\n').filter((line) => line.trim() !== '')
          for (const line of lines) this.database.run(line, [])
          return { count: lines.length, duration: 0 }
        }),
    }
  }

  remote<Result>(label: string, work: () => Result): Promise<Result> {
    return this.#remote.call(`database ${label}`, () => {
      try {
        return work()
      } catch (fault) {
        throw new Error(`D1_ERROR: ${fault instanceof Error ? fault.message : String(fault)}`)
      }
    })
  }
}

class Statement {
  readonly #owner: SimulatedD1
  readonly #query: string
  readonly #bindings: readonly Binding[]

  constructor(owner: SimulatedD1, query: string, bindings: readonly Binding[]) {
    this.#owner = owner
    this.#query = query
    this.#bindings = bindings
  }

  bind(...bindings: Binding[]): Statement {
    for (const binding of bindings)
      if (!isStorable(binding))
        throw new Error(`D1_TYPE_ERROR: Type '${typeof binding}' not supported for value '${binding}'`)
    return new Statement(this.#owner, this.#query, bindings)
  }

  /** Runs at the database. */
  run_() {
    const result = this.#owner.database.run(this.#query, this.#bindings)
    return {
      success: true as const,
      results: rowsOf(result).map(withoutBuffers),
      meta: {
        changes: result.changes,
        duration: 0,
        rows_read: result.rows.length,
        rows_written: result.changes,
      },
    }
  }

  all() {
    return this.#owner.remote(this.#label, () => this.run_())
  }

  run() {
    return this.#owner.remote(this.#label, () => this.run_())
  }

  async first(column?: string) {
    const { results } = await this.all()
    const [row] = results
    return row === undefined ? null : column === undefined ? row : (row[column] ?? null)
  }

  async raw(options: { columnNames?: boolean } = {}) {
    const { columns, rows } = await this.#owner.remote(this.#label, () =>
      this.#owner.database.run(this.#query, this.#bindings),
    )
    return options.columnNames ? [columns, ...rows] : rows
  }

  get #label(): string {
    return this.#query.trim().slice(0, 40).replaceAll(/\s+/g, ' ')
  }
}

function isStorable(binding: unknown): boolean {
  if (binding === null || ArrayBuffer.isView(binding) || binding instanceof ArrayBuffer) return true
  return ['string', 'number', 'boolean'].includes(typeof binding)
}

/** D1 answers in JSON: bytes arrive as numbers. */
function withoutBuffers(row: Record<string, unknown>): Record<string, unknown> {
  for (const [name, value] of Object.entries(row))
    if (value instanceof ArrayBuffer) row[name] = [...new Uint8Array(value)]
  return row
}
