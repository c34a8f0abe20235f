import { z } from '@hono/zod-openapi'
import { type Review, reviewSchema } from '../../../shared/review/state.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { identityShape, type ResourceKind, timesShape } from '../http/resource.ts'

export const reviewResource = z
  .object({
    ...identityShape,
    ...reviewSchema.pick({ orderId: true, sku: true, status: true, rating: true, text: true }).shape,
    ...timesShape,
  })
  .openapi('Review')

/** A review names its order, so only buyer and operators may read it; the product's list is public. */
export const reviews: ResourceKind<Review, z.infer<typeof reviewResource>> = {
  collection: 'reviews',
  kind: 'review',
  schema: reviewResource,
  notFoundCode: 'review_not_found',
  object: (env, id) => env.REVIEW.getByName(id),
  render: ({ id, version, state, createdAt, updatedAt }) => {
    const { orderId, sku, status, rating, text } = state
    return {
      id,
      version,
      orderId,
      sku,
      status,
      ...(rating !== undefined && { rating }),
      ...(text !== undefined && { text }),
      createdAt,
      updatedAt,
    }
  },
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
