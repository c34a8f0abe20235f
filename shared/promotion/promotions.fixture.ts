import fc from 'fast-check'
import {
  type PromotionBenefit,
  type PromotionClass,
  type PromotionTerms,
  promotionClasses,
  type SpendTier,
} from './terms.ts'

/** Generators shared by the property tests of this context and of orders. Not used outside tests. */
export const basketSkus = ['CAP', 'MUG', 'TEE'] as const

const currency = fc.constantFrom('USD', 'USD', 'USD', 'EUR')
const sku = fc.constantFrom(...basketSkus)

const percentageBenefit = fc
  .integer({ min: 1, max: 10_000 })
  .map((hundredths): PromotionBenefit => ({ kind: 'percentage', value: { percent: hundredths / 100 } }))

const fixedBenefit = fc
  .record({
    amount: fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 200_000 })),
    currency,
  })
  .map((amount): PromotionBenefit => ({ kind: 'fixed', value: { amount } }))

const freeShipping = fc.constant<PromotionBenefit>({ kind: 'free_shipping', value: {} })

/** Units bought and given, of one product or of any. */
export const bundleBenefit = fc
  .record({
    buy: fc.integer({ min: 1, max: 5 }),
    get: fc.integer({ min: 1, max: 5 }),
    sku: fc.option(sku, { nil: undefined }),
  })
  .map((value): Extract<PromotionBenefit, { kind: 'buy_x_get_y' }> => ({ kind: 'buy_x_get_y', value }))

/** Rising tiers, none of which takes off more than its threshold. */
export const tieredBenefit = fc
  .record({
    currency,
    steps: fc.array(fc.record({ off: fc.integer({ min: 1, max: 2_000 }), more: fc.nat(20_000) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(({ currency, steps }): Extract<PromotionBenefit, { kind: 'tiered' }> => {
    const tiers: SpendTier[] = []
    let from = 0
    let off = 0
    for (const step of steps) {
      from += step.off + step.more
      off += step.off
      tiers.push({ from: { amount: from, currency }, off: { amount: off, currency } })
    }
    return { kind: 'tiered', value: { tiers } }
  })

/** The possible classes of each kind of promotion. */
const classesOf: Readonly<Record<PromotionBenefit['kind'], readonly PromotionClass[]>> = {
  percentage: promotionClasses,
  fixed: promotionClasses,
  free_shipping: ['shipping'],
  buy_x_get_y: ['product', 'order'],
  tiered: ['product', 'order'],
}

const combinesWith: fc.Arbitrary<PromotionTerms['combinesWith']> = fc.oneof(
  fc.subarray([...promotionClasses]),
  fc.constant<PromotionTerms['combinesWith']>([...promotionClasses]),
)

/** A valid promotion of any of the five kinds, without its code. */
export const anyPromotion: fc.Arbitrary<Omit<PromotionTerms, 'code'>> = fc
  .oneof(percentageBenefit, fixedBenefit, freeShipping, bundleBenefit, tieredBenefit)
  .chain((benefit) =>
    fc.record({
      gift: fc.constant<PromotionBenefit>(benefit),
      class: fc.constantFrom(...classesOf[benefit.kind]),
      combinesWith,
      exclusive: fc.constantFrom(false, false, false, true),
      priority: fc.integer({ min: -1, max: 1 }),
      skus: fc.option(fc.subarray<string>([...basketSkus], { minLength: 1 }), { nil: undefined }),
    }),
  )

/** Up to this number of promotions with a code each. */
export function anyPromotions(maxLength: number): fc.Arbitrary<PromotionTerms[]> {
  return fc
    .array(anyPromotion, { maxLength })
    .map((promotions) => promotions.map((terms, index) => ({ ...terms, code: `CODE-${index}` })))
}

/** Lines of a basket with the unpaid amount of each, in minor units. */
export const anyLines = fc.array(
  fc.record({
    sku,
    quantity: fc.integer({ min: 1, max: 999 }),
    remaining: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 100_000_000 })),
  }),
  { maxLength: 8 },
)
