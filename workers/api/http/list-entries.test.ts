import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { reviewIdOf } from '../../../shared/review/commands.ts'
import { consumeProjections } from '../../consumers/projections.ts'
import { batchOf, product } from '../../consumers/queue.fixture.ts'
import { app } from '../app.ts'
import { orders } from '../order/resource.ts'
import { entriesOf, insert, send, tokenOf, walk } from './lists.fixture.ts'

const operator = await tokenOf('operator')
const ops = await tokenOf('ops')

/** Brings the rows of some aggregates up to date. */
async function project(...streams: readonly (readonly [kind: string, id: string])[]): Promise<void> {
  const messages = streams.map(([kind, id]) => ({ stream: { kind, id } }))
  await consumeProjections(batchOf('petrel-projections', messages), env)
}

/** An order that has been paid, with all that came of it; everything stands in the lists. */
async function placedOrder(sku: string) {
  const customerId = await register()
  await product(sku)
  await stock(sku, 10)
  const orderId = newId('ord')
  const command = orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' })
  const reply = await orders
    .object(env, orderId)
    .execute(envelope(orderId, command, { waitMilliseconds: 10_000 }))
  if (!reply.ok) throw new Error(reply.refusal.code)
  const { payments, deliveries } = reply.view.state
  await project(
    ['order', orderId],
    ['customer', customerId],
    ['product', sku],
    ['inventory', sku],
    ...payments.map(({ id }) => ['payment', id] as const),
    ...deliveries.map(({ id }) => ['delivery', id] as const),
  )
  return { orderId, customerId }
}

describe('an entry', () => {
  it('of an order equals the order by its id', async () => {
    const { orderId } = await placedOrder('LISTED-1')
    const [entry] = (await entriesOf('/orders', operator)).filter(({ id }) => id === orderId)
    expect(entry).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', lines: [{ sku: 'LISTED-1' }] })
    expect((await send(`/orders/${orderId}`, { token: operator })).body).toMatchObject(entry ?? {})
  })

  it('of a payment, a delivery and a customer has no member that the resource lacks', async () => {
    const { orderId, customerId } = await placedOrder('LISTED-2')
    const [payment = {}] = await entriesOf(`/payments?orderId=${orderId}`, operator)
    expect(payment).toMatchObject({ status: 'processed', customerId, refunded: { amount: 0 } })
    expect((await send(`/payments/${payment.id}`, { token: operator })).body).toMatchObject(payment)
    const [delivery = {}] = await entriesOf(`/deliveries?orderId=${orderId}`, operator)
    expect(delivery).toMatchObject({ status: 'scheduled', customerId })
    expect((await send(`/deliveries/${delivery.id}`, { token: operator })).body).toMatchObject(delivery)
    const customers = await entriesOf('/customers', operator)
    const customer = customers.find(({ id }) => id === customerId) ?? {}
    expect(customer).toMatchObject({ status: 'active', loyalty: { tier: 'bronze' } })
    expect((await send(`/customers/${customerId}`, { token: operator })).body).toMatchObject(customer)
    expect(JSON.stringify([payment, delivery, customer])).not.toMatch(/Ada|example\.com|Main St|pm_card/)
  })

  it('of a product is the product with its availability', async () => {
    await placedOrder('LISTED-3')
    const [entry = {}] = (await entriesOf('/products')).filter(({ id }) => id === 'LISTED-3')
    expect(entry).toMatchObject({ available: 9 })
    expect((await send('/products/LISTED-3')).body).toEqual(entry)
  })

  it('of stock is the stock without its reservations, and of a cart the cart', async () => {
    await placedOrder('LISTED-6')
    const [stocked = {}] = (await entriesOf('/inventory', operator)).filter(({ id }) => id === 'LISTED-6')
    expect(stocked).toMatchObject({ available: 9, locations: [{ location: 'main' }] })
    expect((await send('/inventory/LISTED-6', { token: operator })).body).toMatchObject(stocked)
    expect(stocked.reservations).toBeUndefined()
    const cartId = newId('crt')
    await env.CART.getByName(cartId).execute(envelope(cartId, { type: 'CreateCart', currency: 'USD' }))
    await project(['cart', cartId])
    const [cart = {}] = (await entriesOf('/carts?status=open', operator)).filter(({ id }) => id === cartId)
    expect((await send(`/carts/${cartId}`, { token: operator })).body).toEqual(cart)
  })

  it('of a promotion is the promotion', async () => {
    const object = env.PROMOTION.getByName('LISTED')
    const benefit = { kind: 'percentage', value: { percent: 10 } }
    await object.execute(
      envelope('LISTED', { type: 'CreatePromotion', code: 'LISTED', gift: benefit, usageLimit: 5 }),
    )
    await project(['promotion', 'LISTED'])
    const [entry = {}] = await entriesOf('/promotions?status=active', operator)
    expect(entry).toMatchObject({ code: 'LISTED', ...benefit, uses: 0 })
    expect((await send('/promotions/LISTED', { token: operator })).body).toMatchObject(entry)
  })

  it('of a review names neither its buyer nor its order', async () => {
    const orderId = newId('ord')
    const customerId = newId('cus')
    const id = reviewIdOf(orderId, 'LISTED-4')
    const purchase = { orderId, customerId, sku: 'LISTED-4' }
    const object = env.REVIEW.getByName(id)
    await object.execute(envelope(id, { type: 'RequestReview', ...purchase, productName: 'Mug' }))
    await project(['review', id])
    expect(await entriesOf('/products/LISTED-4/reviews')).toEqual([])
    const words = { rating: 4, text: 'Holds tea.', ordered: true, delivered: true }
    await object.execute(envelope(id, { type: 'SubmitReview', ...purchase, ...words }))
    await project(['review', id])
    const [entry = {}] = await entriesOf('/products/LISTED-4/reviews')
    expect(entry).toMatchObject({ id, sku: 'LISTED-4', rating: 4, text: 'Holds tea.' })
    expect(JSON.stringify(entry)).not.toMatch(new RegExp(`${orderId}|${customerId}`))
    await object.execute(envelope(id, { type: 'ErasePersonalData' }))
    await project(['review', id])
    const [erased = {}] = await entriesOf('/products/LISTED-4/reviews')
    expect(erased).toMatchObject({ id, rating: 4 })
    expect(erased.text).toBeUndefined()
  })
})

