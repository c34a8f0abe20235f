import { z } from 'zod'
import { currencySchema } from '../core/money/money.ts'
import { type CartEvent, type CartPromotion, cartLineSchema, cartPromotionSchema } from './events.ts'
import { cartRules } from './policies.ts'

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

/** Folds one event into a cart; only `CartCreated` may come first. */
export function evolve(state: Cart | null, event: CartEvent): Cart {
  if (event.type === 'CartCreated')
    return { ...event.data, status: 'open', lines: [], promotions: [], mergedCartIds: [] }
  if (!state) throw new Error(`${event.type} cannot be a cart's first event`)
  switch (event.type) {
    // Whatever its owner does with an abandoned cart opens it again.
    case 'ProductAddedToCart': {
      const { line } = event.data
      const known = state.lines.some((other) => other.sku === line.sku)
      return {
        ...state,
        status: 'open',
        promotions: outdated(state),
        lines: known
          ? state.lines.map((other) => (other.sku === line.sku ? line : other))
          : [...state.lines, line],
      }
    }
    case 'CartUpdated': {
      const { lines, fromCartId, promotions = [] } = event.data
      const merged = fromCartId === undefined ? [] : [fromCartId]
      return {
        ...state,
        status: 'open',
        promotions: outdated({ promotions: [...state.promotions, ...promotions] }),
        lines,
        mergedCartIds: [...state.mergedCartIds, ...merged].slice(-cartRules.mergedCarts),
      }
    }
    case 'PromotionApplied': {
      const { code, discount } = event.data
      const others = state.promotions.filter((promotion) => promotion.code !== code)
      return { ...state, status: 'open', promotions: [...others, { code, discount, outdated: false }] }
    }
    case 'PromotionRemoved': {
      const promotions = state.promotions.filter(({ code }) => code !== event.data.code)
      return { ...state, status: 'open', promotions }
    }
    case 'CartMerged':
      return { ...state, status: 'merged', intoCartId: event.data.intoCartId }
    case 'CartMergeFailed': {
      const { intoCartId: _, ...open } = state
      return { ...open, status: 'open' }
    }
    case 'CartAbandoned':
      return { ...state, status: 'abandoned' }
    case 'CartCheckedOut':
      return { ...state, status: 'checked_out', ...event.data }
  }
}

/** Whether nothing can be done with the cart any more; an abandoned one waits for its owner. */
export function isClosed(cart: Cart): boolean {
  return cart.status === 'checked_out' || cart.status === 'merged'
}

/** What was quoted was quoted for other lines. */
function outdated({ promotions }: { promotions: readonly CartPromotion[] }): Cart['promotions'] {
  return promotions.map((promotion) => ({ ...promotion, outdated: true }))
}
