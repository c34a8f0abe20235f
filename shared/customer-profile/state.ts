import { z } from 'zod'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import {
  type CustomerProfileEvent,
  heldUnitsSchema,
  profileStatusSchema,
  type WaitingOrder,
} from './events.ts'
import { profileRules } from './policies.ts'

export const customerProfileSchema = z.object({
  status: profileStatusSchema,
  tier: tierSchema,
  segment: segmentSchema,
  /** Since when these are so (UTC); missing: from an order, which any word of the customer outdoes. */
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

/** Folds one event into a profile; only `CustomerProfileCreated` may come first. */
export function evolve(
  state: CustomerProfile | null,
  event: CustomerProfileEvent,
  at: Instant,
): CustomerProfile {
  if (event.type === 'CustomerProfileCreated')
    return { ...event.data, open: [], confirmed: [], cancelled: [] }
  if (!state) throw new Error(`${event.type} cannot be a profile's first event`)
  switch (event.type) {
    case 'CustomerProfileChanged':
      return { ...state, ...event.data }
    case 'CustomerProfileClosed':
      return { ...state, status: event.data.status }
    case 'CustomerOrderOpened': {
      const { orderId, units, waits } = event.data
      return { ...state, open: [...state.open, { orderId, units, waits, since: at }] }
    }
    case 'CustomerOrderAwaitedPayment': {
      const { orderId, units } = event.data
      const since = state.open.find((order) => order.orderId === orderId)?.since ?? at
      return { ...state, open: [...others(state, orderId), { orderId, units, waits: true, since }] }
    }
    case 'CustomerOrderClosed': {
      const { orderId, outcome } = event.data
      const open = others(state, orderId)
      const confirmed = state.confirmed.filter((id) => id !== orderId)
      return outcome === 'confirmed'
        ? { ...state, open, confirmed: newest([...confirmed, orderId]) }
        : { ...state, open, confirmed, cancelled: newest([...state.cancelled, orderId]) }
    }
  }
}

/** The orders that wait for their payment now, of those that can still be waiting. */
export function waitingOrders(state: CustomerProfile, now: Instant): WaitingOrder[] {
  const since = plus(now, -profileRules.waitsAtMost)
  return state.open
    .filter((order) => order.waits && order.since > since)
    .map(({ orderId, units }) => ({ orderId, units }))
}

/** Whether an order that is placed now is the customer's first: none was placed that was not cancelled. */
export function isFirstOrder({ orderedBefore, open, confirmed }: CustomerProfile): boolean {
  return !orderedBefore && open.length === 0 && confirmed.length === 0
}

function others({ open }: CustomerProfile, orderId: string): CustomerProfile['open'] {
  return open.filter((order) => order.orderId !== orderId)
}

function newest(orderIds: string[]): string[] {
  return orderIds.slice(-profileRules.endedKept)
}