describe('expand', () => {
  const everything = 'expand=payments,deliveries,customer'
  const shown = z.looseObject({
    payments: z.array(z.string()),
    deliveries: z.array(z.string()),
    expanded: z
      .strictObject({
        payments: z.array(z.looseObject({ id: z.string() })).optional(),
        deliveries: z.array(z.looseObject({ id: z.string() })).optional(),
        customer: z.looseObject({ id: z.string() }).optional(),
      })
      .optional(),
  })
  const read = async (path: string, token: string) => shown.parse((await send(path, { token })).body)
  const list = async (query: string, token: string) =>
    shown.array().parse(await entriesOf(`/orders?${query}`, token))

  it('sends an order with its payments, deliveries and customer, as each is by its id', async () => {
    const { orderId, customerId } = await placedOrder('EXPANDED-1')
    const buyer = await tokenOf('customer', customerId)
    for (const token of [operator, buyer]) {
      const order = await read(`/orders/${orderId}?${everything}`, token)
      const byId = async (path: string) => (await send(path, { token })).body
      expect(order.expanded).toEqual({
        payments: [await byId(`/payments/${order.payments[0]}`)],
        deliveries: [await byId(`/deliveries/${order.deliveries[0]}`)],
        customer: await byId(`/customers/${customerId}`),
      })
      const [entry] = await list(`${everything}&customerId=${customerId}`, token)
      expect(entry?.expanded).toEqual(order.expanded)
    }
    const plain = await read(`/orders/${orderId}`, buyer)
    expect(plain.expanded).toBeUndefined()
    const part = await read(`/orders/${orderId}?expand=deliveries`, buyer)
    expect(Object.keys(part.expanded ?? {})).toEqual(['deliveries'])
    const chosen = await entriesOf(`/orders?expand=customer&fields=id&customerId=${customerId}`, operator)
    expect(chosen).toMatchObject([{ id: orderId, expanded: { customer: { id: customerId } } }])
    expect(Object.keys(chosen[0] ?? {})).toEqual(['id', 'version', 'expanded'])
  })

  it('shows a buyer nothing that operators alone may read', async () => {
    const { orderId, customerId } = await placedOrder('EXPANDED-2')
    const path = `/orders/${orderId}?${everything}`
    expect(JSON.stringify(await read(path, operator))).toContain('"fraud"')
    const buyer = await tokenOf('customer', customerId)
    expect(JSON.stringify((await read(path, buyer)).expanded)).not.toContain('"fraud"')
    expect(JSON.stringify((await list(everything, buyer)).map(({ expanded }) => expanded))).not.toContain(
      '"fraud"',
    )
    const stranger = await tokenOf('customer', newId('cus'))
    expect((await send(path, { token: stranger })).status).toBe(404)
    expect(await list(`${everything}&customerId=${customerId}`, stranger)).toEqual([])
  })

  it('reads anew what belongs to an order that has not changed', async () => {
    const { orderId } = await placedOrder('EXPANDED-3')
    const again = await app.request(
      `/v1/orders/${orderId}?expand=payments`,
      { headers: { Authorization: `Bearer ${operator}`, 'If-None-Match': '*' } },
      env,
      createExecutionContext(),
    )
    expect(again.status).toBe(200)
  })

  it('has at most 20 orders on a page', async () => {
    const customerId = newId('cus')
    await insert(
      'orders',
      Array.from({ length: 25 }, () => ({ id: newId('ord'), customerId, payments: [], deliveries: [] })),
    )
    const path = `/orders?limit=100&expand=payments&customerId=${customerId}`
    expect(await entriesOf(path, operator)).toHaveLength(20)
    expect(await walk(path, operator)).toHaveLength(25)
  })

  it.each(['', 'lines', 'customer,', 'customer,secret'])('is refused as %j', async (expand) => {
    for (const path of ['/orders', `/orders/${newId('ord')}`])
      expect(await send(`${path}?expand=${expand}`, { token: operator })).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'expand' }] },
      })
  })
})

