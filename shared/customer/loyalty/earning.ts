import type { DecisionContext } from '../../core/aggregate.ts'
import {
  type Counting,
  countingAsNoted,
  explainCounting,
  type ShopCurrencies,
  toBase,
} from '../../core/money/exchange.ts'
import type { Money } from '../../core/money/money.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { type Instant, plusMonths } from '../../core/time.ts'
import type { Tier } from '../../promotion/terms.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { customerRules } from '../policies.ts'
import type { Customer, CustomerFeature } from '../state.ts'
import { takeBack } from './claw-back.ts'
import { afterExpiry, expiryTimer } from './expiry.ts'
import { earningOf, lotOfOrder, spendable, withGiven } from './points.ts'
import { explainReward, type RewardFacts, rewardPointsPolicy } from './points-policies.ts'
import { inLoyalty, type Loyalty } from './state.ts'

/** Points for orders, pending from the delivery to the completion, and for reviews. */
export const earning = {
  evolve: {
    RewardPointsAccrued: inLoyalty(accrued),
    RewardPointsEarned: inLoyalty(earned),
  },
  decide: {
    AccruePoints: afterExpiry(accruePoints),
    EarnPoints: afterExpiry(earnPoints),
    EarnBonusPoints: afterExpiry(earnBonusPoints),
  },
  react: { RewardPointsEarned: (_, state) => [expiryTimer(state)] },
} satisfies CustomerFeature

function accrued(
  loyalty: Loyalty,
  { lotId, orderId, points, netPaid, tier }: CustomerEventData<'RewardPointsAccrued'>,
  at: Instant,
): Loyalty {
  return {
    ...loyalty,
    pendingLots: [...loyalty.pendingLots, { lotId, orderId, points, netPaid }],
    earnings: withGiven(loyalty.earnings, { orderId, points, tier }, at),
  }
}

function earned(loyalty: Loyalty, data: CustomerEventData<'RewardPointsEarned'>, at: Instant): Loyalty {
  const { lotId, source, orderId, reviewId, points, tier, activeFrom, expiresAt } = data
  const ofOrder = source === 'order' && orderId !== undefined
  return {
    ...loyalty,
    pendingLots: loyalty.pendingLots.filter((lot) => lot.lotId !== lotId),
    lots: spendable([...loyalty.lots, { lotId, points, activeFrom, expiresAt }]),
    earnings: ofOrder ? withGiven(loyalty.earnings, { orderId, points, tier }, at) : loyalty.earnings,
    bonuses: reviewId === undefined ? loyalty.bonuses : [...loyalty.bonuses, { reviewId, at }],
  }
}

/**
 * Gives the points of a delivered order, once, as a pending lot. When the limit of pending lots is
 * reached, the points are given when the order is completed.
 */
function accruePoints(
  { orderId, netPaid, exchange }: CustomerCommandOf<'AccruePoints'>,
  { loyalty }: Customer,
  { currencies }: DecisionContext,
): Decision<CustomerEvent> {
  if (earningOf(loyalty, orderId)?.given) return accept()
  if (loyalty.pendingLots.length >= customerRules.maxRecorded) return accept()
  const paid = paidInBase(netPaid, exchange, currencies)
  const { points, tier, decisions } = rewardOf(orderId, paid, loyalty)
  if (points === 0) return accept()
  return accept({
    type: 'RewardPointsAccrued',
    data: { lotId: lotOfOrder(orderId), orderId, points, netPaid: paid.amount, tier, decisions },
  })
}

/**
 * Activates the pending points of a completed order, less those of refunds since they were
 * given; an order without pending points gets its points now. Once per order.
 */
function earnPoints(
  { orderId, netPaid, exchange }: CustomerCommandOf<'EarnPoints'>,
  { loyalty }: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const lotId = lotOfOrder(orderId)
  const pending = loyalty.pendingLots.find((lot) => lot.lotId === lotId)
  if (!pending && earningOf(loyalty, orderId)?.given) return accept()
  const inBase = paidInBase(netPaid, exchange, currencies)
  // Points that predate rates were given one to one and become active unchanged.
  const kept = pending && inBase.counting === null ? { ...inBase, amount: pending.netPaid } : inBase
  const { tier, decisions, ...reward } = rewardOf(orderId, kept, loyalty)
  const paid = pending?.netPaid ?? kept.amount
  const refund = { orderId, paid, refundedTotal: Math.max(0, paid - kept.amount) }
  const { events: takenBack, after } = takeBack(loyalty, refund, now)
  const left = after.pendingLots.find((lot) => lot.lotId === lotId)
  const points = pending ? (left?.points ?? 0) : reward.points
  if (points === 0) return accept(...takenBack)
  return accept(...takenBack, {
    type: 'RewardPointsEarned',
    data: {
      ...{ lotId, source: 'order', orderId, points, tier },
      activeFrom: now,
      expiresAt: plusMonths(now, customerRules.points.months),
      decisions,
    },
  })
}

/** Gives the points for a review, active at once. Once per review. */
function earnBonusPoints(
  { reviewId, orderId }: CustomerCommandOf<'EarnBonusPoints'>,
  { loyalty }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  if (loyalty.bonuses.some((bonus) => bonus.reviewId === reviewId)) return accept()
  const facts = { source: 'review' } as const
  const reward = rewardPointsPolicy(facts)
  return accept({
    type: 'RewardPointsEarned',
    data: {
      ...{ lotId: `review/${reviewId}`, source: 'review', orderId, reviewId },
      ...{ points: reward.points, tier: loyalty.tier },
      activeFrom: now,
      expiresAt: plusMonths(now, customerRules.points.months),
      decisions: [explainReward(facts, reward)],
    },
  })
}

/**
 * What an order earns. The tier is the one in which it was delivered, so that it makes no difference
 * whether its spending is counted before or after; refunds that were reported before the
 * points earn none.
 */
function rewardOf(orderId: string, { amount: netPaid, explained: inputs }: PaidInBase, loyalty: Loyalty) {
  const { given, kept } = earningOf(loyalty, orderId) ?? {}
  const counted = loyalty.spending.find((entry) => entry.orderId === orderId)
  const tier: Tier = given?.tier ?? counted?.tier ?? loyalty.tier
  const facts: RewardFacts = { source: 'order', netPaid: Math.min(netPaid, kept ?? netPaid), tier }
  const reward = rewardPointsPolicy(facts)
  const decision = explainReward(facts, reward)
  const decisions: PolicyDecision[] = [{ ...decision, inputs: { ...decision.inputs, ...inputs } }]
  return { points: reward.points, tier, decisions }
}

/** The amount paid, in minor units of the base currency, and how it was converted. */
interface PaidInBase {
  /** Zero without a rate: it earns nothing. */
  readonly amount: number
  readonly counting: Counting
  readonly explained: Record<string, unknown>
}

function paidInBase(netPaid: Money, recorded: Counting, currencies: ShopCurrencies): PaidInBase {
  const counting = countingAsNoted(recorded, currencies, netPaid.currency)
  return {
    amount: toBase(netPaid, counting) ?? 0,
    counting,
    explained: explainCounting(netPaid, counting),
  }
}
