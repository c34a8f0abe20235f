import { z } from 'zod'
import { addressSchema, addressWithoutPerson } from '../core/address/address.ts'
import { moneySchema } from '../core/money/money.ts'
import { DAY, earlier, HOUR, type Instant, instantOf, instantSchema, millisecondsOf } from '../core/time.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'
import { deliveryReason } from './redact.ts'

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
  /** The window as it was promised when the order was priced; delays do not change it. */
  promisedFrom: instantSchema,
  promisedTo: instantSchema,
  /** When it has to arrive by what is known now: the promise, or the newest delay. */
  expectedBy: instantSchema,
  /** How often a carrier was assigned: each time the parcel is booked anew. */
  revision: z.int().min(0),
  /** What the carrier answered to the newest booking: its tracking number, or why it refused. */
  booking: z
    .object({
      revision: z.int().min(1),
      trackingNumber: z.string().optional(),
      refusal: z.string().optional(),
    })
    .optional(),
  /** The number under which the parcel left. */
  trackingNumber: z.string().optional(),
  /** Attempts at the door that failed. */
  attempts: z.int().min(0).max(DELIVERY.maximumAttempts),
  tracking: z
    .array(z.object({ at: instantSchema, place: z.string(), note: z.string().optional() }))
    .max(DELIVERY.keptEntries),
  delays: z
    .array(z.object({ at: instantSchema, reason: z.string(), newDate: instantSchema }))
    .max(DELIVERY.keptEntries),
  /** The carrier's ids of its news: the newest, so that what is told twice happens once. */
  newsIds: z.array(z.string()).max(DELIVERY.keptEntries),
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

/** Folds one event into a delivery; only `DeliveryScheduled` may come first. */
export function evolve(state: Delivery | null, event: DeliveryEvent, at: Instant): Delivery {
  if (event.type === 'DeliveryScheduled') {
    const { decisions: _, ...booked } = event.data
    return {
      ...booked,
      status: 'scheduled',
      expectedBy: event.data.promisedTo,
      revision: 0,
      attempts: 0,
      tracking: [],
      delays: [],
      newsIds: [],
      personalDataErased: false,
      createdAt: at,
      updatedAt: at,
    }
  }
  if (!state) throw new Error(`${event.type} cannot be a delivery's first event`)
  if (event.type === 'DeliveryPersonalDataErased') return { ...withoutPersonalTraces(state), updatedAt: at }
  const noted = 'newsId' in event.data ? event.data.newsId : undefined
  return {
    ...state,
    ...(noted !== undefined && { newsIds: newest(state.newsIds, noted) }),
    ...changes(state, event, at),
    updatedAt: at,
  }
}

/** The window (UTC) in which the parcel is expected by what is known now: the promise, or the day of a delay. */
export function expectedWindow(state: Pick<Delivery, 'promisedFrom' | 'promisedTo' | 'expectedBy'>): {
  from: Instant
  to: Instant
} {
  const { promisedFrom, promisedTo, expectedBy } = state
  if (expectedBy === promisedTo) return { from: promisedFrom, to: promisedTo }
  return { from: earlier(openingOf(expectedBy), expectedBy), to: expectedBy }
}

/** What the carrier answered to the booking of the present route; `undefined` while it has not. */
export function currentBooking({ booking, revision }: Delivery): Delivery['booking'] {
  return booking?.revision === revision ? booking : undefined
}

type LaterEvent = Exclude<DeliveryEvent, { type: 'DeliveryScheduled' | 'DeliveryPersonalDataErased' }>

function changes(state: Delivery, event: LaterEvent, at: Instant): Partial<Delivery> {
  switch (event.type) {
    case 'CarrierAssigned': {
      const { carrier, service, zone, price } = event.data
      return { carrier, service, zone, price, revision: state.revision + 1 }
    }
    case 'CarrierBooked':
      return { booking: { revision: event.data.revision, trackingNumber: event.data.trackingNumber } }
    case 'CarrierBookingFailed':
      return { booking: { revision: event.data.revision, refusal: event.data.code } }
    case 'DeliveryAddressChanged': {
      const { address, service, promisedFrom, promisedTo } = event.data
      return { address, service, promisedFrom, promisedTo, expectedBy: promisedTo }
    }
    case 'DeliveryStarted':
      return { status: 'started', trackingNumber: event.data.trackingNumber }
    case 'DeliveryTracked': {
      const { place, note } = event.data
      return { tracking: newest(state.tracking, { at, place, ...(note !== undefined && { note }) }) }
    }
    case 'DeliveryDelayed': {
      const { reason, newDate } = event.data
      return { expectedBy: newDate, delays: newest(state.delays, { at, reason, newDate }) }
    }
    case 'DeliveryAttemptFailed':
      return { attempts: event.data.attempt }
    case 'DeliveryFailed':
      return { status: 'failed', reason: event.data.reason }
    case 'DeliveryCompleted': {
      const { receivedBy, onTime } = event.data
      return { status: 'completed', onTime, ...(receivedBy !== undefined && { receivedBy }) }
    }
    case 'DeliveryConfirmed':
      return { status: 'confirmed', confirmedBy: event.data.by }
    case 'DeliveryCancelled':
      return { status: 'cancelled', reason: event.data.reason }
    case 'DeliveryReturnStarted':
      return { status: 'returning' }
  }
}

/** Adds an entry and lets the oldest go beyond the cap: the log has them all, the state must stay small. */
function newest<Entry>(entries: readonly Entry[], entry: Entry): Entry[] {
  return [...entries, entry].slice(-DELIVERY.keptEntries)
}

function withoutPersonalTraces(state: Delivery): Delivery {
  const { receivedBy: _, ...rest } = state
  return {
    ...rest,
    address: addressWithoutPerson(state.address),
    tracking: state.tracking.map(({ at, place }) => ({ at, place: deliveryReason(place) })),
    delays: state.delays.map((delay) => ({ ...delay, reason: deliveryReason(delay.reason) })),
    ...(state.reason !== undefined && { reason: deliveryReason(state.reason) }),
    personalDataErased: true,
  }
}

/** When deliveries open on the day of an instant (UTC). */
function openingOf(instant: Instant): Instant {
  const day = Math.floor(millisecondsOf(instant) / DAY) * DAY
  return instantOf(day + DELIVERY.windowHours.from * HOUR)
}
