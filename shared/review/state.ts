import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { type Instant, instantSchema } from '../core/time.ts'
import { type ReviewEvent, ratingSchema } from './events.ts'

export const reviewStatuses = ['requested', 'submitted'] as const

export const reviewSchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  sku: skuSchema,
  status: z.enum(reviewStatuses),
  rating: ratingSchema.optional(),
  text: z.string().optional(),
  submittedAt: instantSchema.optional(),
  /** The buyer is no longer known: there are no words of theirs, and none can come. */
  erased: z.boolean(),
})
export type Review = z.infer<typeof reviewSchema>

/** Folds one event into a review, which begins by being asked for or by being written unasked. */
export function evolve(state: Review | null, event: ReviewEvent, at: Instant): Review {
  const { orderId, customerId, sku } = event.data
  const purchase = { orderId, customerId, sku }
  switch (event.type) {
    case 'ReviewRequested':
      return { ...purchase, status: 'requested', erased: false }
    case 'ReviewSubmitted':
      return { ...event.data, status: 'submitted', submittedAt: at, erased: state?.erased ?? false }
    case 'ReviewPersonalDataErased': {
      if (!state) throw new Error(`${event.type} cannot be a review's first event`)
      const { text: _, ...rest } = state
      return { ...rest, erased: true }
    }
  }
}
