import { z } from 'zod'
import { sum } from '../core/money.ts'
import { type Instant, instantSchema, plusMonths } from '../core/time.ts'
import { tierSchema } from '../promotion/terms.ts'
import type { CustomerEvent } from './events.ts'
import { customerRules } from './policies.ts'

const points = z.int().min(0)

const pointLotSchema = z.object({
  lotId: z.string(),
  points,
  activeFrom: instantSchema,
  expiresAt: instantSchema,
})
/** Points that were earned together and lapse together. */
export type PointLot = z.infer<typeof pointLotSchema>

const spendingEntrySchema = z.object({
  orderId: z.string(),
  /** When it was spent; a refund lowers the entry of its order and leaves the date. */
  at: instantSchema,
  /** Minor units; missing until this direction was told. */
  spent: z.int().min(0).optional(),
  refunded: z.int().min(0).optional(),
  /** The tier in which the order was delivered: it decides the points, whichever command comes first. */
  tier: tierSchema,
})

const redemptionSchema = z.object({
  orderId: z.string(),
  at: instantSchema,
  restored: z.boolean(),
  /** What was taken from which lot, with all that is needed to bring back a lot that is gone. */
  lots: z.array(pointLotSchema),
})

export const loyaltySchema = z.object({
  tier: tierSchema,
  keptUntil: instantSchema.optional(),
  deliveredOrders: z.int().min(0),
  lastOrderAt: instantSchema.optional(),
  spending: z.array(spendingEntrySchema),
  /** In the order in which they are spent: the one that lapses first comes first. */
  lots: z.array(pointLotSchema),
  /** Orders that earned their points. */
  earnings: z.array(z.object({ orderId: z.string(), at: instantSchema })),
  redemptions: z.array(redemptionSchema),
})
export type Loyalty = z.infer<typeof loyaltySchema>

export const noLoyalty: Loyalty = {
  tier: 'bronze',
  deliveredOrders: 0,
  spending: [],
  lots: [],
  earnings: [],
  redemptions: [],
}

/** Net spending over the last 12 months (minor units), never below zero. */
export function spending12m(loyalty: Loyalty, now: Instant): number {
  const recent = withinMemory(loyalty.spending, now)
  return Math.max(0, sum(recent.map(({ spent = 0, refunded = 0 }) => spent - refunded)))
}

/** Points that can be spent now, and those that cannot yet. */
export function pointBalance(loyalty: Loyalty, now: Instant): { available: number; pending: number } {
  const alive = loyalty.lots.filter((lot) => now < lot.expiresAt)
  const pending = sum(alive.filter((lot) => now < lot.activeFrom).map((lot) => lot.points))
  return { available: sum(alive.map((lot) => lot.points)) - pending, pending }
}

type LoyaltyEvent = Extract<
  CustomerEvent,
  {
    type:
      | 'CustomerSpendingUpdated'
      | 'LoyaltyStatusUpdated'
      | 'RewardPointsEarned'
      | 'RewardPointsRedeemed'
      | 'RewardPointsRestored'
  }
>

/** Folds one event into a customer's loyalty, and forgets what is older than 12 months. */
export function evolveLoyalty(loyalty: Loyalty, event: LoyaltyEvent, at: Instant): Loyalty {
  switch (event.type) {
    case 'CustomerSpendingUpdated':
      return withSpending(loyalty, event.data.orderId, event.data.delta, at)
    case 'LoyaltyStatusUpdated':
      return { ...loyalty, tier: event.data.tier, keptUntil: event.data.keptUntil }
    case 'RewardPointsEarned': {
      const { lotId, orderId, points, activeFrom, expiresAt } = event.data
      const earnings = orderId === undefined ? loyalty.earnings : [...loyalty.earnings, { orderId, at }]
      return {
        ...loyalty,
        lots: spendable([...loyalty.lots, { lotId, points, activeFrom, expiresAt }], at),
        earnings: withinMemory(earnings, at),
      }
    }
    case 'RewardPointsRedeemed':
      return redeemed(loyalty, event.data, at)
    case 'RewardPointsRestored':
      return restored(loyalty, event.data.orderId, at)
  }
}

function withSpending(loyalty: Loyalty, orderId: string, delta: number, at: Instant): Loyalty {
  const known = loyalty.spending.find((entry) => entry.orderId === orderId)
  const others = loyalty.spending.filter((entry) => entry !== known)
  const before = { orderId, tier: loyalty.tier, ...known }
  if (delta < 0) {
    const entry = { ...before, at: known?.at ?? at, refunded: -delta }
    return { ...loyalty, spending: withinMemory([...others, entry], at) }
  }
  const entry = { ...before, at, spent: delta }
  return {
    ...loyalty,
    spending: withinMemory([...others, entry], at),
    deliveredOrders: loyalty.deliveredOrders + 1,
    lastOrderAt: at,
  }
}

type Taken = { orderId: string; lots: readonly { lotId: string; points: number }[] }

function redeemed(loyalty: Loyalty, { orderId, lots }: Taken, at: Instant): Loyalty {
  const takenFrom = (lot: PointLot) => lots.find(({ lotId }) => lotId === lot.lotId)?.points ?? 0
  const taken = loyalty.lots
    .map((lot) => ({ ...lot, points: Math.min(lot.points, takenFrom(lot)) }))
    .filter((lot) => lot.points > 0)
  const left = loyalty.lots.map((lot) => ({ ...lot, points: Math.max(0, lot.points - takenFrom(lot)) }))
  return {
    ...loyalty,
    lots: spendable(left, at),
    redemptions: withinMemory([...loyalty.redemptions, { orderId, at, restored: false, lots: taken }], at),
  }
}

function restored(loyalty: Loyalty, orderId: string, at: Instant): Loyalty {
  const back = loyalty.redemptions.filter(
    (redemption) => redemption.orderId === orderId && !redemption.restored,
  )
  return {
    ...loyalty,
    lots: spendable([...loyalty.lots, ...back.flatMap(({ lots }) => lots)], at),
    redemptions: withinMemory(
      loyalty.redemptions.map((redemption) =>
        back.includes(redemption) ? { ...redemption, restored: true, lots: [] } : redemption,
      ),
      at,
    ),
  }
}

/**
 * Lots that still hold points, each once, in the order in which they are spent. Past the number that
 * is remembered the two that lapse first become one, which lapses with the later of them.
 */
function spendable(lots: readonly PointLot[], now: Instant): PointLot[] {
  const byId = new Map<string, PointLot>()
  for (const lot of lots) {
    const known = byId.get(lot.lotId)
    byId.set(lot.lotId, { ...lot, points: lot.points + (known?.points ?? 0) })
  }
  const alive = [...byId.values()]
    .filter((lot) => lot.points > 0 && now < lot.expiresAt)
    .sort((a, b) => compare(a.expiresAt, b.expiresAt) || compare(a.lotId, b.lotId))
  while (alive.length > customerRules.remembered) {
    const [first, second] = alive
    if (!first || !second) break
    alive.splice(0, 2, { ...second, points: first.points + second.points })
  }
  return alive
}

/** The entries of the last 12 months, at most the newest 500 of them. */
function withinMemory<Entry extends { at: Instant }>(entries: readonly Entry[], now: Instant): Entry[] {
  const start = plusMonths(now, -customerRules.spendingMonths)
  return entries.filter((entry) => entry.at > start).slice(-customerRules.remembered)
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
