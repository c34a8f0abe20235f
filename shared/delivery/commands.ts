import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import type { CommandStep } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { instantSchema } from '../core/time.ts'
import { shippingQuoteSchema } from './events.ts'

export const deliveryCommand = z.discriminatedUnion('type', [
  command('ScheduleDelivery', {
    orderId: z.string(),
    customerId: z.string(),
    address: addressSchema,
    weightGrams: z.int().min(0),
    /** The quote that the order was priced with; it is honoured. */
    quote: shippingQuoteSchema,
  }),
  command('StartDelivery', { trackingNumber: z.string().trim().min(1).max(100).optional() }),
  command('TrackDelivery', {
    place: z.string().trim().min(1).max(200),
    note: z.string().max(500).optional(),
  }),
  command('DelayDelivery', { reason: z.string().trim().min(1).max(200), newDate: instantSchema }),
  command('FailAttempt', { reason: z.string().trim().min(1).max(200) }),
  command('CompleteDelivery', { receivedBy: z.string().trim().min(1).max(200).optional() }),
  command('ConfirmDelivery', { by: z.enum(['customer', 'timer', 'operator']) }),
  /** Before the start only; one that is already cancelled is no error. */
  command('CancelDelivery', { reason: z.string().trim().min(1).max(200) }),
])
export type DeliveryCommand = z.infer<typeof deliveryCommand>

/** A command for one delivery. */
export function toDelivery(id: string, command: DeliveryCommand): CommandStep {
  return { to: { kind: 'delivery', id }, command }
}
