import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One SQL view: its file in analytics/, and the statement that creates it. */
export interface View {
  readonly name: string
  readonly file: string
  readonly sql: string
}

const FOLDER = join(import.meta.dirname, '..', '..', 'analytics')

/** The views in creation order: each reads only earlier ones. */
export function readViews(): View[] {
  const files = readdirSync(FOLDER).filter((file) => /^\d+_\w+\.sql$/.test(file))
  return files.sort().map((file) => ({
    name: file.replace(/^\d+_(\w+)\.sql$/, '$1'),
    file: join(FOLDER, file),
    sql: readFileSync(join(FOLDER, file), 'utf8'),
  }))
}

/** Statements that define the functions of Trino that the views use and DuckDB lacks. */
export function readTrinoFunctions(): string {
  return readFileSync(join(FOLDER, 'duckdb', 'trino-functions.sql'), 'utf8')
}
