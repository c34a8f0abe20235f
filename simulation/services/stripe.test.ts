import { describe, expect, it } from 'vitest'
import type { ChargeRequest, RefundRequest } from '../../shared/ports/payment-gateway.ts'
import { readStripeEvent, type StripeNews } from '../../shared/ports/stripe/events.ts'
import { StripeGateway } from '../../shared/ports/stripe/gateway.ts'
import { verifySignature } from '../../workers/api/http/auth/signatures.ts'
import { fetchOf } from './fetch.fixture.ts'
import { BANK_MS } from './stripe/account.ts'
import { StripeStandIn } from './stripe.ts'

const HOUR = 3_600_000
const webhookSecret = 'whsec_of_the_run'
const ceiling = { status: 'failed', code: 'charge_already_refunded' }

/** Petrel's adapter in front of the stand-in, with a clock that only `wait` moves. */
function stripe({ secretKey = 'sk_test_run' } = {}) {
  const clock = { now: Date.parse('2026-11-23T12:00:00.000Z') }
  const standIn = new StripeStandIn({ secretKey: 'sk_test_run', webhookSecret })
  const { fetch, sent, answers } = fetchOf(standIn, () => clock.now)
  const gateway = new StripeGateway({ secretKey, fetch })
  const wait = (milliseconds: number) => {
    clock.now += milliseconds
  }
  /** What Petrel reads from the webhooks since the last time. */
  const news = (): StripeNews[] =>
    standIn.notices(clock.now).flatMap(({ headers, body }) => {
      const header = headers['stripe-signature']
      expect(verifySignature({ header, body, secret: webhookSecret, now: clock.now })).toBeNull()
      return readStripeEvent(JSON.parse(body)).news
    })
  return { clock, standIn, gateway, sent, answers, wait, news }
}

