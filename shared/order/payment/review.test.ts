import { describe, expect, it } from 'vitest'
import { NOW } from '../../core/specification.fixture.ts'
import { DAY, HOUR, MINUTE, plus } from '../../core/time.ts'
import type { OrderCommand } from '../commands.ts'
import {
  cancelled,
  charging,
  confirmed,
  declined,
  disputed,
  done,
  ended,
  fraudDecision,
  HOLD_UNTIL,
  over,
  PAYMENT_ID,
  paid,
  paymentFailed,
  paymentHeld,
  paymentReturned,
  refunded,
  refusedBy,
  sold,
  spec,
  suspicion,
  underReview,
  usd,
} from '../order.fixture.ts'

const OTHER = 'pay_00000000-0000-7000-8000-00000000000f'
const submit: OrderCommand = { type: 'SubmitPayment', paymentMethod: 'pm_other' }
const tells = (
  result: Extract<OrderCommand, { type: 'RecordPayment' }>['result'],
  paymentId = PAYMENT_ID,
): OrderCommand => ({ type: 'RecordPayment', paymentId, result })
const processed = tells({ status: 'processed', amount: usd(2_250) })

describe('a payment under review', () => {
  const review = tells({ status: 'review', ...suspicion })
  const rejected = tells({ status: 'failed', code: 'review_rejected', detail: 'no', ...suspicion })

  it('makes order and stock wait for an operator', () => {
    const { state } = spec
      .given(...charging)
      .when(review)
      .then(paymentHeld)
    expect(state).toMatchObject({
      status: 'awaiting_payment',
      paymentStatus: 'in_review',
      holdUntil: plus(NOW, DAY),
      payments: [{ status: 'review', ...suspicion }],
    })
  })
  it('is recorded once', () => {
    for (const given of [underReview, sold, declined])
      spec
        .given(...given)
        .when(review)
        .then()
  })
  it('leaves no room for another, nor for an invoice', () => {
    const waiting = spec.given(...underReview)
    waiting.when(submit).thenRefused('payment_in_progress')
    waiting.when({ type: 'ConfirmOrder' }).thenRefused('order_not_invoice')
  })
  it('confirms the order when it was approved', () => {
    const { state } = spec
      .given(...underReview)
      .when(processed)
      .then(paid, confirmed())
    expect(state).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' })
  })
  it('leaves half an hour for another when it was turned down', () => {
    const now = plus(NOW, 20 * HOUR)
    const { state } = spec
      .given(...underReview)
      .when(rejected, { now })
      .then({
        type: 'OrderPaymentFailed',
        data: {
          ...paymentFailed.data,
          code: 'review_rejected',
          detail: 'no',
          holdUntil: plus(now, 30 * MINUTE),
          decisions: [fraudDecision('held_for_review')],
        },
      })
    expect(state).toMatchObject({
      status: 'awaiting_payment',
      paymentStatus: 'failed',
      holdUntil: plus(now, 30 * MINUTE),
    })
  })
  it('ends with the order when it was not reviewed in time', () => {
    const { state } = spec
      .given(...underReview)
      .when({ type: 'EndHold' })
      .thenTypes('OrderCancelled')
    expect(state?.status).toBe('cancelled')
  })
  it('is recorded for an order that has ended, so that it is declined', () => {
    const { state } = spec
      .given(...charging, cancelled())
      .when(review)
      .then(paymentHeld)
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'in_review', holdUntil: HOLD_UNTIL })
    const ended = spec.given(...charging, cancelled(), paymentHeld)
    const { decision, state: after } = ended.when(rejected)
    expect(after).toMatchObject({ status: 'cancelled', paymentStatus: 'failed' })
    // Nobody may try another payment any more.
    expect(decision.events[0]?.data).not.toHaveProperty('holdUntil')
    ended.when(processed).then(paymentReturned)
  })
  it('ends the order when its stock could not be held so long', () => {
    const held: OrderCommand = {
      type: 'RecordHoldExtended',
      outcome: [done('inventory', 'MUG'), refusedBy('inventory', 'PEN', 'reservation_gone')],
    }
    const { state } = spec
      .given(...underReview)
      .when(held)
      .thenTypes('OrderCancelled')
    expect(state?.cancellation).toMatchObject({
      reason: 'out_of_stock',
      shortages: [{ sku: 'PEN', requested: 1, available: 0 }],
    })
    for (const given of [sold, ended, over])
      spec
        .given(...given)
        .when(held)
        .then()
    spec
      .given(...underReview)
      .when({ type: 'RecordHoldExtended', outcome: [done('inventory', 'MUG')] })
      .then()
  })
})

it.each([
  ['refused by fraud detection', 'fraud_blocked', 'blocked', { score: 80, rules: ['velocity'] }],
  ['refused by the gateway as fraud', 'fraud_blocked', 'allowed', { score: 0, rules: [] }],
  ['declined by the bank', 'card_declined', 'allowed', { score: 20, rules: ['card_country'] }],
])('a payment that was %s says what its score was', (_, code, outcome, { score, rules }) => {
  const { state, decision } = spec
    .given(...charging)
    .when(tells({ status: 'failed', code, detail: 'no', score, rules }))
    .thenTypes('OrderPaymentFailed')
  expect(decision.events[0]?.data).toMatchObject({
    decisions: [{ policy: 'fraudDetectionPolicy', rules, inputs: { score }, outcome }],
  })
  expect(state?.payments).toMatchObject([{ code, score, rules }])
})

describe('a dispute', () => {
  const told: OrderCommand = {
    type: 'RecordDispute',
    paymentId: PAYMENT_ID,
    disputeId: 'dp_1',
    amount: usd(2_250),
    reason: 'fraudulent',
  }

  it('is recorded once, whatever the status of the order', () => {
    for (const given of [sold, over, [...sold, cancelled()]]) {
      const { state } = spec
        .given(...given)
        .when(told)
        .then(disputed)
      expect(state).toMatchObject({ paymentStatus: 'disputed', payments: [{ disputed: true }] })
    }
    spec
      .given(...sold, disputed)
      .when(told)
      .then()
  })
  it('may be reported before the charge itself', () => {
    const { state } = spec
      .given(...charging, disputed)
      .when(processed)
      .then(paid, confirmed())
    expect(state).toMatchObject({ status: 'confirmed', paymentStatus: 'disputed' })
  })
  it('stays open after a partial refund, and ends with a full one', () => {
    expect(spec.fold([...sold, disputed, refunded(250)])?.paymentStatus).toBe('disputed')
    expect(spec.fold([...sold, disputed, refunded(2_250)])?.paymentStatus).toBe('refunded')
  })
  it('of a payment that took nothing, or is not the order’s, changes nothing', () => {
    spec
      .given(...declined)
      .when(told)
      .then()
    spec
      .given(...sold)
      .when({ ...told, paymentId: OTHER })
      .then()
  })
})
