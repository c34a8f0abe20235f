import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import type { Feature } from '../core/feature.ts'
import { moneySchema } from '../core/money/money.ts'
import { DAY, earlier, HOUR, type Instant, instantOf, instantSchema, millisecondsOf } from '../core/time.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'

export const deliveryStatuses = [
  'scheduled',
  'started',
  'completed',
  'confirmed',
  'failed',
  'returning',
  'cancelled',
] as const

export const deliverySchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  status: z.enum(deliveryStatuses),
  address: addressSchema,
  weightGrams: z.int().min(0),
  service: z.string(),
  /** With `zone` and `price` missing until `CarrierAssigned`, which follows in the same decision. */
  carrier: z.string().optional(),
  zone: z.string().optional(),
  price: moneySchema.optional(),
  /** The window promised when the order was priced; delays do not change it. */
  promisedFrom: instantSchema,
  promisedTo: instantSchema,
  /** The current estimate of the arrival: the promise, or the newest delay. */
  expectedBy: instantSchema,
  /** How often a carrier was assigned: each time means a new booking. */
  revision: z.int().min(0),
  /** The carrier's answer to the newest booking: its tracking number, or why it refused. */
  booking: z
    .object({
      revision: z.int().min(1),
      trackingNumber: z.string().optional(),
      refusal: z.string().optional(),
    })
    .optional(),
  /** The tracking number at the start. */
  trackingNumber: z.string().optional(),
  /** Failed attempts at the door. */
  attempts: z.int().min(0).max(DELIVERY.maxAttempts),
  tracking: z
    .array(z.object({ at: instantSchema, place: z.string(), note: z.string().optional() }))
    .max(DELIVERY.maxEntries),
  delays: z
    .array(z.object({ at: instantSchema, reason: z.string(), newDate: instantSchema }))
    .max(DELIVERY.maxEntries),
  /** The carrier's ids of its newest reports, to ignore repeated ones. */
  newsIds: z.array(z.string()).max(DELIVERY.maxEntries),
  receivedBy: z.string().optional(),
  onTime: z.boolean().optional(),
  confirmedBy: z.enum(['customer', 'timer', 'operator']).optional(),
  /** Why it failed or was cancelled. */
  reason: z.string().optional(),
  personalDataErased: z.boolean(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
export type Delivery = z.infer<typeof deliverySchema>

/** One feature of a delivery. */
export type DeliveryFeature = Feature<Delivery, DeliveryCommand, DeliveryEvent>

/** The window (UTC) of the current estimate: the promise, or the day of a delay. */
export function expectedWindow(state: Pick<Delivery, 'promisedFrom' | 'promisedTo' | 'expectedBy'>): {
  from: Instant
  to: Instant
} {
  const { promisedFrom, promisedTo, expectedBy } = state
  if (expectedBy === promisedTo) return { from: promisedFrom, to: promisedTo }
  return { from: earlier(openingOf(expectedBy), expectedBy), to: expectedBy }
}

/** The carrier's answer to the booking of the current route; `undefined` before it. */
export function currentBooking({ booking, revision }: Delivery): Delivery['booking'] {
  return booking?.revision === revision ? booking : undefined
}

/** Adds an entry and drops the oldest beyond the limit: the log has them all, the state must stay small. */
export function newest<Entry>(entries: readonly Entry[], entry: Entry): Entry[] {
  return [...entries, entry].slice(-DELIVERY.maxEntries)
}

/** The start of the delivery window on the day of an instant (UTC). */
function openingOf(instant: Instant): Instant {
  const day = Math.floor(millisecondsOf(instant) / DAY) * DAY
  return instantOf(day + DELIVERY.windowHours.from * HOUR)
}
