import type { Aggregate } from '../core/aggregate.ts'
import { type PromotionCommand, promotionCommand } from './commands.ts'
import { react } from './dates.ts'
import { type PromotionEvent, promotionEvent } from './events.ts'
import { promotionListing } from './listing.ts'
import { promotionRefusals } from './refusals.ts'
import { abridged, evolve, type Promotion, promotionSchema } from './state.ts'
import { promotionUpcasters } from './upcast.ts'
import { decide } from './uses.ts'

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
  evolve,
  decide,
  react,
  listing: promotionListing,
}
