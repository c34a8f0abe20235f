import type { DecisionContext } from '../../core/aggregate.ts'
import { countingAsNoted, toBase } from '../../core/money/exchange.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { type Instant, plusMonths } from '../../core/time.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { customerRules } from '../policies.ts'
import type { Customer, CustomerFeature } from '../state.ts'
import { afterExpiry, expiryTimer } from './expiry.ts'
import {
  afterRefunds,
  type Earning,
  earningOf,
  lotOfOrder,
  outstandingPoints,
  pointsIn,
  spendable,
  takeInOrder,
  withoutShares,
} from './points.ts'
import { explainReward, type RewardFacts, rewardPointsPolicy } from './points-policies.ts'
import { inLoyalty, type Loyalty } from './state.ts'

/** Points of refunded orders: clawed back, and given again when the bank returns the refund. */
export const clawBack = {
  evolve: {
    RewardPointsClawedBack: inLoyalty(clawedBack),
    RewardPointsReinstated: inLoyalty(reinstated),
  },
  decide: { ClawBackPoints: afterExpiry(clawBackPoints) },
  react: {
    RewardPointsClawedBack: (_, state) => [expiryTimer(state)],
    RewardPointsReinstated: (_, state) => [expiryTimer(state)],
  },
} satisfies CustomerFeature

type ClawedBack = CustomerEventData<'RewardPointsClawedBack'>
type Reinstated = CustomerEventData<'RewardPointsReinstated'>

function clawedBack(
  loyalty: Loyalty,
  { orderId, points, lots, paid, refundedTotal, revision }: ClawedBack,
  at: Instant,
): Loyalty {
  const known = earningOf(loyalty, orderId)
  // Pending points may be older than the retention period, and must not be dropped with their last point.
  const isPending = loyalty.pendingLots.some((lot) => lot.orderId === orderId)
  const before: Earning = { orderId, clawedBack: 0, ...known, at: isPending ? at : (known?.at ?? at) }
  const kept = afterRefunds(paid, refundedTotal)
  const clawedBack = before.clawedBack + points
  const earning = { ...before, paid, kept, clawedBack, ...(revision !== undefined && { revision }) }
  return {
    ...loyalty,
    lots: withoutShares(loyalty.lots, lots),
    pendingLots: withoutShares(loyalty.pendingLots, lots),
    earnings: [...loyalty.earnings.filter((one) => one !== known), earning],
  }
}

/** Gives back clawed-back points, and now gives those that were withheld because the refund was reported first. */
function reinstated(loyalty: Loyalty, data: Reinstated, at: Instant): Loyalty {
  const { orderId, lotId, points, activeFrom, expiresAt, paid, refundedTotal, revision } = data
  const known = earningOf(loyalty, orderId)
  const before: Earning = { orderId, clawedBack: 0, ...known, at: known?.at ?? at }
  const back = Math.min(points, before.clawedBack)
  const { given } = before
  const earning: Earning = {
    ...before,
    ...{ paid, revision, kept: afterRefunds(paid, refundedTotal), clawedBack: before.clawedBack - back },
    ...(given && { given: { ...given, points: given.points + points - back } }),
  }
  return {
    ...loyalty,
    lots: spendable([...loyalty.lots, { lotId, points, activeFrom, expiresAt }]),
    earnings: [...loyalty.earnings.filter((one) => one !== known), earning],
  }
}

/**
 * Claws back the points of the refunded part of an order, so that the customer keeps those that the rest of the
 * payment earns. A refund that is reported before any points are given is recorded and reduces them later. A
 * refund counts when it leaves less of the payment than the last did or, where it has a revision, when that is higher:
 * when a bank returns a refund, its points are given again.
 */
function clawBackPoints(
  command: CustomerCommandOf<'ClawBackPoints'>,
  { loyalty }: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, currency = currencies.base } = command
  const counting = countingAsNoted(command.exchange, currencies, currency)
  // Without a rate no points were given, unless the order predates rates and counted one to one.
  if (counting === null && !earningOf(loyalty, orderId)?.given) return accept()
  const inBase = (amount: number) => toBase({ amount, currency }, counting) ?? amount
  const refund = { orderId, paid: inBase(command.paid), refundedTotal: inBase(command.refundedTotal) }
  const { revision } = command
  if (revision === undefined) return accept(...takeBack(loyalty, refund, now).events)
  const known = earningOf(loyalty, orderId)
  if (revision <= (known?.revision ?? 0)) return accept()
  const kept = afterRefunds(refund.paid, refund.refundedTotal)
  const isLess = kept < (known?.kept ?? refund.paid)
  return isLess
    ? accept(...takeBack(loyalty, { ...refund, revision }, now).events)
    : accept({
        type: 'RewardPointsReinstated',
        data: reinstatement(loyalty, { ...refund, revision }, now),
      })
}

