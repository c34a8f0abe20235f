import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { moneySchema, sum } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import { cartLineSchema } from './events.ts'
import { type Cart, cartSchema } from './state.ts'

const { customerId, status, currency, promotions, orderId, intoCartId } = cartSchema.shape

/** A cart in lists: all of it, without its history. */
export const cartListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  ...{ customerId, status, currency },
  lines: z.array(cartLineSchema.extend({ total: moneySchema })),
  subtotal: moneySchema,
  ...{ promotions, orderId, intoCartId },
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type CartListing = z.infer<typeof cartListingSchema>

/** The list entry of a cart; totals are before discounts. */
export function cartListing(state: Cart, { id, version, createdAt, updatedAt }: ListingFacts): CartListing {
  const { customerId, status, currency, promotions, orderId, intoCartId } = state
  const lines = state.lines.map((line) => ({
    ...line,
    total: { amount: line.quantity * line.unitPrice.amount, currency },
  }))
  return {
    ...{ id, version, customerId, status, currency, lines },
    subtotal: { amount: sum(lines.map(({ total }) => total.amount)), currency },
    ...{ promotions, orderId, intoCartId, createdAt, updatedAt },
  }
}
