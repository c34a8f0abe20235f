import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { lists } from './lists.ts'
import { type Filter, type List, pageStatement } from './page.ts'

/** SQLite's query plan of a page. */
async function planOf(list: List, filters: readonly Filter[], later: boolean): Promise<string[]> {
  const after = later ? (['2026-03-01T12:00:00.000Z', 'x'] as const) : null
  const { sql, values } = pageStatement(list, { limit: 20, after, filters })
  const { results } = await env.DATABASE.prepare(`EXPLAIN QUERY PLAN ${sql}`)
    .bind(...values)
    .all()
  return results.map(({ detail }) => String(detail))
}

type ListName = keyof typeof lists

/** Each list with the columns of its filters, the most selective first. */
const filtered: readonly (readonly [ListName, ...(readonly string[])])[] = [
  ['orders', 'customer_id', 'status'],
  ['customers', 'segment', 'tier', 'status'],
  ['products', 'status'],
  ['payments', 'order_id', 'status'],
  ['deliveries', 'order_id', 'status'],
  ['promotions', 'status'],
  ['reviews', 'sku'],
]
const lookUps = filtered.flatMap<readonly [ListName, readonly string[]]>(([name, ...columns]) => [
  ...columns.map((column) => [name, [column]] as const),
  ...(columns.length > 1 ? [[name, columns] as const] : []),
])

describe.each([
  ['the first page', false],
  ['a later page', true],
] as const)('%s', (_, later) => {
  it.each(lookUps)('of %s by %j is looked up, and comes sorted from an index', async (name, columns) => {
    const plan = await planOf(
      lists[name],
      columns.map((column) => [column, 'x']),
      later,
    )
    expect(plan[0]).toMatch(new RegExp(`^SEARCH entry USING INDEX ${name}_by_\\w+ \\(${columns[0]}=\\?`))
    expect(plan.join('\n')).not.toMatch(/SCAN|TEMP B-TREE/)
  })

  it.each(filtered.map(([name]) => name).filter((name) => name !== 'reviews'))(
    'of all %s comes sorted from an index',
    async (name) => {
      const plan = await planOf(lists[name], [], later)
      expect(plan[0]).toMatch(new RegExp(`^(SCAN|SEARCH) entry USING INDEX ${name}_by_time`))
      expect(plan.join('\n')).not.toContain('TEMP B-TREE')
    },
  )
})
