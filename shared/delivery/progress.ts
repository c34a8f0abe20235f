import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { ended, notUnderWay, ofOrder } from './facts.ts'
import { refuse } from './refusals.ts'
import { changeAddress, recordBooking, scheduleDelivery } from './routing.ts'
import { currentBooking, type Delivery } from './state.ts'
import { delayDelivery, failAttempt, startReturn, trackDelivery } from './tracking.ts'

/** Decides one command on a delivery. Refusals: see `refusals.ts`. */
export function decide(
  command: DeliveryCommand,
  state: Delivery | null,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  if (command.type === 'ScheduleDelivery') return scheduleDelivery(command, state)
  if (!state) return refuse('delivery_not_found', `There is no delivery ${context.id}.`)
  switch (command.type) {
    case 'RecordBooking':
      return recordBooking(command, state)
    case 'ChangeAddress':
      return changeAddress(command, state)
    case 'StartDelivery':
      return startDelivery(command, state)
    case 'TrackDelivery':
      return trackDelivery(command, state)
    case 'DelayDelivery':
      return delayDelivery(command, state, context)
    case 'FailAttempt':
      return failAttempt(command, state)
    case 'CompleteDelivery':
      return completeDelivery(command, state, context)
    case 'ConfirmDelivery':
      return confirmDelivery(command, state)
    case 'CancelDelivery':
      return cancelDelivery(command, state)
    case 'StartReturn':
      return startReturn(command, state)
    case 'ErasePersonalData':
      return erasePersonalData(state)
  }
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
  const isSaidBefore = receivedBy === undefined || receivedBy === state.receivedBy || state.personalDataErased
  if (arrived && isSaidBefore) return accept()
  return (
    notUnderWay(state) ??
    accept({
      type: 'DeliveryCompleted',
      data: {
        ...ofOrder(state),
        ...(receivedBy !== undefined && { receivedBy }),
        // Against what the customer was promised, not against a later delay.
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

function erasePersonalData(state: Delivery): Decision<DeliveryEvent> {
  if (state.status === 'scheduled' || state.status === 'started')
    return refuse('delivery_open', 'The parcel still needs its address.', { status: state.status })
  if (state.personalDataErased) return accept()
  return accept({ type: 'DeliveryPersonalDataErased', data: ofOrder(state) })
}
