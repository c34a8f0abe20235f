import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import { type OrderCommand, toOrder } from '../order/commands.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { ended, notUnderWay, ofOrder } from './facts.ts'
import { DELIVERY } from './policies.ts'
import { refuse } from './refusals.ts'
import { currentBooking, type Delivery, type DeliveryFeature } from './state.ts'

/** The timer that confirms a completed delivery without the customer's confirmation. */
const CONFIRM = 'confirm'
const confirmByTimer = { type: 'ConfirmDelivery', by: 'timer' } as const satisfies DeliveryCommand

/**
 * From the start of the parcel to the confirmation of its arrival, or its cancellation. Each step is reported to the
 * order.
 */
export const progress = {
  evolve: {
    DeliveryStarted: (state, { trackingNumber }) => ({ ...state, status: 'started', trackingNumber }),
    DeliveryCompleted: (state, { receivedBy, onTime }) => ({
      ...state,
      status: 'completed',
      onTime,
      ...(receivedBy !== undefined && { receivedBy }),
    }),
    DeliveryConfirmed: (state, { by }) => ({ ...state, status: 'confirmed', confirmedBy: by }),
    DeliveryCancelled: (state, { reason }) => ({ ...state, status: 'cancelled', reason }),
  },
  decide: {
    StartDelivery: startDelivery,
    CompleteDelivery: completeDelivery,
    ConfirmDelivery: confirmDelivery,
    CancelDelivery: cancelDelivery,
  },
  react: {
    DeliveryStarted: ({ orderId, trackingNumber }, _, { id }) => [
      reportProgress(orderId, id, { status: 'started', trackingNumber }),
    ],
    DeliveryCompleted: ({ orderId }, _, { id, at }) => [
      reportProgress(orderId, id, { status: 'completed' }),
      schedule(CONFIRM, plus(at, DELIVERY.confirmAfterMs), confirmByTimer),
    ],
    DeliveryConfirmed: ({ orderId }, _, { id }) => [
      reportProgress(orderId, id, { status: 'confirmed' }),
      unschedule(CONFIRM),
    ],
    DeliveryCancelled: ({ orderId, reason }, _, { id }) => [
      reportProgress(orderId, id, { status: 'cancelled', reason }),
    ],
  },
} satisfies DeliveryFeature

type Progress = CommandOf<OrderCommand, 'RecordDelivery'>['progress']

/** Reports a step to the order. */
export function reportProgress(orderId: string, deliveryId: string, progress: Progress): Effect {
  return send(toOrder(orderId, { type: 'RecordDelivery', deliveryId, progress }))
}

function startDelivery(
  command: CommandOf<DeliveryCommand, 'StartDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  const booking = currentBooking(state)
  const trackingNumber = command.trackingNumber ?? booking?.trackingNumber
  switch (state.status) {
    case 'scheduled':
      if (trackingNumber === undefined)
        return refuse('delivery_not_booked', 'The carrier has not taken the parcel into its books.', {
          ...(booking?.refusal !== undefined && { reason: booking.refusal }),
        })
      return accept({ type: 'DeliveryStarted', data: { ...ofOrder(state), trackingNumber } })
    case 'started':
      if (command.trackingNumber === undefined || command.trackingNumber === state.trackingNumber)
        return accept()
      return refuse('delivery_started', 'The parcel is under way with another tracking number.', {
        trackingNumber: state.trackingNumber,
      })
    default:
      return ended(state)
  }
}

function completeDelivery(
  { receivedBy }: CommandOf<DeliveryCommand, 'CompleteDelivery'>,
  state: Delivery,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  const arrived = state.status === 'completed' || state.status === 'confirmed'
  const isRepeated = receivedBy === undefined || receivedBy === state.receivedBy || state.personalDataErased
  if (arrived && isRepeated) return accept()
  return (
    notUnderWay(state) ??
    accept({
      type: 'DeliveryCompleted',
      data: {
        ...ofOrder(state),
        ...(receivedBy !== undefined && { receivedBy }),
        // Compared with the original promise, not with a later delay.
        onTime: context.now <= state.promisedTo,
      },
    })
  )
}

function confirmDelivery(
  { by }: CommandOf<DeliveryCommand, 'ConfirmDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  switch (state.status) {
    case 'completed':
      return accept({ type: 'DeliveryConfirmed', data: { ...ofOrder(state), by } })
    case 'confirmed':
      return accept()
    case 'scheduled':
    case 'started':
      return refuse('delivery_not_completed', 'The parcel has not arrived yet.', { status: state.status })
    default:
      return ended(state)
  }
}

function cancelDelivery(
  { reason }: CommandOf<DeliveryCommand, 'CancelDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  switch (state.status) {
    case 'scheduled':
      return accept({ type: 'DeliveryCancelled', data: { ...ofOrder(state), reason } })
    case 'cancelled':
      return accept()
    default:
      return refuse('delivery_started', 'The parcel has left.', { status: state.status })
  }
}
