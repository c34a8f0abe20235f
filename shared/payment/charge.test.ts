import { describe, expect, it } from 'vitest'
import {
  amount,
  approved,
  ask,
  charged,
  chargeOutcomes,
  failed,
  failedWith,
  held,
  of,
  processed,
  processPayment,
  refunded,
  refundRequested,
  requested,
  screened,
  securityDecision,
  spec,
  suspicion,
  usd,
} from './payment.fixture.ts'

describe('ProcessPayment', () => {
  it('requests a charge, and says by which decision', () => {
    const { state } = spec.given().when(processPayment).then(requested)
    expect(requested).toMatchObject({ data: { decisions: [securityDecision] } })
    expect(state).toEqual({ ...ask, status: 'requested' })
  })
  it('changes nothing when it is repeated for the same order and amount', () => {
    spec.given(requested).when(processPayment).then()
    spec
      .given(...charged)
      .when(processPayment)
      .then()
    spec.given(requested, failed).when(processPayment).then()
    spec.given(requested, held).when(processPayment).then()
  })
  it.each([
    ['order', { orderId: 'ord_2' }, ['other_order']],
    ['amount', { amount: usd(4_999) }, ['amount_mismatch']],
    ['currency', { amount: { amount: 5_000, currency: 'EUR' } }, ['currency_mismatch']],
  ])('is refused when the payment exists for another %s', (_, other, reasons) => {
    const { decision } = spec
      .given(requested)
      .when({ ...processPayment, ...other })
      .thenRefused('payment_exists')
    expect(decision.refusal?.facts).toEqual({ reasons })
  })
  it('is refused for an amount of zero', () => {
    spec
      .given()
      .when({ ...processPayment, amount: usd(0) })
      .thenRefused('nothing_to_charge')
  })
  it('is refused when the token is a card number in disguise, which the refusal does not repeat', () => {
    const { decision } = spec
      .given()
      .when({ ...processPayment, paymentMethod: 'pm_4242424242424242' })
      .thenRefused('card_number_rejected')
    expect(decision.refusal?.facts).toEqual({ reasons: ['card_number'] })
    expect(JSON.stringify(decision)).not.toContain('4242')
  })
})

describe('RecordCharge', () => {
  const record = (outcome: (typeof chargeOutcomes)[keyof typeof chargeOutcomes]) =>
    ({ type: 'RecordCharge', outcome }) as const

  it('records a charge that succeeded', () => {
    const { state } = spec.given(requested, screened).when(record(chargeOutcomes.charged)).then(processed)
    expect(state).toEqual({
      ...ask,
      screening: { score: 0, rules: [] },
      status: 'processed',
      charge: { gateway: 'sandbox', chargeId: 'ch_1', cardCountry: 'US' },
      refunds: [],
    })
  })
  it('records a charge without a card country', () => {
    const value = { status: 'succeeded', chargeId: 'ch_1', gateway: 'sandbox' } as const
    spec
      .given(requested, screened)
      .when({ type: 'RecordCharge', outcome: { ok: true, value } })
      .then({ type: 'PaymentProcessed', data: { ...of, amount, gateway: 'sandbox', chargeId: 'ch_1' } })
  })
  it('records a decline with the score that the payment had', () => {
    const screening = { score: 0, rules: [] }
    const { state } = spec
      .given(requested, screened)
      .when(record(chargeOutcomes.declined))
      .then(failedWith('card_declined', 'No.', screening))
    const failure = { code: 'card_declined', detail: 'No.' }
    expect(state).toEqual({ ...ask, screening, status: 'failed', failure })
  })
  it('records the charge of a payment from before payments were screened', () => {
    spec.given(requested).when(record(chargeOutcomes.declined)).then(failed)
    spec.given(requested).when(record(chargeOutcomes.charged)).then(processed)
  })
  it('records the charge of a payment that was let through', () => {
    const { state } = spec
      .given(requested, held, approved)
      .when(record(chargeOutcomes.charged))
      .then(processed)
    expect(state).toMatchObject({ status: 'processed', screening: suspicion })
  })
  it('records a refusal by the port as a failure', () => {
    spec
      .given(requested, screened)
      .when(record(chargeOutcomes.refused))
      .then(failedWith('card_declined', 'No.', { score: 0, rules: [] }))
  })
  it('changes nothing once the outcome is known', () => {
    spec
      .given(...charged)
      .when(record(chargeOutcomes.declined))
      .then()
    spec.given(requested, failed).when(record(chargeOutcomes.charged)).then()
  })
  it('is refused for an unknown payment', () => {
    spec.given().when(record(chargeOutcomes.charged)).thenRefused('payment_not_found')
  })
})

describe('RecordGatewayCharge', () => {
  const record = (answer: 'charged' | 'declined') =>
    ({ type: 'RecordGatewayCharge', result: chargeOutcomes[answer].value }) as const

  it('may report the outcome before the answer to the charge', () => {
    const reported = spec.given(requested, screened).when(record('charged')).then(processed)
    expect(reported.state?.status).toBe('processed')
    spec
      .given(requested, screened)
      .when(record('declined'))
      .then(failedWith('card_declined', 'No.', { score: 0, rules: [] }))
  })
  it('changes nothing when it is doubled, or comes after the answer', () => {
    for (const answer of ['charged', 'declined'] as const) {
      spec
        .given(...charged)
        .when(record(answer))
        .then()
      spec.given(requested, failed).when(record(answer)).then()
      spec
        .given(...charged, refundRequested('r1', 1), refunded('r1', 1, 1))
        .when(record(answer))
        .then()
    }
  })
})
