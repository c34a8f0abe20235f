import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import {
  envelope,
  eventually,
  fireAlarm,
  pass,
  stopTime,
} from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { sandboxShard } from '../../../durable-objects/sandbox/gateway.ts'
import { newId } from '../../../shared/core/ids.ts'
import { MINUTE } from '../../../shared/core/time.ts'
import { requestedLine } from '../../../shared/order/order.fixture.ts'
import { customer, operator, send } from '../http/request.fixture.ts'
import { orders } from '../order/resource.ts'
import { paymentResource } from './resource.ts'

const usd = (amount: number) => ({ amount, currency: 'USD' })

/** Sends one request of an operator. */
const asOperator = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
  send(method, path, { as: operator, body, headers })

const paymentOf = (id: string) => env.PAYMENT.getByName(id)
const resourceOf = async (id: string) =>
  paymentResource.parse((await asOperator('GET', `/payments/${id}`)).body)

/** A paid order of three units of a product (30.00 USD); its payment's id. */
async function paidOrder(sku: string): Promise<string> {
  const customerId = await register()
  await stock(sku, 5)
  const id = newId('ord')
  const create = {
    ...orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' }),
    lines: [requestedLine(sku, 3)],
  }
  const object = orders.object(env, id)
  await object.execute(envelope(id, create, { commandId: 'buy', waitMilliseconds: 10_000 }))
  return (await object.read({}))?.state.payments[0]?.id ?? expect.fail()
}

/** Asks for a charge by itself, of a customer who does not exist unless one is named. */
async function requestPayment(more: object): Promise<string> {
  const id = newId('pay')
  const command = {
    ...{ type: 'ProcessPayment', orderId: newId('ord'), customerId: newId('cus'), amount: usd(5_000) },
    ...{ paymentMethod: 'pm_card_visa', attempt: 1, shippingCountry: 'US', failedTries: 0 },
    ...more,
  }
  expect(await paymentOf(id).execute(envelope(id, command))).toMatchObject({ ok: true })
  return id
}

describe('refundPayment', () => {
  it('gives back units of a product as the order paid for them, to the cent', async () => {
    const id = await paidOrder('CUP')
    const path = `/payments/${id}/refunds`
    const body = { reason: 'broken', lines: [{ sku: 'CUP', quantity: 2 }] }
    const first = await asOperator('POST', path, body, { 'Idempotency-Key': 'two' })
    const { amount } = await resourceOf(id)
    const twoThirds = Math.round((amount.amount * 2) / 3)
    expect(first).toMatchObject({
      status: 200,
      body: {
        refunds: [
          {
            amount: usd(twoThirds),
            lines: [{ sku: 'CUP', quantity: 2, amount: usd(twoThirds) }],
          },
        ],
        refundable: usd(amount.amount - twoThirds),
      },
    })
    expect((await asOperator('POST', path, body, { 'Idempotency-Key': 'two' })).body.refunds).toHaveLength(1)
    await eventually(async () =>
      expect(await resourceOf(id)).toMatchObject({ status: 'partially_refunded', refunded: usd(twoThirds) }),
    )
    const rest = { reason: 'broken', lines: [{ sku: 'CUP', quantity: 1 }] }
    expect((await asOperator('POST', path, rest)).status).toBe(200)
    await eventually(async () =>
      expect(await resourceOf(id)).toMatchObject({
        status: 'refunded',
        refunded: amount,
        refundable: usd(0),
      }),
    )
    expect(await asOperator('POST', path, rest)).toMatchObject({
      status: 409,
      body: { code: 'refund_quantity_exceeded', sku: 'CUP', refundable: 0 },
    })
  })
  it('gives back an amount, or all that is left, in the currency of the payment', async () => {
    const id = await paidOrder('JUG')
    const path = `/payments/${id}/refunds`
    expect(await asOperator('POST', path, { reason: 'late', amount: usd(500) })).toMatchObject({
      status: 200,
      body: { refunds: [{ amount: usd(500) }] },
    })
    expect(
      await asOperator('POST', path, { reason: 'late', amount: { amount: 1, currency: 'EUR' } }),
    ).toMatchObject({ status: 422, body: { errors: [{ pointer: '/amount/currency' }] } })
    expect(await asOperator('POST', path, { reason: 'late' })).toMatchObject({
      status: 200,
      body: { refundable: usd(0) },
    })
  })
  it('says why it gives nothing back', async () => {
    const id = await paidOrder('POT')
    const path = `/payments/${id}/refunds`
    const lines = [{ sku: 'PAN', quantity: 1 }]
    expect(await asOperator('POST', path, { reason: 'late', lines })).toMatchObject({
      body: { code: 'refund_line_unknown', sku: 'PAN' },
    })
    expect(await asOperator('POST', path, { reason: 'late', lines, amount: usd(1) })).toMatchObject({
      body: { code: 'refund_invalid' },
    })
    // The parcel of the fixture costs nothing to send.
    expect(await asOperator('POST', path, { reason: 'late', shipping: true })).toMatchObject({
      status: 409,
      body: { code: 'nothing_to_refund' },
    })
    expect(await asOperator('POST', path, { reason: 'late', lines: [] })).toMatchObject({
      body: { code: 'invalid_request' },
    })
    expect(
      await asOperator('POST', `/payments/${newId('pay')}/refunds`, { reason: 'late', lines }),
    ).toMatchObject({
      status: 404,
      body: { code: 'payment_not_found' },
    })
  })
})

