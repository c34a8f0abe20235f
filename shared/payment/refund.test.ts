import { describe, expect, it } from 'vitest'
import {
  charged,
  disputed,
  failed,
  held,
  refund,
  refunded,
  refundFailed,
  refundOutcomes,
  refundRequested,
  requested,
  requestedBy,
  screened,
  spec,
  usd,
} from './payment.fixture.ts'
import { paymentRules } from './policies.ts'

describe('RefundPayment', () => {
  const whole = spec.given(...charged)

  it('requests a partial refund, and says by which decision', () => {
    whole.when(refund('r1', { amount: 2_000 })).then(requestedBy(['amount'], 5_000, 'r1', 2_000))
  })
  it('refunds all that is left when nothing is named', () => {
    whole.when(refund('r1')).then(requestedBy(['remainder'], 5_000, 'r1', 5_000))
    // Whoever only says what is not to go back does not get everything back.
    whole.when(refund('r1', { shipping: false })).thenRefused('refund_invalid')
    spec
      .given(...charged, refundRequested('r1', 2_000), refunded('r1', 2_000, 2_000))
      .when(refund('r2'))
      .then(requestedBy(['remainder'], 3_000, 'r2', 3_000))
  })
  it('keeps nothing of what staff write once the customer is erased', () => {
    const erased = spec.given(...charged).when({ type: 'ErasePersonalData' }).decision.events
    const { decision } = spec
      .given(...charged, ...erased)
      .when({ ...refund('r1'), reason: 'Ada Lovelace called' })
      .thenTypes('PaymentRefundRequested')
    expect(decision.events[0]?.data).toMatchObject({ reason: 'free_text' })
  })
  it('counts refunds that are still under way', () => {
    const pending = spec.given(...charged, refundRequested('r1', 2_000))
    const { decision } = pending.when(refund('r2', { amount: 3_001 })).thenRefused('refund_exceeds_charge')
    expect(decision.refusal?.facts).toEqual({ refundable: usd(3_000) })
    pending.when(refund('r2', { amount: 3_000 })).then(requestedBy(['amount'], 3_000, 'r2', 3_000))
  })
  it('may use again what a failed refund had asked for', () => {
    spec
      .given(...charged, refundRequested('r1', 5_000), refundFailed('r1', 5_000))
      .when(refund('r2'))
      .then(requestedBy(['remainder'], 5_000, 'r2', 5_000))
  })
  it('is refused when nothing is left', () => {
    const pending = spec.given(...charged, refundRequested('r1', 5_000))
    pending.when(refund('r2')).thenRefused('nothing_to_refund')
    const all = spec.given(...charged, refundRequested('r1', 5_000), refunded('r1', 5_000, 5_000))
    all.when(refund('r2')).thenRefused('nothing_to_refund')
    const { decision } = all.when(refund('r2', { amount: 1 })).thenRefused('refund_exceeds_charge')
    expect(decision.refusal?.facts).toEqual({ refundable: usd(0) })
  })
  it('changes nothing under the same refund id, whatever became of that refund', () => {
    const asked = [...charged, refundRequested('r1', 5_000)]
    for (const history of [
      asked,
      [...asked, refunded('r1', 5_000, 5_000)],
      [...asked, refundFailed('r1', 5_000)],
      [...asked, disputed],
    ])
      spec
        .given(...history)
        .when(refund('r1'))
        .then()
  })
  it('is refused when no money was taken', () => {
    for (const history of [[requested], [requested, screened], [requested, held], [requested, failed]])
      spec
        .given(...history)
        .when(refund('r1'))
        .thenRefused('payment_not_processed')
    spec.given().when(refund('r1')).thenRefused('payment_not_found')
  })
  it('is refused while the bank decides on a dispute', () => {
    const { decision } = spec
      .given(...charged, disputed)
      .when(refund('r1', { amount: 1 }))
      .thenRefused('payment_disputed')
    expect(decision.refusal?.facts).toEqual({ disputeId: 'dp_1' })
  })
  it('is refused when its reason holds a card number', () => {
    whole
      .when(refund('r1', { amount: 1, reason: 'was 4242 4242 4242 4242' }))
      .thenRefused('card_number_rejected')
  })
  it('is refused beyond the number of refunds that are remembered', () => {
    const { maxPerPayment } = paymentRules.refunds
    const refunds = (count: number) =>
      Array.from({ length: count }, (_, index) => [
        refundRequested(`r${index}`, 1),
        refundFailed(`r${index}`, 1),
      ]).flat()
    spec
      .given(...charged, ...refunds(maxPerPayment - 1))
      .when(refund('last', { amount: 1 }))
      .thenTypes('PaymentRefundRequested')
    spec
      .given(...charged, ...refunds(maxPerPayment))
      .when(refund('more', { amount: 1 }))
      .thenRefused('too_many_refunds')
  })
})