describe('the operations of the lists', () => {
  const rebuild = '/ops/projections/rebuild'
  const condition = z.object({
    models: z.array(z.object({ kind: z.string(), rows: z.int() })),
    rebuild: z.looseObject({ id: z.string() }).nullable(),
  })

  it('are for ops', async () => {
    expect((await send('/ops/projections', { token: operator })).status).toBe(403)
    expect((await send(rebuild, { token: operator, method: 'POST' })).status).toBe(403)
  })

  it('preview the size of a rebuild, and change nothing', async () => {
    const { status, body } = await send(`${rebuild}?dryRun=true`, { token: ops, method: 'POST' })
    expect({ status, body }).toEqual({
      status: 200,
      // Others may have been published meanwhile.
      body: { dryRun: true, streams: expect.any(Number), complete: true },
    })
    const { body: after } = await send('/ops/projections', { token: ops })
    expect(condition.parse(after).rebuild).toBeNull()
  })

  it('start a rebuild, and report its state and the rows', async () => {
    await placedOrder('LISTED-5')
    const { status, body } = await send(rebuild, { token: ops, method: 'POST' })
    expect(status).toBe(202)
    const { body: after } = await send('/ops/projections', { token: ops })
    const { models, rebuild: newest } = condition.parse(after)
    expect(body).toMatchObject({ id: newest?.id })
    const rows = new Map(models.map((model) => [model.kind, model.rows]))
    for (const kind of ['order', 'customer', 'product', 'inventory', 'payment', 'delivery'])
      expect(rows.get(kind), kind).toBeGreaterThan(0)
  })
})