it('a full refund before the parcel leaves calls it off, and puts the stock back', async () => {
  const id = await paidOrder('WHOLE-1')
  const { orderId } = await resourceOf(id)
  expect(await asOperator('POST', `/payments/${id}/refunds`, { reason: 'goodwill' })).toMatchObject({
    status: 200,
  })
  await eventually(async () => {
    const { state } = (await orders.object(env, orderId).read({})) ?? expect.fail()
    expect(state).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'refunded',
      fulfilmentStatus: 'cancelled',
      cancellation: { reason: 'operator' },
    })
    expect((await asOperator('GET', '/inventory/WHOLE-1')).body).toMatchObject({ onHand: 5, available: 5 })
    for (const delivery of state.deliveries)
      expect((await asOperator('GET', `/deliveries/${delivery.id}`)).body).toMatchObject({
        status: 'cancelled',
      })
  })
})

describe('reviewPayment', () => {
  /** A payment that scores 70: from another country, by a disposable address, after three failed tries. */
  async function held(): Promise<string> {
    const customerId = newId('cus')
    const email = `${customerId}@mailinator.com`
    const command = { type: 'RegisterCustomer', email, emailHash: customerId, name: 'Ada' }
    await env.CUSTOMER.getByName(customerId).execute(envelope(customerId, command))
    const id = await requestPayment({ customerId, paymentMethod: 'pm_card_gb', failedTries: 3, attempt: 4 })
    await eventually(async () => expect(await resourceOf(id)).toMatchObject({ status: 'review' }))
    return id
  }
  const fraud = { score: 70, rules: ['failed_tries', 'card_country', 'disposable_email'] }

  it('lets a held payment through, which is then charged', async () => {
    const id = await held()
    expect(await resourceOf(id)).toMatchObject({ fraud })
    expect(await env.SANDBOX_GATEWAY.getByName(sandboxShard(id)).records(id)).toMatchObject({ charges: [] })
    const approve = () =>
      asOperator(
        'POST',
        `/payments/${id}/review`,
        { decision: 'approve' },
        { 'Idempotency-Key': `once-${id}` },
      )
    expect(await approve()).toMatchObject({ status: 200 })
    await eventually(async () => expect(await resourceOf(id)).toMatchObject({ status: 'processed', fraud }))
    // The same request again is answered as before; any other has nothing to decide.
    expect(await approve()).toMatchObject({ status: 200 })
    for (const decision of ['approve', 'reject'])
      expect(await asOperator('POST', `/payments/${id}/review`, { decision })).toMatchObject({
        status: 409,
        body: { code: 'payment_not_in_review' },
      })
    const dry = await asOperator('POST', `/payments/${id}/review?dryRun=true`, { decision: 'approve' })
    expect(dry).toMatchObject({ body: { refusal: { code: 'payment_not_in_review' } } })
  })
  it('turns a held payment down, which is never charged', async () => {
    const id = await held()
    const body = { decision: 'reject', reason: 'stolen card' }
    expect(await asOperator('POST', `/payments/${id}/review`, body)).toMatchObject({
      status: 200,
      body: { status: 'failed', failure: { code: 'review_rejected' }, fraud },
    })
    expect(await env.SANDBOX_GATEWAY.getByName(sandboxShard(id)).records(id)).toMatchObject({ charges: [] })
  })
  it('is for operators, and for payments that exist', async () => {
    const id = newId('pay')
    const path = `/payments/${id}/review`
    const buyer = customer(newId('cus'))
    expect((await send('POST', path, { as: buyer, body: { decision: 'approve' } })).status).toBe(403)
    expect(await asOperator('POST', path, { decision: 'approve' })).toMatchObject({
      status: 404,
      body: { code: 'payment_not_found' },
    })
    expect(await asOperator('POST', path, { decision: 'perhaps' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request' },
    })
  })
})

describe('getPayment', () => {
  it('shows a dispute, in which nothing can be refunded', async () => {
    const id = await requestPayment({})
    await eventually(async () => expect(await resourceOf(id)).toMatchObject({ status: 'processed' }))
    const dispute = { disputeId: 'dp_1', reason: 'fraudulent', amount: usd(5_000), status: 'open' }
    await paymentOf(id).execute(envelope(id, { type: 'RecordDispute', ...dispute }))
    expect(await resourceOf(id)).toMatchObject({ status: 'disputed', dispute, refundable: usd(0) })
    expect(await asOperator('POST', `/payments/${id}/refunds`, { reason: 'late' })).toMatchObject({
      status: 409,
      body: { code: 'payment_disputed', disputeId: 'dp_1' },
    })
  })
})

describe('a charge whose answer is lost', () => {
  beforeEach(() => stopTime())
  afterEach(() => {
    vi.useRealTimers()
  })

  it('is never taken for a failure: it is asked for again until it is known, and charged once', async () => {
    const id = await requestPayment({ paymentMethod: 'pm_sandbox_timeout' })
    await eventually(async () => {
      pass(MINUTE)
      await runInDurableObject(paymentOf(id), fireAlarm)
      expect((await paymentOf(id).read({}))?.state).toMatchObject({ status: 'processed' })
    })
    const events = await paymentOf(id).history({ after: 0, limit: 100 })
    expect(events.map((text) => JSON.parse(text).type)).toEqual([
      'payment.PaymentRequested',
      'payment.PaymentScreened',
      'payment.PaymentProcessed',
    ])
    expect((await env.SANDBOX_GATEWAY.getByName(sandboxShard(id)).records(id)).charges).toHaveLength(1)
  })
})
