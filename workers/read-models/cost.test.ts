import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { readModels } from './models.ts'
import { writeRows } from './project.ts'

/** The read database, which counts the rows that it writes: each entry of an index is one, and each is on the bill. */
class CountingDatabase implements D1Database {
  written = 0

  prepare(sql: string) {
    return env.DATABASE.prepare(sql)
  }
  async batch<T>(statements: D1PreparedStatement[]) {
    const results = await env.DATABASE.batch<T>(statements)
    for (const { meta } of results) this.written += meta.rows_written
    return results
  }
  exec(sql: string) {
    return env.DATABASE.exec(sql)
  }
  withSession(constraint?: D1SessionBookmark | D1SessionConstraint) {
    return env.DATABASE.withSession(constraint)
  }
  dump() {
    return env.DATABASE.dump()
  }
}

/** Rows written for the first version of an aggregate, and for each later one. */
const costs: Readonly<Record<string, readonly [inserted: number, updated: number]>> = {
  order: [8, 4],
  customer: [8, 5],
  product: [7, 4],
  inventory: [3, 2],
  cart: [5, 3],
  payment: [7, 3],
  delivery: [7, 4],
  promotion: [5, 3],
  review: [3, 2],
}

describe('a row of an earlier release', () => {
  const tables = [...readModels.values()].filter(({ table }) => table !== 'carts')
  const item = {
    ...{ createdAt: '2026-03-01T12:00:00.000Z', customerId: 'cus_1', orderId: 'ord_1' },
    amount: { amount: 7, currency: 'USD' },
  }

  it.each(tables)('of $table has the columns of this one', async ({ table, fixed }) => {
    await env.DATABASE.prepare(`INSERT INTO ${table} (id, version, item) VALUES ('earlier', 1, ?)`)
      .bind(JSON.stringify(item))
      .run()
    const row = await env.DATABASE.prepare(`SELECT * FROM ${table} WHERE id = 'earlier'`).first()
    const values: Readonly<Record<string, unknown>> = {
      ...{ created_at: item.createdAt, customer_id: 'cus_1', order_id: 'ord_1', amount: 7 },
    }
    for (const column of Object.keys(fixed)) expect(row?.[column], column).toBe(values[column])
  })
})

it.each([...readModels.keys()])('projects a row of %s at a known price', async (kind) => {
  const database = new CountingDatabase()
  const project = async (version: number) => {
    const listing = JSON.stringify({
      ...{
        id: 'x',
        orderId: 'o',
        customerId: 'c',
        sku: 's',
        status: 'a',
        segment: 'b',
        trackingNumber: `${version}`,
      },
      ...{
        loyalty: { tier: 't' },
        available: version,
        createdAt: '1',
        updatedAt: `${version}`,
        submittedAt: '2',
      },
      ...{
        total: { amount: version, currency: 'USD' },
        price: { amount: version, currency: 'USD' },
        amount: { amount: 1 },
      },
    })
    const before = database.written
    await writeRows({ ...env, DATABASE: database }, [{ stream: { kind, id: 'x' }, version, listing }], 10_000)
    return database.written - before
  }
  expect([await project(1), await project(2)]).toEqual(costs[kind])
})
