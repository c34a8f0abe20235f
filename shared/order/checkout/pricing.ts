import { type Counting, fromBase } from '../../core/money/exchange.ts'
import { allocate, type Currency, percentage, sum } from '../../core/money/money.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { promotionDiscount, shippingDiscount } from '../../promotion/discount.ts'
import { explainStacking, promotionStackingPolicy, type StackingDecision } from '../../promotion/stacking.ts'
import type { PromotionTerms, Tier } from '../../promotion/terms.ts'
import type { Discount, OrderLine, Pricing } from '../events.ts'

/** Percent discount of each tier on every order. */
export const loyaltyDiscountPercent: Readonly<Record<Tier, number>> = {
  bronze: 0,
  silver: 3,
  gold: 5,
  platinum: 8,
}

/** The inputs of an order's price; all amounts in minor units of `currency`. */
export interface PricingInput {
  readonly currency: Currency
  readonly lines: readonly Pick<OrderLine, 'sku' | 'name' | 'quantity' | 'unitPrice' | 'weightGrams'>[]
  readonly terms: readonly PromotionTerms[]
  readonly tier: Tier
  /** Each is worth one minor unit of the base currency. */
  readonly redeemPoints: number
  /** Missing: `currency` is the base currency. Without a rate (`null`) points are worth nothing. */
  readonly counting?: Counting
  readonly shippingPrice: number
}

/** The price, the promotions that it includes, and those that lost against others. */
export interface PricingDecision {
  readonly pricing: Pricing
  readonly accepted: readonly PromotionTerms[]
  readonly notCombinable: readonly string[]
  /** Codes that combine with the others but discount nothing after them: their uses are not claimed. */
  readonly worthless: readonly string[]
  /** Why each code lost. */
  readonly stacking: StackingDecision
  /** Of this policy and of `promotionStackingPolicy`, for the event with the price. */
  readonly decisions: PolicyDecision[]
}

/**
 * Prices an order: product promotions, order promotions, the loyalty tier, points, shipping promotions,
 * in this order, each on the remaining amount. Percentages are rounded half-even once per line; no line
 * falls below zero; every discount contains its allocation to the lines.
 */
export function orderDiscountPolicy(input: PricingInput): PricingDecision {
  const { currency, lines } = input
  const full = lines.map(({ quantity, unitPrice }) => quantity * unitPrice)
  const basket = lines.map(({ sku, quantity }, index) => ({ sku, quantity, remaining: full[index] ?? 0 }))
  const stacking = promotionStackingPolicy(input.terms, basket, currency, input.shippingPrice)
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
  const worth = fromBase(input.redeemPoints, currency, input.counting) ?? 0
  if (worth > 0 && lines.length > 0)
    take('points', allocate(Math.min(worth, sum(beforePoints)), beforePoints))

  const payable = remaining()
  let shipping = input.shippingPrice
  for (const terms of accepted) {
    const amount = shippingDiscount(terms, shipping, currency)
    shipping -= amount
    // Allocated to no line: shipping has a price of its own.
    if (amount > 0)
      discounts.push({ source: 'shipping_promotion', code: terms.code, amount, allocations: [] })
  }
  const pricing: Pricing = {
    currency,
    lines: lines.map((line, index) => {
      const total = payable[index] ?? 0
      return { ...line, discount: (full[index] ?? 0) - total, total }
    }),
    subtotal: sum(full),
    discounts,
    shipping: input.shippingPrice,
    total: sum(payable) + shipping,
  }
  const isWorthSomething = ({ code }: PromotionTerms) => discounts.some((discount) => discount.code === code)
  return {
    pricing,
    accepted: accepted.filter(isWorthSomething),
    worthless: accepted.filter((terms) => !isWorthSomething(terms)).map(({ code }) => code),
    notCombinable: stacking.rejected.map((rejection) => rejection.code),
    stacking,
    decisions: [
      explainDiscount(input, pricing),
      ...(input.terms.length > 0 ? [explainStacking(stacking, input.terms, input.shippingPrice)] : []),
    ],
  }
}

/** The price of shipping after its promotions (minor units). */
export function shippingPaid({ shipping, discounts }: Pricing): number {
  return (
    shipping -
    sum(discounts.flatMap(({ source, amount }) => (source === 'shipping_promotion' ? [amount] : [])))
  )
}

/** How the price was calculated; the stacking decision explains the choice of codes. */
function explainDiscount(input: PricingInput, { discounts, subtotal, total }: Pricing): PolicyDecision {
  const { tier, redeemPoints, shippingPrice } = input
  return {
    policy: 'orderDiscountPolicy',
    rules: [...new Set(discounts.map(({ source }) => source))],
    inputs: {
      subtotal,
      tier,
      loyaltyPercent: loyaltyDiscountPercent[tier],
      redeemPoints,
      shippingPrice,
      codes: input.terms.map(({ code }) => code),
      total,
    },
    outcome: discounts.length > 0 ? 'discounted' : 'full_price',
  }
}
