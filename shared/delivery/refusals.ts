import { type RefusalCatalog, refusing } from '../core/refusal.ts'

export const deliveryRefusals = {
  delivery_not_found: {
    kind: 'not_found',
    title: 'There is no such delivery.',
    remedy: 'Check the id; the deliveries of an order are listed in the order.',
  },
  delivery_exists: {
    kind: 'conflict',
    title: 'The delivery belongs to another order.',
    remedy: 'Schedule the delivery under an id of its own.',
  },
  delivery_not_started: {
    kind: 'conflict',
    title: 'The parcel has not left yet.',
    remedy: 'Start the delivery first.',
  },
  delivery_started: {
    kind: 'conflict',
    title: 'The parcel has left already.',
    remedy: 'What is under way can no longer be cancelled or started anew; let it arrive and return it.',
  },
  delivery_not_booked: {
    kind: 'conflict',
    title: 'The carrier has not taken the parcel into its books.',
    remedy:
      'Try again in a moment, or give the tracking number yourself. With a `reason` the carrier has refused: change the address, or cancel the delivery.',
  },
  no_carrier: {
    kind: 'invalid',
    title: 'No carrier takes this parcel to this address.',
    remedy: 'Choose another address or service, or split the order.',
  },
  address_country_fixed: {
    kind: 'conflict',
    title: 'The parcel cannot go to another country any more.',
    remedy:
      'The payment was screened for `country`: choose an address there, or cancel the order and place it anew.',
  },
  address_price_changed: {
    kind: 'conflict',
    title: 'Shipping to the new address costs more than was paid.',
    remedy:
      'Choose an address in a zone that costs no more, or cancel the order and place it anew; see `price`.',
  },
  delivery_not_completed: {
    kind: 'conflict',
    title: 'The parcel has not arrived yet.',
    remedy: 'A delivery can be confirmed once it is completed.',
  },
  delivery_not_failed: {
    kind: 'conflict',
    title: 'The parcel is still on its way to its address.',
    remedy: 'Only a parcel that could not be delivered goes back; record its failed attempts first.',
  },
  delivery_open: {
    kind: 'conflict',
    title: 'The delivery is still under way.',
    remedy: 'Its address is needed until it has arrived, failed or been cancelled; erase it then.',
  },
  delivery_ended: {
    kind: 'conflict',
    title: 'The delivery has ended.',
    remedy: 'Nothing more can happen to it; look at its status, and schedule another one if need be.',
  },
  delay_not_in_future: {
    kind: 'invalid',
    title: 'A delivery can only be delayed to a time to come.',
    remedy: 'Give a new date that is later than now.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(deliveryRefusals)
