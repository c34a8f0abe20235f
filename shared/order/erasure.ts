import { addressWithoutPerson } from '../core/address/address.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { freeField } from '../core/text/free-text.ts'
import type { OrderEvent } from './events.ts'
import { refuse } from './refusals.ts'
import { isFinal, type Order, type OrderFeature } from './state.ts'

/** How the personal data of an order is erased. */
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

/** Personal data is needed until nothing can be sent or cancelled any more. Refuses with `order_open`. */
function erasePersonalData(state: Order): Decision<OrderEvent> {
  if (state.personalDataErased) return accept()
  if (!isFinal(state)) return refuse('order_open', `The order is ${state.status}.`)
  return accept({ type: 'OrderPersonalDataErased', data: {} })
}

/** Why a parcel did not arrive: what carriers and operators said of it, or a code of the process. */
const parcelReason = freeField('operator', 'order_cancelled', 'order_refunded', 'refunded')

/**
 * An event of the same type and schema that tells of no person: addresses keep country and region, and
 * what people wrote about a cancellation is left out. Ids, goods, amounts and times stay: the books need them.
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
