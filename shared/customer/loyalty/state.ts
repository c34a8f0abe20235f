import { z } from 'zod'
import { currencySchema, fraction, sum } from '../../core/money/money.ts'
import { type Instant, instantSchema } from '../../core/time.ts'
import { tierSchema } from '../../promotion/terms.ts'
import { tierFrom } from '../policies.ts'
import { noPoints, pointsShape, prunePoints } from './points.ts'
import { endOfLoyaltyWindow, withinLoyaltyWindow } from './window.ts'

const spendingEntrySchema = z.object({
  orderId: z.string(),
  /** When it was spent; a refund lowers the entry of its order and keeps the date. */
  at: instantSchema,
  /** Minor units of the base currency; missing until this direction was reported. */
  spent: z.int().min(0).optional(),
  refunded: z.int().min(0).optional(),
  /** The revision of `refunded`: only a higher one is newer. */
  revision: z.int().min(1).optional(),
  /** Without a rate: an order whose amount cannot be counted. */
  uncounted: z.literal(true).optional(),
  /** The tier at delivery: it decides the points, whichever command arrives first. */
  tier: tierSchema,
})
export type SpendingEntry = z.infer<typeof spendingEntrySchema>

export const loyaltySchema = z.object({
  /** The base currency of the newest spending event. */
  currency: currencySchema.optional(),
  tier: tierSchema,
  keptUntil: instantSchema.optional(),
  deliveredOrders: z.int().min(0),
  lastOrderAt: instantSchema.optional(),
  spending: z.array(spendingEntrySchema),
  ...pointsShape,
})
export type Loyalty = z.infer<typeof loyaltySchema>

export const noLoyalty: Loyalty = { tier: 'bronze', deliveredOrders: 0, spending: [], ...noPoints }

/** Net spending over the last 12 months (minor units of the base currency). */
export function spending12m(loyalty: Loyalty, now: Instant): number {
  return sum(withinLoyaltyWindow(loyalty.spending, now).map(net))
}

/**
 * The average amount of the delivered orders of the last 12 months (minor units of the base currency, half-even);
 * `null` without an order that counts.
 */
export function averageOrder(loyalty: Loyalty, now: Instant): number | null {
  const delivered = withinLoyaltyWindow(loyalty.spending, now).filter(
    ({ spent, uncounted }) => spent !== undefined && !uncounted,
  )
  if (delivered.length === 0) return null
  return fraction(sum(delivered.map(net)), 1, delivered.length)
}

/** Never below zero: a refund that is reported before its order must not reduce other spending. */
function net({ spent = 0, refunded = 0 }: SpendingEntry): number {
  return Math.max(0, spent - refunded)
}

/**
 * When the tier ends without further spending: at the end of its period or, if later, when the spending of 12
 * months no longer reaches it. `null` for the lowest tier, which has no end.
 */
export function tierEndsAt({ tier, keptUntil, spending, currency }: Loyalty): Instant | null {
  const from = tierFrom(tier, currency)
  if (from === 0 || keptUntil === undefined) return null
  const ends = spending
    .map((entry) => ({ at: endOfLoyaltyWindow(entry), net: net(entry) }))
    .sort((a, b) => (a.at < b.at ? -1 : 1))
  let left = sum(ends.map((end) => end.net))
  let index = 0
  for (const moment of [keptUntil, ...ends.map(({ at }) => at).filter((at) => at > keptUntil)]) {
    for (let end = ends[index]; end && end.at <= moment; end = ends[index]) {
      left -= end.net
      index += 1
    }
    if (left < from) return moment
  }
  return keptUntil
}

/** Drops entries older than 12 months. */
export function pruneLoyalty(loyalty: Loyalty, now: Instant): Loyalty {
  return { ...prunePoints(loyalty, now), spending: withinLoyaltyWindow(loyalty.spending, now) }
}

/** Lifts a fold of the loyalty to one of the customer; drops entries older than 12 months before and after. */
export function inLoyalty<Data>(fold: (loyalty: Loyalty, data: Data, at: Instant) => Loyalty) {
  return <State extends { loyalty: Loyalty }>(state: State, data: Data, at: Instant): State => ({
    ...state,
    loyalty: pruneLoyalty(fold(pruneLoyalty(state.loyalty, at), data, at), at),
  })
}
