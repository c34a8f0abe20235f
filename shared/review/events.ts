import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { REVIEW } from './policies.ts'

const ofPurchase = { orderId: z.string(), customerId: z.string(), sku: skuSchema }

/** Stars, from the lowest to the highest. */
export const ratingSchema = z.int().min(REVIEW.lowestRating).max(REVIEW.highestRating)

export const reviewEvent = z.discriminatedUnion('type', [
  /** Some days after the order was completed: the buyer is asked what the product is like. */
  event('ReviewRequested', z.object({ ...ofPurchase, productName: z.string() })),
  /** `text` is the buyer's own words: personal data, which is neither published nor kept beyond an erasure. */
  event('ReviewSubmitted', z.object({ ...ofPurchase, rating: ratingSchema, text: z.string().optional() })),
  /** The rating stays for the product's average; the words are gone for good. */
  event('ReviewPersonalDataErased', z.object({ ...ofPurchase })),
])
export type ReviewEvent = z.infer<typeof reviewEvent>
