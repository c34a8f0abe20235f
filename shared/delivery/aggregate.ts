import type { Aggregate } from '../core/aggregate.ts'
import { type DeliveryCommand, deliveryCommand } from './commands.ts'
import { type DeliveryEvent, deliveryEvent } from './events.ts'
import { deliveryListing } from './listing.ts'
import { react } from './process.ts'
import { decide } from './progress.ts'
import { withoutPersonalData } from './redact.ts'
import { deliveryRefusals } from './refusals.ts'
import { type Delivery, deliverySchema, evolve } from './state.ts'
import { upcasters } from './upcast.ts'

/** One parcel of one order, from the booking to the customer's word that it is there. */
export const delivery: Aggregate<Delivery, DeliveryCommand, DeliveryEvent> = {
  kind: 'delivery',
  context: 'delivery',
  idPrefix: 'dlv',
  command: deliveryCommand,
  event: deliveryEvent,
  refusals: deliveryRefusals,
  state: deliverySchema,
  stateVersion: 3,
  evolve,
  decide,
  react,
  errorEvents: ['DeliveryFailed'],
  upcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['DeliveryPersonalDataErased'] },
  listing: deliveryListing,
}