/** The amount paid for an order and its refunds, in minor units of the base currency. */
interface Refund {
  readonly orderId: string
  readonly paid: number
  readonly refundedTotal: number
  readonly revision?: number
}

/** The points clawed back for a refund that was returned, less those that the customer still has. */
function reinstatement(loyalty: Loyalty, refund: Refund & { revision: number }, now: Instant): Reinstated {
  const { orderId, paid, refundedTotal } = refund
  const { given, clawedBack = 0 } = earningOf(loyalty, orderId) ?? {}
  const lotId = lotOfOrder(orderId)
  const facts = given && {
    source: 'order' as const,
    netPaid: afterRefunds(paid, refundedTotal),
    tier: given.tier,
  }
  const due = facts ? rewardPointsPolicy(facts).points : 0
  const own = loyalty.lots.find((lot) => lot.lotId === lotId)
  return {
    ...refund,
    lotId,
    points: given ? Math.max(0, due - (given.points - clawedBack)) : 0,
    activeFrom: now,
    expiresAt: own?.expiresAt ?? plusMonths(now, customerRules.points.months),
    decisions: facts ? [explain(facts)] : [],
  }
}

/** The event of a refund that leaves less of the payment than recorded, none otherwise; and the loyalty after it. */
export function takeBack(
  loyalty: Loyalty,
  refund: Refund,
  now: Instant,
): { events: CustomerEvent[]; after: Loyalty } {
  const { orderId, paid, refundedTotal } = refund
  const known = earningOf(loyalty, orderId)
  const kept = afterRefunds(paid, refundedTotal)
  if (refundedTotal === 0 || (known?.kept !== undefined && kept >= known.kept))
    return { events: [], after: loyalty }
  const earning = { orderId, at: now, clawedBack: 0, ...known, kept }
  const data = settlement(earning, refund, sources(loyalty, orderId))
  return { events: [{ type: 'RewardPointsClawedBack', data }], after: clawedBack(loyalty, data, now) }
}

/**
 * Settles outstanding claw-backs of refunded orders from points that have just returned to these lots: spending the
 * points of a refunded order for a while must not save them.
 */
export function settleClawBacks(
  loyalty: Loyalty,
  restored: readonly { lotId: string }[],
  now: Instant,
): CustomerEvent[] {
  const events: CustomerEvent[] = []
  let present = loyalty
  for (const earning of loyalty.earnings) {
    const { orderId, kept = 0, paid = 0 } = earning
    if (outstandingPoints(earning) === 0) continue
    const back = present.lots.filter((lot) => restored.some(({ lotId }) => lotId === lot.lotId))
    if (back.length === 0) break
    const data = settlement(earning, { orderId, paid, refundedTotal: paid - kept }, back)
    events.push({ type: 'RewardPointsClawedBack', data })
    present = clawedBack(present, data, now)
  }
  return events
}

/** The outstanding points, as far as these lots cover them. */
function settlement(
  earning: Earning,
  { orderId, paid, refundedTotal, revision }: Refund,
  from: readonly { lotId: string; points: number }[],
): ClawedBack {
  const outstanding = outstandingPoints(earning)
  const lots = takeInOrder(from, outstanding)
  const points = pointsIn(lots)
  const { given, kept = 0 } = earning
  const decisions = given ? [explain({ source: 'order', netPaid: kept, tier: given.tier })] : []
  return {
    ...{ orderId, points, lots, paid, refundedTotal, shortfall: outstanding - points },
    ...(revision !== undefined && { revision }),
    decisions,
  }
}

function explain(facts: RewardFacts) {
  return explainReward(facts, rewardPointsPolicy(facts))
}

/** The order's own lot, then active lots by expiry, then pending ones. */
function sources({ pendingLots, lots }: Loyalty, orderId: string) {
  const all = [...lots, ...pendingLots]
  const own = lotOfOrder(orderId)
  return [...all.filter(({ lotId }) => lotId === own), ...all.filter(({ lotId }) => lotId !== own)]
}
