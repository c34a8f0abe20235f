import { type Currency, sum } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { type DiscountableLine, promotionDiscounts } from './discount.ts'
import { type PromotionTerms, promotionClasses } from './terms.ts'

// Published language of the context, like discount.ts: the order decides with it which codes it accepts.

/** How the combination was chosen: the first of these that distinguished it from all others. */
type StackingRule = 'all_combine' | 'best_discount' | 'priority' | 'code'

/** Why a code cannot be combined with the accepted ones. */
type StackingRejectionRule = 'exclusive_stands_alone' | 'classes_do_not_combine'

/** A rejected code, the accepted codes that it conflicts with, and the rule. */
interface StackingRejection {
  readonly code: string
  readonly reason: 'not_combinable'
  readonly rule: StackingRejectionRule
  readonly beatenBy: readonly string[]
}

/** The codes that an order accepts; `accepted` is in the order of application. */
export interface StackingDecision {
  readonly accepted: readonly string[]
  readonly rejected: readonly StackingRejection[]
  readonly rule: StackingRule
  /** The total discount of the accepted codes, before tier and points; minor units. */
  readonly discount: number
}

/**
 * Chooses among eligible promotions those that apply together. Two combine when neither is exclusive and
 * each names the other's class; of all maximal combinations, the one that
 * takes most off the basket wins, then the higher priority, then the earlier code. The order in which the
 * codes are given does not matter, and a duplicate code counts once. Savings on shipping count as
 * far as its price (minor units) is known: it is for an order, but not for a basket without an address.
 */
export function promotionStackingPolicy(
  candidates: readonly PromotionTerms[],
  lines: readonly DiscountableLine[],
  currency: Currency,
  shippingPrice = 0,
): StackingDecision {
  const distinct = [...new Map(candidates.map((terms) => [terms.code, terms])).values()]
  const ranked = distinct.sort(byRank)
  const combinations = [...fullestCombinations([], ranked, [])].map((members) => ({
    members,
    discount: totalDiscount(members, lines, currency, shippingPrice),
  }))
  // Combinations are ranked, so that the first of equals wins.
  const most = Math.max(...combinations.map((combination) => combination.discount))
  const [best, runnerUp] = combinations.filter((combination) => combination.discount === most)
  const accepted = best?.members ?? []
  return {
    accepted: inApplicationOrder(accepted).map((terms) => terms.code),
    rejected: ranked
      .filter((terms) => !accepted.includes(terms))
      .map((terms) => ({
        code: terms.code,
        reason: 'not_combinable',
        rule: [terms, ...accepted].some((other) => other.exclusive)
          ? 'exclusive_stands_alone'
          : 'classes_do_not_combine',
        beatenBy: inApplicationOrder(accepted)
          .filter((other) => !canCombine(terms, other))
          .map(({ code }) => code),
      })),
    rule:
      combinations.length === 1
        ? 'all_combine'
        : runnerUp
          ? tieBreaker(accepted, runnerUp.members)
          : 'best_discount',
    discount: best?.discount ?? 0,
  }
}

/** The stacking decision as the order's events carry it. */
export function explainStacking(
  { accepted, rejected, rule, discount }: StackingDecision,
  candidates: readonly PromotionTerms[],
  shippingPrice: number,
): PolicyDecision {
  return {
    policy: 'promotionStackingPolicy',
    rules: [rule, ...new Set(rejected.map((rejection) => rejection.rule))],
    inputs: {
      candidates: inApplicationOrder(candidates).map(
        ({ code, class: promotionClass, combinesWith, exclusive, priority }) => ({
          ...{ code, class: promotionClass, combinesWith, exclusive, priority },
        }),
      ),
      shippingPrice,
      ...{ accepted, rejected, discount },
    },
    outcome: rejected.length === 0 ? 'all_accepted' : 'some_rejected',
  }
}

/** Product promotions first, then order, then shipping; within a class by priority (higher first), then code. */
export function inApplicationOrder(promotions: readonly PromotionTerms[]): PromotionTerms[] {
  const place = (terms: PromotionTerms) => promotionClasses.indexOf(terms.class)
  return [...promotions].sort((a, b) => place(a) - place(b) || byRank(a, b))
}

/** Whether two promotions may apply to one order: `combinesWith` has to hold both ways. */
export function canCombine(a: PromotionTerms, b: PromotionTerms): boolean {
  if (a.exclusive || b.exclusive) return false
  return a.combinesWith.includes(b.class) && b.combinesWith.includes(a.class)
}

function byRank(a: PromotionTerms, b: PromotionTerms): number {
  if (a.priority !== b.priority) return b.priority - a.priority
  return a.code < b.code ? -1 : a.code > b.code ? 1 : 0
}

/**
 * Every maximal set of promotions that combine with each other (the maximal
 * cliques, by Bron and Kerbosch), in the order of `open`. Few codes and three classes bound their number.
 */
function* fullestCombinations(
  taken: readonly PromotionTerms[],
  open: readonly PromotionTerms[],
  passedOver: readonly PromotionTerms[],
): Generator<readonly PromotionTerms[]> {
  if (open.length === 0 && passedOver.length === 0) yield taken
  for (const [index, next] of open.entries()) {
    const fits = (other: PromotionTerms) => canCombine(next, other)
    yield* fullestCombinations(
      [...taken, next],
      open.slice(index + 1).filter(fits),
      [...passedOver, ...open.slice(0, index)].filter(fits),
    )
  }
}

function totalDiscount(
  promotions: readonly PromotionTerms[],
  lines: readonly DiscountableLine[],
  currency: Currency,
  shippingPrice: number,
): number {
  const discounts = promotionDiscounts(inApplicationOrder(promotions), lines, currency, shippingPrice)
  return sum(discounts.map(({ amount }) => amount))
}

/** What distinguished the winner from the next best: the first rank in which the two differ. */
function tieBreaker(
  winner: readonly PromotionTerms[],
  runnerUp: readonly PromotionTerms[],
): 'priority' | 'code' {
  const index = winner.findIndex((terms, place) => terms !== runnerUp[place])
  return winner[index]?.priority === runnerUp[index]?.priority ? 'code' : 'priority'
}
