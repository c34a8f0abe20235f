import type { DecisionContext } from '../../core/aggregate.ts'
import { countingAsNoted, toBase } from '../../core/money/exchange.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import { type Instant, plusMonths } from '../../core/time.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent } from '../events.ts'
import { customerRules } from '../policies.ts'
import type { Customer } from '../state.ts'
import {
  type Earning,
  earningOf,
  evolvePoints,
  keptOf,
  lotOfOrder,
  type PointEvent,
  pointsIn,
  pointsOwed,
  takeInOrder,
} from './points.ts'
import { explainReward, type RewardFacts, rewardPointsPolicy } from './points-policies.ts'
import type { Loyalty } from './state.ts'

/**
 * Takes back the points of what an order gave back, so that the customer keeps those that the rest of the
 * payment earns. A refund that is heard of before any points are given leaves a mark, and they come out
 * fewer. A refund that leaves less of the payment than the last did is news, or, where it is told, whatever has a
 * higher revision: when a bank sent a refund back, the points that it had cost are given again.
 */
export function clawBackPoints(
  command: CustomerCommandOf<'ClawBackPoints'>,
  { loyalty }: Customer,
  { now, currencies }: DecisionContext,
): Decision<CustomerEvent> {
  const { orderId, currency = currencies.base } = command
  const counting = countingAsNoted(command.exchange, currencies, currency)
  // Without a rate nothing was given, unless it was one to one, before there were rates.
  if (counting === null && !earningOf(loyalty, orderId)?.given) return accept()
  const inBase = (amount: number) => toBase({ amount, currency }, counting) ?? amount
  const refund = { orderId, paid: inBase(command.paid), refundedTotal: inBase(command.refundedTotal) }
  const { revision } = command
  if (revision === undefined) return accept(...clawBack(loyalty, refund, now))
  const known = earningOf(loyalty, orderId)
  if (revision <= (known?.revision ?? 0)) return accept()
  const kept = keptOf(refund.paid, refund.refundedTotal)
  const isLess = kept < (known?.kept ?? refund.paid)
  return accept(
    ...(isLess
      ? clawBack(loyalty, { ...refund, revision }, now)
      : [reinstated(loyalty, { ...refund, revision }, now)]),
  )
}

/** What is paid for an order and what has gone back of it, in minor units of the base currency. */
interface Refund {
  readonly orderId: string
  readonly paid: number
  readonly refundedTotal: number
  readonly revision?: number
}

/** The points that a refund which came back had cost, as far as the customer has not kept them. */
function reinstated(loyalty: Loyalty, refund: Refund & { revision: number }, now: Instant): PointEvent {
  const { orderId, paid, refundedTotal } = refund
  const { given, clawedBack = 0 } = earningOf(loyalty, orderId) ?? {}
  const lotId = lotOfOrder(orderId)
  const facts = given && { source: 'order' as const, netPaid: keptOf(paid, refundedTotal), tier: given.tier }
  const due = facts ? rewardPointsPolicy(facts).points : 0
  const own = loyalty.lots.find((lot) => lot.lotId === lotId)
  return {
    type: 'RewardPointsReinstated',
    data: {
      ...refund,
      lotId,
      points: given ? Math.max(0, due - (given.points - clawedBack)) : 0,
      activeFrom: now,
      expiresAt: own?.expiresAt ?? plusMonths(now, customerRules.points.months),
      decisions: facts ? [explain(facts)] : [],
    },
  }
}

/** The event of a refund that leaves less of the payment than what was known; none otherwise. */
export function clawBack(loyalty: Loyalty, refund: Refund, now: Instant): PointEvent[] {
  const { orderId, paid, refundedTotal } = refund
  const known = earningOf(loyalty, orderId)
  const kept = keptOf(paid, refundedTotal)
  if (refundedTotal === 0 || (known?.kept !== undefined && kept >= known.kept)) return []
  const earning = { orderId, at: now, clawedBack: 0, ...known, kept }
  return [clawedBack(earning, refund, sources(loyalty, orderId))]
}

/**
 * Takes what customers still owe for refunded orders out of points that have just come back to these lots:
 * nobody keeps the points of a refunded order by having spent them for a while.
 */
export function settleDebts(
  loyalty: Loyalty,
  restored: readonly { lotId: string }[],
  now: Instant,
): PointEvent[] {
  const events: PointEvent[] = []
  let present = loyalty
  for (const earning of loyalty.earnings) {
    const { orderId, kept = 0, paid = 0 } = earning
    if (pointsOwed(earning) === 0) continue
    const back = present.lots.filter((lot) => restored.some(({ lotId }) => lotId === lot.lotId))
    if (back.length === 0) break
    const event = clawedBack(earning, { orderId, paid, refundedTotal: paid - kept }, back)
    events.push(event)
    present = evolvePoints(present, event, now)
  }
  return events
}

function clawedBack(
  earning: Earning,
  { orderId, paid, refundedTotal, revision }: Refund,
  from: readonly { lotId: string; points: number }[],
): PointEvent {
  const owed = pointsOwed(earning)
  const lots = takeInOrder(from, owed)
  const points = pointsIn(lots)
  const { given, kept = 0 } = earning
  const decisions = given ? [explain({ source: 'order', netPaid: kept, tier: given.tier })] : []
  return {
    type: 'RewardPointsClawedBack',
    data: {
      ...{ orderId, points, lots, paid, refundedTotal, shortfall: owed - points },
      ...(revision !== undefined && { revision }),
      decisions,
    },
  }
}

function explain(facts: RewardFacts) {
  return explainReward(facts, rewardPointsPolicy(facts))
}

/** The order's own lot, then active ones, the one that lapses first before others, then those still pending. */
function sources({ pendingLots, lots }: Loyalty, orderId: string) {
  const all = [...lots, ...pendingLots]
  const own = lotOfOrder(orderId)
  return [...all.filter(({ lotId }) => lotId === own), ...all.filter(({ lotId }) => lotId !== own)]
}
