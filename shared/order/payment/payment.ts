import type { CommandOf, DecisionContext } from '../../core/aggregate.ts'
import { type CommandStep, type Effect, sendInOrder, unschedule } from '../../core/effect.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { earlier, type Instant, plus } from '../../core/time.ts'
import { screeningFacts, toPayment } from '../../payment/commands.ts'
import { askToWait, closePlace } from '../checkout/claims.ts'
import { commitStock, endHoldAt, extendHold, HOLD } from '../checkout/stock.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent, OrderEventOf } from '../events.ts'
import { cancelled, confirmed, paymentStarted, stockGone } from '../facts.ts'
import { chargeabilityPolicy, orderRules, paymentTriesPolicy } from '../policies.ts'
import { refuse } from '../refusals.ts'
import {
  changed,
  hasEnded,
  inCurrencyOf,
  isInvoice,
  isUnpaid,
  type Order,
  type OrderFeature,
  type OrderPayment,
  openPayment,
  paymentOf,
  wasCharged,
  withPayments,
} from '../state.ts'
import { ownRefundId, refundRemainder } from './refund.ts'
import { type FraudVerdict, fraudDecision, heldForReview } from './review.ts'

/**
 * The payment of an order, while its stock is held: charged, reviewed by an operator or invoiced. The order is
 * confirmed by it, or ends with the hold.
 */
export const payment = {
  evolve: {
    OrderPaymentStarted: started,
    OrderPaymentFailed: failed,
    OrderPaid: (state, { paymentId }) =>
      withPayments(state, changed(state.payments, paymentId, { status: 'processed' })),
    OrderPaymentReturned: (state, { paymentId }) =>
      withPayments(state, changed(state.payments, paymentId, { status: 'returned' })),
    OrderConfirmed: (state, { by }) => {
      if (state.payments.some(wasCharged)) return { ...state, status: 'confirmed' }
      const paymentStatus = by === 'operator' ? 'invoiced' : 'not_required'
      return { ...state, status: 'confirmed', paymentStatus }
    },
  },
  decide: {
    SubmitPayment: submitPayment,
    RecordPaymentSubmitted: recordPaymentSubmitted,
    RecordPayment: recordPayment,
    ConfirmOrder: (_, state) => confirmOrder(state),
    EndHold: (_, state) => endHold(state),
    EndUnpaid: endUnpaid,
  },
  react: {
    OrderPaymentStarted: (data, state, { id }) => startPayment(data, state, id),
    OrderPaymentFailed: ({ holdUntil }, state, { id }) => [
      ...(holdUntil === undefined ? [] : [endHoldAt(holdUntil)]),
      ...askToWait(state, id),
    ],
    OrderPaymentReturned: ({ paymentId }, _, { id }) => [
      refundRemainder(paymentId, ownRefundId(id), 'order_ended'),
    ],
    OrderConfirmed: (_, state, { id }) => [
      unschedule(HOLD),
      commitStock(state, id),
      closePlace(state, id, 'confirmed'),
    ],
  },
} satisfies OrderFeature

function started(
  state: Order,
  { paymentId, amount, attempt, holdUntil }: OrderEventOf<'OrderPaymentStarted'>['data'],
  at: Instant,
): Order {
  const payment: OrderPayment = {
    id: paymentId,
    status: 'pending',
    amount: amount.amount,
    refunds: [],
    refunded: 0,
    disputed: false,
    disputes: [],
    attempt,
    startedAt: at,
    retries: 0,
    abandoned: false,
  }
  return { ...state, holdUntil, paymentStatus: 'pending', payments: [...state.payments, payment] }
}

function failed(
  state: Order,
  { paymentId, code, holdUntil, decisions }: OrderEventOf<'OrderPaymentFailed'>['data'],
): Order {
  const fraud = decisions.find(({ policy }) => policy === 'fraudDetectionPolicy')
  const payments = changed(state.payments, paymentId, {
    status: 'failed',
    code,
    ...(fraud && { score: scoreOf(fraud.inputs), rules: fraud.rules }),
  })
  const unpaid = { ...state, payments, paymentStatus: 'failed' } as const
  if (hasEnded(state)) return unpaid
  return { ...unpaid, status: 'awaiting_payment', ...(holdUntil !== undefined && { holdUntil }) }
}

function scoreOf({ score }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof score === 'number' ? score : undefined
}

/**
 * Another payment while the order waits for one. Refuses with `order_ended`, `order_not_ready`,
 * `order_not_awaiting_payment`, `payment_in_progress`, `payment_not_chargeable` or `payment_tries_exceeded`.
 */
function submitPayment(
  command: CommandOf<OrderCommand, 'SubmitPayment'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (openPayment(state)) return refuse('payment_in_progress', 'A payment for this order is under way.')
  if (state.status === 'pending') return refuse('order_not_ready', 'Stock is not held for this order yet.')
  const { holdUntil } = state
  if (state.status !== 'awaiting_payment' || holdUntil === undefined)
    return refuse('order_not_awaiting_payment', `The order is ${state.status}.`)
  if (command.chargeRule !== undefined) {
    const errors = chargeabilityPolicy(inCurrencyOf(state, state.pricing.total), command.chargeRule)
    if (errors.length > 0)
      return refuse('payment_not_chargeable', errors.map(({ detail }) => detail).join(' '), {
        errors: errors.map((error) => ({ ...error, pointer: '/paymentMethod' })),
      })
  }
  const { allowed, tries } = paymentTriesPolicy(state.payments, context.now)
  if (!allowed)
    return refuse('payment_tries_exceeded', `${tries} payments were tried within the last hour.`, {
      tries,
      limit: orderRules.maxPaymentTries,
    })
  const { paymentMethod } = command
  const paymentId = context.newId('pay')
  const decisions = [
    {
      policy: 'paymentTriesPolicy',
      rules: [],
      inputs: { tries, limit: orderRules.maxPaymentTries },
      outcome: 'allowed',
    },
  ]
  return accept(paymentStarted(state, { paymentId, paymentMethod, holdUntil, now: context.now, decisions }))
}

