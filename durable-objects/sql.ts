import type { z } from 'zod'

/** The SQLite storage of one object, with rows checked by a schema: an older release may have written them. */
export class Sql {
  readonly #storage: SqlStorage
  readonly #meter: { rowsWritten: number }

  constructor(storage: SqlStorage, meter: { rowsWritten: number } = { rowsWritten: 0 }) {
    this.#storage = storage
    this.#meter = meter
  }

  all<Row extends z.ZodType>(schema: Row, query: string, ...bindings: SqlStorageValue[]): z.output<Row>[] {
    return this.#storage
      .exec(query, ...bindings)
      .toArray()
      .map((row) => schema.parse(row))
  }

  /** The first row of a query; `null` without one. */
  first<Row extends z.ZodType>(
    schema: Row,
    query: string,
    ...bindings: SqlStorageValue[]
  ): z.output<Row> | null {
    return this.all(schema, query, ...bindings)[0] ?? null
  }

  /** Runs a statement that writes; returns how many rows it wrote. */
  run(query: string, ...bindings: SqlStorageValue[]): number {
    const { rowsWritten } = this.#storage.exec(query, ...bindings)
    this.#meter.rowsWritten += rowsWritten
    return rowsWritten
  }

  /** Writes one row, whose keys name the columns. `REPLACE` overwrites a row with the same primary key. */
  write(verb: 'INSERT' | 'REPLACE', table: string, row: Readonly<Record<string, SqlStorageValue>>): void {
    const columns = Object.keys(row)
    const places = columns.map(() => '?').join(', ')
    this.run(`${verb} INTO ${table} (${columns.join(', ')}) VALUES (${places})`, ...Object.values(row))
  }
}
