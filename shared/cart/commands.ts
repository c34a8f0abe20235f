import { z } from 'zod'
import { productFactsSchema } from '../catalog/commands.ts'
import { command } from '../core/aggregate.ts'
import { type CommandStep, commandsOutcomeSchema } from '../core/effect.ts'
import { promotionCodeSchema, skuSchema } from '../core/ids.ts'
import { listedCurrencySchema } from '../core/money/currencies.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { eligibilityReasonSchema } from '../promotion/terms.ts'
import { cartLineSchema, cartPromotionSchema } from './events.ts'
import { cartRules } from './policies.ts'

/** The quantity of one SKU in a cart. */
const cartQuantitySchema = z.int().min(1).max(cartRules.maxQuantity)

export const cartCommand = z.discriminatedUnion('type', [
  command('CreateCart', { currency: listedCurrencySchema, customerId: z.string().optional() }),
  command('AddItem', {
    sku: skuSchema,
    quantity: cartQuantitySchema,
    product: productFactsSchema.nullable(),
  }),
  command('ChangeQuantity', {
    sku: skuSchema,
    quantity: cartQuantitySchema,
    product: productFactsSchema.nullable(),
  }),
  command('RemoveItem', { sku: skuSchema }),
  /** The promotion's answer to a dry run for this basket. */
  command('ApplyPromotion', {
    code: promotionCodeSchema,
    quote: z.union([
      z.object({ discount: moneySchema, ...decisionsField }),
      z.object({ reasons: z.array(eligibilityReasonSchema).min(1) }),
    ]),
  }),
  command('RemovePromotion', { code: promotionCodeSchema }),
  /** On a guest's cart: gives its lines and codes to one cart, and closes it. */
  command('MergeInto', { intoCartId: z.string() }),
  /** Into this cart: the guest cart's lines are added, quantities capped, and its codes. */
  command('MergeCarts', {
    fromCartId: z.string(),
    lines: z.array(cartLineSchema),
    promotions: z.array(cartPromotionSchema),
  }),
  /** On the guest's cart: the result of `MergeCarts`. */
  command('RecordMergeOutcome', { intoCartId: z.string(), outcome: commandsOutcomeSchema }),
  /** At a checkout: refuses with `price_changed` if a quote is out of date, and updates it. */
  command('ReviewPrices', { products: z.array(productFactsSchema) }),
  /** From the order of this cart; idempotent for the same order. */
  command('CheckOut', { orderId: z.string(), customerId: z.string() }),
  command('AbandonCart', {}),
])
export type CartCommand = z.infer<typeof cartCommand>

/** A command to one cart. */
export function toCart(id: string, command: CartCommand): CommandStep {
  return { to: { kind: 'cart', id }, command }
}
