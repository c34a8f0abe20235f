import { z } from 'zod'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import { heldUnitsSchema, profileStatusSchema, type WaitingOrder } from './events.ts'
import { profileRules } from './policies.ts'

export const customerProfileSchema = z.object({
  status: profileStatusSchema,
  tier: tierSchema,
  segment: segmentSchema,
  /** When these were set (UTC); missing: taken from an order, which any update of the customer overrides. */
  tierAsOf: instantSchema.optional(),
  segmentAsOf: instantSchema.optional(),
  orderedBefore: z.boolean(),
  /** Orders that are neither confirmed nor cancelled, oldest first. */
  open: z.array(
    z.object({
      orderId: z.string(),
      units: heldUnitsSchema,
      waits: z.boolean(),
      /** UTC. */
      since: instantSchema,
    }),
  ),
  /** The newest confirmed and the newest cancelled orders. */
  confirmed: z.array(z.string()),
  cancelled: z.array(z.string()),
})
export type CustomerProfile = z.infer<typeof customerProfileSchema>

/** The orders that wait for their payment, without those older than `maxWaitMs`. */
export function waitingOrders(state: CustomerProfile, now: Instant): WaitingOrder[] {
  const since = plus(now, -profileRules.maxWaitMs)
  return state.open
    .filter((order) => order.waits && order.since > since)
    .map(({ orderId, units }) => ({ orderId, units }))
}

/** Whether an order placed now is the customer's first: all earlier ones were cancelled. */
export function isFirstOrder({ orderedBefore, open, confirmed }: CustomerProfile): boolean {
  return !orderedBefore && open.length === 0 && confirmed.length === 0
}
