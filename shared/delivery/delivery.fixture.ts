import { NOW, specification } from '../core/specification.fixture.ts'
import { delivery } from './aggregate.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent, ShippingQuote } from './events.ts'

export const id = 'dlv_01939a2e-0000-7000-8000-00000000abcd'
export const spec = specification(delivery, { id })

export const ofOrder = { orderId: 'ord_1', customerId: 'cus_1' }
export const address = {
  name: 'Ada',
  line1: '1 Main St',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
}
export const promisedFrom = '2026-03-05T08:00:00.000Z'
export const promisedTo = '2026-03-09T20:00:00.000Z'
/** The decisions of the quote. */
export const routing = {
  policy: 'deliveryRoutingPolicy',
  rules: ['cheapest'],
  inputs: { zone: 'domestic' },
  outcome: 'sandbox_post',
}
export const time = {
  policy: 'deliveryTimePolicy',
  rules: ['not_a_working_day'],
  inputs: { orderedAt: NOW },
  outcome: 'promised',
}
export const quote = {
  carrier: 'sandbox_post',
  service: 'standard',
  zone: 'domestic',
  price: { amount: 0, currency: 'USD' },
  promisedFrom,
  promisedTo,
  decisions: [routing, time],
} satisfies ShippingQuote
export const schedule = {
  type: 'ScheduleDelivery',
  ...ofOrder,
  address,
  weightGrams: 1200,
  quote,
} satisfies DeliveryCommand

export const scheduled = {
  type: 'DeliveryScheduled',
  data: {
    ...ofOrder,
    address,
    service: 'standard',
    promisedFrom,
    promisedTo,
    weightGrams: 1200,
    decisions: [time],
  },
} satisfies DeliveryEvent
export const assigned = {
  type: 'CarrierAssigned',
  data: {
    ...ofOrder,
    carrier: 'sandbox_post',
    service: 'standard',
    zone: 'domestic',
    price: { amount: 0, currency: 'USD' },
    decisions: [routing],
  },
} satisfies DeliveryEvent
export const booked = {
  type: 'CarrierBooked',
  data: { ...ofOrder, carrier: 'sandbox_post', revision: 1, trackingNumber: 'TRACK-1' },
} satisfies DeliveryEvent
export const started = {
  type: 'DeliveryStarted',
  data: { ...ofOrder, trackingNumber: 'TRACK-1' },
} satisfies DeliveryEvent
export const tracked = {
  type: 'DeliveryTracked',
  data: { ...ofOrder, place: 'Chicago' },
} satisfies DeliveryEvent
export const failedAttempt = (attempt: number): DeliveryEvent => ({
  type: 'DeliveryAttemptFailed',
  data: { ...ofOrder, attempt, reason: 'nobody home' },
})
export const failed = {
  type: 'DeliveryFailed',
  data: { ...ofOrder, attempts: 3, reason: 'nobody home' },
} satisfies DeliveryEvent
export const completed = {
  type: 'DeliveryCompleted',
  data: { ...ofOrder, receivedBy: 'Ada', onTime: true },
} satisfies DeliveryEvent
export const confirmed = {
  type: 'DeliveryConfirmed',
  data: { ...ofOrder, by: 'customer' },
} satisfies DeliveryEvent
export const cancelled = {
  type: 'DeliveryCancelled',
  data: { ...ofOrder, reason: 'order cancelled' },
} satisfies DeliveryEvent

export const returnStarted = { type: 'DeliveryReturnStarted', data: ofOrder } satisfies DeliveryEvent
export const erased = { type: 'DeliveryPersonalDataErased', data: ofOrder } satisfies DeliveryEvent

export const isScheduled = [scheduled, assigned]
export const isBooked = [...isScheduled, booked]
export const isUnderWay = [...isBooked, started]
export const isCompleted = [...isUnderWay, completed]
export const isConfirmed = [...isCompleted, confirmed]
export const hasFailed = [...isUnderWay, failedAttempt(1), failedAttempt(2), failedAttempt(3), failed]
export const isReturning = [...hasFailed, returnStarted]
export const isCancelled = [...isScheduled, cancelled]

export const start = { type: 'StartDelivery' } satisfies DeliveryCommand
export const track = { type: 'TrackDelivery', place: 'Chicago' } satisfies DeliveryCommand
export const delay = {
  type: 'DelayDelivery',
  reason: 'snow',
  newDate: '2026-03-11T20:00:00.000Z',
} satisfies DeliveryCommand
export const failAttempt = { type: 'FailAttempt', reason: 'nobody home' } satisfies DeliveryCommand
export const complete = { type: 'CompleteDelivery', receivedBy: 'Ada' } satisfies DeliveryCommand
export const confirm = { type: 'ConfirmDelivery', by: 'customer' } satisfies DeliveryCommand
export const goBack = { type: 'StartReturn' } satisfies DeliveryCommand
export const erase = { type: 'ErasePersonalData' } satisfies DeliveryCommand
export const cancel = { type: 'CancelDelivery', reason: 'order cancelled' } satisfies DeliveryCommand

/** The result of a command on a delivery with this history. */
export function on(
  history: readonly DeliveryEvent[],
  command: DeliveryCommand,
  context: { now?: string } = {},
) {
  return spec.given(...history).when(command, context)
}
