import { addressWithoutPerson } from '../core/address/address.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { freeField } from '../core/text/free-text.ts'
import type { OrderEvent } from './events.ts'
import { refuse } from './refusals.ts'
import { isFinal, type Order, type OrderFeature } from './state.ts'

/** The erasure of an order's personal data. */
export const erasure = {
  evolve: {
    OrderPersonalDataErased: (state) => ({
      ...state,
      personalDataErased: true,
      shippingAddress: addressWithoutPerson(state.shippingAddress),
      ...(state.cancellation && { cancellation: { ...state.cancellation, detail: '' } }),
    }),
  },
  decide: {
    ErasePersonalData: (_, state) => erasePersonalData(state),
  },
} satisfies OrderFeature

/** Personal data is needed until the order is final. Refuses with `order_open`. */
function erasePersonalData(state: Order): Decision<OrderEvent> {
  if (state.personalDataErased) return accept()
  if (!isFinal(state)) return refuse('order_open', `The order is ${state.status}.`)
  return accept({ type: 'OrderPersonalDataErased', data: {} })
}

/** Why a parcel did not arrive: text of carriers and operators, or a code of the process. */
const parcelReason = freeField('operator', 'order_cancelled', 'order_refunded', 'refunded')

/**
 * The event without personal data, of the same type and schema: addresses keep country and region, free text about a
 * cancellation is removed. Ids, goods, amounts and times stay for accounting.
 */
export function withoutPersonalData(event: OrderEvent): OrderEvent {
  switch (event.type) {
    case 'OrderCreated': {
      const shippingAddress = addressWithoutPerson(event.data.shippingAddress)
      return { ...event, data: { ...event.data, shippingAddress } }
    }
    case 'OrderAddressChanged':
      return { ...event, data: { ...event.data, address: addressWithoutPerson(event.data.address) } }
    case 'OrderCancellationRequested':
      return { ...event, data: { ...event.data, detail: '' } }
    case 'OrderCancelled':
      return { ...event, data: { ...event.data, detail: '' } }
    case 'OrderReturned':
      return { ...event, data: { ...event.data, reason: parcelReason(event.data.reason) } }
    case 'OrderDeliveryCancelled':
      return { ...event, data: { ...event.data, reason: parcelReason(event.data.reason) } }
    default:
      return event
  }
}
