import { call, type Effect, send } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import { toOrder } from '../order/commands.ts'
import type { ChargeRequest, RefundRequest } from '../ports/payment-gateway.ts'
import type { PaymentEvent } from './events.ts'
import { chargedPayment, type Payment } from './state.ts'

/** What follows from a payment's events: the gateway is asked, and the order is told how it went. */
export function react(event: PaymentEvent, state: Payment, _at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'PaymentRequested': {
      const { amount, paymentMethod, orderId } = event.data
      // The payment's id as the key: however often the charge is asked for, it is made once.
      const request: ChargeRequest = { key: id, amount, paymentMethod, orderId }
      return [call('payments', 'charge', request, { type: 'RecordCharge' })]
    }
    case 'PaymentProcessed': {
      const { orderId, amount } = event.data
      const result = { status: 'processed', amount } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    }
    case 'PaymentFailed': {
      const { orderId, code, detail } = event.data
      const result = { status: 'failed', code, detail } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    }
    case 'PaymentRefundRequested': {
      const { refundId, amount } = event.data
      const { chargeId } = chargedPayment(state).charge
      const request: RefundRequest = { key: `${id}/${refundId}`, chargeKey: id, chargeId, amount }
      return [call('payments', 'refund', request, { type: 'RecordRefund', refundId })]
    }
    case 'PaymentRefunded': {
      const { orderId, amount, refundedTotal } = event.data
      return [send(toOrder(orderId, { type: 'RecordRefund', paymentId: id, amount, refundedTotal }))]
    }
    case 'RefundFailed':
      return []
  }
}
