import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type DeliveryCommand, deliveryCommand } from './commands.ts'
import { type DeliveryEvent, deliveryEvent } from './events.ts'
import { deliveryListing } from './listing.ts'
import { progress } from './progress.ts'
import { erasure, withoutPersonalData } from './redact.ts'
import { deliveryRefusals, refuse } from './refusals.ts'
import { routing } from './routing.ts'
import { type Delivery, deliverySchema, newest } from './state.ts'
import { tracking } from './tracking.ts'
import { upcasters } from './upcast.ts'

const features = [routing, progress, tracking, erasure] as const
const { evolve, decide, react } = combineFeatures<Delivery, DeliveryCommand, DeliveryEvent, typeof features>(
  features,
  ({ id }) => refuse('delivery_not_found', `There is no delivery ${id}.`),
)

/** One parcel of one order, from the booking to the customer's confirmation of receipt. */
export const delivery: Aggregate<Delivery, DeliveryCommand, DeliveryEvent> = {
  kind: 'delivery',
  context: 'delivery',
  idPrefix: 'dlv',
  command: deliveryCommand,
  event: deliveryEvent,
  refusals: deliveryRefusals,
  state: deliverySchema,
  stateVersion: 3,
  evolve(state, event, at) {
    const next = evolve(state, event, at)
    const newsId = 'newsId' in event.data ? event.data.newsId : undefined
    const newsIds = newsId === undefined ? next.newsIds : newest(next.newsIds, newsId)
    return { ...next, newsIds, updatedAt: at }
  },
  decide,
  react,
  errorEvents: ['DeliveryFailed'],
  upcasters,
  personalData: { without: withoutPersonalData, erasedBy: ['DeliveryPersonalDataErased'] },
  listing: deliveryListing,
}
