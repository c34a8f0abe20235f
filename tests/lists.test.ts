import { beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { Api, eventually } from './support/api.ts'
import { type Buyer, type OrderView, orderView, Shop } from './support/shop.ts'

/** How long a change may take to the lists (ms), on a machine that does much else. */
const SOON = 30_000
const page = <Entry extends z.ZodType>(entry: Entry) =>
  z.object({ data: z.array(entry), nextCursor: z.string().nullable() })
const productView = z.looseObject({ sku: z.string(), available: z.int() })
const projectionsView = z.object({
  models: z.array(z.looseObject({ kind: z.string(), rows: z.int() })),
  rebuild: z.looseObject({ id: z.string(), finishedAt: z.string().nullable(), streams: z.int() }).nullable(),
})

let api: Api
let shop: Shop
let buyer: Buyer
let sku: string
let order: OrderView

beforeAll(async () => {
  api = await Api.connect(inject('serverUrl'))
  shop = new Shop(api)
  buyer = await shop.buyer()
  sku = await shop.product({ stock: 10 })
  order = await shop.placed(buyer, sku)
})

/** The orders in a list that this caller gets. */
async function listed(query = '', token = buyer.token): Promise<OrderView[]> {
  return (await api.ask(page(orderView), 'GET', `/orders?${query}`, { token })).data
}

describe('the lists', () => {
  it('show an order soon after it was placed, and then its outcome', async () => {
    const [entry] = await eventually(listed, ([one]) => one?.status === 'confirmed', SOON)
    expect(entry).toMatchObject({ id: order.id, customerId: buyer.id, total: order.total })
    expect(await listed('status=confirmed')).toHaveLength(1)
    expect(await listed('status=cancelled')).toEqual([])
    await api.ask(z.unknown(), 'POST', `/deliveries/${order.deliveries[0]}/start`, { body: {} })
    await eventually(
      () => listed('status=shipped'),
      ({ length }) => length === 1,
      SOON,
    )
  })

  it('show the availability of a product', async () => {
    const view = () => api.ask(page(productView), 'GET', '/products?limit=100', { token: '' })
    const available = ({ data }: z.infer<ReturnType<typeof page<typeof productView>>>) =>
      data.find((product) => product.sku === sku)?.available
    expect(available(await eventually(view, (seen) => available(seen) === 9, SOON))).toBe(9)
  })

  it('are rebuilt from the logs', async () => {
    const options = { token: api.ops, body: {} }
    const foreseen = await api.send('POST', '/ops/projections/rebuild?dryRun=true', options)
    expect(foreseen).toMatchObject({ status: 200, body: { dryRun: true, complete: true } })
    const started = await api.send('POST', '/ops/projections/rebuild', options)
    expect(started.status).toBe(202)
    const { rebuild, models } = await eventually(
      () => api.ask(projectionsView, 'GET', '/ops/projections', { token: api.ops }),
      (seen) => seen.rebuild !== null && seen.rebuild.finishedAt !== null,
      SOON,
    )
    expect(started.body).toMatchObject({ id: rebuild?.id })
    expect(rebuild?.streams).toBeGreaterThan(5)
    for (const kind of ['order', 'customer', 'product', 'inventory', 'payment', 'delivery'])
      expect(models.find((model) => model.kind === kind)?.rows, kind).toBeGreaterThan(0)
    expect(await listed()).toHaveLength(1)
  })
})
