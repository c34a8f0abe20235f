import type { Aggregate } from '../core/aggregate.ts'
import { type ReviewCommand, reviewCommand } from './commands.ts'
import { type ReviewEvent, reviewEvent } from './events.ts'
import { reviewListing } from './listing.ts'
import { react } from './process.ts'
import { withoutPersonalData } from './redact.ts'
import { reviewRefusals } from './refusals.ts'
import { decide } from './review.ts'
import { evolve, type Review, reviewSchema } from './state.ts'

/** What the buyer of an order says of one product in it. */
export const review: Aggregate<Review, ReviewCommand, ReviewEvent> = {
  kind: 'review',
  context: 'review',
  idPrefix: 'rev',
  command: reviewCommand,
  event: reviewEvent,
  refusals: reviewRefusals,
  state: reviewSchema,
  stateVersion: 1,
  evolve,
  decide,
  react,
  personalData: { without: withoutPersonalData, erasedBy: ['ReviewPersonalDataErased'] },
  listing: reviewListing,
}
