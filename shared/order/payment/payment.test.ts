import { describe, expect, it } from 'vitest'
import type { CommandsOutcome } from '../../core/effect.ts'
import { NOW } from '../../core/specification.fixture.ts'
import { HOUR, type Instant, MINUTE, plus } from '../../core/time.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  cancelled,
  charging,
  confirmed,
  created,
  declined,
  ended,
  HOLD_UNTIL,
  holdDecision,
  over,
  PAYMENT_ID,
  paid,
  paymentFailed,
  paymentHeld,
  paymentReturned,
  paymentStarted,
  refusedBy,
  requested,
  sentBack,
  sold,
  spec,
  stockHeld,
  underWay,
  unpaid,
  usd,
} from '../order.fixture.ts'

const OTHER = 'pay_00000000-0000-7000-8000-00000000000f'
const submit: OrderCommand = { type: 'SubmitPayment', paymentMethod: 'pm_other' }
const submitted = (...outcome: CommandsOutcome): OrderCommand => ({
  type: 'RecordPaymentSubmitted',
  paymentId: PAYMENT_ID,
  outcome,
})
const reports = (
  result: Extract<OrderCommand, { type: 'RecordPayment' }>['result'],
  paymentId = PAYMENT_ID,
): OrderCommand => ({ type: 'RecordPayment', paymentId, result })
const processed = reports({ status: 'processed', amount: usd(2_250) })
/** That another payment may be tried, after so many within the hour. */
const triesDecision = (tries: number) => ({
  policy: 'paymentTriesPolicy',
  rules: [],
  inputs: { tries, limit: 5 },
  outcome: 'allowed',
})
const failed = reports({ status: 'failed', code: 'card_declined', detail: 'The card was declined.' })

describe('another payment', () => {
  it('may be tried after one has failed, while the hold lasts', () => {
    const { state } = spec
      .given(...declined)
      .when(submit)
      .then(
        paymentStarted({
          paymentMethod: 'pm_other',
          attempt: 2,
          decisions: [triesDecision(1), holdDecision()],
        }),
      )
    expect(state).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'pending' })
  })
  it('may be the first of an order that came without a method', () => {
    spec
      .given(...unpaid)
      .when(submit)
      .then(paymentStarted({ paymentMethod: 'pm_other', decisions: [triesDecision(0), holdDecision()] }))
  })
  it('extends a hold that is nearly over', () => {
    const now = plus(NOW, 15 * MINUTE + 1)
    const { state } = spec
      .given(...declined)
      .when(submit, { now })
      .then(
        paymentStarted({
          paymentMethod: 'pm_other',
          attempt: 2,
          holdUntil: plus(now, 30 * MINUTE),
          holdExtended: true,
          decisions: [triesDecision(1), holdDecision('extended')],
        }),
      )
    expect(state?.holdUntil).toBe(plus(now, 30 * MINUTE))
  })
  it('is refused while one is under way', () => {
    spec
      .given(...charging)
      .when(submit)
      .thenRefused('payment_in_progress')
    spec
      .given(...declined, paymentStarted({ paymentId: OTHER, attempt: 2 }))
      .when(submit)
      .thenRefused('payment_in_progress')
  })
  it('is refused before stock is held', () => {
    spec.given(created()).when(submit).thenRefused('order_not_ready')
  })
  it('is refused once the order is confirmed', () => {
    for (const given of [sold, requested, underWay])
      spec
        .given(...given)
        .when(submit)
        .thenRefused('order_not_awaiting_payment')
  })
  it('is refused when the order has ended', () => {
    for (const given of [ended, sentBack])
      spec
        .given(...given)
        .when(submit)
        .thenRefused('order_ended')
  })
  it('is refused after five tries within an hour, and allowed again later', () => {
    const tries = [0, 1, 2, 3, 4].flatMap((index): [OrderEvent, Instant][] => {
      const paymentId = `pay_${index}`
      const data = { paymentId, amount: usd(2_250), code: 'card_declined', detail: 'no', decisions: [] }
      return [
        [paymentStarted({ paymentId, attempt: index + 1 }), NOW],
        [{ type: 'OrderPaymentFailed', data }, NOW],
      ]
    })
    const worn = spec.given(created(), stockHeld({ holdUntil: plus(NOW, 2 * HOUR) }), ...tries)
    const { decision } = worn.when(submit).thenRefused('payment_tries_exceeded')
    expect(decision.refusal?.facts).toEqual({ tries: 5, limit: 5 })
    worn.when(submit, { now: plus(NOW, HOUR) }).thenTypes('OrderPaymentStarted')
  })
})

