import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'
import { isHttpUrl } from '../core/text/http-url.ts'
import type { ProductFacts } from './commands.ts'
import type { ProductEvent } from './events.ts'

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

/** Folds one event into a product; only `ProductCreated` may come first. */
export function evolve(state: Product | null, event: ProductEvent): Product {
  if (event.type === 'ProductCreated') return created(event.data)
  if (!state) throw new Error(`${event.type} cannot be a product's first event`)
  switch (event.type) {
    case 'ProductPriceChanged':
      return { ...state, price: event.data.price }
    case 'ProductDiscontinued':
      return { ...state, status: 'discontinued' }
  }
}

/** Older logs hold whatever URL was sent; what is no http(s) address is shown to nobody. */
function created({ imageUrl, ...data }: Extract<ProductEvent, { type: 'ProductCreated' }>['data']): Product {
  return {
    ...data,
    ...(imageUrl !== undefined && isHttpUrl(imageUrl) && { imageUrl }),
    status: 'active',
  }
}

/** What carts, orders and deliveries may know of a product. */
export function productFacts(product: Product): ProductFacts {
  const { sku, name, price, weightGrams, status } = product
  return { sku, name, price, weightGrams, onSale: status === 'active' }
}
