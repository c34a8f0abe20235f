import { type Address, addressSchema } from '../core/address/address.ts'
import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { quantityBySku } from '../core/quantity.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import { cancelled, inCurrencyOf } from './facts.ts'
import { refuse } from './refusals.ts'
import { currentDelivery, hasEnded, netPaid, type Order } from './state.ts'

/**
 * Another delivery for a confirmed order whose delivery was called off. Refuses with `order_ended`,
 * `order_not_confirmed`, `delivery_under_way` or `no_carrier`.
 */
export function requestDelivery(
  command: CommandOf<OrderCommand, 'RequestDelivery'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (state.status === 'pending' || state.status === 'awaiting_payment' || !state.stockCommitted)
    return refuse('order_not_confirmed', 'The order has to be confirmed, and its stock taken, first.')
  const present = currentDelivery(state)
  if (present) return refuse('delivery_under_way', `The order has the delivery ${present.id}.`)
  if (!command.quote) return refuse('no_carrier', 'No carrier offers this service to this address.')
  return accept({
    type: 'OrderDeliveryRequested',
    data: { deliveryId: context.newId('dlv'), service: command.quote.service, quote: command.quote },
  })
}

/** The delivery exists, or could not be made. One that is not wanted any more is called off by what follows. */
export function recordDeliveryRequested(
  command: CommandOf<OrderCommand, 'RecordDeliveryRequested'>,
  state: Order,
): Decision<OrderEvent> {
  const { deliveryId, outcome } = command
  const delivery = state.deliveries.find((known) => known.id === deliveryId)
  if (delivery?.status !== 'requested') return accept()
  const refused = outcome.find((step) => !step.ok)
  if (refused) return accept(deliveryGone(state, deliveryId, refused.refusal.code))
  return accept({ type: 'OrderDeliveryScheduled', data: { deliveryId } })
}

/** What the delivery tells as it goes along; news that the order already has change nothing. */
export function recordDelivery(
  command: CommandOf<OrderCommand, 'RecordDelivery'>,
  state: Order,
): Decision<OrderEvent> {
  const { deliveryId, progress } = command
  const delivery = state.deliveries.find((known) => known.id === deliveryId)
  if (!delivery || hasEnded(state)) return accept()
  switch (progress.status) {
    case 'started':
      if (state.status !== 'confirmed') return accept()
      return accept<OrderEvent>(...leftBefore(state, deliveryId), {
        type: 'OrderShipped',
        data: { deliveryId, trackingNumber: progress.trackingNumber },
      })
    case 'completed':
      if (state.status !== 'confirmed' && state.status !== 'shipped') return accept()
      return accept<OrderEvent>(...leftBefore(state, deliveryId), {
        type: 'OrderDelivered',
        data: { deliveryId },
      })
    case 'confirmed': {
      if (state.status === 'completed') return accept()
      const completed: OrderEvent = {
        type: 'OrderCompleted',
        data: { deliveryId, customerId: state.customerId, netPaid: inCurrencyOf(state, netPaid(state)) },
      }
      const delivered: OrderEvent = { type: 'OrderDelivered', data: { deliveryId } }
      return state.status === 'delivered'
        ? accept(completed)
        : accept<OrderEvent>(...leftBefore(state, deliveryId), delivered, completed)
    }
    case 'failed':
      if (state.status === 'delivered' || state.status === 'completed') return accept()
      return accept<OrderEvent>(...leftBefore(state, deliveryId), {
        type: 'OrderReturned',
        data: { deliveryId, reason: progress.reason, refund: inCurrencyOf(state, netPaid(state)) },
      })
    case 'cancelled':
      if (delivery.status === 'cancelled') return accept()
      return accept(deliveryGone(state, deliveryId, progress.reason))
  }
}

/** The delivery goes to another address; a further one would as well. */
export function recordAddressChanged(
  command: CommandOf<OrderCommand, 'RecordAddressChanged'>,
  state: Order,
): Decision<OrderEvent> {
  const { deliveryId, address } = command
  // Only the delivery of an order that waits to be shipped may tell of another address.
  if (state.status !== 'confirmed' || currentDelivery(state)?.id !== deliveryId) return accept()
  if (isSame(address, state.shippingAddress)) return accept()
  return accept({ type: 'OrderAddressChanged', data: { deliveryId, address } })
}

function isSame(one: Address, other: Address): boolean {
  return addressParts.every((part) => one[part] === other[part])
}

const addressParts = addressSchema.keyof().options

/** The time has come to ask the customer what the goods are like; not for goods that went back. */
export function requestReviews(state: Order): Decision<OrderEvent> {
  if (state.status !== 'completed' || state.reviewsRequested || state.personalDataErased) return accept()
  const skus = quantityBySku(state.pricing.lines).map(([sku]) => sku)
  return accept({ type: 'OrderReviewsRequested', data: { skus } })
}

/** A delivery that will not take place: the consent that a cancellation waits for, whoever called it off. */
function deliveryGone(state: Order, deliveryId: string, reason: string): OrderEvent {
  return state.cancelling
    ? cancelled(state, state.cancelling.reason, state.cancelling.detail)
    : { type: 'OrderDeliveryCancelled', data: { deliveryId, reason } }
}

/** A delivery that is on its way answers a cancellation that still waits: it came too late. */
function leftBefore(state: Order, deliveryId: string): OrderEvent[] {
  if (!state.cancelling) return []
  return [{ type: 'OrderCancellationDeclined', data: { deliveryId, code: 'delivery_started' } }]
}
