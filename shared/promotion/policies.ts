import { sum } from '../core/money.ts'
import { DAY, type Instant } from '../core/time.ts'
import type { Promotion } from './state.ts'
import { type EligibilityFacts, type EligibilityReason, eligibilityReasons } from './terms.ts'

/**
 * What a promotion remembers of single uses, so that they can be given back and are not claimed twice.
 * What is forgotten stays counted. The numbers keep the busiest promotion's state under two megabytes.
 */
export const promotionRules = {
  /** Milliseconds. */
  confirmedUsesKeptFor: 30 * DAY,
  confirmedUsesKept: 5_000,
  /** Claims of orders under way; more than these at once would be orders that nobody ever ends. */
  claimedUsesKept: 5_000,
} as const

/** Whether a promotion may be used, and every reason why not. */
export interface EligibilityDecision {
  readonly eligible: boolean
  readonly reasons: readonly EligibilityReason[]
}

/**
 * Decides whether a basket and its buyer may use a promotion now (UTC), and tells all reasons against it.
 * A condition on the customer does not hold for a buyer who is not known.
 */
export function promotionEligibilityPolicy(
  promotion: Promotion,
  facts: EligibilityFacts,
  now: Instant,
): EligibilityDecision {
  const reasons = eligibilityReasons.filter((reason) => reasonHolds[reason](promotion, facts, now))
  // A personal code tells strangers nothing, not even that there is one.
  if (reasons.includes('unknown_code')) return { eligible: false, reasons: ['unknown_code'] }
  return { eligible: reasons.length === 0, reasons }
}

type Check = (promotion: Promotion, facts: EligibilityFacts, now: Instant) => boolean

const reasonHolds: Readonly<Record<EligibilityReason, Check>> = {
  unknown_code: ({ customerId }, facts) => customerId !== undefined && customerId !== facts.customerId,
  not_started: ({ startsAt }, _facts, now) => startsAt !== undefined && startsAt > now,
  expired: ({ expiredBy, endsAt }, _facts, now) =>
    expiredBy !== undefined || (endsAt !== undefined && endsAt <= now),
  exhausted: ({ uses, usageLimit }) => usageLimit !== undefined && uses >= usageLimit,
  per_customer_limit: (promotion, facts) =>
    promotion.perCustomerLimit !== undefined &&
    usesBy(promotion, facts.customerId) >= promotion.perCustomerLimit,
  minimum_spend: ({ conditions: { minimumSpend } }, facts) =>
    minimumSpend !== undefined &&
    // Amounts of two currencies cannot be compared; that case is `wrong_currency`.
    minimumSpend.currency === facts.currency &&
    sum(facts.lines.map((line) => line.quantity * line.unitPrice)) < minimumSpend.amount,
  first_order_only: ({ conditions }, { customer }) =>
    conditions.firstOrderOnly === true && customer?.firstOrder !== true,
  wrong_segment: ({ conditions: { segments } }, { customer }) =>
    segments !== undefined && !(customer && segments.includes(customer.segment)),
  wrong_tier: ({ conditions: { tiers } }, { customer }) =>
    tiers !== undefined && !(customer && tiers.includes(customer.tier)),
  no_matching_product: ({ conditions: { skus } }, { lines }) =>
    !lines.some((line) => skus?.includes(line.sku) ?? true),
  wrong_currency: ({ currency }, facts) => currency !== undefined && currency !== facts.currency,
  // Decided for all codes of an order together, by `promotionStackingPolicy`.
  not_combinable: () => false,
}

/** The name under which buyers without an id are counted: such a claim is no way around a limit. */
export const anonymous = ''

/** Uses of one customer that were not given back; buyers without an id count as one customer. */
export function usesBy(promotion: Promotion, customerId = anonymous): number {
  const { usesByCustomer } = promotion
  return Object.hasOwn(usesByCustomer, customerId) ? (usesByCustomer[customerId] ?? 0) : 0
}
