import { z } from 'zod'
import { sum } from '../../core/money/money.ts'
import { compareTexts } from '../../core/text/text.ts'
import { type Instant, instantSchema } from '../../core/time.ts'
import { type Tier, tierSchema } from '../../promotion/terms.ts'
import { customerRules } from '../policies.ts'
import { rewardPointsPolicy } from './points-policies.ts'
import { withinLoyaltyWindow } from './window.ts'

const points = z.int().min(0)

const pointLotSchema = z.object({
  lotId: z.string(),
  points,
  activeFrom: instantSchema,
  expiresAt: instantSchema,
})
/** Points that were earned together and expire together. */
type PointLot = z.infer<typeof pointLotSchema>

/** Points of an order that is delivered but not completed. */
const pendingLotSchema = z.object({
  lotId: z.string(),
  orderId: z.string(),
  points,
  /** The amount they were given for, in minor units. */
  netPaid: z.int().min(0),
})

const earningSchema = z.object({
  orderId: z.string(),
  /** When it was first reported. */
  at: instantSchema,
  /** The points given for the order; missing while only refunds have been reported. */
  given: z.object({ points, tier: tierSchema }).optional(),
  /** The amount paid and what refunds left of it, in minor units; missing before the first refund. */
  paid: z.int().min(0).optional(),
  kept: z.int().min(0).optional(),
  /** Of `kept`: only a higher one is newer. */
  revision: z.int().min(1).optional(),
  clawedBack: points,
})
/** The history of one order's points. */
export type Earning = z.infer<typeof earningSchema>

const redemptionSchema = z.object({
  orderId: z.string(),
  at: instantSchema,
  restored: z.boolean(),
  /** The points taken from each lot, with all that is needed to recreate a lot that is used up. */
  lots: z.array(pointLotSchema),
})

/** The points part of a customer's loyalty. */
export const pointsShape = {
  /** Oldest first. */
  pendingLots: z.array(pendingLotSchema),
  /**
   * In the order in which they are spent: earliest expiry first. An overdue lot
   * stays until `RewardPointsExpired` records it; its points no longer count.
   */
  lots: z.array(pointLotSchema),
  earnings: z.array(earningSchema),
  /** Reviews that have earned their bonus. */
  bonuses: z.array(z.object({ reviewId: z.string(), at: instantSchema })),
  redemptions: z.array(redemptionSchema),
} as const
const pointsSchema = z.object(pointsShape)
export type Points = z.infer<typeof pointsSchema>

export const noPoints: Points = { pendingLots: [], lots: [], earnings: [], bonuses: [], redemptions: [] }

/** Active and pending points: always the sum of the lots. */
export function pointBalance(
  { lots, pendingLots }: Pick<Points, 'lots' | 'pendingLots'>,
  now: Instant,
): { available: number; pending: number } {
  const unexpired = lots.filter((lot) => now < lot.expiresAt)
  const notYet = pointsIn(unexpired.filter((lot) => now < lot.activeFrom))
  return { available: pointsIn(unexpired) - notYet, pending: notYet + pointsIn(pendingLots) }
}

/** The earliest expiry; `null` without lots. */
export function nextExpiry({ lots }: Pick<Points, 'lots'>): Instant | null {
  return lots[0]?.expiresAt ?? null
}

/** The lots that are overdue. */
export function lapsedLots({ lots }: Pick<Points, 'lots'>, now: Instant): PointLot[] {
  return lots.filter((lot) => lot.expiresAt <= now)
}

/** The points of several lots together. */
export function pointsIn(lots: readonly { points: number }[]): number {
  return sum(lots.map((lot) => lot.points))
}

/** Takes up to this number of points out of lots, one lot after another. */
export function takeInOrder(lots: readonly { lotId: string; points: number }[], points: number) {
  const taken: { lotId: string; points: number }[] = []
  let missing = points
  for (const { lotId, points } of lots) {
    const share = Math.min(points, missing)
    if (share > 0) taken.push({ lotId, points: share })
    missing -= share
  }
  return taken
}

/** The lot of an order's own points. */
export function lotOfOrder(orderId: string): string {
  return `order/${orderId}`
}

/** The history of an order's points, as long as it is retained. */
export function earningOf({ earnings }: Pick<Points, 'earnings'>, orderId: string): Earning | undefined {
  return earnings.find((earning) => earning.orderId === orderId)
}

/**
 * Outstanding points of an order: more were given than the rest of the payment
 * earns, and not all of the difference has been clawed back.
 */
export function outstandingPoints({ given, kept, clawedBack }: Earning): number {
  if (!given || kept === undefined) return 0
  const due = rewardPointsPolicy({ source: 'order', netPaid: kept, tier: given.tier }).points
  return Math.max(0, given.points - due - clawedBack)
}

/** The payment less its refunds, in minor units. */
export function afterRefunds(paid: number, refundedTotal: number): number {
  return Math.max(0, paid - refundedTotal)
}

/** Drops entries older than 12 months, but none of orders with pending points. */
export function prunePoints<State extends Points>(state: State, now: Instant): State {
  const pending = new Set(state.pendingLots.map(({ orderId }) => orderId))
  const recent = new Set(withinLoyaltyWindow(state.earnings, now))
  return {
    ...state,
    earnings: state.earnings.filter((earning) => recent.has(earning) || pending.has(earning.orderId)),
    bonuses: withinLoyaltyWindow(state.bonuses, now),
    redemptions: withinLoyaltyWindow(state.redemptions, now),
  }
}

/**
 * The points given for an order are counted at its first event: activating pending points adds none.
 * The entry is retained as long as the lot exists.
 */
export function withGiven(
  earnings: readonly Earning[],
  { orderId, ...given }: { orderId: string; points: number; tier: Tier },
  at: Instant,
): Earning[] {
  const known = earningOf({ earnings: [...earnings] }, orderId)
  const earning = { orderId, clawedBack: 0, given, ...known, at }
  return [...earnings.filter((one) => one !== known), earning]
}

type Shares = readonly { lotId: string; points: number }[]

export function sharesOf(shares: Shares) {
  const byId = new Map(shares.map(({ lotId, points }) => [lotId, points]))
  return ({ lotId }: { lotId: string }): number => byId.get(lotId) ?? 0
}

/** Lots less the points taken from them; an empty lot is removed. */
export function withoutShares<Lot extends { lotId: string; points: number }>(
  lots: readonly Lot[],
  taken: Shares,
): Lot[] {
  const share = sharesOf(taken)
  return lots
    .map((lot) => ({ ...lot, points: Math.max(0, lot.points - share(lot)) }))
    .filter((lot) => lot.points > 0)
}

/**
 * Lots that hold points, each once, in the order in which they are spent. Beyond the limit
 * the two with the earliest expiry are merged, with the later expiry of the two.
 */
export function spendable(lots: readonly PointLot[]): PointLot[] {
  const byId = new Map<string, PointLot>()
  for (const lot of lots) {
    const known = byId.get(lot.lotId)
    byId.set(lot.lotId, { ...lot, points: lot.points + (known?.points ?? 0) })
  }
  const sorted = [...byId.values()]
    .filter((lot) => lot.points > 0)
    .sort((a, b) => compareTexts(a.expiresAt, b.expiresAt) || compareTexts(a.lotId, b.lotId))
  while (sorted.length > customerRules.maxRecorded) {
    const [first, second] = sorted
    if (!first || !second) break
    sorted.splice(0, 2, { ...second, points: first.points + second.points })
  }
  return sorted
}
