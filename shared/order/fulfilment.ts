import { type Address, addressSchema } from '../core/address/address.ts'
import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toDelivery } from '../delivery/commands.ts'
import { callOff, giveBack } from './cancellation.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent, OrderEventOf } from './events.ts'
import { cancelled, notify } from './facts.ts'
import { refuse } from './refusals.ts'
import { accruePoints, countOrder, undoReward } from './reward.ts'
import {
  changed,
  currentDelivery,
  hasEnded,
  inCurrencyOf,
  netPaid,
  type Order,
  type OrderFeature,
} from './state.ts'

/** The fulfilment as the delivery reports it, up to the completion or the return of the order. */
export const fulfilment = {
  evolve: {
    OrderDeliveryRequested: (state, { deliveryId }) => ({
      ...state,
      deliveries: [...state.deliveries, { id: deliveryId, status: 'requested' }],
    }),
    OrderDeliveryScheduled: (state, { deliveryId }) => ({
      ...state,
      fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'scheduled',
      deliveries: changed(state.deliveries, deliveryId, { status: 'scheduled' }),
    }),
    OrderDeliveryCancelled: (state, { deliveryId }) => ({
      ...state,
      fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'unfulfilled',
      deliveries: changed(state.deliveries, deliveryId, { status: 'cancelled' }),
    }),
    OrderAddressChanged: (state, { address }) => ({ ...state, shippingAddress: address }),
    OrderShipped: (state, { deliveryId }) => ({
      ...state,
      status: 'shipped',
      fulfilmentStatus: 'shipped',
      deliveries: changed(state.deliveries, deliveryId, { status: 'started' }),
    }),
    OrderDelivered: (state, { deliveryId }) => ({
      ...state,
      status: 'delivered',
      fulfilmentStatus: 'delivered',
      deliveries: changed(state.deliveries, deliveryId, { status: 'completed' }),
      paidAtDelivery: netPaid(state),
    }),
    OrderCompleted: (state, { netPaid }) => ({
      ...state,
      status: 'completed',
      paidAtCompletion: netPaid.amount,
    }),
    OrderReturned: (state, { deliveryId }) => ({
      ...state,
      status: 'returned',
      fulfilmentStatus: 'returned',
      // A completed delivery cannot fail: the goods were returned in another way.
      deliveries: changed(state.deliveries, deliveryId, (delivery) =>
        delivery.status === 'completed' ? delivery : { ...delivery, status: 'failed' },
      ),
    }),
  },
  decide: {
    RequestDelivery: requestDelivery,
    RecordDeliveryRequested: recordDeliveryRequested,
    RecordDelivery: recordDelivery,
    RecordAddressChanged: recordAddressChanged,
  },
  react: {
    OrderDeliveryRequested: (data, state, { id }) => [bookDelivery(data, state, id)],
    OrderDeliveryScheduled: ({ deliveryId }, state) => (state.cancelling ? [callOff(deliveryId)] : []),
    OrderShipped: ({ trackingNumber }, state, { id }) => [
      notify(state, id, 'order_shipped', { trackingNumber }),
    ],
    OrderDelivered: (_, state, { id }) => [notify(state, id, 'order_delivered'), accruePoints(state, id)],
    OrderCompleted: ({ netPaid }, state, { id, at }) => countOrder(netPaid, state, at, id),
    OrderReturned: ({ deliveryId }, state, { id }) =>
      wasDelivered(state, deliveryId) ? undoReward(state, id) : giveBack(state, id, 'delivery_failed'),
  },
} satisfies OrderFeature

/**
 * Another delivery for a confirmed order whose delivery was cancelled. Refuses with `order_ended`,
 * `order_not_confirmed`, `delivery_under_way` or `no_carrier`.
 */
function requestDelivery(
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

/** The result of the booking. A delivery that is no longer needed is cancelled by the reaction. */
function recordDeliveryRequested(
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

/** The progress that the delivery reports; idempotent. */
function recordDelivery(
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

/** The delivery has another address, which applies to later deliveries too. */
function recordAddressChanged(
  command: CommandOf<OrderCommand, 'RecordAddressChanged'>,
  state: Order,
): Decision<OrderEvent> {
  const { deliveryId, address } = command
  // Only the delivery of an order that is not shipped yet may change its address.
  if (state.status !== 'confirmed' || currentDelivery(state)?.id !== deliveryId) return accept()
  if (isSame(address, state.shippingAddress)) return accept()
  return accept({ type: 'OrderAddressChanged', data: { deliveryId, address } })
}

function isSame(one: Address, other: Address): boolean {
  return addressParts.every((part) => one[part] === other[part])
}

const addressParts = addressSchema.keyof().options

/** A cancelled delivery is the consent that a cancellation waits for, whoever cancelled it. */
function deliveryGone(state: Order, deliveryId: string, reason: string): OrderEvent {
  return state.cancelling
    ? cancelled(state, state.cancelling.reason, state.cancelling.detail)
    : { type: 'OrderDeliveryCancelled', data: { deliveryId, reason } }
}

/** A started delivery declines a cancellation that still waits. */
function leftBefore(state: Order, deliveryId: string): OrderEvent[] {
  if (!state.cancelling) return []
  return [{ type: 'OrderCancellationDeclined', data: { deliveryId, code: 'delivery_started' } }]
}

function bookDelivery(
  { deliveryId, quote }: OrderEventOf<'OrderDeliveryRequested'>['data'],
  state: Order,
  id: string,
): Effect {
  const { lines } = state.pricing
  return send(
    toDelivery(deliveryId, {
      type: 'ScheduleDelivery',
      orderId: id,
      customerId: state.customerId,
      address: state.shippingAddress,
      weightGrams: lines.reduce((total, line) => total + line.quantity * line.weightGrams, 0),
      quote: quote ?? state.shippingQuote,
    }),
    { type: 'RecordDeliveryRequested', deliveryId },
  )
}

/** Whether the goods of a returned order had reached the customer. */
function wasDelivered(state: Order, deliveryId: string): boolean {
  return state.deliveries.some(({ id, status }) => id === deliveryId && status === 'completed')
}
