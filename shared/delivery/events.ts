import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import { event } from '../core/aggregate.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField, type PolicyDecision, policyDecisionSchema } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }
/** The carrier's own id of the report behind an event. */
const ofNews = { newsId: z.string().optional() }

/** The offer of `deliveryRoutingPolicy` and `deliveryTimePolicy` for an address: price and promised window. */
export const shippingQuoteSchema = z.object({
  carrier: z.string(),
  service: z.string(),
  zone: z.string(),
  price: moneySchema,
  promisedFrom: instantSchema,
  promisedTo: instantSchema,
  /** The decisions on carrier and window. */
  decisions: z.array(policyDecisionSchema).optional(),
  /** In quotes of the first release, which orders may still carry: only rule ids. See `quoteDecisions`. */
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
      /** The decision on the window: `deliveryTimePolicy`. */
      ...decisionsField,
    }),
  ),
  event(
    'CarrierAssigned',
    z.object({
      ...ofOrder,
      carrier: z.string(),
      service: z.string(),
      zone: z.string(),
      /** The shipping price of the order; a new address does not change it. */
      price: moneySchema,
      /** The decision on the carrier: `deliveryRoutingPolicy`. */
      ...decisionsField,
    }),
  ),
  /** The carrier has booked the parcel under this tracking number. */
  event(
    'CarrierBooked',
    z.object({ ...ofOrder, carrier: z.string(), revision: z.int().min(1), trackingNumber: z.string() }),
  ),
  /** The carrier rejects the parcel; `code` is its reason. */
  event(
    'CarrierBookingFailed',
    z.object({ ...ofOrder, carrier: z.string(), revision: z.int().min(1), code: z.string() }),
  ),
  /** The parcel has a new address, with a new promise; `CarrierAssigned` follows. */
  event(
    'DeliveryAddressChanged',
    z.object({
      ...ofOrder,
      address: addressSchema,
      service: z.string(),
      promisedFrom: instantSchema,
      promisedTo: instantSchema,
      ...decisionsField,
    }),
  ),
  event('DeliveryStarted', z.object({ ...ofOrder, trackingNumber: z.string() })),
  event(
    'DeliveryTracked',
    z.object({ ...ofOrder, place: z.string(), note: z.string().optional(), ...ofNews }),
  ),
  event(
    'DeliveryDelayed',
    z.object({ ...ofOrder, reason: z.string(), newDate: instantSchema, previousDate: instantSchema }),
  ),
  event(
    'DeliveryAttemptFailed',
    z.object({ ...ofOrder, attempt: z.int().min(1), reason: z.string(), ...ofNews }),
  ),
  event('DeliveryFailed', z.object({ ...ofOrder, attempts: z.int().min(1), reason: z.string() })),
  event(
    'DeliveryCompleted',
    z.object({ ...ofOrder, receivedBy: z.string().optional(), onTime: z.boolean() }),
  ),
  event('DeliveryConfirmed', z.object({ ...ofOrder, by: z.enum(['customer', 'timer', 'operator']) })),
  event('DeliveryCancelled', z.object({ ...ofOrder, reason: z.string() })),
  /** An undeliverable parcel is on its return. */
  event('DeliveryReturnStarted', z.object({ ...ofOrder })),
  /** All data that identifies the receiver is removed. */
  event('DeliveryPersonalDataErased', z.object({ ...ofOrder })),
])
export type DeliveryEvent = z.infer<typeof deliveryEvent>
/** The data of one event by its name. */
export type DeliveryEventData<Type extends DeliveryEvent['type']> = Extract<
  DeliveryEvent,
  { type: Type }
>['data']

/** The inputs of `deliveryTimePolicy`. */
export const deliveryTimeRules = ['leaves_today', 'after_cut_off', 'not_a_working_day'] as const

/** The decisions on carrier and window of a quote of any release. */
export function quoteDecisions({ decisions, rules, ...route }: ShippingQuote): PolicyDecision[] {
  return decisions ?? decisionsOfRules(rules ?? [], route)
}

/** The decisions behind the rule ids of the first release. */
export function decisionsOfRules(
  rules: readonly string[],
  { carrier, service, zone }: { carrier: string; service: string; zone: string },
): PolicyDecision[] {
  const timeRules: readonly string[] = deliveryTimeRules
  const ofTime = rules.filter((rule) => timeRules.includes(rule))
  const ofRouting = rules.filter((rule) => !timeRules.includes(rule))
  const decisions: PolicyDecision[] = []
  if (ofRouting.length > 0)
    decisions.push({
      policy: 'deliveryRoutingPolicy',
      rules: ofRouting,
      inputs: { service, zone },
      outcome: carrier,
    })
  if (ofTime.length > 0)
    decisions.push({ policy: 'deliveryTimePolicy', rules: ofTime, inputs: { zone }, outcome: 'promised' })
  return decisions
}
