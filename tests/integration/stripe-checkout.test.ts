import { createHmac, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { Api, eventually } from '../support/api.ts'
import { type Server, startServer } from '../support/server.ts'
import { type OrderView, Shop } from '../support/shop.ts'
import {
  declinesEveryCharge,
  knowsOfNoCharge,
  type StripeMock,
  startStripeMock,
  takesEveryCharge,
} from './support/stripe/stripe-mock.ts'
import { progress } from './support/tools/progress.ts'

const secret = 'whsec_of_the_integration_tests'

let mock: StripeMock
let server: Server
let shop: Shop

beforeAll(async () => {
  mock = await startStripeMock(takesEveryCharge)
  progress('Starting Petrel with Stripe as its payment gateway …')
  const settings = {
    PAYMENT_GATEWAY: 'stripe',
    STRIPE_SECRET_KEY: 'sk_test_integration',
    STRIPE_API_URL: mock.url,
    STRIPE_WEBHOOK_SECRET: secret,
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => ['--var', `${name}:${value}`])
  server = await startServer({ flags })
  shop = new Shop(await Api.connect(server.url))
})
afterAll(async () => {
  await server?.remove()
  await mock?.stop()
})

/** Sends an event as Stripe does: signed with the time and the secret that both sides know. */
async function webhook(type: string, object: unknown, { id = `evt_${randomUUID()}`, key = secret } = {}) {
  const body = JSON.stringify({ id, object: 'event', type, data: { object } })
  const time = Math.floor(Date.now() / 1_000)
  const signature = createHmac('sha256', key).update(`${time}.${body}`).digest('hex')
  const response = await fetch(`${server.url}/v1/webhooks/stripe`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Stripe-Signature': `t=${time},v1=${signature}` },
    body,
  })
  return { status: response.status, body: await response.json() }
}

/** An intent of Stripe's that belongs to a payment of ours. */
function intent(paymentId: string, status: string) {
  return {
    id: 'pi_integration',
    object: 'payment_intent',
    status,
    metadata: { paymentId },
    latest_charge: 'ch_1',
  }
}

function paymentOf({ payments }: OrderView): string {
  const [id] = payments
  if (!id) throw new Error('the order has no payment')
  return id
}

const processed = z.looseObject({ gateway: z.string(), chargeId: z.string() })
const ofType = (type: string) => (event: { type: string }) => event.type === `payment.${type}`

/** The events of a type of a payment. */
async function paymentEvents(id: string, type: string) {
  return (await shop.history('payments', id)).filter(ofType(type))
}

describe('an order at a shop whose gateway is Stripe', () => {
  it('is charged there, and confirmed; a webhook that tells it again changes nothing', async () => {
    const buyer = await shop.buyer()
    const order = await shop.placed(buyer, await shop.product())
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' })
    const id = paymentOf(order)
    const [event] = await paymentEvents(id, 'PaymentProcessed')
    expect(processed.parse(event?.data)).toMatchObject({
      gateway: 'stripe',
      chargeId: expect.stringMatching(/^pi_/),
      cardCountry: 'US',
    })
    const before = await shop.history('payments', id)
    const told = { status: 200, body: { received: true } }
    const once = { id: `evt_${randomUUID()}` }
    for (const attempt of [once, once, {}])
      expect(await webhook('payment_intent.succeeded', intent(id, 'succeeded'), attempt)).toEqual(told)
    expect(await shop.history('payments', id)).toEqual(before)
  })

  it('is refunded there', async () => {
    const order = await shop.placed(await shop.buyer(), await shop.product())
    const id = paymentOf(order)
    const body = { amount: { amount: 500, currency: 'USD' }, reason: 'integration' }
    await shop.api.ask(z.unknown(), 'POST', `/payments/${id}/refunds`, { body })
    const [refunded] = await eventually(
      () => paymentEvents(id, 'PaymentRefunded'),
      (events) => events.length > 0,
    )
    expect(refunded?.data).toMatchObject({ amount: { amount: 500, currency: 'USD' }, full: false })
  })

  it('waits for another card when Stripe declines this one', async () => {
    await mock.restart(declinesEveryCharge)
    const { status, body } = await shop.order(await shop.buyer(), {
      lines: [{ sku: await shop.product(), quantity: 1 }],
    })
    expect(status).toBe(201)
    expect(body).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'failed' })
  })

  it('is confirmed by a webhook while Stripe’s answer is inconclusive', async () => {
    await mock.restart(knowsOfNoCharge)
    const { body } = await shop.order(
      await shop.buyer(),
      { lines: [{ sku: await shop.product(), quantity: 1 }] },
      { Prefer: 'wait=1' },
    )
    const { id: orderId } = z.object({ id: z.string() }).parse(body)
    const order = await shop.orderOnce(orderId, ({ payments }) => payments.length > 0)
    const id = paymentOf(order)
    expect(await paymentEvents(id, 'PaymentProcessed')).toEqual([])
    expect(await webhook('payment_intent.succeeded', intent(id, 'succeeded'))).toMatchObject({ status: 200 })
    const paid = await shop.orderOnce(orderId, ({ status }) => status === 'confirmed')
    expect(paid).toMatchObject({ paymentStatus: 'paid' })
    const [event] = await paymentEvents(id, 'PaymentProcessed')
    expect(event?.data).toMatchObject({ gateway: 'stripe', chargeId: 'pi_integration' })
  })

  it('ignores a webhook with another signature', async () => {
    const answer = await webhook('payment_intent.succeeded', intent('pay_1', 'succeeded'), {
      key: 'whsec_other',
    })
    expect(answer).toMatchObject({
      status: 401,
      body: { code: 'webhook_signature_invalid', fault: 'mismatch' },
    })
  })
})
