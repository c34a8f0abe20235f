import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { givenMoneySchema, moneySchema } from '../core/money/money.ts'
import { httpUrlSchema } from '../core/text/http-url.ts'

export const productCommand = z.discriminatedUnion('type', [
  command('CreateProduct', {
    sku: skuSchema,
    name: z.string().trim().min(1).max(200),
    price: givenMoneySchema,
    description: z.string().max(5_000).optional(),
    weightGrams: z.int().min(0).max(1_000_000).optional(),
    imageUrl: httpUrlSchema.optional(),
  }),
  command('ChangePrice', { price: givenMoneySchema }),
  command('DiscontinueProduct', {}),
])
export type ProductCommand = z.infer<typeof productCommand>

/** The facts of a product that others need to quote, validate and ship it. */
export const productFactsSchema = z.object({
  sku: skuSchema,
  name: z.string(),
  price: moneySchema,
  weightGrams: z.int().min(0),
  onSale: z.boolean(),
})
export type ProductFacts = z.infer<typeof productFactsSchema>
