import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import { event } from '../core/event.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField, type PolicyDecision, policyDecisionSchema } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }
/** The carrier's own id of the report that an event comes from. */
const ofNews = { newsId: z.string().optional() }

/** What `deliveryRoutingPolicy` and `deliveryTimePolicy` offer for an address: price and promised window. */
export const shippingQuoteSchema = z.object({
  carrier: z.string(),
  service: z.string(),
  zone: z.string(),
  price: moneySchema,
  promisedFrom: instantSchema,
  promisedTo: instantSchema,
  /** Why it is this carrier and this window. */
  decisions: z.array(policyDecisionSchema).optional(),
  /** In quotes of the first release, which orders still hold: bare rule ids. See `quoteDecisions`. */
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
      /** Why it is promised for then: `deliveryTimePolicy`. */
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
      /** What was asked for the shipping when ordering; another address changes nothing about it. */
      price: moneySchema,
      /** Why it is this carrier: `deliveryRoutingPolicy`. */
      ...decisionsField,
    }),
  ),
  /** The carrier has the parcel in its books under this number. */
  event(
    'CarrierBooked',
    z.object({ ...ofOrder, carrier: z.string(), revision: z.int().min(1), trackingNumber: z.string() }),
  ),
  /** The carrier will not take the parcel as it is; `code` is its reason. */
  event(
    'CarrierBookingFailed',
    z.object({ ...ofOrder, carrier: z.string(), revision: z.int().min(1), code: z.string() }),
  ),
  /** The parcel goes elsewhere, with a promise of its own; `CarrierAssigned` follows. */
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
  /** A parcel that could not be delivered is on its way back. */
  event('DeliveryReturnStarted', z.object({ ...ofOrder })),
  /** Nothing here identifies the receiver any more. */
  event('DeliveryPersonalDataErased', z.object({ ...ofOrder })),
])
export type DeliveryEvent = z.infer<typeof deliveryEvent>
/** The data of one event by its name. */
export type DeliveryEventData<Type extends DeliveryEvent['type']> = Extract<
  DeliveryEvent,
  { type: Type }
>['data']

/** What `deliveryTimePolicy` may decide by. */
export const deliveryTimeRules = ['leaves_today', 'after_cut_off', 'not_a_working_day'] as const

/** Why carrier and window of a quote were chosen, whichever release made it. */
export function quoteDecisions({ decisions, rules, ...route }: ShippingQuote): PolicyDecision[] {
  return decisions ?? decisionsOfRules(rules ?? [], route)
}

/** The decisions that bare rule ids of the first release stood for. */
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
