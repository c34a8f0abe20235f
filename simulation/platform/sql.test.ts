import { expect, it } from 'vitest'
import { Database } from './sql.ts'

function dumpOf(...statements: string[]): string[] {
  const database = new Database()
  database.execute('CREATE TABLE one (id INTEGER PRIMARY KEY, value); CREATE TABLE other (value)')
  for (const statement of statements) database.execute(statement)
  const dump = [...database.dump()]
  database.close()
  return dump
}

it('a dump of a database is the same for the same content, and for no other', () => {
  const content = ["INSERT INTO one VALUES (1, 'a')", "INSERT INTO other VALUES (x'01ff')"]
  expect(dumpOf(...content)).toEqual(dumpOf(...content.toReversed()))
  const others = [
    [],
    [content[0] ?? ''],
    [...content, "UPDATE one SET value = 'b'"],
    [...content, "UPDATE other SET value = x'01fe'"],
    [...content, 'CREATE TABLE third (value)'],
  ]
  const dumps = [content, ...others].map((statements) => dumpOf(...statements).join('\n'))
  expect(new Set(dumps).size).toBe(dumps.length)
})
