import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { sandboxTrackingNumber } from '../ports/sandbox-carrier.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'
import { refuse } from './refusals.ts'
import type { Delivery } from './state.ts'

/** Decides one command on a delivery. Refusals: see `refusals.ts`. */
export function decide(
  command: DeliveryCommand,
  state: Delivery | null,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  if (command.type === 'ScheduleDelivery') return scheduleDelivery(command, state)
  if (!state) return refuse('delivery_not_found', `There is no delivery ${context.id}.`)
  switch (command.type) {
    case 'StartDelivery':
      return startDelivery(command, state, context)
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
  }
}

function scheduleDelivery(
  command: CommandOf<DeliveryCommand, 'ScheduleDelivery'>,
  state: Delivery | null,
): Decision<DeliveryEvent> {
  const { orderId, customerId, address, weightGrams, quote } = command
  if (state) {
    if (state.orderId === orderId) return accept()
    return refuse('delivery_exists', 'The delivery was scheduled for another order.')
  }
  const { carrier, service, zone, price, promisedFrom, promisedTo, rules } = quote
  return accept(
    {
      type: 'DeliveryScheduled',
      data: { orderId, customerId, address, service, promisedFrom, promisedTo, weightGrams },
    },
    {
      type: 'CarrierAssigned',
      data: { orderId, customerId, carrier, service, zone, price, ...(rules && { rules }) },
    },
  )
}

function startDelivery(
  command: CommandOf<DeliveryCommand, 'StartDelivery'>,
  state: Delivery,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  const { trackingNumber = sandboxTrackingNumber(context.id) } = command
  if (state.status === 'scheduled')
    return accept({ type: 'DeliveryStarted', data: { ...ofOrder(state), trackingNumber } })
  if (state.status !== 'started') return ended(state)
  if (command.trackingNumber === undefined || trackingNumber === state.trackingNumber) return accept()
  return refuse('delivery_started', 'The parcel is under way with another tracking number.', {
    trackingNumber: state.trackingNumber,
  })
}

function trackDelivery(
  command: CommandOf<DeliveryCommand, 'TrackDelivery'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  const { place, note } = command
  return (
    notUnderWay(state) ??
    accept({
      type: 'DeliveryTracked',
      data: { ...ofOrder(state), place, ...(note !== undefined && { note }) },
    })
  )
}

function delayDelivery(
  command: CommandOf<DeliveryCommand, 'DelayDelivery'>,
  state: Delivery,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  const refused = notUnderWay(state)
  if (refused) return refused
  const { reason, newDate } = command
  const last = state.delays.at(-1)
  if (last?.newDate === newDate && last.reason === reason) return accept()
  if (newDate <= context.now)
    return refuse('delay_not_in_future', `${newDate} is not after ${context.now}.`, { now: context.now })
  return accept({
    type: 'DeliveryDelayed',
    data: { ...ofOrder(state), reason, newDate, previousDate: state.expectedBy },
  })
}

function failAttempt(
  { reason }: CommandOf<DeliveryCommand, 'FailAttempt'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  const refused = notUnderWay(state)
  if (refused) return refused
  const attempt = state.attempts + 1
  const failed: DeliveryEvent = {
    type: 'DeliveryAttemptFailed',
    data: { ...ofOrder(state), attempt, reason },
  }
  if (attempt < DELIVERY.maximumAttempts) return accept(failed)
  return accept<DeliveryEvent>(failed, {
    type: 'DeliveryFailed',
    data: { ...ofOrder(state), attempts: attempt, reason },
  })
}

function completeDelivery(
  { receivedBy }: CommandOf<DeliveryCommand, 'CompleteDelivery'>,
  state: Delivery,
  context: DecisionContext,
): Decision<DeliveryEvent> {
  const arrived = state.status === 'completed' || state.status === 'confirmed'
  if (arrived && (receivedBy === undefined || receivedBy === state.receivedBy)) return accept()
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

/** Why nothing can be reported of the parcel now; `null` while it is under way. */
function notUnderWay(state: Delivery): Decision<never> | null {
  if (state.status === 'started') return null
  if (state.status === 'scheduled')
    return refuse('delivery_not_started', 'The parcel has not left yet.', { status: state.status })
  return ended(state)
}

function ended(state: Delivery): Decision<never> {
  return refuse('delivery_ended', `The delivery is ${state.status}.`, { status: state.status })
}

function ofOrder({ orderId, customerId }: Delivery) {
  return { orderId, customerId }
}
