import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type PromotionCommand, promotionCommand } from './commands.ts'
import { creation } from './creation.ts'
import { dates } from './dates.ts'
import { type PromotionEvent, promotionEvent } from './events.ts'
import { promotionListing } from './listing.ts'
import { promotionRefusals, refuse } from './refusals.ts'
import { abridged, type Promotion, promotionSchema } from './state.ts'
import { promotionUpcasters } from './upcast.ts'
import { uses } from './uses.ts'

const features = [creation, uses, dates] as const

/** A promotion, named by its code in upper case. */
export const promotion: Aggregate<Promotion, PromotionCommand, PromotionEvent> = {
  kind: 'promotion',
  context: 'promotion',
  command: promotionCommand,
  event: promotionEvent,
  refusals: promotionRefusals,
  state: promotionSchema,
  stateVersion: 2,
  upcasters: promotionUpcasters,
  abridged,
  ...combineFeatures<Promotion, PromotionCommand, PromotionEvent, typeof features>(features, ({ id }) =>
    refuse('promotion_not_found', `There is no promotion ${id}.`),
  ),
  listing: promotionListing,
}
