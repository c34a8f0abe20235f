import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'

export const productEvent = z.discriminatedUnion('type', [
  event(
    'ProductCreated',
    z.object({
      sku: skuSchema,
      name: z.string(),
      price: moneySchema,
      description: z.string().optional(),
      weightGrams: z.int().min(0),
      imageUrl: z.string().optional(),
    }),
  ),
  event('ProductPriceChanged', z.object({ sku: skuSchema, price: moneySchema, previousPrice: moneySchema })),
  event('ProductDiscontinued', z.object({ sku: skuSchema })),
])
export type ProductEvent = z.infer<typeof productEvent>

/** Published when a product is read; not part of the product's log, because nothing about it changed. */
export const productViewed = event(
  'ProductViewed',
  z.object({ sku: skuSchema, customerId: z.string().optional(), sessionId: z.string().optional() }),
)
