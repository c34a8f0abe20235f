import { limitIn } from '../core/money/exchange.ts'
import type { Currency } from '../core/money/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { DAY, type Instant, MINUTE, millisecondsOf, plus, plusMonths } from '../core/time.ts'
import { type Segment, type Tier, tiers } from '../promotion/terms.ts'

/**
 * Every constant of the customer context: amounts in hundredths of a unit of the base currency, durations
 * in milliseconds.
 */
export const customerRules = {
  /** How often the erasure in other contexts is repeated while something is open. */
  sweepIntervalMs: DAY,
  /** How long after an erasure an operator is notified of data that is still not erased. */
  sweepOverdueAfterMs: 14 * DAY,
  verificationLifetimeMs: 7 * DAY,
  /** Verification mails per hour to an address that is not verified. */
  verificationMailsPerHour: 3,
  /** `tries` per log-in; codes mailed to a customer per hour. */
  logInCode: { lifetimeMs: 10 * MINUTE, tries: 5, codesPerHour: 3 },
  welcome: { percent: 10, lifetimeMs: 30 * DAY },
  tiers: {
    bronze: { from: 0, pointsPercent: 1 },
    silver: { from: 500_00, pointsPercent: 2 },
    gold: { from: 1_500_00, pointsPercent: 3 },
    platinum: { from: 3_000_00, pointsPercent: 5 },
  },
  /** Calendar months over which spending counts. */
  spendingMonths: 12,
  /** The minimum duration of a tier in calendar months. */
  tierMonths: 12,
  /**
   * `months`: calendar months from a lot's activation to its expiry; `forReview`: points per review. When points
   * may be redeemed: see `points-terms.ts`.
   */
  points: { months: 12, forReview: 50 },
  segments: { newForMs: 30 * DAY, atRiskAfterMs: 60 * DAY, lapsedAfterMs: 180 * DAY },
  /** The personal promotion for a customer at risk. */
  retention: { percent: 15, lifetimeMs: 14 * DAY },
  /** Payment attempts: the window in which they count, and how many are retained to answer repeated commands. */
  paymentAttempts: { windowMs: 10 * MINUTE, maxRetained: 50 },
  /** The number of orders, lots and redemptions in a customer's state, which has to stay bounded. */
  maxRecorded: 500,
} as const

/** The facts for the tier. */
interface LoyaltyFacts {
  readonly tier: Tier
  /** The tier cannot be lost before this; missing while it has never changed. */
  readonly keptUntil?: Instant | undefined
  /** Net spending over the last 12 months, in minor units of the base currency. */
  readonly spending12m: number
  /** The base currency; missing: one of two decimals. */
  readonly currency?: Currency | undefined
  readonly now: Instant
}

interface LoyaltyDecision {
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

/** The decision on a tier as its event carries it. */
export function explainLoyalty(facts: LoyaltyFacts, { tier, rule }: LoyaltyDecision): PolicyDecision {
  const { tier: previousTier, keptUntil, spending12m } = facts
  return {
    policy: 'customerLoyaltyPolicy',
    rules: [rule],
    inputs: { previousTier, spending12m, ...(keptUntil !== undefined && { keptUntil }) },
    outcome: tier,
  }
}

/** The end of the 12 months of a tier reached now. */
export function tierKeptUntil(now: Instant): Instant {
  return plusMonths(now, customerRules.tierMonths)
}

/** The highest tier whose threshold the spending (minor units) reaches. */
function tierFor(spending12m: number, currency: Currency | undefined): Tier {
  return tiers.findLast((tier) => spending12m >= tierFrom(tier, currency)) ?? 'bronze'
}

/** The spending threshold of a tier (minor units of the base currency). */
export function tierFrom(tier: Tier, currency: Currency | undefined): number {
  const { from } = customerRules.tiers[tier]
  return currency === undefined ? from : limitIn(from, currency)
}

/** The facts for the segment. */
export interface SegmentationFacts {
  readonly deliveredOrders: number
  readonly lastOrderAt?: Instant | undefined
  readonly registeredAt: Instant
  readonly tier: Tier
  readonly now: Instant
}

interface SegmentationDecision {
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
 * The segment of a customer. The time since the last order takes precedence over the tier: a gold customer
 * without recent orders is the one to win back. Without orders the registration counts.
 */
export function customerSegmentationPolicy(facts: SegmentationFacts): SegmentationDecision {
  const { newForMs, atRiskAfterMs, lapsedAfterMs } = customerRules.segments
  const now = millisecondsOf(facts.now)
  const away = now - millisecondsOf(facts.lastOrderAt ?? facts.registeredAt)
  if (away >= lapsedAfterMs) return { segment: 'lapsed', rule: 'no_order_for_180_days' }
  if (away >= atRiskAfterMs) return { segment: 'at_risk', rule: 'no_order_for_60_days' }
  if (facts.tier === 'platinum') return { segment: 'vip', rule: 'platinum_tier' }
  if (facts.tier === 'gold') return { segment: 'loyal', rule: 'gold_tier' }
  if (facts.deliveredOrders === 0 && now - millisecondsOf(facts.registeredAt) < newForMs)
    return { segment: 'new', rule: 'no_order_yet' }
  return { segment: 'active', rule: 'no_other_rule' }
}

/** The decision on a segment as its events carry it. */
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
 * When the passage of time alone will change a customer's segment; `null` for never. It is
 * `facts.now` if the segment should already have changed.
 */
export function nextSegmentChange(facts: SegmentationFacts, segment: Segment): Instant | null {
  const { newForMs, atRiskAfterMs, lapsedAfterMs } = customerRules.segments
  const since = facts.lastOrderAt ?? facts.registeredAt
  const turns = [plus(facts.registeredAt, newForMs), plus(since, atRiskAfterMs), plus(since, lapsedAfterMs)]
  const moments = [facts.now, ...turns.filter((moment) => moment > facts.now).sort()]
  return moments.find((now) => customerSegmentationPolicy({ ...facts, now }).segment !== segment) ?? null
}
