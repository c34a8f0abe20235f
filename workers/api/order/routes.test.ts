import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { requestedLine } from '../../../shared/order/order.fixture.ts'
import { customer, operator, send } from '../http/request.fixture.ts'
import { orderResource, orders } from './resource.ts'

/** Sends one request of an operator. */
const asOperator = (method: string, path: string, body?: object) => send(method, path, { as: operator, body })

const resourceOf = async (id: string) => orderResource.parse((await asOperator('GET', `/orders/${id}`)).body)

/** Places an order and waits until it has settled; its id. */
async function placed(customerId: string, create: object): Promise<string> {
  const id = newId('ord')
  const command = { ...orderOf(customerId, 'ANY', { paymentMethod: 'pm_card_visa' }), ...create }
  const options = { commandId: 'buy', waitMilliseconds: 10_000 }
  expect(await orders.object(env, id).execute(envelope(id, command, options))).toMatchObject({ ok: true })
  return id
}

/** An order that fraud detection wants a person to look at. */
async function suspicious(sku: string): Promise<string> {
  const customerId = newId('cus')
  const registration = {
    ...{ type: 'RegisterCustomer', email: `${customerId}@mailinator.com`, emailHash: customerId },
    name: 'Ada',
  }
  await env.CUSTOMER.getByName(customerId).execute(envelope(customerId, registration))
  await stock(sku, 5)
  return placed(customerId, { lines: [requestedLine(sku, 1, 60_000)], paymentMethod: 'pm_card_de' })
}

describe('getOrder', () => {
  it('tells why the order is as it is', async () => {
    const customerId = await register()
    await stock('LAMP', 5)
    const id = await placed(customerId, {
      lines: [requestedLine('LAMP', 2)],
      promotions: [{ code: 'GONE', reasons: ['expired'] }],
      skipInvalidPromotions: true,
    })
    expect((await resourceOf(id)).decisions).toEqual({
      promotions: [
        { code: 'GONE', applied: false, reason: 'expired', detail: 'GONE does not apply: it has ended.' },
      ],
      payments: [
        { paymentId: expect.any(String), outcome: 'processed', rules: [], detail: 'The money was taken.' },
      ],
      stock: [
        {
          sku: 'LAMP',
          rule: 'single_location',
          allocations: [{ location: 'main', quantity: 2 }],
          detail: '2 from main: one location has all of it.',
        },
      ],
      shipping: {
        carrier: 'sandbox',
        service: 'standard',
        rules: [],
        detail: expect.stringContaining('sandbox (standard) promises it by'),
      },
    })
  })
})

describe('confirmOrder', () => {
  it('takes only an order that was created without a payment method', async () => {
    const customerId = await register()
    await stock('INVOICE', 9)
    for (const paymentMethod of ['pm_card_chargeDeclined', 'pm_card_radarBlock', 'pm_sandbox_garbled']) {
      const id = newId('ord')
      const command = { ...orderOf(customerId, 'INVOICE', { paymentMethod }) }
      await orders.object(env, id).execute(envelope(id, command, { commandId: 'buy' }))
      expect(await asOperator('POST', `/orders/${id}/confirm`)).toMatchObject({
        status: 409,
        body: { code: 'order_not_invoice' },
      })
    }
    const id = await placed(customerId, { lines: [requestedLine('INVOICE', 1)], paymentMethod: undefined })
    expect(await asOperator('POST', `/orders/${id}/confirm`)).toMatchObject({
      status: 200,
      body: { paymentStatus: 'invoiced' },
    })
  })
})

