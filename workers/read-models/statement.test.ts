import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { lists } from './lists.ts'
import { readPage } from './page.ts'
import { countStatement, type Filter, indexed, type List, pageStatement, type Range } from './statement.ts'

/** Statements in one call of the database. */
const STATEMENTS_PER_BATCH = 100
const SECONDS = 1_000

/** A request that a client may make, and SQLite's plan for it. */
interface Planned {
  readonly what: string
  readonly plan: readonly string[]
  /** A few entries may be sorted: those of a selective filter, or one page for each of several values. */
  readonly maySort: boolean
}

/** All ways to choose some of these. */
function subsetsOf(names: readonly string[]): string[][] {
  const [first, ...others] = names
  if (first === undefined) return [[]]
  return subsetsOf(others).flatMap((subset) => [subset, [first, ...subset]])
}

/** Every combination of sort, direction, filters with one or two values, ranges, and first or later page. */
function requestsOf(list: List) {
  const ranges = subsetsOf(Object.keys(list.ranges)).map((names) =>
    names.map((name): Range => ({ name, from: '1', to: '2' })),
  )
  const isComplete = (names: readonly string[]) =>
    Object.entries(list.filters).every(([name, { isRequired }]) => !isRequired || names.includes(name))
  const filters = subsetsOf(Object.keys(list.filters))
    .filter(isComplete)
    .flatMap((names) => [['a'], ['a', 'b']].map((values) => names.map((name): Filter => ({ name, values }))))
  return Object.keys(list.sorts)
    .flatMap((name) => [name, `-${name}`])
    .flatMap((sort) =>
      filters.flatMap((chosen) => ranges.map((within) => ({ sort, filters: chosen, ranges: within }))),
    )
    .flatMap((one) => [null, ['x', 'y'] as const].map((after) => ({ ...one, after, limit: 20 })))
    .flatMap((one) => (list.search ? [one, { ...one, search: ['mug', 'blue'] }] : [one]))
}

async function plansOf(statements: readonly { sql: string; values: readonly (string | number)[] }[]) {
  const plans: string[][] = []
  for (let first = 0; first < statements.length; first += STATEMENTS_PER_BATCH) {
    const batch = statements
      .slice(first, first + STATEMENTS_PER_BATCH)
      .map(({ sql, values }) => env.DATABASE.prepare(`EXPLAIN QUERY PLAN ${sql}`).bind(...values))
    const answers = await env.DATABASE.batch<{ detail: string }>(batch)
    plans.push(...answers.map(({ results }) => results.map(({ detail }) => detail)))
  }
  return plans
}

