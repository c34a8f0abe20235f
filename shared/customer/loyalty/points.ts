import { z } from 'zod'
import { sum } from '../../core/money/money.ts'
import { type Instant, instantSchema } from '../../core/time.ts'
import { type Tier, tierSchema } from '../../promotion/terms.ts'
import { customerRules } from '../policies.ts'
import { withinMemory } from './memory.ts'
import { rewardPointsPolicy } from './points-policies.ts'

const points = z.int().min(0)

const pointLotSchema = z.object({
  lotId: z.string(),
  points,
  activeFrom: instantSchema,
  expiresAt: instantSchema,
})
/** Points that were earned together and lapse together. */
export type PointLot = z.infer<typeof pointLotSchema>

const pendingLotSchema = z.object({
  lotId: z.string(),
  orderId: z.string(),
  points,
  /** What they were given for, in minor units. */
  netPaid: z.int().min(0),
})
/** Points of an order that is delivered but not completed. */
export type PendingLot = z.infer<typeof pendingLotSchema>

const earningSchema = z.object({
  orderId: z.string(),
  /** When it was first reported. */
  at: instantSchema,
  /** What was given for the order; missing while only refunds have been reported. */
  given: z.object({ points, tier: tierSchema }).optional(),
  /** What was paid and what refunds have left of it, in minor units; missing before the first refund. */
  paid: z.int().min(0).optional(),
  kept: z.int().min(0).optional(),
  /** Of `kept`: only a higher one is newer. */
  revision: z.int().min(1).optional(),
  clawedBack: points,
})
/** What became of the points of one order. */
export type Earning = z.infer<typeof earningSchema>

const redemptionSchema = z.object({
  orderId: z.string(),
  at: instantSchema,
  restored: z.boolean(),
  /** What was taken from which lot, with all that is needed to bring back a lot that is gone. */
  lots: z.array(pointLotSchema),
})

/** The part of a customer's loyalty that is about points. */
export const pointsShape = {
  /** Oldest first. */
  pendingLots: z.array(pendingLotSchema),
  /**
   * In the order in which they are spent: the one that lapses first comes first. A lot whose time is over
   * stays until `RewardPointsExpired` records it; its points no longer count.
   */
  lots: z.array(pointLotSchema),
  earnings: z.array(earningSchema),
  /** Reviews that had their bonus. */
  bonuses: z.array(z.object({ reviewId: z.string(), at: instantSchema })),
  redemptions: z.array(redemptionSchema),
} as const
const pointsSchema = z.object(pointsShape)
export type Points = z.infer<typeof pointsSchema>

export const noPoints: Points = { pendingLots: [], lots: [], earnings: [], bonuses: [], redemptions: [] }

/** Points that can be spent now, and those that cannot yet: always the sum of the lots. */
export function pointBalance(
  { lots, pendingLots }: Pick<Points, 'lots' | 'pendingLots'>,
  now: Instant,
): { available: number; pending: number } {
  const alive = lots.filter((lot) => now < lot.expiresAt)
  const notYet = pointsIn(alive.filter((lot) => now < lot.activeFrom))
  return { available: pointsIn(alive) - notYet, pending: notYet + pointsIn(pendingLots) }
}

/** When the lot that lapses first does; `null` without lots. */
export function nextExpiry({ lots }: Pick<Points, 'lots'>): Instant | null {
  return lots[0]?.expiresAt ?? null
}

/** The lots whose time is over. */
export function lapsedLots({ lots }: Pick<Points, 'lots'>, now: Instant): PointLot[] {
  return lots.filter((lot) => lot.expiresAt <= now)
}

/** The points of several lots together. */
export function pointsIn(lots: readonly { points: number }[]): number {
  return sum(lots.map((lot) => lot.points))
}

/** So many points out of lots, one after another, as far as they go. */
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

/** What became of the points of an order, as far as it is remembered. */
export function earningOf({ earnings }: Pick<Points, 'earnings'>, orderId: string): Earning | undefined {
  return earnings.find((earning) => earning.orderId === orderId)
}

/**
 * Points of an order that its customer has to give back: more were given than what is left of the payment
 * would earn, and not all of that has been taken.
 */
export function pointsOwed({ given, kept, clawedBack }: Earning): number {
  if (!given || kept === undefined) return 0
  const due = rewardPointsPolicy({ source: 'order', netPaid: kept, tier: given.tier }).points
  return Math.max(0, given.points - due - clawedBack)
}

/** What refunds leave of what was paid, in minor units. */
export function keptOf(paid: number, refundedTotal: number): number {
  return Math.max(0, paid - refundedTotal)
}

/** The points without what is older than 12 months; of pending points everything is kept. */
export function prunePoints<State extends Points>(state: State, now: Instant): State {
  const pending = new Set(state.pendingLots.map(({ orderId }) => orderId))
  const recent = new Set(withinMemory(state.earnings, now))
  return {
    ...state,
    earnings: state.earnings.filter((earning) => recent.has(earning) || pending.has(earning.orderId)),
    bonuses: withinMemory(state.bonuses, now),
    redemptions: withinMemory(state.redemptions, now),
  }
}

/**
 * What was given for an order stands from its first event on: that pending points become active adds none.
 * They are remembered as long as the lot lives.
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

/** Lots less what was taken from them; an empty lot is gone. */
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
 * Lots that hold points, each once, in the order in which they are spent. Past the number that is
 * remembered the two that lapse first become one, which lapses with the later of them.
 */
export function spendable(lots: readonly PointLot[]): PointLot[] {
  const byId = new Map<string, PointLot>()
  for (const lot of lots) {
    const known = byId.get(lot.lotId)
    byId.set(lot.lotId, { ...lot, points: lot.points + (known?.points ?? 0) })
  }
  const sorted = [...byId.values()]
    .filter((lot) => lot.points > 0)
    .sort((a, b) => compare(a.expiresAt, b.expiresAt) || compare(a.lotId, b.lotId))
  while (sorted.length > customerRules.remembered) {
    const [first, second] = sorted
    if (!first || !second) break
    sorted.splice(0, 2, { ...second, points: first.points + second.points })
  }
  return sorted
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
