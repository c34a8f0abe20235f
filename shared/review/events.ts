import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { REVIEW } from './policies.ts'

const ofPurchase = { orderId: z.string(), customerId: z.string(), sku: skuSchema }

/** Stars, from the lowest to the highest. */
export const ratingSchema = z.int().min(REVIEW.lowestRating).max(REVIEW.highestRating)

export const reviewEvent = z.discriminatedUnion('type', [
  /** Some days after the completion of the order a review is requested from the buyer. */
  event('ReviewRequested', z.object({ ...ofPurchase, productName: z.string() })),
  /** `text` is personal data: it is neither published nor retained after an erasure. */
  event('ReviewSubmitted', z.object({ ...ofPurchase, rating: ratingSchema, text: z.string().optional() })),
  /** The rating stays for the product's average; the text is erased permanently. */
  event('ReviewPersonalDataErased', z.object({ ...ofPurchase })),
])
export type ReviewEvent = z.infer<typeof reviewEvent>
