import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type CloudEvent, cloudEventSchema } from '../shared/core/cloud-event.ts'
import { Api, eventually } from './support/api.ts'
import { HandCount } from './support/hand-count.ts'
import { type Server, startServer } from './support/server.ts'
import { address, type Buyer, type OrderView, orderView, Shop } from './support/shop.ts'

const anything = z.unknown()
const run = promisify(execFile)
const SCRIPT = join(import.meta.dirname, '..', 'scripts', 'analytics.ts')

let server: Server
let shop: Shop
/** Where the command runs, and keeps what it has read. */
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'petrel-analytics-'))
  // A shop of its own: what others do meanwhile would not be counted alike.
  server = await startServer()
  shop = new Shop(await Api.connect(server.url))
})

afterAll(async () => {
  await server?.remove()
  await rm(folder, { recursive: true, force: true })
})

async function analytics(...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [SCRIPT, ...args], { cwd: folder, timeout: 60_000 })
  return stdout
}

function courier(order: OrderView, action: string, body: Record<string, string> = {}) {
  return shop.api.ask(anything, 'POST', `/deliveries/${order.deliveries[0]}/${action}`, { body })
}

/** Looks at a product, puts it into a cart with the welcome promotion, and orders it. */
async function boughtByCart(buyer: Buyer, sku: string): Promise<OrderView> {
  const { token } = buyer
  await shop.api.ask(anything, 'GET', `/products/${sku}`, { token })
  const { id } = await shop.api.ask(z.object({ id: z.string() }), 'POST', '/carts', { token, body: {} })
  await shop.api.ask(anything, 'POST', `/carts/${id}/items`, { token, body: { sku, quantity: 2 } })
  const { variables } = await shop.mail(buyer.email, 'welcome')
  await shop.api.ask(anything, 'POST', `/carts/${id}/promotions`, {
    token,
    body: { code: variables.promotionCode },
  })
  return shop.api.ask(orderView, 'POST', `/carts/${id}/checkout`, {
    token,
    body: {
      shippingAddress: address,
      paymentMethod: 'pm_card_visa',
    },
    headers: { Prefer: 'wait=10' },
  })
}

/** How many customers and orders get how far in `play`. */
const FUNNEL = { viewed: 2, cart: 1, order: 5, paid: 3, delivered: 1 }

