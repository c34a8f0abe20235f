import { addressWithoutPerson } from '../core/address/address.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { freeField } from '../core/text/free-text.ts'
import type { DeliveryEvent } from './events.ts'
import { ofOrder } from './facts.ts'
import { refuse } from './refusals.ts'
import type { Delivery, DeliveryFeature } from './state.ts'

/** Erasure of the customer's personal data, once the parcel no longer needs it. */
export const erasure = {
  evolve: { DeliveryPersonalDataErased: withoutPersonalTraces },
  decide: { ErasePersonalData: (_, state) => erasePersonalData(state) },
} satisfies DeliveryFeature

/** Reasons in the free text of carriers and operators. */
const deliveryReason = freeField('operator', 'order_cancelled', 'order_refunded')
/** The place of a scan. */
export const deliveryPlace = freeField()

/**
 * A delivery's event without personal data: only country and region of the address are left, receiver
 * and notes are removed; of reasons and places only predefined codes are left. Ids,
 * times and prices stay, and so does the event's schema.
 */
export function withoutPersonalData(event: DeliveryEvent): DeliveryEvent {
  switch (event.type) {
    case 'DeliveryScheduled':
      return { ...event, data: { ...event.data, address: addressWithoutPerson(event.data.address) } }
    case 'DeliveryAddressChanged':
      return { ...event, data: { ...event.data, address: addressWithoutPerson(event.data.address) } }
    case 'DeliveryTracked': {
      const { note: _, ...data } = event.data
      return { ...event, data: { ...data, place: deliveryPlace(data.place) } }
    }
    case 'DeliveryCompleted': {
      const { receivedBy: _, ...data } = event.data
      return { ...event, data }
    }
    case 'DeliveryDelayed':
      return { ...event, data: { ...event.data, reason: deliveryReason(event.data.reason) } }
    case 'DeliveryAttemptFailed':
      return { ...event, data: { ...event.data, reason: deliveryReason(event.data.reason) } }
    case 'DeliveryFailed':
      return { ...event, data: { ...event.data, reason: deliveryReason(event.data.reason) } }
    case 'DeliveryCancelled':
      return { ...event, data: { ...event.data, reason: deliveryReason(event.data.reason) } }
    case 'CarrierAssigned':
    case 'CarrierBooked':
    case 'CarrierBookingFailed':
    case 'DeliveryStarted':
    case 'DeliveryConfirmed':
    case 'DeliveryReturnStarted':
    case 'DeliveryPersonalDataErased':
      return event
  }
}

function withoutPersonalTraces(state: Delivery): Delivery {
  const { receivedBy: _, ...rest } = state
  return {
    ...rest,
    address: addressWithoutPerson(state.address),
    tracking: state.tracking.map(({ at, place }) => ({ at, place: deliveryReason(place) })),
    delays: state.delays.map((delay) => ({ ...delay, reason: deliveryReason(delay.reason) })),
    ...(state.reason !== undefined && { reason: deliveryReason(state.reason) }),
    personalDataErased: true,
  }
}

function erasePersonalData(state: Delivery): Decision<DeliveryEvent> {
  if (state.status === 'scheduled' || state.status === 'started')
    return refuse('delivery_open', 'The parcel still needs its address.', { status: state.status })
  if (state.personalDataErased) return accept()
  return accept({ type: 'DeliveryPersonalDataErased', data: ofOrder(state) })
}
