import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import { cancelled, confirmed, inCurrencyOf, paymentStarted, stockGone } from './facts.ts'
import { orderRules, paymentTriesPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { hasEnded, type Order, openPayment } from './state.ts'

/**
 * Another payment while the order waits for one. Refuses with `order_ended`, `order_not_ready`,
 * `order_not_awaiting_payment`, `payment_in_progress` or `payment_tries_exceeded`.
 */
export function submitPayment(
  command: CommandOf<OrderCommand, 'SubmitPayment'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (openPayment(state)) return refuse('payment_in_progress', 'A payment for this order is under way.')
  if (state.status === 'pending') return refuse('order_not_ready', 'Stock is not held for this order yet.')
  if (state.status !== 'awaiting_payment' || state.holdUntil === undefined)
    return refuse('order_not_awaiting_payment', `The order is ${state.status}.`)
  const { allowed, tries } = paymentTriesPolicy(state.payments, context.now)
  if (!allowed)
    return refuse('payment_tries_exceeded', `${tries} payments were tried within the last hour.`, {
      tries,
      limit: orderRules.paymentTries,
    })
  const { holdUntil } = state
  const { paymentMethod } = command
  const paymentId = context.newId('pay')
  return accept(paymentStarted(state, { paymentId, paymentMethod, holdUntil, now: context.now }))
}

/**
 * The payment could not even be asked for. When that is because the stock was gone the order ends: another
 * try would charge for what is not there.
 */
export function recordPaymentSubmitted(
  command: CommandOf<OrderCommand, 'RecordPaymentSubmitted'>,
  state: Order,
): Decision<OrderEvent> {
  const refused = command.outcome.find((step) => !step.ok)
  if (!refused || openPayment(state)?.id !== command.paymentId) return accept()
  const { code, detail } = refused.refusal
  const amount = inCurrencyOf(state, state.pricing.total)
  const failed: OrderEvent = {
    type: 'OrderPaymentFailed',
    data: { paymentId: command.paymentId, amount, code, detail },
  }
  if (refused.to.kind !== 'inventory' || hasEnded(state)) return accept(failed)
  return accept<OrderEvent>(failed, stockGone(state, [refused]))
}

/**
 * What the payment came to. Money for an order that has ended, or that another payment has paid, goes
 * back in full.
 */
export function recordPayment(
  command: CommandOf<OrderCommand, 'RecordPayment'>,
  state: Order,
): Decision<OrderEvent> {
  const { paymentId, result } = command
  const payment = state.payments.find((known) => known.id === paymentId)
  if (payment?.status !== 'pending') return accept()
  const amount = inCurrencyOf(state, payment.amount)
  if (result.status === 'failed')
    return accept({
      type: 'OrderPaymentFailed',
      data: { paymentId, amount, code: result.code, detail: result.detail },
    })
  if (state.status !== 'pending' && state.status !== 'awaiting_payment')
    return accept({ type: 'OrderPaymentReturned', data: { paymentId, amount } })
  return accept<OrderEvent>({ type: 'OrderPaid', data: { paymentId, amount } }, confirmed(state, 'process'))
}

/** Money has gone back to the customer. */
export function recordRefund(
  command: CommandOf<OrderCommand, 'RecordRefund'>,
  state: Order,
): Decision<OrderEvent> {
  const { paymentId, amount, refundedTotal } = command
  const payment = state.payments.find((known) => known.id === paymentId)
  // Refunds may be told out of order: only a larger total is news.
  if (!payment || refundedTotal.amount <= payment.refunded) return accept()
  return accept({ type: 'OrderRefunded', data: { paymentId, amount, refundedTotal } })
}

/** Nobody has paid while the stock was held. */
export function endHold(state: Order): Decision<OrderEvent> {
  if (state.status !== 'pending' && state.status !== 'awaiting_payment') return accept()
  return accept(cancelled(state, 'payment_failed', 'No payment succeeded while the stock was held.'))
}
