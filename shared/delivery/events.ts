import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { event } from '../core/event.ts'
import { moneySchema } from '../core/money.ts'
import { instantSchema } from '../core/time.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }

/** What `deliveryRoutingPolicy` and `deliveryTimePolicy` offer for an address: price and promised window. */
export const shippingQuoteSchema = z.object({
  carrier: z.string(),
  service: z.string(),
  zone: z.string(),
  price: moneySchema,
  promisedFrom: instantSchema,
  promisedTo: instantSchema,
  /** Ids of the rules by which carrier and window were chosen. */
  rules: z.array(z.string()).optional(),
})
export type ShippingQuote = z.infer<typeof shippingQuoteSchema>

export const deliveryEvent = z.discriminatedUnion('type', [
  event(
    'DeliveryScheduled',
    z.object({
      ...ofOrder,
      address: addressSchema,
      service: z.string(),
      promisedFrom: instantSchema,
      promisedTo: instantSchema,
      weightGrams: z.int().min(0),
    }),
  ),
  event(
    'CarrierAssigned',
    z.object({
      ...ofOrder,
      carrier: z.string(),
      service: z.string(),
      zone: z.string(),
      price: moneySchema,
      rules: z.array(z.string()).optional(),
    }),
  ),
  event('DeliveryStarted', z.object({ ...ofOrder, trackingNumber: z.string() })),
  event('DeliveryTracked', z.object({ ...ofOrder, place: z.string(), note: z.string().optional() })),
  event(
    'DeliveryDelayed',
    z.object({ ...ofOrder, reason: z.string(), newDate: instantSchema, previousDate: instantSchema }),
  ),
  event('DeliveryAttemptFailed', z.object({ ...ofOrder, attempt: z.int().min(1), reason: z.string() })),
  event('DeliveryFailed', z.object({ ...ofOrder, attempts: z.int().min(1), reason: z.string() })),
  event(
    'DeliveryCompleted',
    z.object({ ...ofOrder, receivedBy: z.string().optional(), onTime: z.boolean() }),
  ),
  event('DeliveryConfirmed', z.object({ ...ofOrder, by: z.enum(['customer', 'timer', 'operator']) })),
  event('DeliveryCancelled', z.object({ ...ofOrder, reason: z.string() })),
])
export type DeliveryEvent = z.infer<typeof deliveryEvent>
