import type { CommandOf } from '../core/aggregate.ts'
import { type Effect, send, unschedule } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toDelivery } from '../delivery/commands.ts'
import { closePlace, releasePromotion, restorePoints } from './checkout/claims.ts'
import { HOLD, release } from './checkout/stock.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import { cancelled, ending, notify } from './facts.ts'
import { ownRefundId, refundRemainder } from './payment/refund.ts'
import { withdrawReview } from './payment/review.ts'
import { refuse } from './refusals.ts'
import { currentDelivery, isBeforeShipping, type Order, type OrderFeature } from './state.ts'

/** The cancellation of an order before shipping, and the release of all that it holds. */
export const cancellation = {
  evolve: {
    OrderCancellationRequested: (state, { reason, detail }) => ({ ...state, cancelling: { reason, detail } }),
    OrderCancellationDeclined: ({ cancelling: _, ...state }) => state,
    OrderCancelled: ({ cancelling: _, ...state }, { reason, detail, shortages }) => ({
      ...state,
      status: 'cancelled',
      fulfilmentStatus: 'cancelled',
      deliveries: state.deliveries.map((delivery) => ({ ...delivery, status: 'cancelled' })),
      cancellation: { reason, detail, ...(shortages && { shortages }) },
    }),
  },
  decide: {
    CancelOrder: cancelOrder,
    RecordCancellationAnswer: recordCancellationAnswer,
  },
  react: {
    // A requested delivery is cancelled once it exists: see `OrderDeliveryScheduled`.
    OrderCancellationRequested: ({ deliveryId }, state) =>
      currentDelivery(state)?.status === 'scheduled' ? [callOff(deliveryId)] : [],
    OrderCancelled: ({ reason }, state, { id }) => [
      ...giveBack(state, id, reason),
      notify(state, id, 'order_cancelled', { reason }),
      closePlace(state, id, 'cancelled'),
    ],
  },
} satisfies OrderFeature

/**
 * Cancels an order: at once if no delivery was requested. Otherwise the delivery has to consent first, because it
 * may have started, and only its consent makes the refund safe.
 * Refuses with `order_shipped` or `order_ended`.
 */
function cancelOrder(command: CommandOf<OrderCommand, 'CancelOrder'>, state: Order): Decision<OrderEvent> {
  const { reason, detail } = command
  if (state.status === 'cancelled' || isBeforeShipping(state)) return accept(...ending(state, reason, detail))
  return state.status === 'returned'
    ? refuse('order_ended', 'The order was returned.')
    : refuse('order_shipped', `The order is ${state.status}.`)
}

/** The delivery's answer to a cancellation; its progress report may have arrived first. */
function recordCancellationAnswer(
  command: CommandOf<OrderCommand, 'RecordCancellationAnswer'>,
  state: Order,
): Decision<OrderEvent> {
  if (!state.cancelling) return accept()
  const { reason, detail } = state.cancelling
  const refused = command.outcome.find((step) => !step.ok)
  return refused
    ? accept({
        type: 'OrderCancellationDeclined',
        data: { deliveryId: command.deliveryId, code: refused.refusal.code },
      })
    : accept(cancelled(state, reason, detail))
}

/** Requests the delivery's consent to a cancellation. */
export function callOff(deliveryId: string): Effect {
  return send(toDelivery(deliveryId, { type: 'CancelDelivery', reason: 'order_cancelled' }), {
    type: 'RecordCancellationAnswer',
    deliveryId,
  })
}

/** Releases all that an order may hold when it ends; every step is idempotent. */
export function giveBack(state: Order, id: string, reason: string): Effect[] {
  const effects: Effect[] = [unschedule(HOLD)]
  if (state.reservations.length > 0) effects.push(release(state, id, reason))
  for (const { code } of state.terms) effects.push(releasePromotion(code, id, reason))
  if (state.redeemPoints > 0) effects.push(restorePoints(state, id))
  for (const payment of state.payments) {
    if (payment.status === 'review') effects.push(withdrawReview(payment.id, reason))
    if (payment.status === 'processed' && payment.refunded < payment.amount)
      effects.push(refundRemainder(payment.id, ownRefundId(id), reason))
  }
  return effects
}
