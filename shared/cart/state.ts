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
  /** Codes with the discount quoted for each alone; `outdated` when the lines have changed since. */
  promotions: z.array(cartPromotionSchema.extend({ outdated: z.boolean() })),
  /** Carts that were merged into this one, oldest first. */
  mergedCartIds: z.array(z.string()),
  /** The order of this cart. */
  orderId: z.string().optional(),
  /** The cart that has its lines now. */
  intoCartId: z.string().optional(),
})
export type Cart = z.infer<typeof cartSchema>
export type CartFeature = Feature<Cart, CartCommand, CartEvent>

/** Whether the cart can no longer change; an abandoned cart can be reopened. */
export function isClosed(cart: Cart): boolean {
  return cart.status === 'checked_out' || cart.status === 'merged'
}
