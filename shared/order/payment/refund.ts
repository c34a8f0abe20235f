import type { CommandOf, DecisionContext } from '../../core/aggregate.ts'
import { type Effect, schedule, send } from '../../core/effect.ts'
import { moneyText, sum } from '../../core/money/money.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import { toPayment } from '../../payment/commands.ts'
import type { OrderCommand } from '../commands.ts'
import { ALL_REFUNDED, type OrderEvent, type OrderEventOf, REFUNDED } from '../events.ts'
import { ending, notify } from '../facts.ts'
import { orderRules, refundRetryPolicy } from '../policies.ts'
import { countRefund } from '../reward.ts'
import {
  changed,
  currentDelivery,
  inCurrencyOf,
  netPaid,
  type Order,
  type OrderFeature,
  type OrderPayment,
  paymentOf,
  refundDue,
  withPayments,
} from '../state.ts'

/**
 * Refunds, whoever requested them. If a refund of an ended order fails, the order requests it again, until its
 * retries are exhausted.
 */
export const refund = {
  evolve: {
    OrderRefunded: refunded,
    OrderRefundFailed: (state, { paymentId, refundId, amount, refundedTotal, retryAt }) =>
      withPayments(
        state,
        changed(state.payments, paymentId, (payment) => ({
          ...withRefund(payment, { id: refundId, amount: amount.amount, status: 'failed' }),
          refunded: refundedTotal.amount,
          ...(retryAt !== undefined && { retryAt }),
        })),
      ),
    OrderRefundRetried: (state, { paymentId, retry }) => ({
      ...state,
      payments: changed(state.payments, paymentId, ({ retryAt: _, ...payment }) => ({
        ...payment,
        retries: retry,
      })),
    }),
    OrderRefundAbandoned: (state, { paymentId }) => ({
      ...state,
      payments: changed(state.payments, paymentId, { abandoned: true }),
    }),
  },
  decide: {
    RecordRefund: recordRefund,
    RecordRefundFailed: recordRefundFailed,
    RetryRefund: retryRefund,
  },
  react: {
    OrderRefunded: ({ paymentId, amount, source }, state, { id }) => {
      const payment = paymentOf(state, paymentId)
      // The bank informs the customer of a lost dispute.
      const isByBank = source === 'dispute'
      return [
        ...(isByBank
          ? []
          : [notify(state, id, 'order_refunded', { amount: moneyText(inCurrencyOf(state, amount.amount)) })]),
        ...(payment ? countRefund(payment, -amount.amount, state, id) : []),
      ]
    },
    OrderRefundFailed: ({ paymentId, amount, bounced, retryAt }, state, { id }) => {
      const payment = paymentOf(state, paymentId)
      return [
        ...(retryAt === undefined ? [] : [retryRefundAt(paymentId, retryAt)]),
        ...(payment && bounced ? countRefund(payment, amount.amount, state, id) : []),
      ]
    },
    OrderRefundRetried: ({ paymentId, refundId }) => [refundRemainder(paymentId, refundId, 'refund_failed')],
  },
} satisfies OrderFeature

function refunded(
  state: Order,
  { paymentId, refundId, amount, refundedTotal }: OrderEventOf<'OrderRefunded'>['data'],
): Order {
  return withPayments(
    state,
    changed(state.payments, paymentId, (payment) => {
      const { retryAt, ...rest } = withRefund(payment, {
        id: refundId,
        amount: amount.amount,
        status: 'succeeded',
      })
      const refunded = refundedTotal.amount
      // Nothing is due any more: no retry.
      return { ...rest, refunded, ...(retryAt !== undefined && refunded < payment.amount && { retryAt }) }
    }),
  )
}

function withRefund(payment: OrderPayment, refund: OrderPayment['refunds'][number]): OrderPayment {
  const others = payment.refunds.filter(({ id }) => id !== refund.id)
  return { ...payment, refunds: [...others, refund].slice(-orderRules.maxRecordedRefunds) }
}