/** Why a plan would read more than its index, or sort more than a few entries. */
function faultsOf({ plan, maySort }: Planned): string[] {
  return plan.filter(
    (step) =>
      (/\bSCAN\b/.test(step) && !/USING (COVERING )?INDEX|VIRTUAL TABLE INDEX|SCAN \(subquery/.test(step)) ||
      (step.includes('TEMP B-TREE') && !maySort) ||
      step.includes('AUTOMATIC'),
  )
}

describe.each(Object.entries<List>(lists))('the list of %s', (_, list) => {
  it(
    'is one query along an index, whatever it is sorted and filtered by',
    async () => {
      const requests = requestsOf(list)
      const plans = await plansOf(requests.map((request) => pageStatement(list, request)))
      const faults = requests.flatMap((request, index) => {
        const { filters } = request
        const isSelective = filters.some(({ name }) => list.filters[name]?.isSelective)
        const maySort = isSelective || filters.some(({ values }) => values.length > 1)
        const planned = {
          what: JSON.stringify(request),
          plan: plans[index] ?? [],
          maySort: maySort || isMerged(list) || 'search' in request,
        }
        return faultsOf(planned).map((fault) => `${planned.what}: ${fault}`)
      })
      expect(requests.length).toBeGreaterThan(15)
      expect(faults).toEqual([])
    },
    60 * SECONDS,
  )

  it('is counted along an index', async () => {
    const requests = requestsOf(list)
    const plans = await plansOf(requests.map((request) => countStatement(list, request)))
    const faults = plans.flatMap((plan, index) => {
      const request = requests[index] ?? expect.fail()
      const { filters, ranges } = request
      const isOfAll = filters.length + ranges.length === 0
      // Where no condition has an index, every entry is looked at.
      if (!isOfAll && !('search' in request) && !indexed(list, request)) return []
      return faultsOf({ what: '', plan, maySort: false }).map(
        (fault) => `${JSON.stringify(request)}: ${fault}`,
      )
    })
    expect(faults).toEqual([])
  }, 60_000)
})

function isMerged(list: List): boolean {
  return Object.values(list.sorts).some(({ within }) => within !== undefined)
}

it('finds a plan that has no index', async () => {
  const list: List = { ...lists.orders, sorts: { lines: { column: 'version' } }, defaultSort: 'lines' }
  const [plan = []] = await plansOf([
    pageStatement(list, { limit: 1, after: null, sort: 'lines', filters: [], ranges: [] }),
  ])
  expect(faultsOf({ what: '', plan, maySort: false })).toHaveLength(2)
})

describe('a list of 100,000 orders', () => {
  const ORDERS = 100_000
  const CUSTOMERS = 5_000
  const at = (minute: number) => new Date(Date.UTC(2026, 0, 1) + minute * 60_000).toISOString()

  beforeAll(async () => {
    // One in a thousand is pending; each customer has 20.
    await env.DATABASE.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1 - 1)
       INSERT INTO orders (id, version, item, created_at, customer_id)
       SELECT printf('ord_%06d', n), 1, json_object(
           'id', printf('ord_%06d', n), 'status', iif(n % 1000 = 0, 'pending', iif(n % 2, 'completed', 'shipped')),
           'customerId', printf('cus_%04d', n % ?2), 'total', json_object('amount', n * 7919 % ?1, 'currency', 'USD'),
           'createdAt', strftime('%Y-%m-%dT%H:%M:00.000Z', '2026-01-01', printf('+%d minutes', n)),
           'updatedAt', strftime('%Y-%m-%dT%H:%M:00.000Z', '2026-01-01', printf('+%d minutes', n + 60))),
         strftime('%Y-%m-%dT%H:%M:00.000Z', '2026-01-01', printf('+%d minutes', n)), printf('cus_%04d', n % ?2)
       FROM numbers`,
    )
      .bind(ORDERS, CUSTOMERS)
      .run()
  }, 120_000)

  /** The rows that a page reads; far fewer than there are. */
  async function rowsRead(
    request: Partial<Parameters<typeof readPage>[2]>,
  ): Promise<{ rows: number; ids: string[] }> {
    const whole = { limit: 50, after: null, sort: '-createdAt', filters: [], ranges: [], ...request }
    const { sql, values } = pageStatement(lists.orders, whole)
    const { meta, results } = await env.DATABASE.prepare(sql)
      .bind(...values)
      .all<{ id: string }>()
    return { rows: meta.rows_read, ids: results.map(({ id }) => id) }
  }
  const status = (...values: string[]) => ({ name: 'status', values })
  const customer = { name: 'customerId', values: ['cus_0042'] }

  it.each<[string, Partial<Parameters<typeof readPage>[2]>, number]>([
    ['of all', {}, 200],
    ['of all by total', { sort: 'total' }, 200],
    ['deep inside', { after: [at(50_000), 'ord_050000'] }, 200],
    ['of a range of times', { ranges: [{ name: 'created', from: at(10), to: at(500) }] }, 200],
    ['of a range of totals', { sort: '-total', ranges: [{ name: 'total', from: 99_990 }] }, 200],
    ['of a rare status', { filters: [status('pending')] }, 200],
    ['of several statuses', { filters: [status('pending', 'completed')] }, 500],
    ['of a customer', { filters: [customer] }, 200],
    ['of a customer by total', { filters: [customer], sort: '-total' }, 200],
    ['of a customer with some statuses', { filters: [customer, status('shipped', 'completed')] }, 200],
    ['of what changed lately', { sort: 'updatedAt', ranges: [{ name: 'updated', from: at(99_000) }] }, 200],
  ])('reads few rows for a page %s', async (_, request, most) => {
    const { rows, ids } = await rowsRead(request)
    expect(ids.length).toBeGreaterThan(9)
    expect(rows).toBeLessThan(most)
  })

  it('merges several values into one order', async () => {
    const seen: string[] = []
    let after: Awaited<ReturnType<typeof readPage>>['next'] = null
    do {
      const page = await readPage(env.DATABASE, lists.orders, {
        ...{ limit: 40, after, sort: 'createdAt' },
        filters: [status('pending', 'completed')],
        ranges: [{ name: 'created', from: at(900), to: at(1_100) }],
      })
      seen.push(...page.items.map((item) => String(JSON.parse(item).id)))
      after = page.next
    } while (after !== null)
    const odd = Array.from({ length: 200 }, (_, index) => 900 + index).filter(
      (n) => n % 2 === 1 || n === 1_000,
    )
    expect(seen).toEqual(odd.map((n) => `ord_${String(n).padStart(6, '0')}`))
  })

  it('is counted', async () => {
    const total = async (request: Partial<Parameters<typeof readPage>[2]>) => {
      const whole = { limit: 1, after: null, sort: '-createdAt', filters: [], ranges: [], ...request }
      return (await readPage(env.DATABASE, lists.orders, { ...whole, count: true })).total
    }
    expect(await total({})).toBe(ORDERS)
    expect(await total({ filters: [status('pending')] })).toBe(100)
    expect(await total({ filters: [customer] })).toBe(20)
    expect(await total({ ranges: [{ name: 'total', from: 10, to: 19 }] })).toBe(10)
  })
})