/** Two customers buy on two days; cards are declined, shelves are empty, money goes back. */
async function play(): Promise<void> {
  const sku = await shop.product({ price: 40_000, stock: 6 })
  const [ada, ben] = [await shop.buyer(), await shop.buyer()]
  await shop.api.ask(anything, 'GET', `/products/${sku}`, { token: '' })

  const completed = await boughtByCart(ada, sku)
  await courier(completed, 'start')
  await courier(completed, 'complete', { receivedBy: 'Ada' })
  await eventually(
    () =>
      shop.api.send('POST', `/deliveries/${completed.deliveries[0]}/confirm`, { token: ada.token, body: {} }),
    ({ status }) => status === 200,
  )
  await shop.orderOnce(completed.id, ({ status }) => status === 'completed')

  await shop.advance('P1D')
  const refunded = await shop.placed(ben, sku)
  await shop.api.ask(anything, 'POST', `/payments/${refunded.payments[0]}/refunds`, {
    body: { amount: { amount: 12_345, currency: 'USD' }, reason: 'scratched' },
  })
  const declined = await shop.placed(ben, sku, { paymentMethod: 'pm_card_chargeDeclined' })
  await shop.api.ask(anything, 'POST', `/orders/${declined.id}/payments`, {
    token: ben.token,
    body: { paymentMethod: 'pm_card_visa' },
    headers: { Prefer: 'wait=10' },
  })
  await shop.placed(ben, sku, { paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds' })
  await shop.placed(ada, sku, { lines: [{ sku, quantity: 5 }] })
  const returned = await shop.orderOnce(declined.id, ({ status }) => status === 'confirmed')
  await courier(returned, 'start')
  for (const reason of ['nobody in', 'nobody in', 'moved away'])
    await courier(returned, 'fail-attempt', { reason })
  await shop.orderOnce(returned.id, ({ status }) => status === 'returned')
}

async function lake(): Promise<Map<string, CloudEvent>> {
  const events = new Map<string, CloudEvent>()
  for (const [id, event] of await shop.lake()) events.set(id, cloudEventSchema.parse(event))
  return events
}

/** Rows of a printed table, by their headings. */
function table(output: string, section: string, title: string): Record<string, string>[] {
  const rest = output.slice(output.indexOf(`\n\n${section}\n`))
  const lines = rest
    .slice(rest.indexOf(`\n  ${title}\n`))
    .split('\n')
    .slice(2)
  const [headings = [], ...rows] = lines.slice(0, lines.indexOf('')).map((line) => line.trim().split(/ {2,}/))
  return rows.map((row) => Object.fromEntries(headings.map((heading, at) => [heading, row[at] ?? ''])))
}

const number = (text: string | undefined) => Number(text?.replaceAll(/[,%]/g, ''))
const cents = (text: string | undefined) => Math.round(number(text) * 100)
const byFirst = (rows: Record<string, string>[], name: string, value: string) =>
  new Map(rows.map((row) => [row[name], number(row[value])]))

/** Compares what the command prints with what the events of the lake come to. */
async function expectHandCount(): Promise<void> {
  // Counted over the same events: nothing more came while the command read them.
  const { output, events } = await eventually(
    async () => {
      const before = await lake()
      return { output: await analytics('--url', server.url), events: await lake(), before }
    },
    ({ before, events }) => before.size === events.size,
    60_000,
  )
  const count = new HandCount(events.values())
  expect(output).toContain(`${events.size} events from ${server.url}`)

  const days = table(output, 'Revenue', 'By day').map((row) => [
    row.day,
    { orders: number(row.orders), gross: cents(row.gross), refunds: cents(row.refunds) },
  ])
  expect(days).toHaveLength(2)
  expect(days).toEqual([...count.revenueByDay()].sort(([one], [other]) => (one < other ? -1 : 1)))
  for (const row of table(output, 'Revenue', 'By day'))
    expect(cents(row.net)).toBe(cents(row.gross) - cents(row.refunds))

  const funnel = table(output, 'From the first look to the doorstep', 'In all')
  expect(Object.fromEntries(byFirst(funnel, 'stage', 'reached'))).toEqual(count.funnel())
  expect(count.funnel()).toEqual(FUNNEL)

  const failures = table(output, 'Payments that failed', 'By code')
  expect(failures).toHaveLength(2)
  expect(byFirst(failures, 'code', 'failures')).toEqual(count.failuresByCode())
  const stock = table(output, 'Stock-outs', 'By product')
  expect(stock).toHaveLength(1)
  expect(byFirst(stock, 'SKU', 'units refused')).toEqual(count.unitsRefused())

  const [delivery, ...others] = table(output, 'Deliveries against the promise', 'By carrier and service')
  expect(others).toEqual([])
  expect({
    delivered: number(delivery?.delivered),
    onTime: number(delivery?.['on time']),
    failed: number(delivery?.failed),
  }).toEqual(count.deliveries())

  const [welcome] = table(output, 'What promotions cost', 'By campaign')
  expect(welcome).toMatchObject({ campaign: 'WELCOME', uses: '1' })
  expect(cents(welcome?.discount)).toBe(count.discountOf('WELCOME-'))

  const tiers = byFirst(table(output, 'Loyalty', 'Tiers'), 'tier', 'customers')
  expect(new Map([...tiers].filter(([, customers]) => customers > 0))).toEqual(count.tiers())
  const [cohort] = table(output, 'Customers who come back', 'By month of the first sale')
  expect(number(cohort?.customers)).toBe(count.buyers())
}

describe('analytics', () => {
  it('explains what to do when there is no server', async () => {
    await expect(analytics('--url', 'http://127.0.0.1:9')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('npx bun run dev'),
    })
  })

  it('refuses unknown arguments', async () => {
    await expect(analytics('profit')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('There is no question profit.'),
    })
  })

  it('prints the numbers of a hand count over the lake', async () => {
    await play()
    const last = ['order.OrderReturned', 'payment.PaymentRefunded', 'customer.LoyaltyStatusUpdated']
    // Aggregates are published one by one: the last event of one may overtake the first of another.
    await eventually(
      async () => [...(await lake()).values()],
      (events) =>
        last.every((type) => events.some((event) => event.type === type)) &&
        isDeepStrictEqual(new HandCount(events.values()).funnel(), FUNNEL),
      60_000,
    )
    expect(await shop.lakeKeys('context=')).toEqual([])
    await expectHandCount()
  }, 180_000)

  it('prints them once the lake is compacted too', async () => {
    const ingested = await shop.lakeKeys('ingest/')
    const before = await lake()
    await shop.advance('PT2H')
    // What the objects know of the time, the Worker knows some seconds later.
    await eventually(
      async () => {
        await fetch(`${server.url}/__scheduled?cron=*`)
        return new Set(await shop.lakeKeys('ingest/'))
      },
      (keys) => ingested.every((key) => !keys.has(key)),
      30_000,
    )
    const parts = await shop.lakeKeys('context=')
    expect(parts.length).toBeGreaterThan(0)
    for (const key of parts) expect(key).toMatch(/^context=[a-z]+\/dt=[\d-]{10}\/hour=\d\d\/[^/]+$/)
    // One for each context and hour.
    expect(new Set(parts.map((key) => key.slice(0, key.lastIndexOf('/')))).size).toBe(parts.length)
    const after = await lake()
    expect([...before.keys()].filter((id) => !after.has(id))).toEqual([])
    await expectHandCount()
  }, 180_000)

  it('answers one question on a page of its own, and from its cache', async () => {
    const page = join(folder, 'revenue.html')
    expect(await analytics('--url', server.url, '--html', page, 'revenue')).toBe(`Written: ${page}\n`)
    const html = await readFile(page, 'utf8')
    expect(html).toContain('<h2>Revenue</h2>')
    expect(html).not.toContain('<h2>Loyalty</h2>')
    // Nothing from elsewhere.
    expect(html).not.toMatch(/src=|href="(?!#)|@import|url\(|<script/)
    const kept = join(folder, '.wrangler', 'analytics', new URL(server.url).host.replace(':', '_'))
    expect(existsSync(kept)).toBe(true)
    // What was kept answers without the server too.
    expect(await analytics('--lake', kept, 'revenue')).toContain('Revenue')
  })
})
