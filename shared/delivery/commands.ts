import { z } from 'zod'
import { addressSchema, completeAddressSchema } from '../core/address/address.ts'
import { command } from '../core/aggregate.ts'
import { type CommandStep, callOutcomeSchema } from '../core/effect.ts'
import { instantSchema } from '../core/time.ts'
import { bookingSchema } from '../ports/carrier/carrier.ts'
import { shippingQuoteSchema } from './events.ts'

export const placeSchema = z.string().trim().min(1).max(200)
export const noteSchema = z.string().max(500)
export const reasonSchema = z.string().trim().min(1).max(200)
/** The carrier's own id of a report: a repeated id is the same report. */
export const reportIdSchema = z.string().min(1).max(200)

const seen = { note: noteSchema.optional(), newsId: reportIdSchema.optional() }
const reason = reasonSchema

export const deliveryCommand = z.discriminatedUnion('type', [
  command('ScheduleDelivery', {
    orderId: z.string(),
    customerId: z.string(),
    address: addressSchema,
    weightGrams: z.int().min(0),
    /** The quote that the order was priced with; it is honoured. */
    quote: shippingQuoteSchema,
  }),
  /** From the process: the result of booking this revision of the route. */
  command('RecordBooking', { revision: z.int().min(1), outcome: callOutcomeSchema(bookingSchema) }),
  /** Before the start only. `quote`: the same service to the new address; `null` when no carrier serves it. */
  command('ChangeAddress', { address: completeAddressSchema, quote: shippingQuoteSchema.nullable() }),
  /** With the booking's tracking number, unless another is given. */
  command('StartDelivery', { trackingNumber: z.string().trim().min(1).max(100).optional() }),
  /** In transit, also on the return: for a failed parcel it marks the start of the return. */
  command('TrackDelivery', { place: placeSchema, ...seen }),
  command('DelayDelivery', { reason, newDate: instantSchema }),
  command('FailAttempt', { reason, newsId: reportIdSchema.optional() }),
  command('CompleteDelivery', { receivedBy: z.string().trim().min(1).max(200).optional() }),
  command('ConfirmDelivery', { by: z.enum(['customer', 'timer', 'operator']) }),
  /** Before the start only; not an error if already cancelled. */
  command('CancelDelivery', { reason }),
  /** An undeliverable parcel returns; the place of its last scan may be given. */
  command('StartReturn', { place: placeSchema.optional(), ...seen }),
  /** After the end of the delivery; see `withoutPersonalData`. */
  command('ErasePersonalData', {}),
])
export type DeliveryCommand = z.infer<typeof deliveryCommand>

/** A command for one delivery. */
export function toDelivery(id: string, command: DeliveryCommand): CommandStep {
  return { to: { kind: 'delivery', id }, command }
}
