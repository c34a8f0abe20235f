import { describe, expect, it } from 'vitest'
import type { Refusal } from '../core/refusal.ts'
import { specification } from '../core/specification.ts'
import { payment } from './aggregate.ts'
import type { PaymentEvent } from './events.ts'
import { paymentRules } from './policies.ts'

const spec = specification(payment, { id: 'pay_1' })
const amount = { amount: 5_000, currency: 'USD' }
const of = { orderId: 'ord_1', customerId: 'cus_1' }
const ask = { ...of, amount, paymentMethod: 'pm_card_visa', attempt: 1 }
const process = { type: 'ProcessPayment', ...ask } as const

const requested: PaymentEvent = { type: 'PaymentRequested', data: ask }
const processed: PaymentEvent = {
  type: 'PaymentProcessed',
  data: { ...of, amount, gateway: 'sandbox', chargeId: 'ch_1', cardCountry: 'US' },
}
const failed: PaymentEvent = {
  type: 'PaymentFailed',
  data: { ...of, amount, code: 'card_declined', detail: 'No.' },
}
const usd = (minor: number) => ({ amount: minor, currency: 'USD' })
const refundRequested = (refundId: string, minor: number): PaymentEvent => ({
  type: 'PaymentRefundRequested',
  data: { ...of, refundId, amount: usd(minor), reason: 'broken' },
})
const refunded = (refundId: string, minor: number, total: number): PaymentEvent => ({
  type: 'PaymentRefunded',
  data: { ...of, refundId, amount: usd(minor), refundedTotal: usd(total), full: total === amount.amount },
})
const refundFailed = (refundId: string, minor: number): PaymentEvent => ({
  type: 'RefundFailed',
  data: { ...of, refundId, amount: usd(minor), code: 'charge_exceeded', detail: 'No.' },
})

const refusal: Refusal = { code: 'card_declined', detail: 'No.' }
const gatewayAnswers = {
  charged: {
    ok: true,
    value: { status: 'succeeded', chargeId: 'ch_1', gateway: 'sandbox', cardCountry: 'US' },
  },
  declined: { ok: true, value: { status: 'failed', code: 'card_declined', detail: 'No.' } },
  refused: { ok: false, refusal },
} as const

describe('ProcessPayment', () => {
  it('requests a charge', () => {
    const { state } = spec.given().when(process).then(requested)
    expect(state?.status).toBe('requested')
  })
  it('changes nothing when it is repeated for the same order and amount', () => {
    spec.given(requested).when(process).then()
    spec.given(requested, processed).when(process).then()
    spec.given(requested, failed).when(process).then()
  })
  it.each([
    ['order', { orderId: 'ord_2' }],
    ['amount', { amount: usd(4_999) }],
    ['currency', { amount: { amount: 5_000, currency: 'EUR' } }],
  ])('is refused when the payment exists for another %s', (_, other) => {
    spec
      .given(requested)
      .when({ ...process, ...other })
      .thenRefused('payment_exists')
  })
  it('is refused for an amount of zero', () => {
    spec
      .given()
      .when({ ...process, amount: usd(0) })
      .thenRefused('nothing_to_charge')
  })
  it('is refused when the token is a card number in disguise, which the refusal does not repeat', () => {
    const { decision } = spec
      .given()
      .when({ ...process, paymentMethod: 'pm_4242424242424242' })
      .thenRefused('card_number_rejected')
    expect(decision.refusal?.facts).toEqual({ reasons: ['card_number'] })
    expect(JSON.stringify(decision)).not.toContain('4242')
  })
})

describe('RecordCharge', () => {
  const record = (outcome: (typeof gatewayAnswers)[keyof typeof gatewayAnswers]) =>
    ({ type: 'RecordCharge', outcome }) as const

  it('records a charge that succeeded', () => {
    const { state } = spec.given(requested).when(record(gatewayAnswers.charged)).then(processed)
    expect(state).toEqual({
      ...ask,
      status: 'processed',
      charge: { gateway: 'sandbox', chargeId: 'ch_1', cardCountry: 'US' },
      refunds: [],
    })
  })
  it('records a charge without a card country', () => {
    const value = { status: 'succeeded', chargeId: 'ch_1', gateway: 'sandbox' } as const
    spec
      .given(requested)
      .when({ type: 'RecordCharge', outcome: { ok: true, value } })
      .then({ type: 'PaymentProcessed', data: { ...of, amount, gateway: 'sandbox', chargeId: 'ch_1' } })
  })
  it('records a decline', () => {
    const { state } = spec.given(requested).when(record(gatewayAnswers.declined)).then(failed)
    expect(state).toEqual({ ...ask, status: 'failed', failure: { code: 'card_declined', detail: 'No.' } })
  })
  it('records a refusal by the port as a failure', () => {
    spec.given(requested).when(record(gatewayAnswers.refused)).then(failed)
  })
  it('changes nothing once the outcome is known', () => {
    spec.given(requested, processed).when(record(gatewayAnswers.declined)).then()
    spec.given(requested, failed).when(record(gatewayAnswers.charged)).then()
  })
  it('is refused for an unknown payment', () => {
    spec.given().when(record(gatewayAnswers.charged)).thenRefused('payment_not_found')
  })
})

