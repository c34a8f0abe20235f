import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isMigrated } from './migrated.ts'

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'petrel-migrated-'))
  mkdirSync(join(folder, 'miniflare-D1DatabaseObject'))
  file = join(folder, 'miniflare-D1DatabaseObject', 'a.sqlite')
  const database = new DatabaseSync(file)
  database.exec('CREATE TABLE d1_migrations (id INTEGER PRIMARY KEY, name TEXT)')
  database.exec("INSERT INTO d1_migrations (name) VALUES ('1.sql'), ('2.sql')")
  database.close()
})
afterEach(() => rmSync(folder, { recursive: true }))

it('asks the database which migrations it has', () => {
  expect(isMigrated(folder, ['1.sql', '2.sql'])).toBe(true)
  expect(isMigrated(folder, ['1.sql'])).toBe(true)
  expect(isMigrated(folder, ['1.sql', '2.sql', '3.sql'])).toBe(false)
})
it.each([
  ['is gone', () => rmSync(file)],
  ['is empty', () => truncateSync(file)],
  ['is no database', () => writeFileSync(file, 'x'.repeat(10_000))],
  ['has no record of them', () => new DatabaseSync(file).exec('DROP TABLE d1_migrations')],
  ['is one of several', () => writeFileSync(join(folder, 'b.sqlite'), '')],
  ['never was', () => rmSync(folder, { recursive: true }) ?? mkdirSync(folder)],
])('is not sure of one that %s, whatever was noted beside it', (_, damage) => {
  damage()
  writeFileSync(join(folder, 'migrations-applied'), '1.sql\n2.sql')
  expect(isMigrated(folder, ['1.sql', '2.sql'])).toBe(false)
})