/**
 * A refund succeeded. When the order is refunded in full, a delivered order becomes returned, and one before shipping
 * ends: its goods are no longer paid for.
 */
function recordRefund(command: CommandOf<OrderCommand, 'RecordRefund'>, state: Order): Decision<OrderEvent> {
  const { paymentId, refundId, amount, source } = command
  const payment = paymentOf(state, paymentId)
  // Recorded once: a refund that has failed stays failed, even if a late message reports its success.
  if (!payment || refundOf(payment, refundId)) return accept()
  const total = totalOf(payment, given(payment) + amount.amount)
  const event: OrderEventOf<'OrderRefunded'> = {
    type: 'OrderRefunded',
    data: {
      ...{ paymentId, refundId, amount },
      refundedTotal: inCurrencyOf(state, total),
      ...(source && { source }),
    },
  }
  const after = refunded(state, event.data)
  if (netPaid(state) === 0 || netPaid(after) > 0) return accept(event)
  const delivery = currentDelivery(state)
  const isDelivered = state.status === 'delivered' || state.status === 'completed'
  // After a lost dispute no goods return, and the bank may still reverse it: the order does not change.
  if (isDelivered && source === 'dispute') return accept(event)
  if (delivery && isDelivered)
    return accept<OrderEvent>(event, {
      type: 'OrderReturned',
      data: { deliveryId: delivery.id, reason: REFUNDED, refund: inCurrencyOf(state, 0) },
    })
  return accept<OrderEvent>(event, ...ending(after, 'operator', ALL_REFUNDED))
}

/**
 * A refund failed, possibly after it had succeeded. An ended order requests it again later, a few times; then an
 * operator handles it.
 */
function recordRefundFailed(
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
  const due = refundDue(state, { ...payment, refunded: total })
  // Already requested again, or abandoned.
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

/** The timer of a retry has fired: requests the refund again. */
function retryRefund(
  command: CommandOf<OrderCommand, 'RetryRefund'>,
  state: Order,
  { id }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId } = command
  const payment = paymentOf(state, paymentId)
  if (payment?.retryAt === undefined) return accept()
  const amount = inCurrencyOf(state, refundDue(state, payment))
  const retry = payment.retries + 1
  return accept({
    type: 'OrderRefundRetried',
    data: { paymentId, refundId: ownRefundId(id, retry), amount, retry },
  })
}

/**
 * The sum of the refunds that were reported, in whatever order. For a moment it may exceed the payment: when a refund
 * replaces another one whose failure is not reported yet.
 */
function given({ refunds, refunded }: OrderPayment): number {
  const succeeded = refunds.filter(({ status }) => status === 'succeeded')
  return Math.max(refunded, sum(succeeded.map(({ amount }) => amount)))
}

/** The displayed refunded total: between zero and the amount of the payment. */
function totalOf({ amount }: OrderPayment, refunds: number): number {
  return Math.min(amount, Math.max(0, refunds))
}

function refundOf({ refunds }: OrderPayment, refundId: string) {
  return refunds.find((known) => known.id === refundId)
}

/**
 * Requests the refund of the remainder of a payment. The payment calculates it without its pending refunds; if one of
 * those fails, that is reported, and the rest is requested then.
 */
export function refundRemainder(paymentId: string, refundId: string, reason: string): Effect {
  return send(toPayment(paymentId, { type: 'RefundRemainder', refundId, reason }))
}

/** Schedules the retry of a refund. */
function retryRefundAt(paymentId: string, at: Instant): Effect {
  return schedule(`refund/${paymentId}`, at, { type: 'RetryRefund', paymentId })
}

/**
 * The id of the refund that an order requests because it has ended: the same for repeated requests, another for each
 * retry after a failure.
 */
export function ownRefundId(orderId: string, retry = 0): string {
  return retry === 0 ? `${orderId}/end` : `${orderId}/end/${retry + 1}`
}
