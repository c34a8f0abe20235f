import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { z } from 'zod'
import { type SetAside, siftFiles } from './sift.ts'
import { readTrinoFunctions, readViews } from './views.ts'

/** A value as the views return it: decimals, large integers, dates and times as text. */
export type Cell = string | number | boolean | null
export type Row = Readonly<Record<string, Cell>>

const rows = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])))

/** The lake contains no event. */
export class EmptyLakeError extends Error {
  override readonly name = 'EmptyLakeError'
}

/** DuckDB cannot read a valid file. */
export class UnreadableLakeError extends Error {
  override readonly name = 'UnreadableLakeError'
}

/**
 * As the Glue table of the same name in infra/: the envelope, its partitions, and `data` as JSON text. `sequence` is text
 * of digits, and was a number in earlier releases.
 */
const RAW_EVENTS = `
  CREATE TABLE raw_events AS
  SELECT
    id, type AS event_type, split_part(type, '.', 1) AS context, split_part(type, '.', 2) AS type,
    subject, time, CAST(sequence AS BIGINT) AS sequence, category, partitionkey, correlationid, dataschema, CAST(data AS VARCHAR) AS data
  FROM read_json(
    $files,
    format = 'newline_delimited', hive_partitioning = false, maximum_object_size = 134217728,
    columns = {
      id: 'VARCHAR', type: 'VARCHAR', subject: 'VARCHAR', time: 'VARCHAR', sequence: 'VARCHAR',
      category: 'VARCHAR', partitionkey: 'VARCHAR', correlationid: 'VARCHAR', dataschema: 'VARCHAR', data: 'JSON'
    }
  )`

/** The lake in DuckDB, in memory, with the views of analytics/ over it. */
export class Warehouse {
  readonly #instance: DuckDBInstance
  readonly #connection: DuckDBConnection

  /** The lines and files that the results do not include. */
  readonly setAside: readonly SetAside[]

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, setAside: readonly SetAside[]) {
    this.#instance = instance
    this.#connection = connection
    this.setAside = setAside
  }

  /**
   * Loads CloudEvents, one per line, from NDJSON files (gzipped if named `.gz`). Other lines and files are skipped,
   * so that a single invalid one does not fail the report.
   *
   * @throws EmptyLakeError when there is no event in them
   * @throws UnreadableLakeError with DuckDB's message when it cannot read lines that are CloudEvents
   */
  static async load(files: readonly string[]): Promise<Warehouse> {
    const folder = mkdtempSync(join(tmpdir(), 'petrel-sifted-'))
    try {
      // Not left to DuckDB, which accepts truncated files, and detects invalid text only when a query reads it.
      const sifted = await siftFiles(files, folder)
      return await Warehouse.#load(sifted.files, sifted.setAside)
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  }

  static async #load(files: readonly string[], setAside: readonly SetAside[]): Promise<Warehouse> {
    if (files.length === 0) throw new EmptyLakeError('There are no events.')
    const instance = await DuckDBInstance.create(':memory:')
    const warehouse = new Warehouse(instance, await instance.connect(), setAside)
    try {
      await warehouse.#run(readTrinoFunctions())
      const [events, ...views] = readViews()
      // All views read the events, some several times: they are deduplicated once.
      await warehouse.#read(files, events?.sql.replace('CREATE OR REPLACE VIEW', 'CREATE TABLE') ?? '')
      for (const view of views) await warehouse.#run(view.sql)
      const [counted] = await warehouse.query('SELECT count(*) AS events FROM events')
      if (counted?.events === '0') throw new EmptyLakeError('There are no events.')
    } catch (fault) {
      warehouse.close()
      throw fault
    }
    return warehouse
  }

  /** The result of a query, one object per row. */
  async query(sql: string): Promise<Row[]> {
    const reader = await this.#connection.runAndReadAll(sql)
    return rows.parse(reader.getRowObjectsJson())
  }

  close(): void {
    this.#connection.closeSync()
    this.#instance.closeSync()
  }

  async #read(files: readonly string[], events: string): Promise<void> {
    try {
      await this.#run(RAW_EVENTS.replace('$files', () => `[${files.map(quoted).join(', ')}]`))
      await this.#run(events)
    } catch (fault) {
      const said = fault instanceof Error ? fault.message : String(fault)
      throw new UnreadableLakeError(`The events cannot be read. ${said}`, { cause: fault })
    }
  }

  async #run(sql: string): Promise<void> {
    await this.#connection.run(sql)
  }
}

/** The NDJSON files in a folder and its subfolders, gzipped or not; dead letters lie beside them as JSON. */
export function ndjsonFilesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ndjson|jsonl)(\.gz)?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
