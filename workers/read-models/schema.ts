import { readModels } from './models.ts'

/** The migrations that this release needs; a test compares them with the files in `migrations/`. */
export const migrations = [
  '0001_mailbox.sql',
  '0002_parked_effects.sql',
  '0003_lists.sql',
  '0004_tracking_numbers.sql',
  '0005_forwarders.sql',
  '0006_replays.sql',
  '0007_comparisons.sql',
  '0008_list_parameters.sql',
  '0009_inventory_and_carts.sql',
  '0010_search.sql',
] as const

/**
 * Whether the read database has what this release needs: its migrations are recorded, and each list can be read. An
 * empty or outdated database would answer a plain probe too.
 *
 * @throws Error as D1 does, also where a table is missing
 */
export async function isMigrated(database: D1Database): Promise<boolean> {
  const names = migrations.map(() => '?').join(', ')
  const [applied] = await database.batch([
    database
      .prepare(`SELECT count(DISTINCT name) AS applied FROM d1_migrations WHERE name IN (${names})`)
      .bind(...migrations),
    ...[...readModels.values()].map(({ table }) => database.prepare(`SELECT id FROM ${table} LIMIT 1`)),
  ])
  const [row] = applied?.results ?? []
  return typeof row === 'object' && row !== null && Reflect.get(row, 'applied') === migrations.length
}
