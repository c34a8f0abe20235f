import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import { isCharged, type Payment, refundedTotal } from './state.ts'

/** A payment in lists: nothing of the charged method. */
export const paymentListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  orderId: z.string(),
  customerId: z.string(),
  status: z.string(),
  amount: moneySchema,
  /** Refunded so far; refunds under way do not count. */
  refunded: moneySchema,
  attempt: z.int().min(1),
  failure: z.object({ code: z.string(), detail: z.string() }).optional(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type PaymentListing = z.infer<typeof paymentListingSchema>

/** Projects a payment into lists. */
export function paymentListing(state: Payment, about: ListingFacts): PaymentListing {
  const { orderId, customerId, status, amount, attempt } = state
  const refunded = isCharged(state) ? refundedTotal(state) : 0
  return {
    id: about.id,
    version: about.version,
    ...{ orderId, customerId, status, amount },
    refunded: { amount: refunded, currency: amount.currency },
    attempt,
    ...(state.status === 'failed' && {
      failure: { code: state.failure.code, detail: state.failure.detail },
    }),
    createdAt: about.createdAt,
    updatedAt: about.updatedAt,
  }
}
