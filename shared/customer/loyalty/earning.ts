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
import { plusMonths } from '../../core/time.ts'
import type { Tier } from '../../promotion/terms.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent } from '../events.ts'
import { customerRules } from '../policies.ts'
import { refuse } from '../refusals.ts'
import type { Customer } from '../state.ts'
import { clawBack, settleDebts } from './claw-back.ts'
import { earningOf, lapsedLots, lotOfOrder, pointBalance, pointsIn, takeInOrder } from './points.ts'
import {
  explainRedemption,
  explainReward,
  pointsRedemptionPolicy,
  type RewardFacts,
  rewardPointsPolicy,
} from './points-policies.ts'
import { after } from './segment.ts'
import type { Loyalty } from './state.ts'

/**
 * Gives the points of a delivered order, once, as a lot that is pending. With too many pending lots to
 * remember, the points come at once when the order is completed.
 */
export function accruePoints(
  { orderId, netPaid, exchange }: CustomerCommandOf<'AccruePoints'>,
  { loyalty }: Customer,
  { currencies }: DecisionContext,
): Decision<CustomerEvent> {
  if (earningOf(loyalty, orderId)?.given) return accept()
  if (loyalty.pendingLots.length >= customerRules.remembered) return accept()
  const paid = paidInBase(netPaid, exchange, currencies)
  const { points, tier, decisions } = rewardOf(orderId, paid, loyalty)
  if (points === 0) return accept()
  return accept({
    type: 'RewardPointsAccrued',
    data: { lotId: lotOfOrder(orderId), orderId, points, netPaid: paid.amount, tier, decisions },
  })
}

/**
 * Makes the pending points of a completed order active, less those of what has gone back since they were
 * given; an order that has none pending is given its points now. Once for an order.
 */
export function earnPoints(
  { orderId, netPaid, exchange }: CustomerCommandOf<'EarnPoints'>,
  state: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const { loyalty } = state
  const lotId = lotOfOrder(orderId)
  const pending = loyalty.pendingLots.find((lot) => lot.lotId === lotId)
  if (!pending && earningOf(loyalty, orderId)?.given) return accept()
  const inBase = paidInBase(netPaid, exchange, currencies)
  // Points that were given one to one, before there were rates, become active as they are.
  const kept = pending && inBase.counting === null ? { ...inBase, amount: pending.netPaid } : inBase
  const { tier, decisions, ...reward } = rewardOf(orderId, kept, loyalty)
  const paid = pending?.netPaid ?? kept.amount
  const refund = { orderId, paid, refundedTotal: Math.max(0, paid - kept.amount) }
  const clawedBack = clawBack(loyalty, refund, now)
  const left = after(state, clawedBack, now).loyalty.pendingLots.find((lot) => lot.lotId === lotId)
  const points = pending ? (left?.points ?? 0) : reward.points
  if (points === 0) return accept(...clawedBack)
  return accept(...clawedBack, {
    type: 'RewardPointsEarned',
    data: {
      ...{ lotId, source: 'order', orderId, points, tier },
      activeFrom: now,
      expiresAt: plusMonths(now, customerRules.points.months),
      decisions,
    },
  })
}

