import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { z } from 'zod'

/** What the server stores that has to survive: objects, the read database, the lake. Caches do not. */
const STORED = ['v3/do', 'v3/d1', 'v3/r2'] as const

const bytes = z.object({ base64: z.string() })
/** An integer beyond what JSON can hold. */
const bigInteger = z.object({ integer: z.string() })
const value = z.union([z.null(), z.string(), z.number(), bigInteger, bytes])
const database = z.object({
  /** Relative to the folder. */
  path: z.string(),
  /** The number of its schema among all schemas. */
  schema: z.int(),
  rows: z.record(z.string(), z.array(z.array(value))),
})
const file = z.object({ path: z.string(), content: bytes })
const lineSchema = z.union([z.object({ schemas: z.array(z.array(z.string())) }), database, file])

/** A folder that a server has left, as text: a line of JSON for all schemas, then one for each file. */
export async function pack(folder: string): Promise<string> {
  const schemas: string[] = []
  const lines: string[] = []
  for (const path of await pathsIn(folder)) {
    if (!path.endsWith('.sqlite')) {
      const content = bytesOf(await readFile(join(folder, path)))
      lines.push(JSON.stringify({ path, content } satisfies z.infer<typeof file>))
      continue
    }
    const { statements, rows } = readDatabase(join(folder, path))
    // What was only opened holds nothing: the server makes it again.
    if (statements.length === 0) continue
    const text = JSON.stringify(statements)
    if (!schemas.includes(text)) schemas.push(text)
    const schema = schemas.indexOf(text)
    lines.push(JSON.stringify({ path, schema, rows } satisfies z.infer<typeof database>))
  }
  return `{"schemas":[${schemas.join(',')}]}\n${lines.join('\n')}\n`
}

/** Writes a packed folder as files that a server opens. */
export async function unpack(text: string, folder: string): Promise<void> {
  let schemas: string[][] = []
  for (const line of text.trimEnd().split('\n')) {
    const entry = lineSchema.parse(JSON.parse(line))
    if ('schemas' in entry) {
      schemas = entry.schemas
      continue
    }
    const path = join(folder, entry.path)
    await mkdir(dirname(path), { recursive: true })
    if ('content' in entry) await writeFile(path, Buffer.from(entry.content.base64, 'base64'))
    else writeDatabase(path, schemas[entry.schema] ?? [], entry.rows)
  }
}

async function pathsIn(folder: string): Promise<string[]> {
  const found: string[] = []
  for (const part of STORED)
    for (const entry of await readdir(join(folder, part), { recursive: true, withFileTypes: true }))
      if (entry.isFile() && !/-(wal|shm)$/.test(entry.name))
        found.push(join(entry.parentPath, entry.name).slice(folder.length + 1))
  return found.sort()
}

function readDatabase(path: string): {
  statements: string[]
  rows: z.infer<typeof database>['rows']
} {
  const opened = new DatabaseSync(path)
  try {
    const schema = z.array(z.object({ type: z.string(), name: z.string(), sql: z.string() })).parse(
      // Tables first. What SQLite makes by itself has no statement, or a name of its own.
      opened
        .prepare(
          `SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
          ORDER BY type <> 'table', rowid`,
        )
        .all(),
    )
    const rows = schema
      .filter(({ type }) => type === 'table')
      .map(({ name }) => [name, rowsOf(opened, name)] as const)
      .filter(([, found]) => found.length > 0)
    return { statements: schema.map(({ sql }) => sql), rows: Object.fromEntries(rows) }
  } finally {
    opened.close()
  }
}

function rowsOf(opened: DatabaseSync, table: string): z.infer<typeof value>[][] {
  const statement = opened.prepare(`SELECT ${columnsOf(opened, table).join(', ')} FROM "${table}"`)
  statement.setReadBigInts(true)
  return statement.all().map((row) => Object.values(row).map(packed))
}

/** The columns of a table that hold something: generated ones are computed. */
function columnsOf(opened: DatabaseSync, table: string): string[] {
  return z
    .array(z.object({ name: z.string() }))
    .parse(opened.prepare('SELECT name FROM pragma_table_info(?)').all(table))
    .map(({ name }) => `"${name}"`)
}

function packed(cell: SQLOutputValue): z.infer<typeof value> {
  if (cell instanceof Uint8Array) return bytesOf(cell)
  if (typeof cell !== 'bigint') return cell
  return Number.isSafeInteger(Number(cell)) ? Number(cell) : { integer: String(cell) }
}

function unpacked(cell: z.infer<typeof value>) {
  if (cell === null || typeof cell === 'string') return cell
  // Integers stay integers: SQLite would take a number of JavaScript for a real.
  if (typeof cell === 'number') return Number.isInteger(cell) ? BigInt(cell) : cell
  return 'integer' in cell ? BigInt(cell.integer) : Buffer.from(cell.base64, 'base64')
}

function writeDatabase(
  path: string,
  statements: readonly string[],
  rows: z.infer<typeof database>['rows'],
): void {
  const opened = new DatabaseSync(path)
  try {
    opened.exec('PRAGMA journal_mode = WAL; BEGIN')
    for (const statement of statements) opened.exec(statement)
    for (const [table, cells] of Object.entries(rows)) {
      const columns = columnsOf(opened, table)
      const places = columns.map(() => '?')
      const insert = opened.prepare(`INSERT INTO "${table}" (${columns}) VALUES (${places})`)
      for (const row of cells) insert.run(...row.map(unpacked))
    }
    opened.exec('COMMIT')
  } finally {
    opened.close()
  }
}

function bytesOf(content: Uint8Array): z.infer<typeof bytes> {
  return { base64: Buffer.from(content).toString('base64') }
}
