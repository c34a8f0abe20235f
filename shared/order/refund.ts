import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { sum } from '../core/money/money.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { OrderCommand } from './commands.ts'
import { ALL_REFUNDED, type OrderEvent, REFUNDED } from './events.ts'
import { evolve } from './evolve.ts'
import { ending, inCurrencyOf } from './facts.ts'
import { refundRetryPolicy } from './policies.ts'
import { ownRefundId } from './refund-id.ts'
import { currentDelivery, netPaid, type Order, type OrderPayment, owed } from './state.ts'

/**
 * Money has gone back to the customer. When it is all of what the order came to, one that was delivered is
 * returned, and one that has not left ends: nobody has paid for its goods any more.
 */
export function recordRefund(
  command: CommandOf<OrderCommand, 'RecordRefund'>,
  state: Order,
  { now }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId, refundId, amount, source } = command
  const payment = paymentOf(state, paymentId)
  // Told once: a refund that has failed stays failed, whatever late news there is of its success.
  if (!payment || refundOf(payment, refundId)) return accept()
  const total = totalOf(payment, given(payment) + amount.amount)
  const refunded: OrderEvent = {
    type: 'OrderRefunded',
    data: {
      ...{ paymentId, refundId, amount },
      refundedTotal: inCurrencyOf(state, total),
      ...(source && { source }),
    },
  }
  const after = evolve(state, refunded, now)
  if (netPaid(state) === 0 || netPaid(after) > 0) return accept(refunded)
  const delivery = currentDelivery(state)
  const isDelivered = state.status === 'delivered' || state.status === 'completed'
  // By a lost dispute nothing is sent back, and the bank may still decide otherwise: the order stays as it is.
  if (isDelivered && source === 'dispute') return accept(refunded)
  if (delivery && isDelivered)
    return accept<OrderEvent>(refunded, {
      type: 'OrderReturned',
      data: { deliveryId: delivery.id, reason: REFUNDED, refund: inCurrencyOf(state, 0) },
    })
  return accept<OrderEvent>(refunded, ...ending(after, 'operator', ALL_REFUNDED))
}

/**
 * A refund has failed, perhaps long after it had succeeded. What an order that has ended owes is asked
 * for again later, a few times; then it is left to an operator.
 */
export function recordRefundFailed(
  command: CommandOf<OrderCommand, 'RecordRefundFailed'>,
  state: Order,
  { now }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId, refundId, amount, code } = command
  const payment = paymentOf(state, paymentId)
  if (!payment) return accept()
  const before = refundOf(payment, refundId)
  if (before?.status === 'failed') return accept()
  const total = before ? totalOf(payment, given(payment) - amount.amount) : payment.refunded
  const failure = {
    ...{ paymentId, refundId, amount, code },
    refundedTotal: inCurrencyOf(state, total),
    ...(before && { bounced: true as const }),
  }
  const due = owed(state, { ...payment, refunded: total })
  // Asked for again already, or never again.
  if (due === 0 || payment.retryAt !== undefined || payment.abandoned)
    return accept({ type: 'OrderRefundFailed', data: { ...failure, decisions: [] } })
  const { retries } = payment
  const { rule, retryAt } = refundRetryPolicy(retries, now)
  const decisions = [{ policy: 'refundRetryPolicy', rules: [rule], inputs: { retries, due }, outcome: rule }]
  const failed: OrderEvent = {
    type: 'OrderRefundFailed',
    data: { ...failure, ...(retryAt !== undefined && { retryAt }), decisions },
  }
  if (retryAt !== undefined) return accept(failed)
  const abandoned = { paymentId, refundId, amount: inCurrencyOf(state, due), code, retries }
  return accept<OrderEvent>(failed, { type: 'OrderRefundAbandoned', data: abandoned })
}

/** The time has come to ask once more for what is owed. */
export function retryRefund(
  command: CommandOf<OrderCommand, 'RetryRefund'>,
  state: Order,
  { id }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId } = command
  const payment = paymentOf(state, paymentId)
  if (payment?.retryAt === undefined) return accept()
  const amount = inCurrencyOf(state, owed(state, payment))
  const retry = payment.retries + 1
  return accept({
    type: 'OrderRefundRetried',
    data: { paymentId, refundId: ownRefundId(id, retry), amount, retry },
  })
}

function paymentOf(state: Order, paymentId: string): OrderPayment | undefined {
  return state.payments.find((known) => known.id === paymentId)
}

/**
 * What the refunds come to that have been told, which may be told in any order: for a moment more than
 * the whole, when one has taken the place of another whose failure is still to be told.
 */
function given({ refunds, refunded }: OrderPayment): number {
  const succeeded = refunds.filter(({ status }) => status === 'succeeded')
  return Math.max(refunded, sum(succeeded.map(({ amount }) => amount)))
}

/** As it is shown: never below nothing, never more than was paid. */
function totalOf({ amount }: OrderPayment, refunds: number): number {
  return Math.min(amount, Math.max(0, refunds))
}

function refundOf({ refunds }: OrderPayment, refundId: string) {
  return refunds.find((known) => known.id === refundId)
}
