import { allocate, type Currency, percentage, sum } from '../core/money.ts'
import type { PromotionGift, PromotionTerms } from './terms.ts'

// Published language of the context, like events.ts, commands.ts and terms.ts: the promotion quotes with
// it and the order prices with it, so that both come to the same cent.

/** A line of a basket; `remaining` is what is still to pay of it, in minor units. */
export interface DiscountableLine {
  readonly sku: string
  readonly quantity: number
  readonly remaining: number
}

/** What a promotion takes off, in minor units; the allocations follow the lines and add up to `amount`. */
export interface PromotionDiscount {
  readonly amount: number
  readonly allocations: number[]
}

/**
 * What one promotion takes off a basket, never more than what remains of a line. A percentage is rounded
 * half to even once for each line; a fixed amount ends at what the lines that it is on still cost, and is
 * split by largest remainder. A fixed amount in another currency takes nothing off, nor does a promotion on
 * shipping, which has no line.
 */
export function promotionDiscount(
  terms: PromotionTerms,
  lines: readonly DiscountableLine[],
  currency: Currency,
): PromotionDiscount {
  const applicable = lines.map((line) => (appliesTo(terms, line.sku) ? line : { ...line, remaining: 0 }))
  const allocations = allocationsOf(terms.gift, applicable, currency)
  return { amount: sum(allocations), allocations }
}

/** Promotions one after another in the order given, each on what those before it left to pay. */
export function promotionDiscounts(
  promotions: readonly PromotionTerms[],
  lines: readonly DiscountableLine[],
  currency: Currency,
): (PromotionDiscount & { readonly code: string })[] {
  let left = lines
  return promotions.map((terms) => {
    const discount = promotionDiscount(terms, left, currency)
    left = left.map((line, index) => ({
      ...line,
      remaining: line.remaining - (discount.allocations[index] ?? 0),
    }))
    return { code: terms.code, ...discount }
  })
}

/** Whether a promotion takes its discount off the lines of a SKU. */
export function appliesTo(terms: PromotionTerms, sku: string): boolean {
  switch (terms.class) {
    case 'product':
      return terms.skus?.includes(sku) ?? true
    case 'order':
      return true
    case 'shipping':
      return false
  }
}

function allocationsOf(
  gift: PromotionGift,
  lines: readonly DiscountableLine[],
  currency: Currency,
): number[] {
  const payable = lines.map((line) => line.remaining)
  switch (gift.kind) {
    case 'percentage':
      return payable.map((remaining) => percentage(remaining, gift.value.percent))
    case 'fixed': {
      const { amount, currency: ofGift } = gift.value.amount
      if (lines.length === 0 || ofGift !== currency) return payable.map(() => 0)
      return allocate(Math.min(amount, sum(payable)), payable)
    }
  }
}
