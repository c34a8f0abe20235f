import type { RefusalCatalog } from '../core/refusal.ts'
import { refusing } from '../core/refusal.ts'

export const productRefusals = {
  product_exists: {
    kind: 'conflict',
    title: 'A product with this SKU exists already.',
    remedy: 'Choose another SKU, or change the price of the product that there is.',
  },
  product_not_found: {
    kind: 'not_found',
    title: 'No product has this SKU.',
    remedy: 'Check the SKU.',
  },
  product_discontinued: {
    kind: 'conflict',
    title: 'The product is no longer sold.',
    remedy: 'A discontinued product cannot be changed; create a new one under another SKU.',
  },
  price_out_of_range: {
    kind: 'invalid',
    title: 'The price is higher than any price may be.',
    remedy: 'A price is at most 10,000,000.00 in the base currency of the shop.',
  },
  price_currency_changed: {
    kind: 'invalid',
    title: 'A product keeps its currency.',
    remedy: 'Give the price in the currency that the product was created with.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(productRefusals)