describe('an order whose payment is under review', () => {
  it('waits for an operator, says why, and takes no other payment', async () => {
    const id = await suspicious('RING')
    const order = await eventually(async () => {
      const present = await resourceOf(id)
      expect(present).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'in_review' })
      return present
    })
    expect(order.decisions.payments).toMatchObject([
      {
        outcome: 'review',
        score: 65,
        rules: ['new_account', 'card_country', 'disposable_email'],
        detail: expect.stringContaining('its fraud score is 65'),
      },
    ])
    // The buyer learns that it is held, and not what made it suspicious.
    const buyer = customer(order.customerId)
    const [paymentId] = order.payments
    for (const path of [`/orders/${id}`, `/orders/${id}/events`, `/payments/${paymentId}`]) {
      const told = JSON.stringify((await send('GET', path, { as: buyer })).body)
      expect(told).toMatch(/review|OrderPaymentHeld/)
      expect(told).not.toMatch(/new_account|disposable|"score"/)
    }
    expect(
      await asOperator('POST', `/orders/${id}/payments`, { paymentMethod: 'pm_card_visa' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'payment_in_progress' },
    })

    expect(await asOperator('POST', `/orders/${id}/cancel`, { reason: 'looks wrong' })).toMatchObject({
      status: 200,
      body: { status: 'cancelled' },
    })
    await eventually(async () => {
      const ended = await resourceOf(id)
      expect(ended).toMatchObject({ status: 'cancelled', paymentStatus: 'failed' })
      expect(ended.decisions.payments).toMatchObject([{ outcome: 'failed', code: 'review_rejected' }])
    })
  })
  it('goes on when it is approved', async () => {
    const id = await suspicious('PEARL')
    const order = await resourceOf(id)
    const paymentId = order.payments[0] ?? expect.fail()
    expect(await asOperator('POST', `/payments/${paymentId}/review`, { decision: 'approve' })).toMatchObject({
      status: 200,
    })
    await eventually(async () =>
      expect(await resourceOf(id)).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' }),
    )
  })
})

describe('a delivered order', () => {
  it('is returned when all its money goes back', async () => {
    const customerId = await register()
    await stock('VASE', 5)
    const id = await placed(customerId, { lines: [requestedLine('VASE', 1)] })
    const order = await resourceOf(id)
    const deliveryId = order.deliveries[0] ?? expect.fail()
    const delivery = env.DELIVERY.getByName(deliveryId)
    for (const [type, status] of [
      ['StartDelivery', 'shipped'],
      ['CompleteDelivery', 'delivered'],
    ]) {
      await eventually(async () =>
        expect(await delivery.execute(envelope(deliveryId, { type }))).toMatchObject({ ok: true }),
      )
      await eventually(async () => expect((await resourceOf(id)).status).toBe(status))
    }
    expect(
      await asOperator('POST', `/payments/${order.payments[0]}/refunds`, { reason: 'sent back' }),
    ).toMatchObject({ status: 200 })
    await eventually(async () =>
      expect(await resourceOf(id)).toMatchObject({
        status: 'returned',
        paymentStatus: 'refunded',
        fulfilmentStatus: 'returned',
      }),
    )
    expect(await asOperator('POST', `/orders/${id}/cancel`, {})).toMatchObject({
      status: 409,
      body: { code: 'order_ended' },
    })
  })
})

it('an order that is over forgets who ordered and where to, in its history too', async () => {
  const customerId = await register()
  await stock('BOOK', 5)
  const id = await placed(customerId, { lines: [requestedLine('BOOK', 1)], paymentMethod: undefined })
  const object = orders.object(env, id)
  const erase = () => object.execute(envelope(id, { type: 'ErasePersonalData' }))
  expect(await erase()).toMatchObject({ ok: false, refusal: { code: 'order_open' } })
  await asOperator('POST', `/orders/${id}/cancel`, { reason: 'I live with Bob now' })
  expect(await erase()).toMatchObject({ ok: true })
  const text = JSON.stringify(await object.history({ after: 0, limit: 100 }))
  expect(text).toContain('OrderCancelled')
  expect(['1 Main St', 'Springfield', 'Bob'].filter((word) => text.includes(word))).toEqual([])
  expect(await resourceOf(id)).toMatchObject({ cancellation: { reason: 'operator', detail: '' } })
})
