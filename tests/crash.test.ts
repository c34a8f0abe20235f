import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { Api, eventually } from './support/api.ts'
import { type Server, startServer } from './support/server.ts'
import { type Buyer, manyAtOnce, orderView, Shop } from './support/shop.ts'

const CHECKOUTS = 200
const STOCK = 1_000

let server: Server
let shop: Shop
let buyers: Buyer[]
let skus: string[]

beforeAll(async () => {
  server = await startServer()
  shop = new Shop(await Api.connect(server.url))
  buyers = await manyAtOnce(20, () => shop.buyer(), 10)
  skus = await manyAtOnce(5, () => shop.product({ stock: STOCK, price: 1_000 }))
}, 120_000)
afterAll(() => server?.remove())

it('kill -9 in the middle of 200 checkouts loses nothing that was acknowledged, and everything ends', async () => {
  onTestFailed(() => console.error(server.output()))
  const acknowledged: string[] = []
  let answered = 0
  const checkouts = manyAtOnce(
    CHECKOUTS,
    async (index) => {
      const buyer = buyers[index % buyers.length]
      const sku = skus[index % skus.length]
      if (!buyer || !sku) throw new Error('there are buyers and products')
      // Half of them wait for the outcome, half only for the order: the crash meets every stage.
      const headers = { Prefer: index % 2 ? 'wait=10' : 'wait=0', 'Idempotency-Key': `checkout-${index}` }
      const answer = await shop.order(buyer, { lines: [{ sku, quantity: 1 }] }, headers).catch(() => null)
      answered += 1
      if (answer?.status === 201) acknowledged.push(orderView.parse(answer.body).id)
    },
    50,
  )
  await eventually(
    async () => answered,
    (count) => count >= CHECKOUTS / 3,
    120_000,
  )
  await server.kill()
  await checkouts
  expect(acknowledged.length).toBeGreaterThanOrEqual(CHECKOUTS / 4)
  expect(acknowledged.length).toBeLessThan(CHECKOUTS)

  server = await startServer({ storage: server.storage })
  shop = new Shop(await Api.connect(server.url))
  const orders = await manyAtOnce(
    acknowledged.length,
    (index) => shop.orderOnce(acknowledged[index] ?? '', ({ status }) => status === 'confirmed', 90_000),
    20,
  )

  // A client that was cut off asks again with its key, and meets the order it had made, if any.
  const retried = await manyAtOnce(
    CHECKOUTS,
    async (index) => {
      const buyer = buyers[index % buyers.length]
      const sku = skus[index % skus.length]
      if (!buyer || !sku) throw new Error('there are buyers and products')
      const headers = { Prefer: 'wait=10', 'Idempotency-Key': `checkout-${index}` }
      const { status, body } = await shop.order(buyer, { lines: [{ sku, quantity: 1 }] }, headers)
      expect(status).toBe(201)
      return orderView.parse(body).id
    },
    20,
  )
  expect(new Set(retried)).toHaveLength(CHECKOUTS)
  for (const { id } of orders) expect(retried).toContain(id)
  const final = await manyAtOnce(
    CHECKOUTS,
    (index) =>
      shop.orderOnce(
        retried[index] ?? '',
        ({ status, fulfilmentStatus }) => status === 'confirmed' && fulfilmentStatus === 'scheduled',
        90_000,
      ),
    20,
  )

  const stocks = await Promise.all(
    skus.map((sku) =>
      eventually(
        () => shop.stock(sku),
        ({ reserved }) => reserved === 0,
      ),
    ),
  )
  const sold = stocks.reduce((total, { onHand }) => total + STOCK - onHand, 0)
  expect(sold).toBe(CHECKOUTS)
  const payments = final.flatMap((order) => order.payments)
  expect(new Set(payments)).toHaveLength(CHECKOUTS)
  for (const id of payments) expect(await shop.payment(id)).toMatchObject({ status: 'processed' })

  const expected: string[] = []
  const note = async (resource: string, id: string) => {
    expected.push(...(await shop.history(resource, id)).map((event) => event.id))
  }
  await Promise.all([
    manyAtOnce(CHECKOUTS, (index) => note('orders', final[index]?.id ?? ''), 20),
    ...skus.flatMap((sku) => [note('inventory', sku), note('products', sku)]),
    ...buyers.map((buyer) => note('customers', buyer.id)),
    ...payments.map((id) => note('payments', id)),
    ...final.flatMap((order) => order.deliveries.map((id) => note('deliveries', id))),
  ])
  const seen = new Map()
  const read = new Set<string>()
  const missing = async () => {
    const lake = await shop.lake(seen, read)
    return expected.filter((id) => !lake.has(id))
  }
  expect(await eventually(missing, (ids) => ids.length === 0, 120_000)).toEqual([])
}, 420_000)
