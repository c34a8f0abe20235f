import { allocate, type Currency, percentage, sum } from '../core/money.ts'
import { promotionDiscount } from '../promotion/discount.ts'
import { promotionStackingPolicy } from '../promotion/stacking.ts'
import type { PromotionTerms, Tier } from '../promotion/terms.ts'
import type { Discount, OrderLine, Pricing } from './events.ts'

/** Percent that a customer of each tier gets off every order. */
export const loyaltyDiscountPercent: Readonly<Record<Tier, number>> = {
  bronze: 0,
  silver: 3,
  gold: 5,
  platinum: 8,
}

/** What an order is priced from; all amounts in minor units of `currency`. */
export interface PricingInput {
  readonly currency: Currency
  readonly lines: readonly Pick<OrderLine, 'sku' | 'name' | 'quantity' | 'unitPrice' | 'weightGrams'>[]
  readonly terms: readonly PromotionTerms[]
  readonly tier: Tier
  readonly redeemPoints: number
  readonly shippingPrice: number
}

/** The price, which promotions it stands on, and which lost against others. */
export interface PricingDecision {
  readonly pricing: Pricing
  readonly accepted: readonly PromotionTerms[]
  readonly notCombinable: readonly string[]
}

/**
 * Prices an order: product promotions, order promotions, the loyalty tier, points, shipping promotions,
 * in this order, each on what those before it left to pay. Percentages are rounded half-even once at
 * each line; no line falls below zero; every discount says how it is spread over the lines.
 */
export function orderDiscountPolicy(input: PricingInput): PricingDecision {
  const { currency, lines } = input
  const full = lines.map(({ quantity, unitPrice }) => quantity * unitPrice)
  const basket = lines.map(({ sku, quantity }, index) => ({ sku, quantity, remaining: full[index] ?? 0 }))
  const stacking = promotionStackingPolicy(input.terms, basket, currency)
  const accepted = stacking.accepted.flatMap((code) => input.terms.find((terms) => terms.code === code) ?? [])

  const discounts: Discount[] = []
  const remaining = () =>
    full.map((amount, index) => amount - sum(discounts.map((discount) => discount.allocations[index] ?? 0)))
  const take = (source: Discount['source'], allocations: number[], code?: string) => {
    const amount = sum(allocations)
    if (amount > 0) discounts.push({ source, amount, allocations, ...(code !== undefined && { code }) })
  }
  for (const terms of accepted) {
    if (terms.class === 'shipping') continue
    const left = remaining()
    const payable = basket.map((line, index) => ({ ...line, remaining: left[index] ?? 0 }))
    const { allocations } = promotionDiscount(terms, payable, currency)
    take(terms.class === 'product' ? 'product_promotion' : 'order_promotion', allocations, terms.code)
  }
  take(
    'loyalty',
    remaining().map((amount) => percentage(amount, loyaltyDiscountPercent[input.tier])),
  )
  const beforePoints = remaining()
  if (input.redeemPoints > 0 && lines.length > 0)
    take('points', allocate(Math.min(input.redeemPoints, sum(beforePoints)), beforePoints))

  const payable = remaining()
  const shipping = priceShipping(input.shippingPrice, accepted, currency)
  discounts.push(...shipping.discounts)
  return {
    pricing: {
      currency,
      lines: lines.map((line, index) => {
        const total = payable[index] ?? 0
        return { ...line, discount: (full[index] ?? 0) - total, total }
      }),
      subtotal: sum(full),
      discounts,
      shipping: shipping.price,
      total: sum(payable) + shipping.price,
    },
    accepted,
    notCombinable: stacking.rejected.map((rejection) => rejection.code),
  }
}

/** Shipping promotions, on the price of shipping alone: they are spread over no line. */
function priceShipping(price: number, accepted: readonly PromotionTerms[], currency: Currency) {
  let left = price
  const discounts: Discount[] = []
  for (const terms of accepted) {
    if (terms.class !== 'shipping') continue
    // Shipping is one line of its own here; the promotion is asked as if it were on an order of that price.
    const parcel = [{ sku: 'shipping', quantity: 1, remaining: left }]
    const { amount } = promotionDiscount({ ...terms, class: 'order' }, parcel, currency)
    if (amount === 0) continue
    left -= amount
    discounts.push({ source: 'shipping_promotion', code: terms.code, amount, allocations: [] })
  }
  return { price: left, discounts }
}
