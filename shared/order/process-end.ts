import { type Effect, schedule, send, sendEach, unschedule } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { toDelivery } from '../delivery/commands.ts'
import { toInventory } from '../inventory/commands.ts'
import { toPayment } from '../payment/commands.ts'
import { toPromotion } from '../promotion/commands.ts'
import { HOLD, withdrawReview } from './claims.ts'
import type { OrderEventOf } from './events.ts'
import { ownRefundId } from './refund-id.ts'
import { type Order, owed } from './state.ts'

/** All that an order that ends may hold: each is given back, and nothing to give back is no error. */
export function giveBack(state: Order, id: string, reason: string): Effect[] {
  const effects: Effect[] = [unschedule(HOLD)]
  if (state.reservations.length > 0) effects.push(release(state, id, reason))
  for (const { code } of state.terms)
    effects.push(send(toPromotion(code, { type: 'ReleasePromotion', orderId: id, reason })))
  if (state.redeemPoints > 0) effects.push(restorePoints(state, id))
  for (const payment of state.payments) {
    if (payment.status === 'review') effects.push(withdrawReview(payment.id, reason))
    if (payment.status === 'processed' && payment.refunded < payment.amount)
      effects.push(refundRemainder(payment.id, ownRefundId(id), reason))
  }
  return effects
}

/** The points that paid for the order go back to their lots. */
export function restorePoints(state: Order, id: string): Effect {
  return send(toCustomer(state.customerId, { type: 'RestorePoints', orderId: id }))
}

/** Stock that is on hold is let go; what was taken goes back on the shelf. */
export function release(state: Order, id: string, reason: string): Effect {
  return sendEach(
    state.reservations.map(({ sku, allocations }) =>
      toInventory(sku, {
        type: 'ReleaseReservation',
        orderId: id,
        reason,
        ...(state.stockCommitted && { restock: allocations }),
      }),
    ),
  )
}

/**
 * Asks for all that is left of a payment. The payment knows what that is, and other refunds that are still
 * under way are no obstacle: one that fails is told, and what it left is asked for then.
 */
export function refundRemainder(paymentId: string, refundId: string, reason: string): Effect {
  return send(toPayment(paymentId, { type: 'RefundRemainder', refundId, reason }))
}

/** What is owed is asked for again then. */
export function retryRefundAt(paymentId: string, at: Instant): Effect {
  return schedule(`refund/${paymentId}`, at, { type: 'RetryRefund', paymentId })
}

/** Asks the delivery for its consent to a cancellation. */
export function callOff(deliveryId: string): Effect {
  return send(toDelivery(deliveryId, { type: 'CancelDelivery', reason: 'order_cancelled' }), {
    type: 'RecordCancellationAnswer',
    deliveryId,
  })
}

/**
 * While a bank decides, nothing is refunded: what an order that has ended owes is asked for once it has decided in
 * our favour. Money that comes back after a loss is told as a refund that failed, and asked for like any of these.
 */
export function refundOnceDecided(
  { paymentId, disputeId, outcome }: OrderEventOf<'OrderDisputeClosed'>['data'],
  state: Order,
  id: string,
): Effect[] {
  const payment = state.payments.find((known) => known.id === paymentId)
  if (outcome === 'lost' || !payment || payment.disputed || payment.retryAt !== undefined) return []
  if (owed(state, payment) === 0) return []
  return [refundRemainder(paymentId, `${id}/dispute/${disputeId}`, 'dispute_closed')]
}
