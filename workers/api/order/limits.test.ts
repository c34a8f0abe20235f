import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { address } from '../../../shared/order/order.fixture.ts'
import { type Caller, customer, operator, send } from '../http/request.fixture.ts'
import { product, promotion } from '../promotion/routes.fixture.ts'

const orderView = z.looseObject({
  id: z.string(),
  status: z.string(),
  cancellation: z.looseObject({ reason: z.string() }).optional(),
})
const declined = { paymentMethod: 'pm_card_chargeDeclined' }
const wait = { Prefer: 'wait=10' }

async function order(as: Caller, sku: string, quantity: number, more: object = {}) {
  const body = { lines: [{ sku, quantity }], shippingAddress: address, ...more }
  return send('POST', '/orders', { as, body, headers: wait })
}
const statusOf = async (id: string) =>
  orderView.parse((await send('GET', `/orders/${id}`, { as: operator })).body)
const reserved = async (sku: string) =>
  (await send('GET', `/inventory/${sku}`, { as: operator })).body.reserved
const cancel = (as: Caller, id: string) => send('POST', `/orders/${id}/cancel`, { as, body: {} })
/** How many orders of a customer wait, as their profile knows. */
async function waiting(customerId: string): Promise<number> {
  const profile = await env.CUSTOMER_PROFILE.getByName(customerId).read({})
  return profile?.state.open.filter(({ waits }) => waits).length ?? 0
}

async function goods(units = 5_000): Promise<string> {
  const sku = await product(1_000, 1)
  await stock(sku, units)
  return sku
}

describe('orders that wait for their payment', () => {
  it('are three of a customer: a fourth is refused, and taken once one of them has ended', async () => {
    const customerId = await register()
    const self = customer(customerId)
    const sku = await goods()
    const taken = [await order(self, sku, 1), await order(self, sku, 1, declined), await order(self, sku, 1)]
    for (const { status } of taken) expect(status).toBe(201)
    await eventually(async () => expect(await waiting(customerId)).toBe(3))
    for (const more of [{}, declined, { paymentMethod: 'pm_card_visa' }])
      expect(await order(self, sku, 1, more)).toMatchObject({
        status: 409,
        body: { code: 'too_many_open_orders', limit: 3, open: 3 },
      })
    const first = orderView.parse(taken[0]?.body)
    await cancel(self, first.id)
    await eventually(async () => expect(await waiting(customerId)).toBe(2))
    expect(await order(self, sku, 1, { paymentMethod: 'pm_card_visa' })).toMatchObject({
      status: 201,
      body: { status: 'confirmed' },
    })
    // What is paid waits no more.
    expect(await order(self, sku, 1)).toMatchObject({ status: 201, body: { status: 'awaiting_payment' } })
  })

  it('are three also of ten that are placed at once', async () => {
    const self = customer(await register())
    const sku = await goods()
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, n) => order(self, sku, 1, n % 2 === 0 ? {} : declined)),
    )
    const ids = answers.flatMap(({ body }) => orderView.safeParse(body).data?.id ?? [])
    await eventually(async () => {
      const orders = await Promise.all(ids.map(statusOf))
      const open = orders.filter(({ status }) => status === 'awaiting_payment')
      expect(open).toHaveLength(3)
      const ended = orders.filter(({ status }) => status === 'cancelled')
      expect(open.length + ended.length).toBe(ids.length)
      for (const { cancellation } of ended)
        expect(['order_limit', 'payment_failed']).toContain(cancellation?.reason)
      expect(await reserved(sku)).toBe(3)
    })
  })

  it('hold 50 units of a SKU at most; who pays at once may have more', async () => {
    const customerId = await register()
    const self = customer(customerId)
    const sku = await goods()
    expect(await order(self, sku, 51)).toMatchObject({
      status: 409,
      body: { code: 'too_many_units_held', sku, requested: 51, limit: 50 },
    })
    expect(await order(self, sku, 999, { paymentMethod: 'pm_card_visa' })).toMatchObject({
      body: { status: 'confirmed' },
    })
    const failing = orderView.parse((await order(self, sku, 999, declined)).body)
    await eventually(async () => {
      expect(await statusOf(failing.id)).toMatchObject({
        status: 'cancelled',
        cancellation: { reason: 'payment_failed' },
      })
      expect(await reserved(sku)).toBe(0)
    })
    expect(await order(self, sku, 30)).toMatchObject({ status: 201 })
    await eventually(async () => expect(await waiting(customerId)).toBe(1))
    expect(await order(self, sku, 21)).toMatchObject({ body: { code: 'too_many_units_held', held: 30 } })
    expect(await order(operator, sku, 500, { customerId })).toMatchObject({ status: 201 })
  })

  it('end when their customer is suspended', async () => {
    const customerId = await register()
    const self = customer(customerId)
    const sku = await goods()
    const paid = orderView.parse((await order(self, sku, 1, { paymentMethod: 'pm_card_visa' })).body)
    const unpaid = [await order(self, sku, 2), await order(self, sku, 3, declined)]
    await send('POST', `/customers/${customerId}/suspend`, { as: operator, body: {} })
    await eventually(async () => {
      for (const { body } of unpaid)
        expect(await statusOf(body.id ?? '')).toMatchObject({
          status: 'cancelled',
          cancellation: { reason: 'customer_suspended' },
        })
      expect(await reserved(sku)).toBe(0)
    })
    expect(await statusOf(paid.id)).toMatchObject({ status: 'confirmed' })
  })
})

