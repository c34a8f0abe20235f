import type { CommandOf } from '../../core/aggregate.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  changed,
  type Order,
  type OrderFeature,
  type OrderPayment,
  paymentOf,
  refundDue,
  wasCharged,
  withPayments,
} from '../state.ts'
import { refundRemainder } from './refund.ts'

/** Disputes between the customer's bank and the shop over a payment. */
export const dispute = {
  evolve: {
    OrderPaymentDisputed: (state, { paymentId, disputeId = UNNAMED }) =>
      withDispute(state, paymentId, { id: disputeId }),
    OrderDisputeClosed: (state, { paymentId, disputeId, outcome }) =>
      withDispute(state, paymentId, { id: disputeId, outcome }),
  },
  decide: {
    RecordDispute: recordDispute,
    RecordDisputeClosed: recordDisputeClosed,
  },
  react: {
    /**
     * Nothing is refunded while a dispute is open: an ended order requests its refund once the shop has won. Money that
     * is returned after a loss is recorded as a failed refund, which is requested again.
     */
    OrderDisputeClosed: ({ paymentId, disputeId, outcome }, state, { id }) => {
      const payment = paymentOf(state, paymentId)
      if (outcome === 'lost' || !payment || payment.disputed || payment.retryAt !== undefined) return []
      if (refundDue(state, payment) === 0) return []
      return [refundRemainder(paymentId, `${id}/dispute/${disputeId}`, 'dispute_closed')]
    },
  },
} satisfies OrderFeature

/** The id of a dispute that an earlier release reported without one; the next dispute with an id replaces it. */
const UNNAMED = ''

function withDispute(state: Order, paymentId: string, dispute: OrderPayment['disputes'][number]): Order {
  const payments = changed(state.payments, paymentId, (payment) => {
    const others = payment.disputes.filter(({ id }) => id !== dispute.id && id !== UNNAMED)
    const disputes = [...others, dispute]
    return { ...payment, disputes, disputed: disputes.some(({ outcome }) => outcome === undefined) }
  })
  // The dispute was reported before the result of the charge, which decides the payment status.
  return payments.some(wasCharged) ? withPayments(state, payments) : { ...state, payments }
}

/** The customer's bank disputes a payment, or inquires about it; each dispute is recorded once. */
function recordDispute(
  command: CommandOf<OrderCommand, 'RecordDispute'>,
  state: Order,
): Decision<OrderEvent> {
  const { paymentId, disputeId, amount, reason } = command
  const payment = paymentOf(state, paymentId)
  if (!payment || payment.status === 'failed') return accept()
  const isKnown =
    disputeId === undefined ? payment.disputed : payment.disputes.some(({ id }) => id === disputeId)
  if (isKnown) return accept()
  return accept({
    type: 'OrderPaymentDisputed',
    data: { paymentId, amount, reason, ...(disputeId !== undefined && { disputeId }) },
  })
}

/** The bank has decided. A dispute that was won or reinstated is final. */
function recordDisputeClosed(
  { paymentId, disputeId, amount, outcome }: CommandOf<OrderCommand, 'RecordDisputeClosed'>,
  state: Order,
): Decision<OrderEvent> {
  const payment = paymentOf(state, paymentId)
  if (!payment || payment.status === 'failed') return accept()
  const known = payment.disputes.find(({ id }) => id === disputeId)?.outcome
  if (known === outcome || known === 'won' || known === 'reinstated') return accept()
  return accept({ type: 'OrderDisputeClosed', data: { paymentId, amount, disputeId, outcome } })
}
