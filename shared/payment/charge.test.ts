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
  refunded,
  refundRequested,
  requested,
  screened,
  spec,
  suspicion,
} from './payment.fixture.ts'

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
