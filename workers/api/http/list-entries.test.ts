import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { reviewIdOf } from '../../../shared/review/commands.ts'
import { consumeProjections } from '../../consumers/projections.ts'
import { batchOf, product } from '../../consumers/queue.fixture.ts'
import { orders } from '../order/resource.ts'
import { entriesOf, send, tokenOf } from './lists.fixture.ts'

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
