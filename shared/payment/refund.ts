import type { CommandOf } from '../core/aggregate.ts'
import { call, send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toOrder } from '../order/commands.ts'
import type { RefundRequest, RefundResult } from '../ports/payment-gateway.ts'
import { containsCardNumber } from './card-number/card-number.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent, PaymentEventData } from './events.ts'
import { type RefundQuestion, refundPolicy } from './refund-policy.ts'
import { refuse, refuseCardNumber } from './refusals.ts'
import {
  aboutPayment,
  type ChargedPayment,
  chargedPayment,
  isCharged,
  openDispute,
  type Payment,
  type PaymentFeature,
  type Refund,
  refundable,
  refundedTotal,
  withStatus,
} from './state.ts'

/** Refunds of the charge: requested here, or begun at the gateway. */
export const refund = {
  evolve: {
    PaymentRefundRequested: (state, data) => requested(chargedPayment(state), data),
    PaymentRefunded: (state, data) =>
      withRefund(state, data, (refund) => ({
        ...refund,
        status: 'succeeded',
        ...(data.gatewayRefundId !== undefined && { gatewayRefundId: data.gatewayRefundId }),
      })),
    RefundFailed: (state, data) =>
      withRefund(state, data, ({ lines: _, shipping: __, ...refund }) => ({ ...refund, status: 'failed' })),
  },
  decide: {
    RefundPayment: refundPayment,
    RefundRemainder: refundRemainder,
    RecordRefund: recordRefund,
    RecordGatewayRefund: recordGatewayRefund,
    RecordOutsideRefund: recordOutsideRefund,
  },
  react: {
    PaymentRefundRequested: ({ refundId, amount }, state, { id }) => {
      const { chargeId } = chargedPayment(state).charge
      const request: RefundRequest = { key: `${id}/${refundId}`, chargeKey: id, chargeId, amount }
      return [call('payments', 'refund', request, { type: 'RecordRefund', refundId })]
    },
    PaymentRefunded: ({ orderId, refundId, amount, refundedTotal, source }, _, { id }) => {
      const report = { paymentId: id, refundId, amount, refundedTotal, ...(source && { source }) }
      return [send(toOrder(orderId, { type: 'RecordRefund', ...report }))]
    },
    RefundFailed: ({ orderId, refundId, amount, code }, _, { id }) => [
      send(toOrder(orderId, { type: 'RecordRefundFailed', paymentId: id, refundId, amount, code })),
    ],
  },
} satisfies PaymentFeature

function requested(
  payment: ChargedPayment,
  { refundId, amount, lines, shipping }: PaymentEventData<'PaymentRefundRequested'>,
): ChargedPayment {
  const refund: Refund = {
    refundId,
    amount: amount.amount,
    status: 'pending',
    ...(lines && { lines }),
    ...(shipping !== undefined && { shipping }),
  }
  return { ...payment, refunds: [...payment.refunds, refund] }
}

/** A refund that began at the gateway appears with its outcome. */
function withRefund(
  state: Payment,
  { refundId, amount: { amount }, source }: RefundReport,
  change: (refund: Refund) => Refund,
): ChargedPayment {
  const payment = chargedPayment(state)
  const isKnown = payment.refunds.some((refund) => refund.refundId === refundId)
  const begun: Refund = { refundId, amount, status: 'pending', ...(source && { source }) }
  const refunds = isKnown ? payment.refunds : [...payment.refunds, begun]
  return withStatus({
    ...payment,
    refunds: refunds.map((refund) => (refund.refundId === refundId ? change(refund) : refund)),
  })
}

type RefundReport = PaymentEventData<'PaymentRefunded' | 'RefundFailed'>

/**
 * Refunds a part of the charge, or the rest of it. Repeated under the same id it changes nothing,
 * whatever the outcome of that refund. Refuses with `payment_not_processed`, `payment_disputed`,
 * `card_number_rejected`, and the refusals of `refundPolicy`.
 */
