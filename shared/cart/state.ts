import { z } from 'zod'
import type { Feature } from '../core/feature.ts'
import { currencySchema } from '../core/money/money.ts'
import type { CartCommand } from './commands.ts'
import { type CartEvent, cartLineSchema, cartPromotionSchema } from './events.ts'

export const cartSchema = z.object({
  status: z.enum(['open', 'checked_out', 'abandoned', 'merged']),
  currency: currencySchema,
  /** Missing for a guest's cart. */
  customerId: z.string().optional(),
  lines: z.array(cartLineSchema),
  /** Codes with the discount that each was quoted alone; `outdated` when the lines have changed since. */
  promotions: z.array(cartPromotionSchema.extend({ outdated: z.boolean() })),
  /** Carts whose lines came into this one, oldest first. */
  mergedCartIds: z.array(z.string()),
  /** The order that was made of it. */
  orderId: z.string().optional(),
  /** The cart that its lines live in now. */
  intoCartId: z.string().optional(),
})
export type Cart = z.infer<typeof cartSchema>
export type CartFeature = Feature<Cart, CartCommand, CartEvent>

/** Whether nothing can be done with the cart any more; an abandoned one waits for its owner. */
export function isClosed(cart: Cart): boolean {
  return cart.status === 'checked_out' || cart.status === 'merged'
}