describe('stock that is short', () => {
  it('is named SKU by SKU, with what is available, and nothing of the others stays held', async () => {
    const self = customer(await register())
    const skus = [await goods(5), await goods(1), await goods(3), await goods(0), await product(1_000, 1)]
    const lines = skus.map((sku) => ({ sku, quantity: 2 }))
    const { body } = await order(self, skus[0] ?? '', 2, { lines })
    const { id, cancellation } = orderView.parse(body)
    expect(cancellation).toMatchObject({ reason: 'out_of_stock' })
    const text = JSON.stringify(cancellation)
    for (const [index, available] of [
      [1, 1],
      [3, 0],
      [4, 0],
    ] as const)
      expect(text).toContain(`${skus[index]}: 2 wanted, ${available} available`)
    for (const index of [0, 2]) expect(text).not.toContain(`${skus[index]}:`)
    await eventually(async () => {
      for (const index of [0, 1, 2]) expect(await reserved(skus[index] ?? '')).toBe(0)
    })
    const { body: history } = await send('GET', `/orders/${id}/events`, { as: operator })
    expect(JSON.stringify(history)).toContain(`"sku":"${skus[4]}","requested":2,"available":0`)
  })
})

describe('a hold', () => {
  it('lasts 30 minutes to the millisecond, as it is shown', async () => {
    const self = customer(await register())
    const sku = await goods(9)
    await order(self, sku, 1)
    await order(self, sku, 1, declined)
    const { body } = await send('GET', `/inventory/${sku}`, { as: operator })
    const { reservations } = z
      .looseObject({ reservations: z.array(z.looseObject({ orderId: z.string(), expiresAt: z.string() })) })
      .parse(body)
    expect(reservations).toHaveLength(2)
    for (const { orderId, expiresAt, ...rest } of reservations) {
      expect(rest).not.toHaveProperty('grace')
      const { body } = await send('GET', `/orders/${orderId}/events`, { as: operator })
      const { data } = z
        .looseObject({ data: z.array(z.looseObject({ type: z.string(), time: z.string() })) })
        .parse(body)
      // It is asked for by the event before the one that tells of it.
      const asked = data[data.findIndex(({ type }) => type === 'order.OrderStockHeld') - 1]
      expect(Date.parse(expiresAt) - Date.parse(asked?.time ?? '')).toBe(30 * 60_000)
    }
  })
})

describe('a code for a first order', () => {
  it('counts orders that were placed and not cancelled, delivered or not', async () => {
    const customerId = await register()
    const self = customer(customerId)
    const sku = await goods()
    const { code } = await promotion({
      kind: 'percentage',
      value: { percent: 10 },
      conditions: { firstOrderOnly: true },
      perCustomerLimit: 5,
    })
    const withCode = { promotionCodes: [code] }
    const first = orderView.parse((await order(self, sku, 1, withCode)).body)
    expect(first.status).toBe('awaiting_payment')
    expect(await order(self, sku, 1, withCode)).toMatchObject({
      status: 409,
      body: { code: 'promotion_refused', promotions: [{ code, reason: 'first_order_only' }] },
    })
    await cancel(self, first.id)
    await eventually(async () => expect(await waiting(customerId)).toBe(0))
    const second = orderView.parse(
      (await order(self, sku, 1, { ...withCode, paymentMethod: 'pm_card_visa' })).body,
    )
    expect(second.status).toBe('confirmed')
    expect(await order(self, sku, 1, withCode)).toMatchObject({ body: { code: 'promotion_refused' } })
  })

  it('is for one of several that are placed at once', async () => {
    const self = customer(await register())
    const sku = await goods()
    const { code } = await promotion({
      kind: 'percentage',
      value: { percent: 10 },
      conditions: { firstOrderOnly: true },
      perCustomerLimit: 5,
    })
    const more = { promotionCodes: [code], paymentMethod: 'pm_card_visa' }
    const answers = await Promise.all([1, 2, 3].map(() => order(self, sku, 1, more)))
    const ids = answers.flatMap(({ body }) => orderView.safeParse(body).data?.id ?? [])
    await eventually(async () => {
      const orders = await Promise.all(ids.map(statusOf))
      expect(orders.filter(({ status }) => status === 'confirmed')).toHaveLength(1)
      for (const { status, cancellation } of orders)
        if (status !== 'confirmed') expect(cancellation).toMatchObject({ reason: 'promotion_refused' })
    })
  })
})
