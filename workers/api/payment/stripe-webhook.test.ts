import { createExecutionContext, runInDurableObject, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  envelope,
  eventually,
  fireAlarm,
  pass,
  rows,
  stopTime,
  tables,
} from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { newId } from '../../../shared/core/ids.ts'
import { DAY, HOUR, MINUTE } from '../../../shared/core/time.ts'
import { intent, refundObject } from '../../../shared/ports/stripe/stripe.fixture.ts'
import { app } from '../app.ts'
import { signatureHeader } from '../http/auth/signatures.ts'
import { operator, send } from '../http/request.fixture.ts'
import { paymentResource } from './resource.ts'

const secret = 'whsec_of_the_tests'
const configured = { STRIPE_WEBHOOK_SECRET: secret, STRIPE_SECRET_KEY: 'sk_test_key' }

beforeEach(() => stopTime())
afterEach(() => {
  clock.setOffset(0)
  vi.restoreAllMocks()
})

/** Sends a body as Stripe does, unless told to do otherwise. */
async function post(
  body: string,
  settings: Partial<Env> = configured,
  signature = signatureHeader(body, secret, Date.now()),
) {
  const context = createExecutionContext()
  const request = new Request('https://petrel.example/v1/webhooks/stripe', {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      ...(signature && { 'Stripe-Signature': signature }),
    },
    body,
  })
  const response = await app.fetch(request, { ...env, ...settings }, context)
  await waitOnExecutionContext(context)
  return { status: response.status, headers: response.headers, body: await response.json() }
}

/** An event of Stripe's as text. */
function event(id: string, type: string, object: unknown): string {
  return JSON.stringify({ id, object: 'event', api_version: '2026-08-26.dahlia', type, data: { object } })
}

const taken = { status: 200, body: { received: true } }

const paymentOf = (id: string) => env.PAYMENT.getByName(id)
const paid = (id: string) => intent('succeeded', { metadata: { paymentId: id } })
const failed = (id: string) =>
  intent('requires_payment_method', {
    metadata: { paymentId: id },
    last_payment_error: { type: 'card_error', code: 'card_declined' },
  })
const refundOf = (id: string, status: string) =>
  refundObject(status, { metadata: { paymentId: id, refundKey: `${id}/r1` } })

const resourceOf = async (id: string) =>
  paymentResource.parse((await send('GET', `/payments/${id}`, { as: operator })).body)

/** The types of a payment's events, in their order. */
async function history(id: string): Promise<string[]> {
  const events = await paymentOf(id).history({ after: 0, limit: 100 })
  return events.map((text) => JSON.parse(text).type.replace('payment.', ''))
}

/** A payment by a method of the sandbox. */
async function payment(paymentMethod: string): Promise<string> {
  const id = newId('pay')
  const command = {
    type: 'ProcessPayment',
    orderId: newId('ord'),
    customerId: newId('cus'),
    amount: { amount: 5_000, currency: 'USD' },
    paymentMethod,
    attempt: 1,
    shippingCountry: 'US',
    failedTries: 0,
  }
  expect(await paymentOf(id).execute(envelope(id, command))).toMatchObject({ ok: true })
  return id
}

/** A payment whose charge was made, but whose answer was lost on the way. */
async function unanswered(): Promise<string> {
  const id = await payment('pm_sandbox_timeout')
  await runInDurableObject(paymentOf(id), (_, state) =>
    eventually(() => expect(rows(state, 'effects')).toMatchObject([{ attempts: 1 }])),
  )
  return id
}

/** The effects of a payment that have yet to happen, as text. */
function waiting(id: string): Promise<string> {
  return runInDurableObject(paymentOf(id), (_, state) =>
    rows(state, 'effects')
      .map(({ effect }) => String(effect))
      .join(),
  )
}

/** A payment that was charged. */
async function charged(): Promise<string> {
  const id = await payment('pm_card_visa')
  await eventually(async () => expect(await history(id)).toContain('PaymentProcessed'))
  return id
}

