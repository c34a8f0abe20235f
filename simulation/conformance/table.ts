import type { Self } from './fact.ts'

/** A table of numbers, for facts about what is kept. */
export const table = {
  create: ({ ctx }: Self): void => {
    ctx.storage.sql.exec('CREATE TABLE IF NOT EXISTS numbers (number INTEGER)')
  },
  add: ({ ctx }: Self, number: number): void => {
    ctx.storage.sql.exec('INSERT INTO numbers VALUES (?)', number)
  },
  read: ({ ctx }: Self): unknown[] =>
    ctx.storage.sql
      .exec('SELECT number FROM numbers ORDER BY number')
      .toArray()
      .map(({ number }) => number),
}