/**
 * The payment could not be requested. If the stock is gone, the order ends: another payment would charge for
 * unavailable goods.
 */
function recordPaymentSubmitted(
  command: CommandOf<OrderCommand, 'RecordPaymentSubmitted'>,
  state: Order,
): Decision<OrderEvent> {
  const refused = command.outcome.find((step) => !step.ok)
  if (!refused || openPayment(state)?.id !== command.paymentId) return accept()
  const { code, detail } = refused.refusal
  const amount = inCurrencyOf(state, state.pricing.total)
  const failed: OrderEvent = {
    type: 'OrderPaymentFailed',
    data: { paymentId: command.paymentId, amount, code, detail, decisions: [] },
  }
  if (refused.to.kind !== 'inventory' || hasEnded(state)) return accept(failed)
  return accept<OrderEvent>(failed, stockGone(state, [refused]))
}

/**
 * The result of a payment. If the order has ended, the payment is refunded in full; while a payment is under review,
 * the order and its stock wait.
 */
function recordPayment(
  command: CommandOf<OrderCommand, 'RecordPayment'>,
  state: Order,
  { now }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId, result } = command
  const payment = paymentOf(state, paymentId)
  if (payment?.status !== 'pending' && payment?.status !== 'review') return accept()
  const amount = inCurrencyOf(state, payment.amount)
  switch (result.status) {
    case 'review':
      return payment.status === 'review' ? accept() : accept(heldForReview(state, payment, result, now))
    case 'failed':
      return accept(paymentFailed(state, payment, result, now))
    case 'processed':
      if (!isUnpaid(state)) return accept({ type: 'OrderPaymentReturned', data: { paymentId, amount } })
      return accept<OrderEvent>(
        { type: 'OrderPaid', data: { paymentId, amount } },
        confirmed(state, 'process'),
      )
  }
}

type Result<Status extends string> = Extract<
  CommandOf<OrderCommand, 'RecordPayment'>['result'],
  { status: Status }
>

function paymentFailed(
  state: Order,
  payment: OrderPayment,
  result: Result<'failed'>,
  now: Instant,
): OrderEvent {
  const { code, detail } = result
  // The review is over: the hold is limited to the time for another attempt.
  const isReviewed = payment.status === 'review' && !hasEnded(state)
  const nextTry = plus(now, orderRules.holdMs)
  const holdUntil = isReviewed ? earlier(nextTry, state.holdUntil ?? nextTry) : undefined
  return {
    type: 'OrderPaymentFailed',
    data: {
      paymentId: payment.id,
      amount: inCurrencyOf(state, payment.amount),
      code,
      detail,
      ...(holdUntil !== undefined && { holdUntil }),
      decisions: fraudDecision(result, verdictOn(payment, result)),
    },
  }
}

/** A payment that was allowed, or held for review, may fail for another reason. */
function verdictOn({ status }: OrderPayment, { code, rules = [] }: Result<'failed'>): FraudVerdict {
  if (status === 'review') return 'held_for_review'
  // The gateway has its own fraud check, independent of our rules.
  return code === 'fraud_blocked' && rules.length > 0 ? 'blocked' : 'allowed'
}

/** The hold ended before a payment succeeded. */
function endHold(state: Order): Decision<OrderEvent> {
  if (!isUnpaid(state)) return accept()
  return accept(cancelled(state, 'payment_failed', 'No payment succeeded while the stock was held.'))
}

/** The customer may no longer order, so the unpaid order ends; a pending payment is refunded if it succeeds. */
function endUnpaid({ reason }: CommandOf<OrderCommand, 'EndUnpaid'>, state: Order): Decision<OrderEvent> {
  return isUnpaid(state) ? accept(cancelled(state, reason, '')) : accept()
}

/**
 * An operator confirms an order that is paid by invoice. An order with a payment, whatever its result, is no invoice
 * order. Refuses with `order_ended`, `order_not_invoice` or `order_not_ready`.
 */
function confirmOrder(state: Order): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (!isInvoice(state)) return refuse('order_not_invoice', 'The order is paid by a payment method.')
  if (state.status === 'pending') return refuse('order_not_ready', 'Stock is not held for this order yet.')
  if (state.status !== 'awaiting_payment') return accept()
  return accept(confirmed(state, 'operator'))
}

/**
 * Requests the charge, after the hold on the stock was extended for it. The facts of the screening go with the request,
 * so that its first commit holds the decision.
 */
function startPayment(
  started: OrderEventOf<'OrderPaymentStarted'>['data'],
  state: Order,
  id: string,
): Effect[] {
  const { paymentId, amount, paymentMethod, attempt, holdUntil, holdExtended } = started
  const { customerId, shippingAddress, payments } = state
  const request = { orderId: id, customerId, amount, paymentMethod }
  const payment: CommandStep = {
    ...toPayment(paymentId, {
      type: 'ProcessPayment',
      ...request,
      attempt,
      shippingCountry: shippingAddress.country,
      failedTries: payments.filter(({ status }) => status === 'failed').length,
    }),
    facts: screeningFacts(paymentId, request),
  }
  const extensions = holdExtended ? extendHold(holdUntil, state, id) : []
  return [
    endHoldAt(holdUntil),
    sendInOrder(
      [...extensions, payment],
      extensions.length > 0 ? { type: 'RecordPaymentSubmitted', paymentId } : undefined,
    ),
  ]
}
