import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'

/** How the customer stands with the shop; it only ever goes down this list. */
export const profileStatuses = ['active', 'suspended', 'erased'] as const
export const profileStatusSchema = z.enum(profileStatuses)

/** Units per SKU that an order holds while it is open. */
export const heldUnitsSchema = z.array(z.object({ sku: skuSchema, quantity: z.int().min(1) }))
export type HeldUnits = z.infer<typeof heldUnitsSchema>

/** An order that waits for its payment, and what it holds meanwhile. */
export const waitingOrderSchema = z.object({ orderId: z.string(), units: heldUnitsSchema })
export type WaitingOrder = z.infer<typeof waitingOrderSchema>

const standing = {
  tier: tierSchema,
  segment: segmentSchema,
  /** Since when the customer context knows them (UTC); missing: as an order was priced with them. */
  tierAsOf: instantSchema.optional(),
  segmentAsOf: instantSchema.optional(),
}
const ofOrder = { orderId: z.string() }

/**
 * What the order context notes of a customer. No event tells of the person. Each order of the customer is
 * named by at least one of them: the log is the list of all their orders.
 */
export const customerProfileEvent = z.discriminatedUnion('type', [
  event(
    'CustomerProfileCreated',
    z.object({
      status: profileStatusSchema,
      ...standing,
      /** The customer had orders before this profile was kept. */
      orderedBefore: z.boolean(),
    }),
  ),
  event('CustomerProfileChanged', z.object(standing)),
  /** The customer may order no more: what still waits for payment ends. */
  event('CustomerProfileClosed', z.object({ status: z.enum(['suspended', 'erased']) })),
  event(
    'CustomerOrderOpened',
    z.object({
      ...ofOrder,
      units: heldUnitsSchema,
      /** Nobody is paying it at the moment. */
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
