import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/**
 * Whether a local read database records all migrations. Reads the database itself, which may have been removed,
 * emptied or restored since a note beside it was written. False if this cannot be determined, for example with
 * several databases; then wrangler checks, which takes seconds.
 */
export function isMigrated(folder: string, names: readonly string[]): boolean {
  try {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.sqlite') && !name.endsWith('metadata.sqlite'),
    )
    const [file] = files
    if (file === undefined || files.length > 1) return false
    const database = new DatabaseSync(join(folder, file), { readOnly: true })
    try {
      const applied = database
        .prepare('SELECT name FROM d1_migrations')
        .all()
        .map(({ name }) => name)
      return names.every((name) => applied.includes(name))
    } finally {
      database.close()
    }
  } catch {
    return false
  }
}
