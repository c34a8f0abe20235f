import { limitIn } from '../core/money/exchange.ts'
import type { Currency } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { DAY, type Instant, MINUTE, millisecondsOf, plus, plusMonths } from '../core/time.ts'
import { type Segment, type Tier, tiers } from '../promotion/terms.ts'

/**
 * Every constant of the customer context: amounts in hundredths of a unit of the base currency, spans of time
 * in milliseconds.
 */
export const customerRules = {
  /** How often others are asked to forget an erased customer, while something is open. */
  sweepEvery: DAY,
  /** How long after an erasure an operator is notified of what is still not erased. */
  sweepOverdueAfter: 14 * DAY,
  verificationLifetime: 7 * DAY,
  /** Verification mails per hour to an address that is not verified. */
  verificationMailsPerHour: 3,
  /** `tries` of each log-in; so many codes are mailed to a customer within an hour. */
  logInCode: { lifetime: 10 * MINUTE, tries: 5, codesPerHour: 3 },
  welcome: { percent: 10, lifetime: 30 * DAY },
  tiers: {
    bronze: { from: 0, pointsPercent: 1 },
    silver: { from: 500_00, pointsPercent: 2 },
    gold: { from: 1_500_00, pointsPercent: 3 },
    platinum: { from: 3_000_00, pointsPercent: 5 },
  },
  /** Calendar months over which spending counts. */
  spendingMonths: 12,
  /** Calendar months for which a tier is kept at least. */
  tierMonths: 12,
  /**
   * `months`: calendar months from a lot's activation to its end; `forReview`: points that a review earns. When points
   * may be redeemed: see `points-terms.ts`.
   */
  points: { months: 12, forReview: 50 },
  segments: { newFor: 30 * DAY, atRiskAfter: 60 * DAY, lapsedAfter: 180 * DAY },
  /** The personal promotion for a customer who stays away. */
  retention: { percent: 15, lifetime: 14 * DAY },
  /** Payment attempts: the span in which they are counted, and how many are kept to answer repeated commands. */
  paymentAttempts: { window: 10 * MINUTE, remembered: 50 },
  /** Orders, lots and redemptions that a customer's state holds singly; it has to stay bounded. */
  remembered: 500,
} as const

/** What the tier is decided on. */
export interface LoyaltyFacts {
  readonly tier: Tier
  /** Until when the tier cannot be lost; missing while it has never changed. */
  readonly keptUntil?: Instant | undefined
  /** Net spending over the last 12 months, in minor units of the base currency. */
  readonly spending12m: number
  /** The base currency; missing: one of two decimals. */
  readonly currency?: Currency | undefined
  readonly now: Instant
}

export interface LoyaltyDecision {
  readonly tier: Tier
  readonly rule: 'tier_earned' | 'tier_still_earned' | 'tier_kept_for_its_period' | 'tier_period_ended'
}

/** Spending over the last 12 months decides the tier; a tier is never lost before its 12 months. */
export function customerLoyaltyPolicy(facts: LoyaltyFacts): LoyaltyDecision {
  const earned = tierFor(facts.spending12m, facts.currency)
  const difference = tiers.indexOf(earned) - tiers.indexOf(facts.tier)
  if (difference === 0) return { tier: earned, rule: 'tier_still_earned' }
  if (difference > 0) return { tier: earned, rule: 'tier_earned' }
  return facts.keptUntil !== undefined && facts.now < facts.keptUntil
    ? { tier: facts.tier, rule: 'tier_kept_for_its_period' }
    : { tier: earned, rule: 'tier_period_ended' }
}

/** The decision on a tier as it stands on the event that it led to. */
export function explainLoyalty(facts: LoyaltyFacts, { tier, rule }: LoyaltyDecision): PolicyDecision {
  const { tier: previousTier, keptUntil, spending12m } = facts
  return {
    policy: 'customerLoyaltyPolicy',
    rules: [rule],
    inputs: { previousTier, spending12m, ...(keptUntil !== undefined && { keptUntil }) },
    outcome: tier,
  }
}

/** When the 12 months of a tier reached now are over. */
export function tierKeptUntil(now: Instant): Instant {
  return plusMonths(now, customerRules.tierMonths)
}

/** The highest tier whose threshold the spending (minor units) reaches. */
function tierFor(spending12m: number, currency: Currency | undefined): Tier {
  return tiers.findLast((tier) => spending12m >= tierFrom(tier, currency)) ?? 'bronze'
}

/** From which spending on (minor units of the base currency) a customer is in a tier. */
export function tierFrom(tier: Tier, currency: Currency | undefined): number {
  const { from } = customerRules.tiers[tier]
  return currency === undefined ? from : limitIn(from, currency)
}

/** What the segment is decided on. */
export interface SegmentationFacts {
  readonly deliveredOrders: number
  readonly lastOrderAt?: Instant | undefined
  readonly registeredAt: Instant
  readonly tier: Tier
  readonly now: Instant
}

export interface SegmentationDecision {
  readonly segment: Segment
  readonly rule:
    | 'no_order_for_180_days'
    | 'no_order_for_60_days'
    | 'platinum_tier'
    | 'gold_tier'
    | 'no_order_yet'
    | 'no_other_rule'
}

/**
 * The segment of a customer. How long ago the last order was goes before the tier: a gold customer
 * who stays away is the one to win back. Who never ordered is measured from the registration.
 */
export function customerSegmentationPolicy(facts: SegmentationFacts): SegmentationDecision {
  const { newFor, atRiskAfter, lapsedAfter } = customerRules.segments
  const now = millisecondsOf(facts.now)
  const away = now - millisecondsOf(facts.lastOrderAt ?? facts.registeredAt)
  if (away >= lapsedAfter) return { segment: 'lapsed', rule: 'no_order_for_180_days' }
  if (away >= atRiskAfter) return { segment: 'at_risk', rule: 'no_order_for_60_days' }
  if (facts.tier === 'platinum') return { segment: 'vip', rule: 'platinum_tier' }
  if (facts.tier === 'gold') return { segment: 'loyal', rule: 'gold_tier' }
  if (facts.deliveredOrders === 0 && now - millisecondsOf(facts.registeredAt) < newFor)
    return { segment: 'new', rule: 'no_order_yet' }
  return { segment: 'active', rule: 'no_other_rule' }
}

/** The decision on a segment as it stands on the events that it led to. */
export function explainSegmentation(
  facts: SegmentationFacts,
  { segment, rule }: SegmentationDecision,
): PolicyDecision {
  const { deliveredOrders, lastOrderAt, registeredAt, tier } = facts
  return {
    policy: 'customerSegmentationPolicy',
    rules: [rule],
    inputs: { deliveredOrders, registeredAt, tier, ...(lastOrderAt !== undefined && { lastOrderAt }) },
    outcome: segment,
  }
}

/**
 * When time alone will give a customer another segment than the one they are in; `null` for never. It is
 * `facts.now` for one whose segment should have changed already.
 */
export function nextSegmentChange(facts: SegmentationFacts, segment: Segment): Instant | null {
  const { newFor, atRiskAfter, lapsedAfter } = customerRules.segments
  const since = facts.lastOrderAt ?? facts.registeredAt
  const turns = [plus(facts.registeredAt, newFor), plus(since, atRiskAfter), plus(since, lapsedAfter)]
  const moments = [facts.now, ...turns.filter((moment) => moment > facts.now).sort()]
  return moments.find((now) => customerSegmentationPolicy({ ...facts, now }).segment !== segment) ?? null
}
