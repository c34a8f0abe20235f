import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { type Review, reviewSchema } from './state.ts'

/** A public review of a product, without its customer and order. */
export const reviewListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  ...reviewSchema.pick({ sku: true, status: true, rating: true, text: true }).shape,
  /** Missing while the review is only requested; it is not shown then. */
  submittedAt: instantSchema.optional(),
  updatedAt: instantSchema,
})
type ReviewListing = z.infer<typeof reviewListingSchema>

/** The list entry of a review. */
export function reviewListing(
  { sku, status, rating, text, submittedAt }: Review,
  { id, version, updatedAt }: ListingFacts,
): ReviewListing {
  return { id, version, sku, status, rating, text, submittedAt, updatedAt }
}