describe('a webhook of Stripe', () => {
  it('that comes before the answer settles the payment, and the answer changes nothing', async () => {
    const id = await unanswered()
    expect(await post(event('evt_early', 'payment_intent.succeeded', paid(id)))).toMatchObject(taken)
    expect(await waiting(id)).toContain('"operation":"charge"')
    const settled = await history(id)
    expect(settled.filter((type) => type === 'PaymentProcessed')).toHaveLength(1)
    expect(await paymentOf(id).read({})).toMatchObject({
      state: { status: 'processed', charge: { gateway: 'stripe', chargeId: 'pi_1' } },
    })
    for (let times = 0; times < 3; times += 1) {
      pass(MINUTE)
      await runInDurableObject(paymentOf(id), async (object, state) => {
        await fireAlarm(object, state)
        await clock.settled()
      })
    }
    // The charge was answered at last. (The order that is told does not exist here.)
    expect(await waiting(id)).not.toContain('"operation":"charge"')
    expect(await history(id)).toEqual(settled)
  })
  it('that comes after the answer changes nothing', async () => {
    const id = await charged()
    const before = await history(id)
    expect(await post(event('evt_late', 'payment_intent.succeeded', paid(id)))).toMatchObject(taken)
    expect(await history(id)).toEqual(before)
  })
  it('that comes twice, or twenty times at once, is taken once', async () => {
    const id = await unanswered()
    const text = event('evt_doubled', 'payment_intent.succeeded', paid(id))
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(text)))
    for (const answer of answers) expect(answer).toMatchObject(taken)
    expect((await history(id)).filter((type) => type === 'PaymentProcessed')).toHaveLength(1)
  })
  it('that comes out of order changes nothing that is known', async () => {
    const id = await unanswered()
    await post(event('evt_second', 'payment_intent.succeeded', paid(id)))
    expect(await post(event('evt_first', 'payment_intent.payment_failed', failed(id)))).toMatchObject(taken)
    expect(await history(id)).not.toContain('PaymentFailed')
  })
  it('tells of a failed charge', async () => {
    const id = await unanswered()
    expect(await post(event('evt_failed', 'payment_intent.payment_failed', failed(id)))).toMatchObject(taken)
    expect(await paymentOf(id).read({})).toMatchObject({
      state: { status: 'failed', failure: { code: 'card_declined' } },
    })
  })
  it('tells of a refund that comes back, once, in whatever order', async () => {
    const id = await charged()
    const command = { type: 'RefundPayment', refundId: 'r1', amount: 1_000, reason: 'test' }
    await paymentOf(id).execute(envelope(id, command))
    await eventually(async () => expect(await history(id)).toContain('PaymentRefunded'))
    for (const [eventId, type, status] of [
      ['evt_back', 'refund.failed', 'failed'],
      ['evt_given', 'refund.updated', 'succeeded'],
      ['evt_back', 'refund.failed', 'failed'],
      ['evt_back_again', 'refund.updated', 'failed'],
    ] as const)
      expect(await post(event(eventId, type, refundOf(id, status)))).toMatchObject(taken)
    expect((await history(id)).filter((type) => type === 'RefundFailed')).toHaveLength(1)
    expect((await history(id)).filter((type) => type === 'PaymentRefunded')).toHaveLength(1)
  })
  it('tells of a dispute, whose payment Stripe is asked for', async () => {
    const id = await charged()
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(paid(id)))
    const dispute = {
      id: 'dp_1',
      amount: 5_000,
      currency: 'usd',
      reason: 'fraudulent',
      payment_intent: 'pi_1',
    }
    for (const eventId of ['evt_dispute', 'evt_dispute', 'evt_dispute_again'])
      expect(await post(event(eventId, 'charge.dispute.created', dispute))).toMatchObject(taken)
    expect(asked.mock.calls[0]?.[0]).toBe('https://api.stripe.com/v1/payment_intents/pi_1')
    expect((await history(id)).filter((type) => type === 'PaymentDisputed')).toHaveLength(1)
  })
  it.each([
    ['won', 'charge.dispute.closed', 'processed', 5_000],
    ['warning_closed', 'charge.dispute.closed', 'processed', 5_000],
    ['lost', 'charge.dispute.closed', 'refunded', 0],
  ])('tells how a dispute ends: %s', async (status, type, ended, refundable) => {
    const id = await charged()
    // Of a payment of the sandbox, the id of its charge stands for the payment intent.
    const dispute = { id: 'dp_1', amount: 5_000, currency: 'usd', reason: 'general' }
    const about = { ...dispute, payment_intent: `ch_${id}` }
    const opened = {
      ...about,
      status: status === 'warning_closed' ? 'warning_needs_response' : 'needs_response',
    }
    expect(await post(event('evt_open', 'charge.dispute.created', opened))).toMatchObject(taken)
    expect(await paymentOf(id).read({})).toMatchObject({ state: { status: 'disputed' } })
    for (const [eventId, object] of [
      ['evt_end', { ...about, status }],
      ['evt_end', { ...about, status }],
      ['evt_late', opened],
    ] as const)
      expect(await post(event(eventId, type, object))).toMatchObject(taken)
    expect(await resourceOf(id)).toMatchObject({
      status: ended,
      refundable: { amount: refundable, currency: 'USD' },
    })
    expect((await history(id)).filter((one) => one === 'PaymentDisputeClosed')).toHaveLength(1)
    if (status !== 'lost') return
    const back = { ...about, status: 'lost', balance_transactions: [{ amount: -5_000 }, { amount: 5_000 }] }
    await post(event('evt_back', 'charge.dispute.funds_reinstated', back))
    expect(await resourceOf(id)).toMatchObject({ status: 'processed', refundable: { amount: 5_000 } })
  })
  it('tells of a refund made at the dashboard, once, by its payment intent', async () => {
    const id = await charged()
    const asked = vi.spyOn(globalThis, 'fetch').mockImplementation(async () => Response.json(paid(id)))
    const made = (refundId: string, status: string, amount = 2_000) =>
      refundObject(status, { id: refundId, metadata: {}, amount, currency: 'usd', payment_intent: 'pi_1' })
    for (const [eventId, type, object] of [
      ['evt_pending', 'refund.created', made('re_a', 'pending')],
      ['evt_made', 'refund.updated', made('re_a', 'succeeded')],
      ['evt_made', 'refund.updated', made('re_a', 'succeeded')],
      ['evt_charge', 'charge.refunded', { refunds: { data: [made('re_a', 'succeeded')] } }],
      ['evt_other', 'refund.created', made('re_b', 'succeeded', 500)],
    ] as const)
      expect(await post(event(eventId, type, object))).toMatchObject(taken)
    expect(asked.mock.calls[0]?.[0]).toBe('https://api.stripe.com/v1/payment_intents/pi_1')
    expect(await resourceOf(id)).toMatchObject({
      status: 'partially_refunded',
      refunded: { amount: 2_500 },
      refundable: { amount: 2_500 },
    })
    // The bank sends one of them back.
    await post(event('evt_bounced', 'refund.failed', made('re_a', 'failed')))
    await post(event('evt_stale', 'refund.updated', made('re_a', 'succeeded')))
    expect(await resourceOf(id)).toMatchObject({ refunded: { amount: 500 }, refundable: { amount: 4_500 } })
  })
  it('of a refund made at the dashboard comes again later while the charge itself is not known', async () => {
    const id = await unanswered()
    const refund = { metadata: {}, amount: 2_000, currency: 'usd', payment_intent: `ch_${id}` }
    const text = event('evt_soon', 'refund.created', refundObject('succeeded', refund))
    const answer = await post(text)
    expect(answer).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    expect(answer.headers.get('Retry-After')).toBe('60')
    await post(event('evt_paid', 'payment_intent.succeeded', paid(id)))
    expect(await post(text)).toMatchObject(taken)
    expect(await resourceOf(id)).toMatchObject({ refunded: { amount: 2_000 } })
  })
  it('of a dispute comes again later when Stripe cannot be asked', async () => {
    vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('down'))
    const dispute = { id: 'dp_1', amount: 1, currency: 'usd', reason: 'general', payment_intent: 'pi_1' }
    const text = event('evt_unasked', 'charge.dispute.created', dispute)
    expect(await post(text)).toMatchObject({ status: 503, body: { code: 'unavailable' } })
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const withoutKey = await post(text, { STRIPE_WEBHOOK_SECRET: secret })
    expect(withoutKey).toMatchObject({ status: 503, body: { code: 'not_configured' } })
  })
  it('about nothing of ours is acknowledged, and leaves nothing behind', async () => {
    const id = newId('pay')
    for (const text of [
      event('evt_foreign', 'payment_intent.succeeded', paid(id)),
      event('evt_dashboard', 'refund.updated', refundObject('succeeded', { metadata: {} })),
      event('evt_customer', 'customer.created', { id: 'cus_1' }),
    ])
      expect(await post(text)).toMatchObject(taken)
    await runInDurableObject(paymentOf(id), (_, state) => {
      for (const table of tables(state)) expect(rows(state, table), table).toEqual([])
    })
  })
  it('about a refund that nobody asked for is acknowledged, and noted without its content', async () => {
    const noted = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const id = await charged()
    expect(await post(event('evt_unknown', 'refund.updated', refundOf(id, 'succeeded')))).toMatchObject(taken)
    expect(noted).toHaveBeenCalledTimes(1)
    const line = String(noted.mock.calls[0]?.[0])
    expect(JSON.parse(line)).toMatchObject({ operation: 'paymentWebhook', refusal: 'refund_not_found' })
    expect(line).not.toContain('re_1')
  })
})

