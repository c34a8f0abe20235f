import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { moneySchema } from '../core/money.ts'
import { type Instant, instantSchema } from '../core/time.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'

export const deliverySchema = z.object({
  orderId: z.string(),
  customerId: z.string(),
  status: z.enum(['scheduled', 'started', 'completed', 'confirmed', 'failed', 'cancelled']),
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
  trackingNumber: z.string().optional(),
  /** Attempts at the door that failed. */
  attempts: z.int().min(0).max(DELIVERY.maximumAttempts),
  tracking: z
    .array(z.object({ at: instantSchema, place: z.string(), note: z.string().optional() }))
    .max(DELIVERY.keptEntries),
  delays: z
    .array(z.object({ at: instantSchema, reason: z.string(), newDate: instantSchema }))
    .max(DELIVERY.keptEntries),
  receivedBy: z.string().optional(),
  onTime: z.boolean().optional(),
  confirmedBy: z.enum(['customer', 'timer', 'operator']).optional(),
  /** Why it failed or was cancelled. */
  reason: z.string().optional(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
export type Delivery = z.infer<typeof deliverySchema>

/** Folds one event into a delivery; only `DeliveryScheduled` may come first. */
export function evolve(state: Delivery | null, event: DeliveryEvent, at: Instant): Delivery {
  if (event.type === 'DeliveryScheduled')
    return {
      ...event.data,
      status: 'scheduled',
      expectedBy: event.data.promisedTo,
      attempts: 0,
      tracking: [],
      delays: [],
      createdAt: at,
      updatedAt: at,
    }
  if (!state) throw new Error(`${event.type} cannot be a delivery's first event`)
  return { ...state, ...changes(state, event, at), updatedAt: at }
}

type LaterEvent = Exclude<DeliveryEvent, { type: 'DeliveryScheduled' }>

function changes(state: Delivery, event: LaterEvent, at: Instant): Partial<Delivery> {
  switch (event.type) {
    case 'CarrierAssigned': {
      const { carrier, service, zone, price } = event.data
      return { carrier, service, zone, price }
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
  }
}

/** Adds an entry and lets the oldest go beyond the cap: the log has them all, the state must stay small. */
function newest<Entry>(entries: readonly Entry[], entry: Entry): Entry[] {
  return [...entries, entry].slice(-DELIVERY.keptEntries)
}