const charge: ChargeRequest = {
  key: 'pay_1',
  amount: { amount: 5_000, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  orderId: 'ord_1',
}
const refund = (name: string, minor: number): RefundRequest => ({
  key: `pay_1/${name}`,
  chargeKey: 'pay_1',
  chargeId: 'pi_1',
  amount: { amount: minor, currency: 'USD' },
})
const paid = { status: 'succeeded', chargeId: 'pi_1', gateway: 'stripe', cardCountry: 'US' }
const booked = { key: 'pay_1', paymentMethod: 'pm_card_visa', amount: 5_000, currency: 'USD' }

describe('a charge', () => {
  it('is made, and told', async () => {
    const { gateway, standIn, news } = stripe()
    expect(await gateway.charge(charge)).toEqual(paid)
    expect(standIn.book()).toEqual({ charges: [{ ...booked, succeeded: true }], refunds: [] })
    const { cardCountry: _, ...told } = paid
    expect(news()).toEqual([{ about: 'charge', paymentId: 'pay_1', result: told }])
    expect(news()).toEqual([])
  })

  it.each([
    ['pm_card_chargeDeclined', 'card_declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error'],
    ['pm_card_authenticationRequired', 'authentication_required'],
    ['pm_card_radarBlock', 'fraud_blocked'],
  ])('of %s is declined with %s, and stays so', async (paymentMethod, code) => {
    const { gateway, standIn, wait, news } = stripe()
    const declined = await gateway.charge({ ...charge, paymentMethod })
    expect(declined).toMatchObject({ status: 'failed', code })
    wait(HOUR)
    expect(await gateway.find('pay_1')).toEqual(declined)
    expect(standIn.book().charges).toEqual([{ ...booked, paymentMethod, succeeded: false }])
    expect(news()).toEqual([{ about: 'charge', paymentId: 'pay_1', result: declined }])
  })

  it('of an unknown method fails, and leaves nothing', async () => {
    const { gateway, standIn } = stripe()
    const result = await gateway.charge({ ...charge, paymentMethod: 'pm_none' })
    expect(result).toMatchObject({ status: 'failed', code: 'unknown_payment_method' })
    expect(standIn.book().charges).toEqual([])
  })

  it('in a currency that Stripe counts otherwise stands in the book in minor units', async () => {
    const { gateway, standIn, sent } = stripe()
    await gateway.charge({ ...charge, amount: { amount: 500, currency: 'ISK' } })
    expect(sent[0]?.body).toContain('amount=50000')
    expect(standIn.book().charges).toMatchObject([{ amount: 500, currency: 'ISK' }])
  })

  it('below the least amount is refused', async () => {
    const { gateway, standIn } = stripe()
    const call = gateway.charge({ ...charge, amount: { amount: 49, currency: 'USD' } })
    await expect(call).rejects.toMatchObject({ kind: 'rejected', code: 'gateway_rejected' })
    expect(standIn.book().charges).toEqual([])
  })

  it('with another secret key is refused', async () => {
    const { gateway } = stripe({ secretKey: 'sk_test_other' })
    await expect(gateway.charge(charge)).rejects.toMatchObject({ code: 'gateway_unauthorized' })
  })
})

describe('a key', () => {
  it('gives the same answer for the same request, for a day', async () => {
    const { gateway, standIn, answers, wait } = stripe()
    await gateway.charge(charge)
    expect(answers[0]?.headers.get('idempotent-replayed')).toBeNull()
    wait(24 * HOUR - 1)
    expect(await gateway.charge(charge)).toEqual(paid)
    expect(answers[1]?.headers.get('idempotent-replayed')).toBe('true')
    expect(standIn.book().charges).toHaveLength(1)
    wait(1)
    expect(await gateway.charge(charge)).toMatchObject({ chargeId: 'pi_2' })
    expect(standIn.book().charges).toHaveLength(2)
  })

  it('keeps a decline as well', async () => {
    const { gateway, standIn, answers } = stripe()
    const declined = { ...charge, paymentMethod: 'pm_card_chargeDeclined' }
    const first = await gateway.charge(declined)
    expect(await gateway.charge(declined)).toEqual(first)
    expect(answers.map(({ status }) => status)).toEqual([402, 402])
    expect(standIn.book().charges).toHaveLength(1)
  })

  it('refuses another request', async () => {
    const { gateway, standIn } = stripe()
    await gateway.charge(charge)
    const other = gateway.charge({ ...charge, amount: { amount: 5_001, currency: 'USD' } })
    await expect(other).rejects.toMatchObject({ kind: 'unknown_outcome', code: 'key_reused' })
    expect(standIn.book().charges).toHaveLength(1)
  })

  it('is not taken by a request that Stripe cannot read', async () => {
    const { gateway, standIn } = stripe()
    const unreadable = gateway.charge({ ...charge, orderId: 'x'.repeat(501) })
    await expect(unreadable).rejects.toMatchObject({ code: 'gateway_rejected' })
    expect(await gateway.charge(charge)).toEqual(paid)
    expect(standIn.book().charges).toHaveLength(1)
  })
})

describe('a search', () => {
  it('finds a payment by its key, after a while', async () => {
    const { gateway, wait } = stripe()
    await gateway.charge(charge)
    expect(await gateway.find('pay_1')).toBeNull()
    wait(60_000)
    expect(await gateway.find('pay_1')).toEqual(paid)
    expect(await gateway.find("pay_'1")).toBeNull()
  })
  it('finds a key with quotes in it', async () => {
    const { gateway, wait } = stripe()
    await gateway.charge({ ...charge, key: `pay_'\\1` })
    wait(60_000)
    expect(await gateway.find(`pay_'\\1`)).toEqual(paid)
  })
})

describe('what is read', () => {
  it('are facts of a method', async () => {
    const { gateway } = stripe()
    expect(await gateway.inspect('pm_card_gb')).toEqual({ cardCountry: 'GB' })
    expect(await gateway.inspect('pm_card_chargeDeclined')).toEqual({ cardCountry: 'US' })
    expect(await gateway.inspect('pm_none')).toEqual({})
  })
  it('is the key of a payment', async () => {
    const { gateway } = stripe()
    await gateway.charge(charge)
    expect(await gateway.keyOf('pi_1')).toBe('pay_1')
    expect(await gateway.keyOf('pi_2')).toBeNull()
  })
})

describe('a refund', () => {
  it('gives back parts of a charge, once per key, up to all of it', async () => {
    const { gateway, standIn, news } = stripe()
    await gateway.charge(charge)
    const first = await gateway.refund(refund('r1', 3_000))
    expect(first).toEqual({ status: 'succeeded', gatewayRefundId: 're_1' })
    expect(await gateway.refund(refund('r1', 3_000))).toEqual(first)
    // More than is left: Stripe gives no code for it, so the adapter takes it as a request that never succeeds.
    await expect(gateway.refund(refund('r2', 2_001))).rejects.toMatchObject({ kind: 'rejected' })
    expect(await gateway.refund(refund('r3', 2_000))).toMatchObject({ status: 'succeeded' })
    expect(await gateway.refund(refund('r4', 1))).toMatchObject(ceiling)
    const one = { chargeKey: 'pay_1', currency: 'USD', succeeded: true }
    expect(standIn.book().refunds).toEqual([
      { ...one, key: 'pay_1/r1', amount: 3_000 },
      { ...one, key: 'pay_1/r3', amount: 2_000 },
    ])
    expect(news().slice(1)).toMatchObject([
      { about: 'refund', paymentId: 'pay_1', refundId: 'r1', result: first },
      { about: 'refund', refundId: 'r3' },
    ])
  })

  it('is found among more than a page of others, when its key is forgotten', async () => {
    const { gateway, standIn, sent, wait } = stripe()
    await gateway.charge(charge)
    const first = await gateway.refund(refund('r1', 10))
    const before = sent.length
    for (let number = 0; number < 199; number += 1)
      expect(standIn.refundAtDashboard('pay_1', 1, 0)).not.toBeNull()
    wait(48 * HOUR)
    expect(await gateway.refund(refund('r1', 10))).toEqual(first)
    expect(standIn.book().refunds).toHaveLength(200)
    // Two pages of a hundred, without an overlap.
    expect(sent.slice(before).map(({ method }) => method)).toEqual(['GET', 'GET'])
  })

  it('of a charge that was declined or never made is refused', async () => {
    const { gateway, standIn } = stripe()
    await expect(gateway.refund(refund('r1', 1))).rejects.toMatchObject({ code: 'gateway_rejected' })
    await gateway.charge({ ...charge, paymentMethod: 'pm_card_chargeDeclined' })
    await expect(gateway.refund(refund('r2', 1))).rejects.toMatchObject({ code: 'gateway_rejected' })
    expect(standIn.book().refunds).toEqual([])
  })

  it('that the bank returns counts no longer', async () => {
    const { gateway, standIn, clock, news } = stripe()
    await gateway.charge(charge)
    await gateway.refund(refund('r1', 5_000))
    news()
    expect(standIn.failRefund('pay_1/r1', clock.now)).toBe(true)
    expect(standIn.failRefund('pay_1/r1', clock.now)).toBe(false)
    expect(standIn.book().refunds).toMatchObject([{ key: 'pay_1/r1', succeeded: false }])
    expect(news()).toMatchObject([{ refundId: 'r1', result: { status: 'failed', code: 'refund_failed' } }])
    expect(await gateway.refund(refund('r1', 5_000))).toMatchObject({ status: 'failed' })
    expect(await gateway.refund(refund('r2', 5_000))).toMatchObject({ status: 'succeeded' })
  })

  it('is returned by itself for a card that takes none', async () => {
    const { gateway, standIn, wait, news, clock } = stripe()
    await gateway.charge({ ...charge, paymentMethod: 'pm_card_refundFail' })
    expect(standIn.nextAt()).toBeNull()
    expect(await gateway.refund(refund('r1', 5_000))).toMatchObject({ status: 'succeeded' })
    expect(standIn.nextAt()).toBe(clock.now + BANK_MS)
    news()
    wait(BANK_MS)
    expect(news()).toMatchObject([{ refundId: 'r1', result: { status: 'failed' } }])
    expect(standIn.nextAt()).toBeNull()
  })

  it('waits for a slow bank, and holds its part of the charge meanwhile', async () => {
    const { gateway, wait, news } = stripe()
    await gateway.charge({ ...charge, paymentMethod: 'pm_card_pendingRefund' })
    news()
    const pending = { kind: 'unknown_outcome', code: 'refund_pending' }
    await expect(gateway.refund(refund('r1', 5_000))).rejects.toMatchObject(pending)
    expect(await gateway.refund(refund('r2', 1))).toMatchObject(ceiling)
    expect(news()).toEqual([])
    wait(BANK_MS)
    expect(await gateway.refund(refund('r1', 5_000))).toMatchObject({ status: 'succeeded' })
    expect(news()).toMatchObject([{ refundId: 'r1', result: { status: 'succeeded' } }])
  })

  it('at the dashboard has no key of Petrel, and the same ceiling', async () => {
    const { gateway, standIn, clock, news } = stripe()
    expect(standIn.refundAtDashboard('pay_1', 1, clock.now)).toBeNull()
    await gateway.charge(charge)
    news()
    expect(standIn.refundAtDashboard('pay_1', 2_000, clock.now)).toBe('re_1')
    expect(standIn.refundAtDashboard('pay_1', 3_001, clock.now)).toBeNull()
    expect(news()).toMatchObject([
      {
        about: 'outside_refund',
        paymentIntentId: 'pi_1',
        gatewayRefundId: 're_1',
        amount: { amount: 2_000 },
      },
    ])
    expect(standIn.book().refunds).toMatchObject([{ chargeKey: 'pay_1', key: 're_1', amount: 2_000 }])
  })
})

describe('a dispute', () => {
  it.each([
    ['won', { status: 'succeeded' }],
    ['lost', { status: 'failed', code: 'charge_disputed' }],
  ] as const)('stops refunds, until it is %s', async (outcome, after) => {
    const { gateway, standIn, clock, news } = stripe()
    expect(standIn.dispute('pay_1', clock.now)).toBeNull()
    await gateway.charge(charge)
    news()
    expect(standIn.dispute('pay_1', clock.now)).toBe('dp_1')
    expect(standIn.dispute('pay_1', clock.now)).toBeNull()
    expect(await gateway.refund(refund('r1', 1))).toMatchObject({ code: 'charge_disputed' })
    expect(standIn.closeDispute('dp_1', outcome, clock.now)).toBe(true)
    expect(standIn.closeDispute('dp_1', outcome, clock.now)).toBe(false)
    const about = { about: 'dispute', disputeId: 'dp_1', paymentIntentId: 'pi_1', amount: charge.amount }
    expect(news()).toMatchObject([
      { ...about, status: 'open' },
      { ...about, status: outcome },
    ])
    expect(await gateway.refund(refund('r2', 1))).toMatchObject(after)
  })

  it('that was lost can be reinstated', async () => {
    const { gateway, standIn, clock, news } = stripe()
    await gateway.charge({ ...charge, paymentMethod: 'pm_card_createDispute' })
    expect(standIn.reinstate('dp_1', clock.now)).toBe(false)
    standIn.closeDispute('dp_1', 'lost', clock.now)
    expect(standIn.reinstate('dp_1', clock.now)).toBe(true)
    expect(standIn.reinstate('dp_1', clock.now)).toBe(false)
    expect(news().flatMap((one) => ('status' in one ? [one.status] : []))).toEqual([
      'open',
      'lost',
      'reinstated',
    ])
  })

  it('that is an inquiry only stops nothing', async () => {
    const { gateway, standIn, clock, news } = stripe()
    await gateway.charge({ ...charge, paymentMethod: 'pm_card_createDisputeInquiry' })
    expect(await gateway.refund(refund('r1', 1))).toMatchObject({ status: 'succeeded' })
    standIn.closeDispute('dp_1', 'lost', clock.now)
    expect(news().flatMap((one) => ('status' in one ? [one.status] : []))).toEqual([
      'inquiry',
      'inquiry_closed',
    ])
  })
})
