import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

/** The customer's status; it only moves down this list. */
export const profileStatuses = ['active', 'suspended', 'erased'] as const
export const profileStatusSchema = z.enum(profileStatuses)

/** Units per SKU that an order holds while it is open. */
export const heldUnitsSchema = z.array(z.object({ sku: skuSchema, quantity: z.int().min(1) }))
export type HeldUnits = z.infer<typeof heldUnitsSchema>

/** An unpaid order, and the stock that it holds. */
export const waitingOrderSchema = z.object({ orderId: z.string(), units: heldUnitsSchema })
export type WaitingOrder = z.infer<typeof waitingOrderSchema>

const standing = {
  tier: tierSchema,
  segment: segmentSchema,
  /** When the customer context set them (UTC); missing: taken from an order. */
  tierAsOf: instantSchema.optional(),
  segmentAsOf: instantSchema.optional(),
}
const ofOrder = { orderId: z.string() }

/**
 * What the order context records of a customer, without personal data. At least one event names each order of the
 * customer: the stream is the list of all their orders.
 */
export const customerProfileEvent = z.discriminatedUnion('type', [
  event(
    'CustomerProfileCreated',
    z.object({
      status: profileStatusSchema,
      ...standing,
      /** The customer had orders before this profile existed. */
      orderedBefore: z.boolean(),
    }),
  ),
  event('CustomerProfileChanged', z.object(standing)),
  /** The customer may no longer order: unpaid orders end. */
  event('CustomerProfileClosed', z.object({ status: z.enum(['suspended', 'erased']) })),
  event(
    'CustomerOrderOpened',
    z.object({
      ...ofOrder,
      units: heldUnitsSchema,
      /** No payment is pending. */
      waits: z.boolean(),
      /** No other order was placed before it, or all of them were cancelled. */
      firstOrder: z.boolean(),
    }),
  ),
  /** Its payment failed or is under review: it holds stock until it is paid or ends. */
  event('CustomerOrderAwaitedPayment', z.object({ ...ofOrder, units: heldUnitsSchema })),
  /** It is paid for, or will be by invoice; or it was cancelled, perhaps after that. */
  event('CustomerOrderClosed', z.object({ ...ofOrder, outcome: z.enum(['confirmed', 'cancelled']) })),
])
export type CustomerProfileEvent = z.infer<typeof customerProfileEvent>
