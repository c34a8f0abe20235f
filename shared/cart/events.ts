import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { currencySchema, moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'

/** A line with its quoted price. */
export const cartLineSchema = z.object({
  sku: skuSchema,
  name: z.string(),
  quantity: z.int().min(1),
  unitPrice: moneySchema,
})
export type CartLine = z.infer<typeof cartLineSchema>

/** A code with the discount that was quoted for it alone. */
export const cartPromotionSchema = z.object({ code: z.string(), discount: moneySchema })
export type CartPromotion = z.infer<typeof cartPromotionSchema>

export const cartEvent = z.discriminatedUnion('type', [
  event('CartCreated', z.object({ currency: currencySchema, customerId: z.string().optional() })),
  /** `quantity` is the new quantity of the line, `added` the difference. */
  event(
    'ProductAddedToCart',
    z.object({ line: cartLineSchema, added: z.int().min(1), customerId: z.string().optional() }),
  ),
  /** All lines as they are now, after a change of quantity, a removal, a merge or a new quote. */
  event(
    'CartUpdated',
    z.object({
      lines: z.array(cartLineSchema),
      cause: z.enum(['quantity_changed', 'item_removed', 'merged', 'repriced']),
      /** For a merge: the source cart, and what of it exceeded the limits. */
      fromCartId: z.string().optional(),
      capped: z
        .array(z.object({ sku: skuSchema, rule: z.enum(['quantity_limit', 'line_limit']) }))
        .optional(),
      /** For a merge: the codes of the source cart as quoted there, and those that exceeded the limit. */
      promotions: z.array(cartPromotionSchema).optional(),
      droppedCodes: z.array(z.object({ code: z.string(), rule: z.enum(['promotion_limit']) })).optional(),
      ...decisionsField,
    }),
  ),
  /** A quote, with the promotion's own decision: nothing is claimed before the checkout. */
  event('PromotionApplied', z.object({ code: z.string(), discount: moneySchema, ...decisionsField })),
  event('PromotionRemoved', z.object({ code: z.string() })),
  /** Of a guest's cart: its lines and codes go into this cart, and into no other. */
  event('CartMerged', z.object({ intoCartId: z.string() })),
  /** The other cart refused the merge: the guest's cart is open again. */
  event('CartMergeFailed', z.object({ intoCartId: z.string(), reason: z.string() })),
  event('CartAbandoned', z.object({ lines: z.int().min(0) })),
  event('CartCheckedOut', z.object({ orderId: z.string(), customerId: z.string() })),
])
export type CartEvent = z.infer<typeof cartEvent>
