import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'
import type { ProductFacts } from './commands.ts'

export const productSchema = z.object({
  sku: skuSchema,
  name: z.string(),
  price: moneySchema,
  description: z.string().optional(),
  weightGrams: z.int().min(0),
  imageUrl: z.string().optional(),
  status: z.enum(['active', 'discontinued']),
})
export type Product = z.infer<typeof productSchema>

/** The product's facts for carts, orders and deliveries. */
export function productFacts(product: Product): ProductFacts {
  const { sku, name, price, weightGrams, status } = product
  return { sku, name, price, weightGrams, onSale: status === 'active' }
}
