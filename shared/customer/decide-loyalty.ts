import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plusMonths } from '../core/time.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { type PointLot, pointBalance, spending12m } from './loyalty.ts'
import {
  customerLoyaltyPolicy,
  customerRules,
  customerSegmentationPolicy,
  pointsRedemptionPolicy,
  rewardPointsPolicy,
  tierKeptUntil,
} from './policies.ts'
import { refuse } from './refusals.ts'
import { type Customer, evolve } from './state.ts'

/**
 * Counts what an order came to or gave back, once per order and direction, then lets the policies
 * decide tier and segment. A delivered order that cost nothing counts as an order all the same.
 */
export function updateSpending(
  command: CustomerCommandOf<'UpdateSpending'>,
  state: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, delta } = command
  const known = state.loyalty.spending.find((entry) => entry.orderId === orderId)
  if ((delta < 0 ? known?.refunded : known?.spent) !== undefined) return accept()

  const counted = (spending: number): CustomerEvent => ({
    type: 'CustomerSpendingUpdated',
    data: { orderId, delta, spending12m: spending },
  })
  // The sum is what the fold makes of it, so that the event and the state can never differ.
  const total = spending12m(evolve(state, counted(0), now).loyalty, now)
  const events = [counted(total)]
  let after = evolve(state, counted(total), now)
  for (const decided of [tierChange, segmentChange]) {
    const event = decided(after, now)
    if (!event) continue
    events.push(event)
    after = evolve(after, event, now)
  }
  return accept(...events)
}

function tierChange({ loyalty }: Customer, now: Instant): CustomerEvent | null {
  const facts = {
    tier: loyalty.tier,
    keptUntil: loyalty.keptUntil,
    spending12m: spending12m(loyalty, now),
    now,
  }
  const { tier, rule } = customerLoyaltyPolicy(facts)
  if (tier === loyalty.tier) return null
  return {
    type: 'LoyaltyStatusUpdated',
    data: {
      previousTier: loyalty.tier,
      tier,
      keptUntil: tierKeptUntil(now),
      spending12m: facts.spending12m,
      rule,
    },
  }
}

function segmentChange(
  { loyalty, registeredAt, segment: previousSegment }: Customer,
  now: Instant,
): CustomerEvent | null {
  const { deliveredOrders, lastOrderAt, tier } = loyalty
  const { segment, rule } = customerSegmentationPolicy({
    deliveredOrders,
    lastOrderAt,
    registeredAt,
    tier,
    now,
  })
  if (segment === previousSegment) return null
  return { type: 'CustomerSegmentChanged', data: { previousSegment, segment, rule } }
}

/**
 * Gives the points of a delivered order, once. The tier is the one in which the order was delivered,
 * so that it makes no difference whether its spending was counted before or is counted after.
 */
export function earnPoints(
  command: CustomerCommandOf<'EarnPoints'>,
  { loyalty }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, netPaid } = command
  if (loyalty.earnings.some((earning) => earning.orderId === orderId)) return accept()
  const delivered = loyalty.spending.find((entry) => entry.orderId === orderId)
  const tier = delivered?.tier ?? loyalty.tier
  const points = rewardPointsPolicy(netPaid.amount, tier)
  if (points === 0) return accept()
  return accept({
    type: 'RewardPointsEarned',
    data: {
      lotId: `order/${orderId}`,
      source: 'order',
      orderId,
      points,
      tier,
      activeFrom: now,
      expiresAt: plusMonths(now, customerRules.points.months),
    },
  })
}

/**
 * Takes points for an order, once, from the lot that lapses first. Refused: `customer_suspended`,
 * `customer_not_active`, `points_restored`, `points_minimum`, `points_maximum`, `points_insufficient`.
 */
export function redeemPoints(
  command: CustomerCommandOf<'RedeemPoints'>,
  { status, loyalty }: Customer,
  { now }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, points, subtotal } = command
  const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
  // A repeated command must not take the points of an order that was called off in the meantime.
  if (redemption?.restored) return refuse('points_restored', `The points of ${orderId} were given back.`)
  if (redemption) return accept()
  if (status === 'suspended') return refuse('customer_suspended', 'The customer is suspended.')
  if (status === 'pending') return refuse('customer_not_active', 'The address is not verified yet.')

  const { available } = pointBalance(loyalty, now)
  const decision = pointsRedemptionPolicy({ points, subtotal: subtotal.amount, available })
  if (!decision.allowed) return refuseRedemption(points, decision)
  return accept({
    type: 'RewardPointsRedeemed',
    data: { orderId, points, lots: takeOldestFirst(loyalty.lots, points, now) },
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

/** `lots` come in the order in which they lapse. */
function takeOldestFirst(lots: readonly PointLot[], points: number, now: Instant) {
  const taken: { lotId: string; points: number }[] = []
  let missing = points
  for (const lot of lots) {
    if (missing === 0) break
    if (now < lot.activeFrom || lot.expiresAt <= now) continue
    const share = Math.min(lot.points, missing)
    taken.push({ lotId: lot.lotId, points: share })
    missing -= share
  }
  return taken
}

/** Gives the points of an order that did not come about back to their lots; none taken is no error. */
export function restorePoints(
  command: CustomerCommandOf<'RestorePoints'>,
  { loyalty }: Customer,
): Decision<CustomerEvent> {
  const { orderId } = command
  const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
  if (!redemption || redemption.restored) return accept()
  const lots = redemption.lots.map(({ lotId, points }) => ({ lotId, points }))
  const points = lots.reduce((sum, lot) => sum + lot.points, 0)
  return accept({ type: 'RewardPointsRestored', data: { orderId, points, lots } })
}
