import type { CommandOf } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { RefundResult } from '../ports/payment-gateway.ts'
import { containsCardNumber } from './card-number.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { type RefundQuestion, refundPolicy } from './refund-policy.ts'
import { refuse, refuseCardNumber } from './refusals.ts'
import {
  aboutPayment,
  type ChargedPayment,
  isCharged,
  type Payment,
  type Refund,
  refundable,
  refundedTotal,
} from './state.ts'

/**
 * Gives back a part of the charge, or what is left of it. Repeated under the same id it changes nothing,
 * whatever became of that refund. Refuses with `payment_not_processed`, `payment_disputed`,
 * `card_number_rejected`, and what `refundPolicy` refuses with.
 */
export function refundPayment(
  command: CommandOf<PaymentCommand, 'RefundPayment'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (!isCharged(state))
    return refuse('payment_not_processed', `The payment is ${state.status}.`, { status: state.status })
  if (hasRefund(state, command.refundId)) return accept()
  if (state.dispute)
    return refuse('payment_disputed', 'The bank of the card decides on this payment.', {
      disputeId: state.dispute.disputeId,
    })
  return requestRefund(command, state)
}

/**
 * Gives back all that is left of the charge when an order ends. Nothing is left of one that failed, and what
 * is disputed goes back by way of the bank. Refuses with `payment_not_processed` while the outcome of the charge
 * is not known, and with `card_number_rejected` and `too_many_refunds`.
 */
export function refundRemainder(
  command: CommandOf<PaymentCommand, 'RefundRemainder'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (state.status === 'failed') return accept()
  if (!isCharged(state))
    return refuse('payment_not_processed', `The payment is ${state.status}.`, { status: state.status })
  if (hasRefund(state, command.refundId) || state.dispute || refundable(state) === 0) return accept()
  return requestRefund(command, state)
}

function requestRefund(
  { refundId, reason, ...question }: RefundQuestion & { refundId: string; reason: string },
  state: ChargedPayment,
): Decision<PaymentEvent> {
  if (containsCardNumber(reason)) return refuseCardNumber('The reason', ['card_number'])
  const refund = refundPolicy(state, question)
  if (!refund.allowed) return refuse(refund.code, refund.detail, refund.facts)
  const { amount, lines, shipping, decision } = refund
  return accept({
    type: 'PaymentRefundRequested',
    data: {
      ...aboutPayment(state),
      refundId,
      amount: inCurrencyOf(state, amount),
      reason,
      ...(lines && { lines }),
      ...(shipping !== undefined && { shipping }),
      decisions: [decision],
    },
  })
}

/** What the gateway answered. Once an outcome is known, an answer has nothing to add. Refuses with `refund_not_found`. */
export function recordRefund(
  { refundId, outcome }: CommandOf<PaymentCommand, 'RecordRefund'>,
  state: Payment,
): Decision<PaymentEvent> {
  const found = refundOf(state, refundId)
  if (!found) return refundNotFound(refundId)
  if (found.refund.status !== 'pending') return accept()
  return outcome.ok
    ? refundSettled(found, outcome.value)
    : refundSettled(found, { ...outcome.refusal, status: 'failed' })
}

/**
 * What a webhook tells. A success is only news while the outcome is not known; a failure also after a success,
 * as the bank may send the money back, and is then final. Refuses with `refund_not_found`.
 */
export function recordGatewayRefund(
  { refundId, result }: CommandOf<PaymentCommand, 'RecordGatewayRefund'>,
  state: Payment,
): Decision<PaymentEvent> {
  const found = refundOf(state, refundId)
  if (!found) return refundNotFound(refundId)
  const { status } = found.refund
  const isNews = status === 'pending' || (status === 'succeeded' && result.status === 'failed')
  return isNews ? refundSettled(found, result) : accept()
}

interface FoundRefund {
  readonly payment: ChargedPayment
  readonly refund: Refund
}

function refundSettled({ payment, refund }: FoundRefund, result: RefundResult): Decision<PaymentEvent> {
  const data = {
    ...aboutPayment(payment),
    refundId: refund.refundId,
    amount: inCurrencyOf(payment, refund.amount),
  }
  if (result.status === 'failed')
    return accept({ type: 'RefundFailed', data: { ...data, code: result.code, detail: result.detail } })
  const total = refundedTotal(payment) + refund.amount
  return accept({
    type: 'PaymentRefunded',
    data: { ...data, refundedTotal: inCurrencyOf(payment, total), full: total === payment.amount.amount },
  })
}

function refundOf(state: Payment, refundId: string): FoundRefund | undefined {
  if (!isCharged(state)) return undefined
  const refund = state.refunds.find((known) => known.refundId === refundId)
  return refund && { payment: state, refund }
}

function refundNotFound(refundId: string): Decision<never> {
  return refuse('refund_not_found', `The payment has no refund ${refundId}.`)
}

function hasRefund(state: ChargedPayment, refundId: string): boolean {
  return state.refunds.some((refund) => refund.refundId === refundId)
}

function inCurrencyOf({ amount: { currency } }: Payment, amount: number) {
  return { amount, currency }
}