describe('a payment that could not be requested', () => {
  const gone = refusedBy('inventory', 'MUG', 'reservation_gone')
  const failure: OrderEvent = {
    type: 'OrderPaymentFailed',
    data: {
      paymentId: PAYMENT_ID,
      amount: usd(2_250),
      code: 'reservation_gone',
      detail: 'MUG says no.',
      decisions: [],
    },
  }

  it('because its stock was gone ends the order: there is nothing to charge for', () => {
    const { state } = spec
      .given(...charging)
      .when(submitted(gone))
      .then(
        failure,
        cancelled({
          reason: 'out_of_stock',
          detail: 'The hold on the stock had ended.',
          shortages: [{ sku: 'MUG', requested: 2, available: 0 }],
        }),
      )
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'failed' })
  })
  it('because the payment refused leaves room for another', () => {
    const { state } = spec
      .given(...charging)
      .when(submitted(refusedBy('payment', PAYMENT_ID, 'card_number_rejected')))
      .thenTypes('OrderPaymentFailed')
    expect(state).toMatchObject({ status: 'awaiting_payment', payments: [{ code: 'card_number_rejected' }] })
  })
  it('is recorded for an order that has ended', () => {
    const { state } = spec
      .given(...charging, cancelled())
      .when(submitted(gone))
      .then(failure)
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'failed' })
  })
  it('changes nothing once the result of the payment is recorded, or it was requested', () => {
    spec
      .given(...charging)
      .when(submitted())
      .then()
    for (const given of [declined, sold, ended])
      spec
        .given(...given)
        .when(submitted(gone))
        .then()
  })
})

describe('the result of a payment', () => {
  it('confirms the order that it pays', () => {
    const { state } = spec
      .given(...charging)
      .when(processed)
      .then(paid, confirmed())
    expect(state).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'paid',
      payments: [{ status: 'processed' }],
    })
  })
  it('confirms an order that waited for it', () => {
    spec
      .given(...declined, paymentStarted({ paymentId: OTHER, attempt: 2 }))
      .when(reports({ status: 'processed', amount: usd(2_250) }, OTHER))
      .thenTypes('OrderPaid', 'OrderConfirmed')
  })
  it('makes the order wait for another when it failed; the hold goes on', () => {
    const { state } = spec
      .given(...charging)
      .when(failed)
      .then(paymentFailed)
    expect(state).toMatchObject({
      status: 'awaiting_payment',
      paymentStatus: 'failed',
      payments: [{ status: 'failed', code: 'card_declined' }],
    })
  })
  it('is refunded in full when the order has ended', () => {
    const { state } = spec
      .given(...charging, cancelled())
      .when(processed)
      .then(paymentReturned)
    expect(state).toMatchObject({
      status: 'cancelled',
      paymentStatus: 'paid',
      payments: [{ status: 'returned' }],
    })
  })
  it('ends nothing anew when it failed after the order had ended', () => {
    const { state } = spec
      .given(...charging, cancelled())
      .when(failed)
      .then(paymentFailed)
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'failed' })
  })
  it('changes nothing the second time, or from a payment that is not the order’s', () => {
    for (const given of [sold, declined, [...charging, cancelled(), paymentReturned]])
      for (const command of [processed, failed])
        spec
          .given(...given)
          .when(command)
          .then()
    spec
      .given(...charging)
      .when(reports({ status: 'processed', amount: usd(2_250) }, OTHER))
      .then()
  })
})