describe('RefundPayment', () => {
  const refund = (refundId: string, minor?: number) =>
    ({ type: 'RefundPayment', refundId, reason: 'broken', ...(minor && { amount: minor }) }) as const

  it('requests a partial refund', () => {
    spec.given(requested, processed).when(refund('r1', 2_000)).then(refundRequested('r1', 2_000))
  })
  it('refunds all that is left when no amount is given', () => {
    spec.given(requested, processed).when(refund('r1')).then(refundRequested('r1', 5_000))
    spec
      .given(requested, processed, refundRequested('r1', 2_000), refunded('r1', 2_000, 2_000))
      .when(refund('r2'))
      .then(refundRequested('r2', 3_000))
  })
  it('counts refunds that are still under way', () => {
    const pending = spec.given(requested, processed, refundRequested('r1', 2_000))
    const { decision } = pending.when(refund('r2', 3_001)).thenRefused('refund_exceeds_charge')
    expect(decision.refusal?.facts).toEqual({ refundable: usd(3_000) })
    pending.when(refund('r2', 3_000)).then(refundRequested('r2', 3_000))
  })
  it('may use again what a failed refund had asked for', () => {
    spec
      .given(requested, processed, refundRequested('r1', 5_000), refundFailed('r1', 5_000))
      .when(refund('r2'))
      .then(refundRequested('r2', 5_000))
  })
  it('is refused when nothing is left', () => {
    const pending = spec.given(requested, processed, refundRequested('r1', 5_000))
    pending.when(refund('r2')).thenRefused('nothing_to_refund')
    const all = spec.given(requested, processed, refundRequested('r1', 5_000), refunded('r1', 5_000, 5_000))
    all.when(refund('r2')).thenRefused('nothing_to_refund')
    const { decision } = all.when(refund('r2', 1)).thenRefused('refund_exceeds_charge')
    expect(decision.refusal?.facts).toEqual({ refundable: usd(0) })
  })
  it('changes nothing under the same refund id, whatever became of that refund', () => {
    const asked = [requested, processed, refundRequested('r1', 5_000)]
    spec
      .given(...asked)
      .when(refund('r1'))
      .then()
    spec
      .given(...asked, refunded('r1', 5_000, 5_000))
      .when(refund('r1', 5_000))
      .then()
    spec
      .given(...asked, refundFailed('r1', 5_000))
      .when(refund('r1'))
      .then()
  })
  it('is refused when no money was taken', () => {
    spec.given(requested).when(refund('r1')).thenRefused('payment_not_processed')
    spec.given(requested, failed).when(refund('r1')).thenRefused('payment_not_processed')
    spec.given().when(refund('r1')).thenRefused('payment_not_found')
  })
  it('is refused when its reason holds a card number', () => {
    spec
      .given(requested, processed)
      .when({ ...refund('r1', 1), reason: 'was 4242 4242 4242 4242' })
      .thenRefused('card_number_rejected')
  })
  it('is refused beyond the number of refunds that are remembered', () => {
    const { mostPerPayment } = paymentRules.refunds
    const refunds = (count: number) =>
      Array.from({ length: count }, (_, index) => [
        refundRequested(`r${index}`, 1),
        refundFailed(`r${index}`, 1),
      ]).flat()
    spec
      .given(requested, processed, ...refunds(mostPerPayment - 1))
      .when(refund('last', 1))
      .thenTypes('PaymentRefundRequested')
    spec
      .given(requested, processed, ...refunds(mostPerPayment))
      .when(refund('more', 1))
      .thenRefused('too_many_refunds')
  })
})

describe('RecordRefund', () => {
  const record = (refundId: string, answer: 'given' | 'declined' | 'refused') => {
    const outcome =
      answer === 'given'
        ? ({ ok: true, value: { status: 'succeeded', gatewayRefundId: 're_1' } } as const)
        : answer === 'declined'
          ? ({ ok: true, value: { status: 'failed', code: 'charge_exceeded', detail: 'No.' } } as const)
          : ({ ok: false, refusal: { code: 'charge_exceeded', detail: 'No.' } } as const)
    return { type: 'RecordRefund', refundId, outcome } as const
  }
  const asked = [requested, processed, refundRequested('r1', 2_000), refundRequested('r2', 3_000)]

  it('tells the total that was given back', () => {
    const part = spec.given(...asked).when(record('r2', 'given'))
    part.then(refunded('r2', 3_000, 3_000))
    expect(part.state?.status).toBe('partially_refunded')
  })
  it('tells when all was given back', () => {
    const all = spec.given(...asked, refunded('r2', 3_000, 3_000)).when(record('r1', 'given'))
    all.then(refunded('r1', 2_000, 5_000))
    expect(all.state?.status).toBe('refunded')
  })
  it('records a failed refund, and a refusal by the port as one', () => {
    const declined = spec.given(...asked).when(record('r1', 'declined'))
    declined.then(refundFailed('r1', 2_000))
    expect(declined.state?.status).toBe('processed')
    spec
      .given(...asked)
      .when(record('r1', 'refused'))
      .then(refundFailed('r1', 2_000))
  })
  it('keeps a partly refunded payment as it was when a further refund fails', () => {
    const { state } = spec.given(...asked, refunded('r2', 3_000, 3_000)).when(record('r1', 'declined'))
    expect(state?.status).toBe('partially_refunded')
  })
  it('changes nothing once the outcome is known', () => {
    spec
      .given(...asked, refunded('r1', 2_000, 2_000))
      .when(record('r1', 'declined'))
      .then()
    spec
      .given(...asked, refundFailed('r1', 2_000))
      .when(record('r1', 'given'))
      .then()
  })
  it('is refused for a refund that was never requested', () => {
    spec
      .given(...asked)
      .when(record('r3', 'given'))
      .thenRefused('refund_not_found')
    spec.given(requested).when(record('r1', 'given')).thenRefused('refund_not_found')
    spec.given().when(record('r1', 'given')).thenRefused('payment_not_found')
  })
})
