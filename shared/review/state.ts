import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { instantSchema } from '../core/time.ts'
import { ratingSchema } from './events.ts'

const reviewStatuses = ['requested', 'submitted'] as const

export const reviewSchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  sku: skuSchema,
  status: z.enum(reviewStatuses),
  rating: ratingSchema.optional(),
  text: z.string().optional(),
  submittedAt: instantSchema.optional(),
  /** The buyer was erased: the review has no text and accepts none. */
  erased: z.boolean(),
})
export type Review = z.infer<typeof reviewSchema>
