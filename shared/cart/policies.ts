import type { ProductFacts } from '../catalog/commands.ts'
import type { Money } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { HOUR } from '../core/time.ts'
import { maximumPromotionCodes } from '../promotion/terms.ts'
import type { CartLine, CartPromotion } from './events.ts'

/** The limits of a cart. */
export const cartRules = {
  /** From the last change of a cart with lines. */
  abandonAfterMs: 24 * HOUR,
  maxLines: 100,
  /** Of each SKU. */
  maxQuantity: 999,
  maxPromotionCodes: maximumPromotionCodes,
  /** Recorded so that no cart is merged twice. */
  maxMergedCarts: 100,
} as const

const limits = { lineLimit: cartRules.maxLines, quantityLimit: cartRules.maxQuantity }

/** The result of a merge: the lines, and the guest cart's SKUs that exceeded a limit. */
interface CartMerge {
  readonly lines: CartLine[]
  readonly capped: { readonly sku: string; readonly rule: 'quantity_limit' | 'line_limit' }[]
  readonly decision: PolicyDecision
}

/**
 * Adds one cart's lines to another's. Quantities of the same SKU add up, capped at the limit of a line;
 * a new SKU is left out when the cart is full. A SKU in both keeps the quote of the target cart.
 */
export function cartMergePolicy(into: readonly CartLine[], from: readonly CartLine[]): CartMerge {
  const lines = new Map(into.map((line) => [line.sku, line]))
  const capped: CartMerge['capped'] = []
  for (const line of from) {
    const present = lines.get(line.sku)
    if (!present && lines.size >= cartRules.maxLines) {
      capped.push({ sku: line.sku, rule: 'line_limit' })
      continue
    }
    const wanted = line.quantity + (present?.quantity ?? 0)
    if (wanted > cartRules.maxQuantity) capped.push({ sku: line.sku, rule: 'quantity_limit' })
    lines.set(line.sku, { ...(present ?? line), quantity: Math.min(wanted, cartRules.maxQuantity) })
  }
  return {
    lines: [...lines.values()],
    capped,
    decision: {
      policy: 'cartMergePolicy',
      rules: [...new Set(capped.map(({ rule }) => rule))],
      inputs: { linesInto: into.length, linesFrom: from.length, ...limits },
      outcome: capped.length > 0 ? 'capped' : 'all_taken',
    },
  }
}

/** The codes that a merge adds: those that the cart does not have yet, up to the limit. */
export function promotionMerge(
  into: readonly CartPromotion[],
  from: readonly CartPromotion[],
): { promotions: CartPromotion[]; droppedCodes: { code: string; rule: 'promotion_limit' }[] } {
  const further = from.filter(({ code }) => !into.some((present) => present.code === code))
  const room = Math.max(0, cartRules.maxPromotionCodes - into.length)
  return {
    promotions: further.slice(0, room).map(({ code, discount }) => ({ code, discount })),
    droppedCodes: further.slice(room).map(({ code }) => ({ code, rule: 'promotion_limit' })),
  }
}

/** The result of a review of a cart's quotes. */
interface PriceReview {
  /** SKUs that are unknown or no longer sold. */
  readonly unavailable: string[]
  /** Unit prices that differ from the quote. */
  readonly changes: { readonly sku: string; readonly from: Money; readonly to: Money }[]
  /** The lines with today's names and prices. */
  readonly lines: CartLine[]
  readonly decision: PolicyDecision
}

/** Compares a cart's quotes with the current catalog. */
export function priceReviewPolicy(
  lines: readonly CartLine[],
  products: readonly ProductFacts[],
): PriceReview {
  const bySku = new Map(products.map((product) => [product.sku, product]))
  const unavailable: string[] = []
  const changes: PriceReview['changes'] = []
  const today: CartLine[] = []
  for (const line of lines) {
    const product = bySku.get(line.sku)
    if (!product?.onSale) {
      unavailable.push(line.sku)
      continue
    }
    const { name, price } = product
    if (!sameMoney(price, line.unitPrice)) changes.push({ sku: line.sku, from: line.unitPrice, to: price })
    today.push({ ...line, name, unitPrice: price })
  }
  const outcome =
    unavailable.length > 0 ? 'unavailable' : changes.length > 0 ? 'price_changed' : 'prices_hold'
  return {
    unavailable,
    changes,
    lines: today,
    decision: {
      policy: 'priceReviewPolicy',
      rules: outcome === 'prices_hold' ? [] : [outcome],
      inputs: { lines: lines.length, unavailable, changes },
      outcome,
    },
  }
}

/** Whether two amounts are the same, currency included. */
export function sameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency
}