function refundPayment(
  command: CommandOf<PaymentCommand, 'RefundPayment'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (!isCharged(state))
    return refuse('payment_not_processed', `The payment is ${state.status}.`, { status: state.status })
  if (hasRefund(state, command.refundId)) return accept()
  const dispute = openDispute(state)
  if (dispute)
    return refuse('payment_disputed', 'The bank of the card decides on this payment.', {
      disputeId: dispute.disputeId,
    })
  return requestRefund(command, state)
}

/**
 * Refunds all that is left of the charge when an order ends. Nothing is left of a failed charge, and a
 * disputed charge returns through the bank. Refuses with `payment_not_processed` while the outcome of the charge
 * is not known, and with `card_number_rejected` and `too_many_refunds`.
 */
function refundRemainder(
  command: CommandOf<PaymentCommand, 'RefundRemainder'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (state.status === 'failed') return accept()
  if (!isCharged(state))
    return refuse('payment_not_processed', `The payment is ${state.status}.`, { status: state.status })
  if (hasRefund(state, command.refundId) || openDispute(state) || refundable(state) === 0) return accept()
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

/** The gateway's answer. Once an outcome is known, an answer adds nothing. Refuses with `refund_not_found`. */
function recordRefund(
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
 * The gateway's notification. A success counts only while the outcome is unknown; a failure also after a success: the
 * bank may return the money. A failure is final. Refuses with `refund_not_found`.
 */
function recordGatewayRefund(
  { refundId, result }: CommandOf<PaymentCommand, 'RecordGatewayRefund'>,
  state: Payment,
): Decision<PaymentEvent> {
  const found = refundOf(state, refundId)
  return found ? refundReported(found, result) : refundNotFound(refundId)
}

/**
 * Records a refund that began at the gateway, under the gateway's id. If the answer to a refund that was requested
 * here named this id, it is that refund. Refuses with `payment_not_processed` while the charge has no outcome,
 * and with `refund_invalid` in another currency.
 */
function recordOutsideRefund(
  { gatewayRefundId, amount, result }: CommandOf<PaymentCommand, 'RecordOutsideRefund'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (state.status === 'failed') return accept()
  if (!isCharged(state)) return refuse('payment_not_processed', `The payment is ${state.status}.`)
  if (amount.currency !== state.amount.currency)
    return refuse('refund_invalid', `The payment is in ${state.amount.currency}.`)
  const known = state.refunds.find(
    (refund) => refund.refundId === gatewayRefundId || refund.gatewayRefundId === gatewayRefundId,
  )
  const begun: Refund = {
    refundId: gatewayRefundId,
    amount: Math.min(amount.amount, state.amount.amount),
    status: 'pending',
    source: 'gateway',
  }
  return refundReported({ payment: state, refund: known ?? begun }, result)
}

function refundReported(found: FoundRefund, result: RefundResult): Decision<PaymentEvent> {
  const { status } = found.refund
  const isNewOutcome = status === 'pending' || (status === 'succeeded' && result.status === 'failed')
  return isNewOutcome ? refundSettled(found, result) : accept()
}

interface FoundRefund {
  readonly payment: ChargedPayment
  readonly refund: Refund
}

function refundSettled({ payment, refund }: FoundRefund, result: RefundResult): Decision<PaymentEvent> {
  const { refundId, source } = refund
  const data = {
    ...aboutPayment(payment),
    refundId,
    amount: inCurrencyOf(payment, refund.amount),
    ...(source && { source }),
  }
  const failed = (code: string, detail: string) =>
    accept<PaymentEvent>({ type: 'RefundFailed', data: { ...data, code, detail } })
  if (result.status === 'failed') return failed(result.code, result.detail)
  const { gatewayRefundId } = result
  const isBooked = payment.refunds.some((known) => known !== refund && known.refundId === gatewayRefundId)
  // The notification arrived before the answer and did not identify this refund as requested here.
  if (isBooked) return failed('refund_booked', 'The refund is booked under the id of the gateway.')
  const { amount: charged } = payment.amount
  const total = Math.min(charged, refundedTotal(payment) + refund.amount)
  return accept({
    type: 'PaymentRefunded',
    data: {
      ...data,
      refundedTotal: inCurrencyOf(payment, total),
      full: total === charged,
      ...(source === undefined && { gatewayRefundId }),
    },
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
