import { call, type Effect, send } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import { toOrder } from '../order/commands.ts'
import type { ChargeRequest, RefundRequest } from '../ports/payment-gateway.ts'
import type { ScreeningRequest } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { chargedPayment, type Payment } from './state.ts'

/**
 * What follows from a payment's events: it is screened, then the gateway is asked, and the order is told how
 * it went. A call without an answer is repeated under its key until there is one: a time-out fails nothing.
 */
export function react(event: PaymentEvent, state: Payment, _at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'PaymentRequested': {
      const { orderId, customerId, amount, paymentMethod } = event.data
      const request: ScreeningRequest = { paymentId: id, orderId, customerId, amount, paymentMethod }
      return [call('payments', 'screen', request, { type: 'RecordScreening' })]
    }
    case 'PaymentScreened':
    case 'PaymentReviewApproved':
      return [charge(state, id)]
    case 'PaymentHeldForReview': {
      const { orderId, score, rules } = event.data
      const result = { status: 'review', score, rules } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    }
    case 'PaymentPersonalDataErased':
      return []
    case 'PaymentReviewRejected':
      // The order hears of the failure that comes with it.
      return []
    case 'PaymentProcessed': {
      const { orderId, amount } = event.data
      const result = { status: 'processed', amount } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    }
    case 'PaymentFailed': {
      const { orderId, code, detail, screening } = event.data
      const result = { status: 'failed', code, detail, ...screening } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    }
    case 'PaymentRefundRequested': {
      const { refundId, amount } = event.data
      const { chargeId } = chargedPayment(state).charge
      const request: RefundRequest = { key: `${id}/${refundId}`, chargeKey: id, chargeId, amount }
      return [call('payments', 'refund', request, { type: 'RecordRefund', refundId })]
    }
    case 'PaymentRefunded': {
      const { orderId, refundId, amount, refundedTotal, source } = event.data
      const told = { paymentId: id, refundId, amount, refundedTotal, ...(source && { source }) }
      return [send(toOrder(orderId, { type: 'RecordRefund', ...told }))]
    }
    case 'RefundFailed': {
      const { orderId, refundId, amount, code } = event.data
      return [send(toOrder(orderId, { type: 'RecordRefundFailed', paymentId: id, refundId, amount, code }))]
    }
    case 'PaymentDisputed': {
      const { orderId, disputeId, amount, reason } = event.data
      return [send(toOrder(orderId, { type: 'RecordDispute', paymentId: id, disputeId, amount, reason }))]
    }
    case 'PaymentDisputeClosed': {
      const { orderId, disputeId, amount, outcome } = event.data
      const told = { paymentId: id, disputeId, amount, outcome }
      return [send(toOrder(orderId, { type: 'RecordDisputeClosed', ...told }))]
    }
  }
}

function charge({ amount, paymentMethod, orderId }: Payment, id: string): Effect {
  // The payment's id as the key: however often the charge is asked for, it is made once.
  const request: ChargeRequest = { key: id, amount, paymentMethod, orderId }
  return call('payments', 'charge', request, { type: 'RecordCharge' })
}