describe('a webhook is refused', () => {
  const text = event('evt_1', 'customer.created', {})
  const signed = () => signatureHeader(text, secret, Date.now())

  it.each([
    ['without a signature', () => '', 'missing'],
    ['with half a signature', () => 't=1', 'malformed'],
    ['by another secret', () => signatureHeader(text, 'whsec_other', Date.now()), 'mismatch'],
    ['for another body', () => signatureHeader(`${text} `, secret, Date.now()), 'mismatch'],
    ['from six minutes ago', () => signatureHeader(text, secret, Date.now() - 6 * MINUTE), 'too_old'],
    [
      'from six minutes ahead',
      () => signatureHeader(text, secret, Date.now() + 6 * MINUTE),
      'from_the_future',
    ],
  ])('%s', async (_, signature, fault) => {
    const answer = await post(text, configured, signature())
    expect(answer).toMatchObject({ status: 401, body: { code: 'webhook_signature_invalid', fault } })
    expect(answer.headers.get('WWW-Authenticate')).toBe('Signature realm="petrel"')
  })
  it('by a deployment that has no secret for it', async () => {
    for (const settings of [{}, { STRIPE_WEBHOOK_SECRET: '' }])
      expect(await post(text, settings, signed())).toMatchObject({
        status: 503,
        body: { code: 'not_configured' },
      })
  })
  it('that is no event', async () => {
    expect(await post('hello')).toMatchObject({ status: 400, body: { code: 'malformed_json' } })
    expect(await post('{"id":"evt_1"}')).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer: '/type' }, { pointer: '/data' }] },
    })
  })
  it('that is too large', async () => {
    const large = event('evt_1', 'customer.created', 'x'.repeat(65_536))
    expect(await post(large)).toMatchObject({ status: 413, body: { code: 'payload_too_large' } })
  })
})

describe('a webhook is taken', () => {
  it("by the platform's clock, wherever the deployment's clock was moved", async () => {
    for (const offset of [3 * DAY, -HOUR]) {
      clock.setOffset(offset)
      expect(await post(event('evt_clock', 'customer.created', {}))).toMatchObject(taken)
    }
  })
  it('with an id that looks like a card number, of which nothing is logged', async () => {
    const spies = (['log', 'info', 'warn', 'error'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => {}),
    )
    expect(await post(event('evt_card', 'customer.created', { id: '4242424242424242' }))).toMatchObject(taken)
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
