import { allocate, type Currency, fraction, type Money, percentage, sum } from '../core/money/money.ts'
import type { Bundle, EligibilityFacts, PromotionBenefit, PromotionTerms, SpendTier } from './terms.ts'

// Published language of the context, like events.ts, commands.ts and terms.ts: the promotion quotes with
// it and the order prices with it, so that both amounts are equal.

/** A line of a basket; `remaining` is its unpaid amount in minor units. */
export interface DiscountableLine {
  readonly sku: string
  readonly quantity: number
  readonly remaining: number
}

/** The discount of a promotion, in minor units; the allocations follow the lines and add up to `amount`. */
interface PromotionDiscount {
  readonly amount: number
  readonly allocations: number[]
}

/**
 * The discount of one promotion on the lines of a basket, never more than the rest of a line. A percentage
 * is rounded half to even once per line; a fixed amount is limited to the rest of its
 * lines, and is split by largest remainder. An amount in another currency gives no discount, nor does a
 * promotion on shipping, which has no line: see `shippingDiscount`.
 */
export function promotionDiscount(
  terms: PromotionTerms,
  lines: readonly DiscountableLine[],
  currency: Currency,
): PromotionDiscount {
  // Other lines have no cost and no units here.
  const applicable = lines.map((line) =>
    appliesTo(terms, line.sku) ? line : { ...line, quantity: 0, remaining: 0 },
  )
  const allocations = allocationsOf(terms.gift, applicable, currency)
  return { amount: sum(allocations), allocations }
}

/**
 * The discount of one promotion on the shipping price (minor units), never more than the price: 0 unless
 * the promotion is on shipping. A percentage is rounded half to even.
 */
export function shippingDiscount(terms: PromotionTerms, price: number, currency: Currency): number {
  if (terms.class !== 'shipping') return 0
  const { gift: benefit } = terms
  switch (benefit.kind) {
    case 'percentage':
      return percentage(price, benefit.value.percent)
    case 'fixed':
      return Math.min(inCurrency(benefit.value.amount, currency), price)
    case 'free_shipping':
      return price
    case 'buy_x_get_y':
    case 'tiered':
      // No such promotion can be created.
      return 0
  }
}

/**
 * Applies promotions in the given order, each to what those before it left of the lines
 * or of the shipping price (minor units; 0 while unknown). A promotion on shipping has no allocations.
 */
export function promotionDiscounts(
  promotions: readonly PromotionTerms[],
  lines: readonly DiscountableLine[],
  currency: Currency,
  shippingPrice = 0,
): (PromotionDiscount & { readonly code: string })[] {
  let left = lines
  let shippingLeft = shippingPrice
  return promotions.map((terms) => {
    const { code } = terms
    if (terms.class === 'shipping') {
      const amount = shippingDiscount(terms, shippingLeft, currency)
      shippingLeft -= amount
      return { code, amount, allocations: [] }
    }
    const discount = promotionDiscount(terms, left, currency)
    left = left.map((line, index) => ({
      ...line,
      remaining: line.remaining - (discount.allocations[index] ?? 0),
    }))
    return { code, ...discount }
  })
}

/**
 * The discount of a single promotion on a basket and its shipping, in minor units; `null` if
 * it depends on a shipping price that is not known yet.
 */
export function worthAlone(
  terms: PromotionTerms,
  { lines, currency, shippingPrice }: EligibilityFacts,
): number | null {
  if (terms.class === 'shipping')
    return shippingPrice === undefined ? null : shippingDiscount(terms, shippingPrice, currency)
  const full = lines.map(({ sku, quantity, unitPrice }) => ({
    ...{ sku, quantity },
    remaining: quantity * unitPrice,
  }))
  return promotionDiscount(terms, full, currency).amount
}

/** Whether a promotion applies to the lines of a SKU. */
export function appliesTo(terms: PromotionTerms, sku: string): boolean {
  if (terms.gift.kind === 'buy_x_get_y' && terms.gift.value.sku !== undefined)
    return terms.class !== 'shipping' && terms.gift.value.sku === sku
  switch (terms.class) {
    case 'product':
      return terms.skus?.includes(sku) ?? true
    case 'order':
      return true
    case 'shipping':
      return false
  }
}

/** How many of a number of units are free: `get` of every full `buy + get`. */
export function freeUnits({ buy, get }: Bundle, units: number): number {
  return Math.floor(units / (buy + get)) * get
}

/** The highest tier that an amount (minor units of the currency) reaches. */
export function reachedTier(
  tiers: readonly SpendTier[],
  spend: number,
  currency: Currency,
): SpendTier | undefined {
  return tiers.findLast(({ from }) => from.currency === currency && from.amount <= spend)
}

function allocationsOf(
  benefit: PromotionBenefit,
  lines: readonly DiscountableLine[],
  currency: Currency,
): number[] {
  const payable = lines.map((line) => line.remaining)
  switch (benefit.kind) {
    case 'percentage':
      return payable.map((remaining) => percentage(remaining, benefit.value.percent))
    case 'fixed':
      return spread(inCurrency(benefit.value.amount, currency), payable)
    case 'tiered': {
      const tier = reachedTier(benefit.value.tiers, sum(payable), currency)
      return spread(tier ? inCurrency(tier.off, currency) : 0, payable)
    }
    case 'buy_x_get_y':
      return cheapestUnits(freeUnits(benefit.value, sum(lines.map(({ quantity }) => quantity))), lines)
    case 'free_shipping':
      return payable.map(() => 0)
  }
}

/** An amount allocated over the payable lines, up to their total. */
function spread(amount: number, payable: readonly number[]): number[] {
  return payable.length === 0 ? [] : allocate(Math.min(amount, sum(payable)), payable)
}

/**
 * The remaining cost of this number of the cheapest units, over all lines and rounded half to even once per
 * line; of equally priced units those of the earlier line go first.
 */
function cheapestUnits(free: number, lines: readonly DiscountableLine[]): number[] {
  const byUnitPrice = lines
    .map((line, index) => ({ ...line, index }))
    .filter(({ quantity }) => quantity > 0)
    .sort((a, b) => a.remaining * b.quantity - b.remaining * a.quantity || a.index - b.index)
  const allocations = lines.map(() => 0)
  let left = free
  for (const { index, quantity, remaining } of byUnitPrice) {
    const given = Math.min(left, quantity)
    allocations[index] = fraction(remaining, given, quantity)
    left -= given
  }
  return allocations
}

/** An amount in minor units; 0 in another currency. */
function inCurrency(money: Money, currency: Currency): number {
  return money.currency === currency ? money.amount : 0
}
