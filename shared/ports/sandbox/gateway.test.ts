import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChargeRequest, RefundRequest } from '../payment-gateway.ts'
import {
  aftermathOf,
  answerCharge,
  inspectMethod,
  type SandboxRefund,
  sandboxMethods,
  takeCharge,
  takeRefund,
} from './gateway.ts'

const usd = (minor: number) => ({ amount: minor, currency: 'USD' })
const request: ChargeRequest = {
  key: 'pay_1',
  amount: usd(5_000),
  paymentMethod: 'pm_card_visa',
  orderId: 'ord_1',
}
const succeeded = { status: 'succeeded', chargeId: 'ch_pay_1', gateway: 'sandbox', cardCountry: 'US' }

describe('a charge', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_authenticationRequired', 'authentication_required'],
    ['pm_card_chargeDeclinedExpiredCard', 'expired_card'],
    ['pm_card_chargeDeclinedIncorrectCvc', 'incorrect_cvc'],
    ['pm_card_chargeDeclinedProcessingError', 'processing_error'],
    ['pm_card_radarBlock', 'fraud_blocked'],
    ['pm_card_mastercard_of_nobody', 'unknown_payment_method'],
    ['toString', 'unknown_payment_method'],
  ])('with %s fails with %s', (paymentMethod, code) => {
    expect(takeCharge(null, { ...request, paymentMethod }).answer).toMatchObject({ status: 'failed', code })
  })
  it('with pm_card_visa succeeds', () => {
    expect(takeCharge(null, request).answer).toEqual(succeeded)
  })
  it.each([
    ['pm_card_mastercard', 'US'],
    ['pm_card_amex', 'US'],
    ['pm_card_us', 'US'],
    ['pm_card_gb', 'GB'],
    ['pm_card_de', 'DE'],
    ['pm_card_fr', 'FR'],
    ['pm_card_jp', 'JP'],
    ['pm_card_br', 'BR'],
  ])('with %s succeeds, and tells the country %s of the card', (paymentMethod, cardCountry) => {
    expect(takeCharge(null, { ...request, paymentMethod }).answer).toEqual({ ...succeeded, cardCountry })
    expect(inspectMethod(paymentMethod)).toEqual({ cardCountry })
  })
  it('with pm_sandbox_timeout succeeds, which the third answer tells', () => {
    const timeout = { ...request, paymentMethod: 'pm_sandbox_timeout' }
    const first = takeCharge(null, timeout)
    expect(first.answer).toEqual({ status: 'timed_out' })
    expect(first.entry.result).toEqual(succeeded)
    const second = answerCharge(first.entry)
    expect(second.answer).toEqual({ status: 'timed_out' })
    const third = takeCharge(second.entry, timeout)
    expect(third.answer).toEqual(succeeded)
    expect(answerCharge(third.entry).answer).toEqual(succeeded)
  })
  it('under a known key is answered as before, whatever the method', () => {
    for (const paymentMethod of sandboxMethods.keys()) {
      const { entry } = takeCharge(null, { ...request, paymentMethod })
      const known = { ...entry, lostAnswers: 0 }
      expect(takeCharge(known, known.request)).toEqual({ entry: known, answer: known.result })
    }
  })
  it.each([
    ['amount', { amount: usd(5_001) }],
    ['currency', { amount: { amount: 5_000, currency: 'EUR' } }],
    ['method', { paymentMethod: 'pm_card_chargeDeclined' }],
    ['order', { orderId: 'ord_2' }],
  ])('under a known key is rejected with another %s, and changes nothing', (_, other) => {
    const { entry } = takeCharge(null, request)
    const again = takeCharge(entry, { ...request, ...other })
    expect(again.answer).toMatchObject({ status: 'rejected', code: 'key_reused' })
    expect(again.entry).toBe(entry)
  })
})