/** Gives the points for a review, active at once. Once for a review. */
export function earnBonusPoints(
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
 * whether its spending was counted before or is counted after; of refunds that were heard of before the
 * points, none are given for.
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

/** What was paid, in minor units of the base currency, and how it was counted. */
interface PaidInBase {
  /** Zero without a rate: it earns nothing. */
  readonly amount: number
  readonly counting: Counting
  readonly explained: Record<string, unknown>
}

function paidInBase(netPaid: Money, noted: Counting, currencies: ShopCurrencies): PaidInBase {
  const counting = countingAsNoted(noted, currencies, netPaid.currency)
  return {
    amount: toBase(netPaid, counting) ?? 0,
    counting,
    explained: explainCounting(netPaid, counting),
  }
}

/**
 * Takes points for an order, once, from the lot that lapses first. Refused: `customer_suspended`,
 * `customer_not_active`, `points_currency`, `points_restored`, `points_minimum`, `points_maximum`, `points_insufficient`.
 */
export function redeemPoints(
  command: CustomerCommandOf<'RedeemPoints'>,
  { status, loyalty }: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, points, subtotal } = command
  const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
  // A repeated command must not take the points of an order that was called off in the meantime.
  if (redemption?.restored) return refuse('points_restored', `The points of ${orderId} were given back.`)
  if (redemption) return accept()
  if (status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (status === 'pending') return refuse('customer_not_active', 'The address is not verified yet.')

  const counting = countingAsNoted(command.exchange, currencies, subtotal.currency)
  const inBase = toBase(subtotal, counting)
  if (inBase === null)
    return refuse('points_currency', `No rate of ${subtotal.currency} is declared.`, {
      currency: subtotal.currency,
    })
  const facts = { points, subtotal: inBase, available: pointBalance(loyalty, now).available }
  const decision = pointsRedemptionPolicy(facts)
  if (!decision.allowed) return refuseRedemption(points, decision)
  const spendable = loyalty.lots.filter((lot) => lot.activeFrom <= now && now < lot.expiresAt)
  return accept({
    type: 'RewardPointsRedeemed',
    data: {
      ...{ orderId, points, lots: takeInOrder(spendable, points) },
      decisions: [explainRedemption(facts, explainCounting(subtotal, counting))],
    },
  })
}

function refuseRedemption(
  points: number,
  { rule, bound }: Exclude<ReturnType<typeof pointsRedemptionPolicy>, { allowed: true }>,
): Decision<never> {
  switch (rule) {
    case 'points_minimum':
      return refuse(rule, `${points} points are below the minimum of ${bound}.`, { minimum: bound })
    case 'points_maximum':
      return refuse(rule, `${points} points are more than the ${bound} that this order takes.`, {
        maximum: bound,
      })
    case 'points_insufficient':
      return refuse(rule, `${points} points were asked for, ${bound} are available.`, { available: bound })
  }
}

/**
 * Gives the points of an order that did not come about back to their lots; none taken is no error. What
 * belongs to a lot that has lapsed in the meantime has lapsed with it. Points that should have been
 * clawed back while they were spent are clawed back now.
 */
export function restorePoints(
  { orderId }: CustomerCommandOf<'RestorePoints'>,
  state: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  const redemption = state.loyalty.redemptions.find((known) => known.orderId === orderId)
  if (!redemption || redemption.restored) return accept()
  const alive = redemption.lots.filter((lot) => now < lot.expiresAt)
  const lapsed = pointsIn(redemption.lots) - pointsIn(alive)
  const lots = alive.map(({ lotId, points }) => ({ lotId, points }))
  const restored: CustomerEvent = {
    type: 'RewardPointsRestored',
    data: { orderId, points: pointsIn(alive), lots, ...(lapsed > 0 && { lapsed }) },
  }
  const { loyalty } = after(state, [restored], now)
  return accept(restored, ...settleDebts(loyalty, lots, now))
}

/** Takes the points of lots whose 12 months are over out of the balance; none is no error. */
export function expirePoints({ loyalty }: Customer, { now }: DecisionContext): Decision<CustomerEvent> {
  const lots = lapsedLots(loyalty, now).map(({ lotId, points }) => ({ lotId, points }))
  return lots.length === 0
    ? accept()
    : accept({ type: 'RewardPointsExpired', data: { points: pointsIn(lots), lots } })
}

/** Has what lapsed told before anything else is done to the lots, in case the timer is late. */
export function afterExpiry(
  state: Customer,
  context: DecisionContext,
  decideNext: (state: Customer) => Decision<CustomerEvent>,
): Decision<CustomerEvent> {
  const { events: expired } = expirePoints(state, context)
  const decision = decideNext(after(state, expired, context.now))
  return decision.events.length === 0 ? decision : { ...decision, events: [...expired, ...decision.events] }
}
