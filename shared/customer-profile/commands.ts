import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import type { CommandStep } from '../core/effect.ts'
import { instantSchema } from '../core/time.ts'
import { segmentSchema, tierSchema } from '../promotion/terms.ts'
import { heldUnitsSchema, profileStatusSchema } from './events.ts'

/** The facts that an order was priced with; they create a missing profile. */
const buyerSchema = z.object({ tier: tierSchema, segment: segmentSchema, firstOrder: z.boolean() })
const ofOrder = { orderId: z.string().min(1).max(100), buyer: buyerSchema }
/** Who placed the order: limits do not apply to operators. */
export const placedBySchema = z.enum(['customer', 'operator'])

export const customerProfileCommand = z.discriminatedUnion('type', [
  /** From the customer: its standing after a change (UTC), and what has changed. */
  command('UpdateStanding', {
    status: profileStatusSchema,
    tier: tierSchema,
    segment: segmentSchema,
    changed: z.enum(['all', 'tier', 'segment', 'status']),
    asOf: instantSchema,
  }),
  /** From an order that was placed. `waits`: it is not paid at once. */
  command('OpenOrder', {
    ...ofOrder,
    units: heldUnitsSchema,
    waits: z.boolean(),
    placedBy: placedBySchema,
  }),
  /** From an order whose payment failed or is under review: may it wait for another? */
  command('AwaitPayment', { ...ofOrder, units: heldUnitsSchema, placedBy: placedBySchema }),
  /** From an order that was confirmed or cancelled. */
  command('CloseOrder', { ...ofOrder, outcome: z.enum(['confirmed', 'cancelled']) }),
])
export type CustomerProfileCommand = z.infer<typeof customerProfileCommand>

/** A command for the profile of one customer, which has the customer's id. */
export function toCustomerProfile(customerId: string, command: CustomerProfileCommand): CommandStep {
  return { to: { kind: 'customer_profile', id: customerId }, command }
}
