import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type ReviewCommand, reviewCommand } from './commands.ts'
import { type ReviewEvent, reviewEvent } from './events.ts'
import { reviewListing } from './listing.ts'
import { withoutPersonalData } from './redact.ts'
import { reviewRefusals } from './refusals.ts'
import { noReview, reviewing } from './review.ts'
import { type Review, reviewSchema } from './state.ts'

const features = [reviewing] as const

/** The buyer's review of one product of an order. */
export const review: Aggregate<Review, ReviewCommand, ReviewEvent> = {
  kind: 'review',
  context: 'review',
  idPrefix: 'rev',
  command: reviewCommand,
  event: reviewEvent,
  refusals: reviewRefusals,
  state: reviewSchema,
  stateVersion: 1,
  ...combineFeatures<Review, ReviewCommand, ReviewEvent, typeof features>(features, noReview),
  personalData: { without: withoutPersonalData, erasedBy: ['ReviewPersonalDataErased'] },
  listing: reviewListing,
}