it('payments hold the stock for three hours at most', () => {
  let history: [OrderEvent, Instant][] = declined.map((event) => [event, NOW])
  let holdUntil = HOLD_UNTIL
  for (let attempt = 1; attempt <= 12; attempt += 1) {
    // Each at the last moment of the hold that the one before it got.
    const now = plus(holdUntil, -1)
    const { decision, state } = spec
      .given(...history)
      .when(submit, { now })
      .thenTypes('OrderPaymentStarted')
    const [started] = decision.events
    if (!started || !state?.holdUntil) throw new Error('the payment has started')
    if (state.holdUntil === holdUntil) break
    holdUntil = state.holdUntil
    history = [...history, [started, now], [paymentFailed, now]]
  }
  expect(holdUntil).toBe(plus(NOW, 3 * HOUR))
})

describe('an operator', () => {
  const confirm: OrderCommand = { type: 'ConfirmOrder' }

  it('confirms an order that is paid by invoice', () => {
    const { state } = spec
      .given(...unpaid)
      .when(confirm)
      .then(confirmed('operator'))
    expect(state).toMatchObject({ status: 'confirmed', paymentStatus: 'invoiced' })
  })
  it('makes no invoice of a payment that was declined, blocked, held, or is still open', () => {
    const blocked: OrderEvent = { ...paymentFailed, data: { ...paymentFailed.data, code: 'fraud_blocked' } }
    for (const given of [
      declined,
      charging,
      [...charging, blocked],
      [...charging, paymentHeld],
      [...unpaid, paymentStarted()],
      [...unpaid, paymentStarted(), paymentFailed],
      [...unpaid, paymentStarted(), blocked],
    ])
      spec
        .given(...given)
        .when(confirm)
        .thenRefused('order_not_invoice')
  })
  it('cannot before stock is held, or after the end', () => {
    spec
      .given(created({ paymentMethod: undefined }))
      .when(confirm)
      .thenRefused('order_not_ready')
    spec.given(created()).when(confirm).thenRefused('order_not_invoice')
    for (const given of [ended, sentBack])
      spec
        .given(...given)
        .when(confirm)
        .thenRefused('order_ended')
  })
  it('changes nothing about an invoice that is confirmed already, and confirms nothing that was paid', () => {
    spec
      .given(...unpaid, confirmed('operator'))
      .when(confirm)
      .then()
    for (const given of [sold, requested, underWay, over])
      spec
        .given(...given)
        .when(confirm)
        .thenRefused('order_not_invoice')
  })
})

describe('the end of the hold', () => {
  const unpaidInTime = cancelled({
    reason: 'payment_failed',
    detail: 'No payment succeeded while the stock was held.',
  })

  it('ends an unpaid order, even with a payment under way', () => {
    for (const given of [unpaid, declined, charging])
      spec
        .given(...given)
        .when({ type: 'EndHold' })
        .then(unpaidInTime)
  })
  it('changes nothing about one that is confirmed or has ended', () => {
    for (const given of [sold, requested, underWay, ended, sentBack])
      spec
        .given(...given)
        .when({ type: 'EndHold' })
        .then()
  })
})

describe('EndUnpaid', () => {
  it('ends an order whose customer may no longer order, even with a payment under way', () => {
    for (const given of [unpaid, declined, charging])
      for (const reason of ['customer_suspended', 'customer_erased'] as const)
        spec
          .given(...given)
          .when({ type: 'EndUnpaid', reason })
          .then(cancelled({ reason, detail: '' }))
  })
  it('changes nothing about one that is paid for or has ended', () => {
    for (const given of [sold, requested, underWay, ended, sentBack])
      spec
        .given(...given)
        .when({ type: 'EndUnpaid', reason: 'customer_suspended' })
        .then()
  })
})
