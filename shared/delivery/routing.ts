import type { Address } from '../core/address/address.ts'
import type { CommandOf } from '../core/aggregate.ts'
import { call, type Effect, send } from '../core/effect.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { Instant } from '../core/time.ts'
import { toOrder } from '../order/commands.ts'
import type { Parcel } from '../ports/carrier/carrier.ts'
import type { DeliveryCommand } from './commands.ts'
import { type DeliveryEvent, type DeliveryEventData, quoteDecisions, type ShippingQuote } from './events.ts'
import { ended, ofOrder } from './facts.ts'
import { refuse } from './refusals.ts'
import { currentBooking, type Delivery, type DeliveryFeature } from './state.ts'

/** The parcel's destination, its carrier and the booking. */
export const routing = {
  creation: {
    evolve: { DeliveryScheduled: (_, data, at) => scheduled(data, at) },
    decide: { ScheduleDelivery: scheduleDelivery },
  },
  evolve: {
    CarrierAssigned: (state, { carrier, service, zone, price }) => ({
      ...state,
      ...{ carrier, service, zone, price },
      revision: state.revision + 1,
    }),
    CarrierBooked: (state, { revision, trackingNumber }) => ({
      ...state,
      booking: { revision, trackingNumber },
    }),
    CarrierBookingFailed: (state, { revision, code }) => ({ ...state, booking: { revision, refusal: code } }),
    DeliveryAddressChanged: (state, { address, service, promisedFrom, promisedTo }) => ({
      ...state,
      ...{ address, service, promisedFrom, promisedTo },
      expectedBy: promisedTo,
    }),
  },
  decide: {
    RecordBooking: recordBooking,
    ChangeAddress: changeAddress,
  },
  react: {
    CarrierAssigned: (data, state, { id }) => [book(state, data, id)],
    DeliveryAddressChanged: ({ orderId, address }, _, { id }) => [
      send(toOrder(orderId, { type: 'RecordAddressChanged', deliveryId: id, address })),
    ],
  },
} satisfies DeliveryFeature

function scheduled(
  { decisions: _, ...booked }: DeliveryEventData<'DeliveryScheduled'>,
  at: Instant,
): Delivery {
  return {
    ...booked,
    status: 'scheduled',
    expectedBy: booked.promisedTo,
    revision: 0,
    attempts: 0,
    tracking: [],
    delays: [],
    newsIds: [],
    personalDataErased: false,
    createdAt: at,
    updatedAt: at,
  }
}

/**
 * Books a parcel to an address on the terms of the quote; once per order. Refused: `delivery_exists`
 * for another order.
 */
function scheduleDelivery(
  command: CommandOf<DeliveryCommand, 'ScheduleDelivery'>,
  state: Delivery | null,
): Decision<DeliveryEvent> {
  const { orderId, customerId, address, weightGrams, quote } = command
  if (state) {
    if (state.orderId === orderId) return accept()
    return refuse('delivery_exists', 'The delivery was scheduled for another order.')
  }
  const { carrier, service, zone, price, promisedFrom, promisedTo } = quote
  const whose = { orderId, customerId }
  return accept<DeliveryEvent>(
    {
      type: 'DeliveryScheduled',
      data: {
        ...whose,
        address,
        service,
        promisedFrom,
        promisedTo,
        weightGrams,
        decisions: decisionsOf('deliveryTimePolicy', quote),
      },
    },
    {
      type: 'CarrierAssigned',
      data: {
        ...whose,
        carrier,
        service,
        zone,
        price,
        decisions: decisionsOf('deliveryRoutingPolicy', quote),
      },
    },
  )
}

/** The carrier's answer to a booking. An answer about an earlier route changes nothing. */
function recordBooking(
  { revision, outcome }: CommandOf<DeliveryCommand, 'RecordBooking'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  const isPresent = revision === state.revision && state.status === 'scheduled' && !currentBooking(state)
  if (!isPresent) return accept()
  const of = { ...ofOrder(state), carrier: state.carrier ?? 'unknown', revision }
  return outcome.ok
    ? accept({ type: 'CarrierBooked', data: { ...of, trackingNumber: outcome.value.trackingNumber } })
    : accept({ type: 'CarrierBookingFailed', data: { ...of, code: outcome.refusal.code } })
}

/**
 * Changes the address with the same service, before the start, at no higher price: the agreed shipping
 * price stays. The country stays too: the payment was screened for it. Refused: `delivery_started`,
 * `delivery_ended`, `address_country_fixed`, `no_carrier`, `address_price_changed` (the facts carry the price,
 * in minor units).
 */
function changeAddress(
  { address, quote }: CommandOf<DeliveryCommand, 'ChangeAddress'>,
  state: Delivery,
): Decision<DeliveryEvent> {
  if (state.status === 'started')
    return refuse('delivery_started', 'The parcel has left.', { status: state.status })
  if (state.status !== 'scheduled') return ended(state)
  if (isSame(address, state.address)) return accept()
  if (address.country !== state.address.country)
    return refuse('address_country_fixed', `The parcel goes to ${state.address.country}.`, {
      country: state.address.country,
    })
  if (!quote) return refuse('no_carrier', 'No carrier offers this service to this address.')
  const price = state.price ?? quote.price
  if (quote.price.amount > price.amount)
    return refuse('address_price_changed', 'Shipping to this address costs more.', {
      price: quote.price,
      paidPrice: price,
    })
  const { carrier, service, zone, promisedFrom, promisedTo } = quote
  return accept<DeliveryEvent>(
    {
      type: 'DeliveryAddressChanged',
      data: {
        ...ofOrder(state),
        address,
        service,
        promisedFrom,
        promisedTo,
        decisions: decisionsOf('deliveryTimePolicy', quote),
      },
    },
    {
      type: 'CarrierAssigned',
      data: {
        ...ofOrder(state),
        carrier,
        service,
        zone,
        price,
        decisions: decisionsOf('deliveryRoutingPolicy', quote),
      },
    },
  )
}

function decisionsOf(policy: string, quote: ShippingQuote) {
  return quoteDecisions(quote).filter((decision) => decision.policy === policy)
}

function isSame(one: Address, other: Address): boolean {
  const text = ({ name, line1, line2, city, region, postalCode, country }: Address) =>
    JSON.stringify([name, line1, line2, city, region, postalCode, country])
  return text(one) === text(other)
}

function book(
  { address, weightGrams, revision }: Delivery,
  { carrier, service }: DeliveryEventData<'CarrierAssigned'>,
  deliveryId: string,
): Effect {
  const parcel: Parcel = { deliveryId, revision, carrier, service, address, weightGrams }
  return call('carrier', 'book', parcel, { type: 'RecordBooking', revision })
}
