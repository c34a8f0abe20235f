import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import type { CommandStep } from '../core/effect.ts'
import { derivedId, skuSchema } from '../core/ids.ts'
import { ratingSchema } from './events.ts'
import { REVIEW } from './policies.ts'

const ofPurchase = { orderId: z.string(), customerId: z.string(), sku: skuSchema }

export const reviewCommand = z.discriminatedUnion('type', [
  /** From the order, some days after its completion. Repeated or late it changes nothing. */
  command('RequestReview', { ...ofPurchase, productName: z.string().min(1) }),
  /** Refusals: `review_exists`, `not_in_order`, `not_delivered`, `review_closed`, `review_not_found`. */
  command('SubmitReview', {
    ...ofPurchase,
    rating: ratingSchema,
    text: z.string().trim().min(1).max(REVIEW.maxTextLength).optional(),
    /** Whether the order has a line with this SKU. */
    ordered: z.boolean(),
    /** Whether the order's parcel has reached the buyer. */
    delivered: z.boolean(),
    /** Whether the buyer has been erased, though their access token is still valid. */
    buyerErased: z.boolean().optional(),
  }),
  /** Refusals: `review_not_found`. Repeated it changes nothing. */
  command('ErasePersonalData', {}),
])
export type ReviewCommand = z.infer<typeof reviewCommand>

/** The id of the only review of a SKU in an order. */
export function reviewIdOf(orderId: string, sku: string): string {
  return derivedId('rev', orderId, sku)
}

/** A command to one review. */
export function toReview(id: string, command: ReviewCommand): CommandStep {
  return { to: { kind: 'review', id }, command }
}
