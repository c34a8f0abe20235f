import type { PolicyDecision } from '../../core/policy-decision.ts'
import type { Tier } from '../../promotion/terms.ts'
import { pointsBounds } from '../points-terms.ts'
import { customerRules } from '../policies.ts'

/** What earns points: the amount paid for an order (minor units of the base currency), or a review. */
export type RewardFacts =
  | { readonly source: 'order'; readonly netPaid: number; readonly tier: Tier }
  | { readonly source: 'review' }

interface RewardDecision {
  readonly points: number
  readonly rule: 'rate_of_tier' | 'review_bonus'
}

/** Points for an order: the tier's rate of the amount paid, rounded down; for a review: a fixed number. */
export function rewardPointsPolicy(facts: RewardFacts): RewardDecision {
  const { forReview } = customerRules.points
  if (facts.source === 'review') return { points: forReview, rule: 'review_bonus' }
  const { pointsPercent } = customerRules.tiers[facts.tier]
  // In integers, so that no binary fraction decides a point.
  const points = Number((BigInt(facts.netPaid) * BigInt(pointsPercent)) / 100n)
  return { points, rule: 'rate_of_tier' }
}

/** The decision on points as its events carry it. */
export function explainReward(facts: RewardFacts, { points, rule }: RewardDecision): PolicyDecision {
  return {
    policy: 'rewardPointsPolicy',
    rules: [rule],
    inputs:
      facts.source === 'review'
        ? { source: facts.source, points }
        : {
            source: facts.source,
            netPaid: facts.netPaid,
            tier: facts.tier,
            percent: customerRules.tiers[facts.tier].pointsPercent,
            points,
          },
    outcome: 'granted',
  }
}

interface RedemptionFacts {
  readonly points: number
  /** Of the order, in minor units of the base currency; a point is worth one. */
  readonly subtotal: number
  readonly available: number
}

type RedemptionDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly rule: 'points_minimum' | 'points_maximum' | 'points_insufficient'
      /** The violated bound, in points. */
      readonly bound: number
    }

/** Points may pay for at most half of a subtotal, at least 100 at a time, up to the balance. */
export function pointsRedemptionPolicy(facts: RedemptionFacts): RedemptionDecision {
  const { minimum, maximum } = pointsBounds(facts.subtotal)
  if (facts.points < minimum) return { allowed: false, rule: 'points_minimum', bound: minimum }
  if (facts.points > maximum) return { allowed: false, rule: 'points_maximum', bound: maximum }
  if (facts.points > facts.available)
    return { allowed: false, rule: 'points_insufficient', bound: facts.available }
  return { allowed: true }
}

/** The decision that allowed the redemption, as the event carries it. */
export function explainRedemption(
  { points, subtotal, available }: RedemptionFacts,
  counted: Readonly<Record<string, unknown>> = {},
): PolicyDecision {
  return {
    policy: 'pointsRedemptionPolicy',
    rules: ['within_bounds'],
    inputs: { points, subtotal, available, ...pointsBounds(subtotal), ...counted },
    outcome: 'allowed',
  }
}
