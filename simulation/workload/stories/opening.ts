import type { Random } from '../../kernel/random.ts'
import { codes, skus } from '../shop.ts'
import { type StepDraft, step } from './scene.ts'

const client = 'keyed'

/** The steps that open the shop: four products with few units, and three promotions with small limits. */
export function openingSteps(random: Random): StepDraft[] {
  const product = (sku: (typeof skus)[keyof typeof skus], price: number, currency = 'USD') =>
    step('createProduct', { client, sku, price, currency })
  const stock = (sku: (typeof skus)[keyof typeof skus], location: string, units: number, country = 'US') =>
    step('setStock', { client, sku, location, country, units, reorderPoint: random.between(0, 2) })
  const promotion = { client, usageLimit: null, perCustomerLimit: null, exclusive: false } as const
  return [
    product(skus.hot, 2_500),
    stock(skus.hot, 'main', random.between(2, 7)),
    product(skus.pair, 12_000),
    stock(skus.pair, 'main', random.between(2, 4)),
    stock(skus.pair, 'west', random.between(1, 2)),
    product(skus.dear, 52_000),
    stock(skus.dear, 'main', random.between(1, 2)),
    product(skus.euro, 3_000, 'EUR'),
    stock(skus.euro, 'main', random.between(2, 5), 'DE'),
    step('createPromotion', {
      ...{
        ...promotion,
        code: codes.two,
        kind: 'percentage',
        value: 10,
        usageLimit: random.pick([1, 1, 2, 2, 3]),
      },
    }),
    step('createPromotion', {
      ...{ ...promotion, code: codes.each, kind: 'fixed', value: 500, perCustomerLimit: 1 },
    }),
    step('createPromotion', {
      ...{ ...promotion, code: codes.solo, kind: 'percentage', value: 20, usageLimit: 2, exclusive: true },
    }),
  ]
}
