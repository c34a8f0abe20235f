import type { CommandOf } from '../core/aggregate.ts'
import { send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toOrder } from '../order/commands.ts'
import type { DisputeStatus } from '../ports/payment-gateway.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import {
  aboutPayment,
  type ChargedPayment,
  type Dispute,
  disputesOf,
  isCharged,
  type Payment,
  type PaymentFeature,
  type Refund,
  refundedTotal,
  withStatus,
} from './state.ts'

/** Disputes: the cardholder reclaims the money through the bank. */
export const dispute = {
  evolve: {
    PaymentDisputed: (state, data) => withDispute(state, data, data.status ?? 'open'),
    PaymentDisputeClosed: (state, data) => withDispute(state, data, data.outcome),
  },
  decide: { RecordDispute: recordDispute },
  react: {
    PaymentDisputed: ({ orderId, disputeId, amount, reason }, _, { id }) => [
      send(toOrder(orderId, { type: 'RecordDispute', paymentId: id, disputeId, amount, reason })),
    ],
    PaymentDisputeClosed: ({ orderId, disputeId, amount, outcome }, _, { id }) => [
      send(toOrder(orderId, { type: 'RecordDisputeClosed', paymentId: id, disputeId, amount, outcome })),
    ],
  },
} satisfies PaymentFeature

function withDispute(
  state: Payment,
  { disputeId, reason, amount }: Omit<Dispute, 'status'>,
  status: Dispute['status'],
): Payment {
  const others = disputesOf(state).filter((known) => known.disputeId !== disputeId)
  const disputed = { ...state, disputes: [...others, { disputeId, reason, amount, status }] }
  return isCharged(disputed) ? withStatus(disputed) : disputed
}

/** Notifications come in any order: the later stage counts. The last stage is a reinstatement after a loss. */
const stages: Readonly<Record<DisputeStatus, number>> = {
  inquiry: 0,
  open: 1,
  inquiry_closed: 2,
  lost: 3,
  won: 4,
  reinstated: 4,
}

/**
 * Records the stage of a dispute. A lost dispute counts as a refund, as far as the charge was not refunded before;
 * won, reinstated, or an inquiry that was closed makes the charge refundable again. Changes nothing when a later
 * stage is known, nor for a payment that failed here: nothing was charged.
 */
function recordDispute(
  { disputeId, reason, amount, status = 'open' }: CommandOf<PaymentCommand, 'RecordDispute'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (state.status === 'failed') return accept()
  const known = disputesOf(state).find((dispute) => dispute.disputeId === disputeId)
  if (known && stages[status] <= stages[known.status]) return accept()
  const data = { ...aboutPayment(state), disputeId, reason, amount }
  if (status === 'inquiry' || status === 'open')
    return accept({ type: 'PaymentDisputed', data: { ...data, ...(status === 'inquiry' && { status }) } })
  const closed: PaymentEvent = { type: 'PaymentDisputeClosed', data: { ...data, outcome: status } }
  if (!isCharged(state)) return accept(closed)
  const loss = state.refunds.find((refund) => refund.refundId === disputeId)
  if (loss?.status === 'succeeded') return accept(closed, takenBack(state, loss))
  return status === 'lost' ? accept(closed, ...lost(state, { disputeId, amount })) : accept(closed)
}

/** The losses of disputes that ended before the charge itself was known. */
export function lossesOf(payment: ChargedPayment): PaymentEvent[] {
  return disputesOf(payment)
    .filter(({ status }) => status === 'lost')
    .slice(0, 1)
    .flatMap((dispute) => lost(payment, dispute))
}

/** The refund that a lost dispute amounts to: only what had not been refunded before. */
function lost(
  payment: ChargedPayment,
  { disputeId, amount }: Pick<Dispute, 'disputeId' | 'amount'>,
): PaymentEvent[] {
  const { amount: charged, currency } = payment.amount
  const before = refundedTotal(payment)
  // A bank may use a currency of its own: then the whole charge counts.
  const disputed = amount.currency === currency ? amount.amount : charged
  const given = Math.min(disputed, charged - before)
  if (given === 0) return []
  return [
    {
      type: 'PaymentRefunded',
      data: {
        ...aboutPayment(payment),
        refundId: disputeId,
        amount: { amount: given, currency },
        refundedTotal: { amount: before + given, currency },
        full: before + given === charged,
        source: 'dispute',
      },
    },
  ]
}

/** The bank has returned the disputed amount. */
function takenBack(payment: ChargedPayment, { refundId, amount }: Refund): PaymentEvent {
  return {
    type: 'RefundFailed',
    data: {
      ...aboutPayment(payment),
      refundId,
      amount: { amount, currency: payment.amount.currency },
      code: 'dispute_reinstated',
      detail: 'The bank has given the disputed money back.',
      source: 'dispute',
    },
  }
}