describe('RefundRemainder', () => {
  const remainder = { type: 'RefundRemainder', refundId: 'end', reason: 'broken' } as const

  it('refunds all that is left', () => {
    spec
      .given(...charged, refundRequested('r1', 2_000))
      .when(remainder)
      .then(requestedBy(['remainder'], 3_000, 'end', 3_000))
  })
  it('changes nothing when nothing is left', () => {
    for (const history of [
      [...charged, refundRequested('r1', 5_000)],
      [...charged, refundRequested('r1', 5_000), refunded('r1', 5_000, 5_000)],
      [requested, failed],
    ])
      spec
        .given(...history)
        .when(remainder)
        .then()
  })
  it('changes nothing when it is repeated, whatever became of that refund', () => {
    const asked = [...charged, refundRequested('end', 4_000)]
    spec
      .given(...asked)
      .when(remainder)
      .then()
    spec
      .given(...asked, refundFailed('end', 4_000))
      .when(remainder)
      .then()
  })
  it('leaves a disputed payment to the bank', () => {
    spec
      .given(...charged, disputed)
      .when(remainder)
      .then()
  })
  it('is refused while the outcome of the charge is not known', () => {
    spec.given(requested, screened).when(remainder).thenRefused('payment_not_processed')
    spec.given(requested, held).when(remainder).thenRefused('payment_not_processed')
    spec.given().when(remainder).thenRefused('payment_not_found')
  })
})

describe('RecordRefund', () => {
  const record = (refundId: string, answer: keyof typeof refundOutcomes) =>
    ({ type: 'RecordRefund', refundId, outcome: refundOutcomes[answer] }) as const
  const asked = [...charged, refundRequested('r1', 2_000), refundRequested('r2', 3_000)]

  it('reports the refunded total', () => {
    const part = spec.given(...asked).when(record('r2', 'given'))
    part.then(refunded('r2', 3_000, 3_000))
    expect(part.state?.status).toBe('partially_refunded')
  })
  it('reports a full refund', () => {
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

describe('RecordGatewayRefund', () => {
  const record = (answer: 'given' | 'declined', refundId = 'r1') =>
    ({ type: 'RecordGatewayRefund', refundId, result: refundOutcomes[answer].value }) as const
  const asked = [...charged, refundRequested('r1', 2_000)]

  it('may report the outcome before the answer to the refund', () => {
    spec
      .given(...asked)
      .when(record('given'))
      .then(refunded('r1', 2_000, 2_000))
    spec
      .given(...asked)
      .when(record('declined'))
      .then(refundFailed('r1', 2_000))
  })
  it('changes nothing when it is doubled, or comes after the answer', () => {
    spec
      .given(...asked, refunded('r1', 2_000, 2_000))
      .when(record('given'))
      .then()
    spec
      .given(...asked, refundFailed('r1', 2_000))
      .when(record('declined'))
      .then()
  })
  it('may report that the bank returned a successful refund; its amount can be refunded again', () => {
    const { state } = spec
      .given(...asked, refunded('r1', 2_000, 2_000))
      .when(record('declined'))
      .then(refundFailed('r1', 2_000))
    expect(state?.status).toBe('processed')
    const history = [...asked, refunded('r1', 2_000, 2_000), refundFailed('r1', 2_000)]
    const again = spec.given(...history)
    again.when(refund('r2')).then(requestedBy(['remainder'], 5_000, 'r2', 5_000))
    // The success that was overtaken on its way.
    again.when(record('given')).then()
  })
  it('is refused for a refund that was never requested', () => {
    spec
      .given(...asked)
      .when(record('given', 'r3'))
      .thenRefused('refund_not_found')
    spec.given(requested).when(record('given')).thenRefused('refund_not_found')
    spec.given().when(record('given')).thenRefused('payment_not_found')
  })
})
