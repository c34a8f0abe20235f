import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { cartEvent } from '../../../shared/cart/events.ts'
import { productEvent } from '../../../shared/catalog/events.ts'
import { customerEvent } from '../../../shared/customer/events.ts'
import { deliveryEvent } from '../../../shared/delivery/events.ts'
import { orderEvent } from '../../../shared/order/events.ts'
import { paymentEvent } from '../../../shared/payment/events.ts'
import { promotionEvent } from '../../../shared/promotion/events.ts'
import { reviewEvent } from '../../../shared/review/events.ts'
import {
  cancellationForBuyer,
  dataForBuyer,
  eventForBuyer,
  internalFields,
  isShownToBuyers,
} from './redaction.ts'

/** Every kind of event that stands in a history which others than operators read. */
const readable = {
  cart: cartEvent,
  catalog: productEvent,
  customer: customerEvent,
  delivery: deliveryEvent,
  order: orderEvent,
  payment: paymentEvent,
  promotion: promotionEvent,
  review: reviewEvent,
} as const

const events = Object.entries(readable).flatMap(([context, { options }]) =>
  options.map(({ shape }) => ({
    type: `${context}.${shape.type.value}`,
    fields: Object.keys(z.looseObject({ shape: z.record(z.string(), z.unknown()) }).parse(shape.data).shape),
  })),
)

describe('every event that buyers read', () => {
  it.each(events)('declares each field of $type as theirs or as internal', ({ type, fields }) => {
    for (const field of fields)
      expect(`${field}: ${isShownToBuyers(type, field)}`).toBe(
        `${field}: ${!internalFields[type]?.includes(field)}`,
      )
  })
  it('declares nothing of events and fields that there are not', () => {
    for (const [type, fields] of Object.entries(internalFields))
      expect(events.find((event) => event.type === type)?.fields).toEqual(expect.arrayContaining([...fields]))
  })
  it('shows no field that could hold a word of staff, or what counts as suspicious, by its name alone', () => {
    for (const field of ['reason', 'note', 'detail', 'score', 'rules', 'screening', 'comment', 'operator'])
      expect(isShownToBuyers('order.SomethingNew', field)).toBe(false)
  })
})

const fraud = { policy: 'fraudDetectionPolicy', rules: ['velocity'], inputs: { score: 70 }, outcome: 'held' }
const security = { policy: 'paymentSecurityPolicy', rules: ['method_token'], inputs: {}, outcome: 'allowed' }

describe('an event as its buyer reads it', () => {
  it('tells that a payment is held, and not by which rules', () => {
    const data = { paymentId: 'pay', score: 70, rules: ['velocity'], decisions: [fraud] }
    const event = { id: 'ord/2', type: 'order.OrderPaymentHeld', data }
    expect(JSON.parse(eventForBuyer(JSON.stringify(event)))).toEqual({
      ...event,
      data: { paymentId: 'pay', decisions: [] },
    })
    expect(dataForBuyer('payment.PaymentHeldForReview', data)).toEqual({ paymentId: 'pay', decisions: [] })
  })
  it('tells why a payment failed, without its screening', () => {
    const data = { code: 'fraud_blocked', screening: { score: 80, rules: ['velocity'] }, decisions: [fraud] }
    expect(dataForBuyer('payment.PaymentFailed', data)).toEqual({ code: 'fraud_blocked', decisions: [] })
  })
  it('keeps all other decisions', () => {
    expect(dataForBuyer('payment.PaymentRequested', { attempt: 1, decisions: [security, fraud] })).toEqual({
      attempt: 1,
      decisions: [security],
    })
  })
  it('tells nothing of what fraud detection noted of a customer, nor why they are suspended', () => {
    const attempt = { paymentId: 'pay', paymentsInWindow: 4, disposableEmail: true, averageOrder: {} }
    expect(dataForBuyer('customer.PaymentAttemptRecorded', attempt)).toEqual({ paymentId: 'pay' })
    expect(dataForBuyer('customer.CustomerSuspended', { reason: 'looks like Mallory' })).toEqual({})
  })
  it('tells what a customer said of a cancellation, and not what an operator did', () => {
    const cancelled = (reason: string) =>
      dataForBuyer('order.OrderCancelled', { reason, detail: 'he calls every day' })
    expect(cancelled('operator')).toEqual({ reason: 'operator', detail: '' })
    expect(cancelled('customer_request')).toEqual({
      reason: 'customer_request',
      detail: 'he calls every day',
    })
  })
  it.each([
    { reason: 'he calls every day', detail: '', code: 'operator' },
    { reason: 'operator', detail: 'he calls every day' },
  ])('tells it alike of an order: %j', (cancellation) => {
    expect(cancellationForBuyer(cancellation)).toEqual({ ...cancellation, reason: 'operator', detail: '' })
    const own = { ...cancellation, reason: 'mistake', code: 'customer_request' }
    expect(cancellationForBuyer(own)).toEqual(own)
  })
  it('shows nothing of an event that nobody has declared but what is shown everywhere', () => {
    expect(dataForBuyer('order.SomethingNew', { orderId: 'o', suspicion: 'high' })).toEqual({ orderId: 'o' })
  })
})
