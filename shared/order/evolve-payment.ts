import type { Instant } from '../core/time.ts'
import { changed } from './changed.ts'
import type { OrderEvent } from './events.ts'
import { orderRules } from './policies.ts'
import { hasEnded, type Order, type OrderPayment, wasTaken } from './state.ts'

type PaymentEvent = Extract<
  OrderEvent,
  {
    type:
      | 'OrderPaymentStarted'
      | 'OrderPaymentHeld'
      | 'OrderPaymentFailed'
      | 'OrderPaid'
      | 'OrderPaymentDisputed'
      | 'OrderDisputeClosed'
      | 'OrderPaymentReturned'
      | 'OrderConfirmed'
      | 'OrderRefunded'
      | 'OrderRefundFailed'
      | 'OrderRefundRetried'
      | 'OrderRefundAbandoned'
  }
>

/** Folds an event about the order's money. */
export function evolvePayment(state: Order, event: PaymentEvent, at: Instant): Order {
  switch (event.type) {
    case 'OrderPaymentStarted': {
      const { paymentId, amount, attempt, holdUntil } = event.data
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
    case 'OrderPaymentHeld': {
      const { paymentId, score, rules, holdUntil } = event.data
      const payments = changed(state.payments, paymentId, { status: 'review', score, rules })
      const held = { ...state, payments, paymentStatus: 'in_review' } as const
      return hasEnded(state) ? held : { ...held, status: 'awaiting_payment', holdUntil }
    }
    case 'OrderPaymentFailed': {
      const { paymentId, code, holdUntil, decisions } = event.data
      const fraud = decisions.find(({ policy }) => policy === 'fraudDetectionPolicy')
      const payments = changed(state.payments, paymentId, {
        status: 'failed',
        code,
        ...(fraud && { score: scoreOf(fraud.inputs), rules: fraud.rules }),
      })
      const failed = { ...state, payments, paymentStatus: 'failed' } as const
      if (hasEnded(state)) return failed
      return { ...failed, status: 'awaiting_payment', ...(holdUntil !== undefined && { holdUntil }) }
    }
    case 'OrderPaid':
      return withPayments(state, changed(state.payments, event.data.paymentId, { status: 'processed' }))
    case 'OrderPaymentReturned':
      return withPayments(state, changed(state.payments, event.data.paymentId, { status: 'returned' }))
    case 'OrderPaymentDisputed': {
      const { paymentId, disputeId = UNNAMED } = event.data
      return withDispute(state, paymentId, { id: disputeId })
    }
    case 'OrderDisputeClosed': {
      const { paymentId, disputeId, outcome } = event.data
      return withDispute(state, paymentId, { id: disputeId, outcome })
    }
    case 'OrderConfirmed': {
      const { by } = event.data
      if (state.payments.some(wasTaken)) return { ...state, status: 'confirmed' }
      return {
        ...state,
        status: 'confirmed',
        paymentStatus: by === 'operator' ? 'invoiced' : 'not_required',
      }
    }
    case 'OrderRefunded': {
      const { paymentId, refundId, amount, refundedTotal } = event.data
      return withPayments(
        state,
        changed(state.payments, paymentId, (payment) => {
          const { retryAt, ...rest } = withRefund(payment, {
            id: refundId,
            amount: amount.amount,
            status: 'succeeded',
          })
          const refunded = refundedTotal.amount
          // Once nothing is left, nothing is asked for again.
          return { ...rest, refunded, ...(retryAt !== undefined && refunded < payment.amount && { retryAt }) }
        }),
      )
    }
    case 'OrderRefundFailed': {
      const { paymentId, refundId, amount, refundedTotal, retryAt } = event.data
      return withPayments(
        state,
        changed(state.payments, paymentId, (payment) => ({
          ...withRefund(payment, { id: refundId, amount: amount.amount, status: 'failed' }),
          refunded: refundedTotal.amount,
          ...(retryAt !== undefined && { retryAt }),
        })),
      )
    }
    case 'OrderRefundRetried': {
      const { paymentId, retry } = event.data
      return {
        ...state,
        payments: changed(state.payments, paymentId, ({ retryAt: _, ...payment }) => ({
          ...payment,
          retries: retry,
        })),
      }
    }
    case 'OrderRefundAbandoned':
      return { ...state, payments: changed(state.payments, event.data.paymentId, { abandoned: true }) }
  }
}

/** What earlier releases told of a dispute had no id; it ends with the next one that does. */
const UNNAMED = ''

function withDispute(state: Order, paymentId: string, dispute: OrderPayment['disputes'][number]): Order {
  const payments = changed(state.payments, paymentId, (payment) => {
    const others = payment.disputes.filter(({ id }) => id !== dispute.id && id !== UNNAMED)
    const disputes = [...others, dispute]
    return { ...payment, disputes, disputed: disputes.some(({ outcome }) => outcome === undefined) }
  })
  // Told before the charge itself: what that came to is still to be told.
  return payments.some(wasTaken) ? withPayments(state, payments) : { ...state, payments }
}

/** The order with these payments, and what they come to. */
function withPayments(state: Order, payments: OrderPayment[]): Order {
  return { ...state, payments, paymentStatus: paymentStatusOf(payments) }
}

/** Where the money is that has been taken. */
function paymentStatusOf(payments: readonly OrderPayment[]): Order['paymentStatus'] {
  const taken = payments.filter(wasTaken)
  if (taken.every((payment) => payment.refunded >= payment.amount)) return 'refunded'
  if (taken.some((payment) => payment.disputed)) return 'disputed'
  return taken.some((payment) => payment.refunded > 0) ? 'partially_refunded' : 'paid'
}

function withRefund(payment: OrderPayment, refund: OrderPayment['refunds'][number]): OrderPayment {
  const others = payment.refunds.filter(({ id }) => id !== refund.id)
  return { ...payment, refunds: [...others, refund].slice(-orderRules.rememberedRefunds) }
}

function scoreOf({ score }: Readonly<Record<string, unknown>>): number | undefined {
  return typeof score === 'number' ? score : undefined
}
