import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { HOUR, plus } from '../core/time.ts'
import type { ScreeningFacts } from './commands.ts'
import {
  ask,
  charged,
  failed,
  held,
  processPayment,
  requested,
  requestedWith,
  screened,
  securityDecision,
  spec,
  suspicion,
  trusted,
  usd,
} from './payment.fixture.ts'

const withFacts = (value: ScreeningFacts) => ({ ...processPayment, facts: { ok: true, value } }) as const
const hasty: ScreeningFacts = {
  cardCountry: 'GB',
  customer: { accountCreatedAt: plus(NOW, -HOUR), paymentsInWindow: 4, disposableEmail: true },
}

describe('ProcessPayment', () => {
  it('requests a charge, and says by which decision', () => {
    const { state } = spec.given().when(processPayment).then(requested)
    expect(requested).toMatchObject({ data: { decisions: [securityDecision] } })
    expect(state).toEqual({ ...ask, status: 'requested' })
  })
  it('that brings the facts is screened in the same commit, and says why', () => {
    const { state, decision } = spec
      .given()
      .when(withFacts(trusted))
      .thenTypes('PaymentRequested', 'PaymentScreened')
    expect(decision.events[0]).toEqual(requestedWith({ screened: true }))
    expect(decision.events[1]).toMatchObject({
      data: { score: 0, rules: [], decisions: [{ policy: 'fraudDetectionPolicy', outcome: 'allowed' }] },
    })
    expect(state).toEqual({ ...ask, screening: { score: 0, rules: [] }, status: 'requested' })
  })
  it('that brings suspicious facts is held for review, or refused', () => {
    const { state: inReview } = spec
      .given()
      .when(withFacts(hasty))
      .thenTypes('PaymentRequested', 'PaymentHeldForReview')
    expect(inReview).toEqual({ ...ask, screening: suspicion, status: 'review' })
    const { state: blocked } = spec
      .given()
      .when({ ...withFacts(hasty), failedTries: 3 })
      .thenTypes('PaymentRequested', 'PaymentFailed')
    expect(blocked).toMatchObject({ status: 'failed', failure: { code: 'fraud_blocked' } })
  })
  it('is judged by what is known of the payment where the facts cannot be had for good', () => {
    const facts = { ok: false, refusal: { code: 'customer_not_found', detail: 'Gone.' } } as const
    const { decision } = spec
      .given()
      .when({ ...processPayment, failedTries: 3, facts })
      .thenTypes('PaymentRequested', 'PaymentScreened')
    expect(decision.events[1]).toMatchObject({ data: { score: 30, rules: ['failed_tries'] } })
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
  it('decides once: no facts that come later contradict it', () => {
    for (const history of [[requested], [requested, screened], charged, [requested, failed]])
      spec
        .given(...history)
        .when(withFacts(hasty))
        .then()
    // Nor do those that a payment of an earlier release has asked for itself.
    const outcome = { ok: true, value: hasty } as const
    spec
      .given(requestedWith({ screened: true }), screened)
      .when({ type: 'RecordScreening', outcome })
      .then()
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
