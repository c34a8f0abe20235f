import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { type Review, reviewSchema } from './state.ts'

/** A review as everyone may read it under its product: it tells neither whose it is nor of which order. */
export const reviewListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  ...reviewSchema.pick({ sku: true, status: true, rating: true, text: true }).shape,
  /** Missing while it is only asked for; such a review is not shown. */
  submittedAt: instantSchema.optional(),
  updatedAt: instantSchema,
})
type ReviewListing = z.infer<typeof reviewListingSchema>

/** How a review stands in lists. */
export function reviewListing(
  { sku, status, rating, text, submittedAt }: Review,
  { id, version, updatedAt }: ListingFacts,
): ReviewListing {
  return { id, version, sku, status, rating, text, submittedAt, updatedAt }
}