describe('a refund', () => {
  const charge = takeCharge(null, request).entry
  const refund = (key: string, minor: number, other: Partial<RefundRequest> = {}): RefundRequest => ({
    key,
    chargeKey: 'pay_1',
    chargeId: 'ch_pay_1',
    amount: usd(minor),
    ...other,
  })
  const given = (key: string, minor: number): SandboxRefund => ({
    request: refund(key, minor),
    result: { status: 'succeeded', gatewayRefundId: `re_${key}` },
    failsLater: false,
  })

  it('gives back a part of a charge', () => {
    const { entry, answer } = takeRefund(charge, [], refund('r1', 2_000))
    expect(answer).toEqual({ status: 'succeeded', gatewayRefundId: 're_r1' })
    expect(entry).toEqual(given('r1', 2_000))
  })
  it('may give back exactly what is left, and fails beyond it', () => {
    const before = [given('r1', 2_000)]
    expect(takeRefund(charge, before, refund('r2', 3_000)).answer).toMatchObject({ status: 'succeeded' })
    expect(takeRefund(charge, before, refund('r2', 3_001)).answer).toMatchObject({
      status: 'failed',
      code: 'charge_exceeded',
    })
  })
  it('that failed leaves the charge as it was', () => {
    const { entry } = takeRefund(charge, [], refund('r1', 5_001))
    if (!entry) throw new Error('a failed refund is kept')
    expect(takeRefund(charge, [entry], refund('r2', 5_000)).answer).toMatchObject({ status: 'succeeded' })
  })
  it('under a known key is answered as before, even when more has become possible', () => {
    const failed = takeRefund(charge, [given('r1', 5_000)], refund('r2', 1))
    if (!failed.entry) throw new Error('a failed refund is kept')
    expect(takeRefund(charge, [failed.entry], refund('r2', 1)).answer).toEqual(failed.answer)
    expect(takeRefund(charge, [given('r1', 5_000)], refund('r1', 5_000))).toEqual({
      entry: given('r1', 5_000),
      answer: given('r1', 5_000).result,
    })
  })
  it.each([
    ['amount', { amount: usd(2_001) }],
    ['currency', { amount: { amount: 2_000, currency: 'EUR' } }],
    ['charge', { chargeId: 'ch_other' }],
  ])('under a known key is rejected with another %s', (_, other) => {
    const { answer } = takeRefund(charge, [given('r1', 2_000)], refund('r1', 2_000, other))
    expect(answer).toMatchObject({ status: 'rejected', code: 'key_reused' })
  })
  it('is rejected without a charge that took money', () => {
    const declined = takeCharge(null, { ...request, paymentMethod: 'pm_card_chargeDeclined' }).entry
    const rejected = { entry: null, answer: { status: 'rejected', code: 'charge_not_found' } }
    expect(takeRefund(null, [], refund('r1', 1))).toMatchObject(rejected)
    expect(takeRefund(declined, [], refund('r1', 1))).toMatchObject(rejected)
    expect(takeRefund(charge, [], refund('r1', 1, { chargeId: 'ch_other' }))).toMatchObject(rejected)
  })
  it('is rejected in another currency', () => {
    const { answer } = takeRefund(charge, [], refund('r1', 1, { amount: { amount: 1, currency: 'EUR' } }))
    expect(answer).toMatchObject({ status: 'rejected', code: 'currency_mismatch' })
  })
  it('never makes the refunds more than the charge', () => {
    const asked = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
      minor: fc.integer({ min: 0, max: 5_500 }),
    })
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 30 }), (all) => {
        const ledger = new Map<string, SandboxRefund>()
        for (const { key, minor } of all) {
          const { entry } = takeRefund(charge, [...ledger.values()], refund(key, minor))
          if (entry) ledger.set(key, entry)
          const out = [...ledger.values()]
            .filter(({ result }) => result.status === 'succeeded')
            .reduce((total, kept) => total + kept.request.amount.amount, 0)
          expect(out).toBeLessThanOrEqual(5_000)
        }
      }),
    )
  })
})

describe('what is told of a method without a charge', () => {
  it('is the country of the card, also of one that will be declined', () => {
    expect(inspectMethod('pm_card_visa')).toEqual({ cardCountry: 'US' })
    expect(inspectMethod('pm_card_chargeDeclined')).toEqual({ cardCountry: 'US' })
  })
  it('is nothing of one that the sandbox does not know', () => {
    expect(inspectMethod('pm_card_of_nobody')).toEqual({})
    expect(inspectMethod('toString')).toEqual({})
  })
})

describe('the aftermath', () => {
  const refundOf = (key: string): RefundRequest => ({
    key,
    chargeKey: 'pay_1',
    chargeId: 'ch_pay_1',
    amount: usd(2_000),
  })

  it('of an ordinary charge and its refund is nothing', () => {
    const { entry: charge } = takeCharge(null, request)
    const { entry: refund } = takeRefund(charge, [], refundOf('pay_1/r1'))
    if (!refund) throw new Error('a refund is kept')
    expect(aftermathOf([charge], [refund])).toEqual({ charges: [], refunds: [], notices: [] })
  })
  it('of pm_card_createDispute is a dispute, told once', () => {
    const { entry, answer } = takeCharge(null, { ...request, paymentMethod: 'pm_card_createDispute' })
    expect(answer).toEqual(succeeded)
    const after = aftermathOf([entry], [])
    expect(after).toEqual({
      charges: [{ ...entry, dispute: 'told' }],
      refunds: [],
      notices: [
        {
          type: 'dispute',
          chargeKey: 'pay_1',
          disputeId: 'dp_pay_1',
          reason: 'fraudulent',
          amount: usd(5_000),
          status: 'open',
        },
      ],
    })
    expect(aftermathOf(after.charges, []).notices).toEqual([])
  })
  it('of pm_card_createDisputeInquiry is a question of the bank', () => {
    const { entry } = takeCharge(null, { ...request, paymentMethod: 'pm_card_createDisputeInquiry' })
    expect(aftermathOf([entry], []).notices).toMatchObject([{ type: 'dispute', status: 'inquiry' }])
  })
  it('of pm_card_refundFail is that refunds fail after they have succeeded', () => {
    const { entry: charge } = takeCharge(null, { ...request, paymentMethod: 'pm_card_refundFail' })
    const { entry, answer } = takeRefund(charge, [], refundOf('pay_1/ord_1/end'))
    if (!entry) throw new Error('a refund is kept')
    expect(answer).toMatchObject({ status: 'succeeded' })
    const after = aftermathOf([charge], [entry])
    const result = { status: 'failed', code: 'refund_failed', detail: 'The bank sent the refund back.' }
    expect(after).toEqual({
      charges: [],
      refunds: [{ ...entry, result, failsLater: false }],
      notices: [{ type: 'refund', chargeKey: 'pay_1', refundKey: 'pay_1/ord_1/end', result }],
    })
    expect(aftermathOf([], after.refunds).notices).toEqual([])
    // The money is there again, and the refund stays failed under its key.
    expect(
      takeRefund(charge, after.refunds, { ...refundOf('pay_1/r2'), amount: usd(5_000) }).answer,
    ).toMatchObject({ status: 'succeeded' })
    expect(takeRefund(charge, after.refunds, refundOf('pay_1/ord_1/end')).answer).toEqual(result)
  })
  it('of a refund that failed at once is nothing more', () => {
    const { entry: charge } = takeCharge(null, { ...request, paymentMethod: 'pm_card_refundFail' })
    const { entry } = takeRefund(charge, [], { ...refundOf('pay_1/r1'), amount: usd(5_001) })
    expect(entry).toMatchObject({ result: { code: 'charge_exceeded' }, failsLater: false })
  })
})
