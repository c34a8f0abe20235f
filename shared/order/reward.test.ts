import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { reviewIdOf } from '../review/commands.ts'
import type { OrderEvent } from './events.ts'
import {
  addressChanged,
  arrived,
  CUSTOMER_ID,
  completed,
  created,
  DELIVERY_ID,
  delivered,
  deliveryCancelled,
  deliveryRequested,
  ORDER_ID,
  otherAddress,
  over,
  PAYMENT_ID,
  quote,
  REFUND_ID,
  refunded,
  requestedLine,
  returnedByRefund,
  scheduled,
  shipped,
  underWay,
  usd,
} from './order.fixture.ts'
import { each, effectsOf, inOrder, mailed, restorePoints, to } from './process.fixture.ts'

describe('an order on its way', () => {
  it('is mailed to the customer at each step', () => {
    expect(effectsOf(...scheduled, shipped)).toEqual([mailed('order_shipped', { trackingNumber: 'TRACK-1' })])
    expect(effectsOf(...underWay, delivered)).toContainEqual(mailed('order_delivered'))
  })
  it('goes where it was asked to go in the meantime', () => {
    expect(effectsOf(...scheduled, addressChanged)).toEqual([])
    const again: OrderEvent = { type: 'OrderDeliveryRequested', data: { ...deliveryRequested.data, quote } }
    const [booked] = effectsOf(...scheduled, addressChanged, deliveryCancelled, again)
    expect(booked).toMatchObject({ steps: [{ command: { address: otherAddress } }] })
  })
})

describe('what an order is worth to its customer', () => {
  const accrue = (amount: number) =>
    inOrder([to('customer', CUSTOMER_ID, { type: 'AccruePoints', orderId: ORDER_ID, netPaid: usd(amount) })])
  const reward = (amount: number) =>
    inOrder([
      to('customer', CUSTOMER_ID, {
        type: 'UpdateSpending',
        orderId: ORDER_ID,
        delta: amount,
        currency: 'USD',
      }),
      to('customer', CUSTOMER_ID, { type: 'EarnPoints', orderId: ORDER_ID, netPaid: usd(amount) }),
    ])
  const count = (delta: number, refundedTotal: number, revision: number, paid = 2_250) =>
    each([
      to('customer', CUSTOMER_ID, {
        type: 'UpdateSpending',
        currency: 'USD',
        orderId: ORDER_ID,
        delta,
        refundedTotal,
        revision,
      }),
      to('customer', CUSTOMER_ID, {
        type: 'ClawBackPoints',
        orderId: ORDER_ID,
        paid,
        refundedTotal,
        revision,
        currency: 'USD',
      }),
    ])
  const clawBack = inOrder([
    to('customer', CUSTOMER_ID, {
      type: 'ClawBackPoints',
      currency: 'USD',
      orderId: ORDER_ID,
      paid: 2_250,
      refundedTotal: 2_250,
    }),
  ])
  const review = {
    type: 'timer',
    id: 'review',
    at: plus(NOW, 3 * DAY),
    command: { type: 'RequestReviews' },
  }
  const noReview = { type: 'cancelTimer', id: 'review' }
  const refundMail = (amount: string) => mailed('order_refunded', { amount: `${amount} USD` })

  it('is points that wait, from the delivery on', () => {
    expect(effectsOf(...underWay, delivered)).toContainEqual(accrue(2_250))
    expect(effectsOf(...underWay, refunded(250), delivered)).toContainEqual(accrue(2_000))
  })
  it('is spending and points once it is completed, and a question some days later', () => {
    expect(effectsOf(...over)).toEqual([reward(2_250), review])
  })
  it('counts as an order even when it cost nothing', () => {
    const free: OrderEvent = {
      type: 'OrderCompleted',
      data: { deliveryId: DELIVERY_ID, customerId: CUSTOMER_ID, netPaid: usd(0) },
    }
    expect(effectsOf(...arrived, free)).toContainEqual(reward(0))
  })
  it('becomes less with each refund after that', () => {
    expect(effectsOf(...over, refunded(250))).toEqual([refundMail('2.50'), count(-250, 250, 1)])
    expect(effectsOf(...over, refunded(250), refunded(500, 750, 'second'))).toEqual([
      refundMail('5.00'),
      count(-500, 750, 2),
    ])
  })
  it('does not become less by what went back before it was counted', () => {
    expect(effectsOf(...arrived, refunded(250))).toEqual([refundMail('2.50')])
    const less: OrderEvent = { type: 'OrderCompleted', data: { ...completed.data, netPaid: usd(2_000) } }
    const early = [...arrived, refunded(250), less]
    expect(effectsOf(...early, refunded(500, 750, 'second'))).toContainEqual(count(-500, 500, 2, 2_000))
  })
  const bounced = (amount: number, refundedTotal: number, data: object = { bounced: true }): OrderEvent => ({
    type: 'OrderRefundFailed',
    data: {
      ...{ paymentId: PAYMENT_ID, refundId: REFUND_ID, amount: usd(amount), code: 'account_closed' },
      ...{ refundedTotal: usd(refundedTotal), decisions: [] },
      ...data,
    },
  })
  it('becomes more again when a bank sends a refund back', () => {
    expect(effectsOf(...over, refunded(250), bounced(250, 0))).toEqual([count(250, 0, 2)])
    expect(effectsOf(...over, refunded(250), refunded(500, 750, 'second'), bounced(250, 500))).toEqual([
      count(250, 500, 3),
    ])
  })
  it('stays as it is by a refund that never succeeded, or that was never counted', () => {
    expect(effectsOf(...over, bounced(250, 0, {}))).toEqual([])
    expect(effectsOf(...arrived, refunded(250), bounced(250, 0))).toEqual([])
    const less: OrderEvent = { type: 'OrderCompleted', data: { ...completed.data, netPaid: usd(2_000) } }
    expect(effectsOf(...arrived, refunded(250), less, bounced(250, 0))).toEqual([count(250, 0, 2, 2_000)])
  })
  it('is nothing when all of it has gone back: points that paid for it are given back', () => {
    expect(effectsOf(...over, refunded(2_250), returnedByRefund)).toEqual([noReview])
    const withPoints = [created({ redeemPoints: 500 }), ...over.slice(1), refunded(2_250), returnedByRefund]
    expect(effectsOf(...withPoints)).toEqual([noReview, restorePoints])
  })
  it('takes back points that still wait when all of it goes back before the completion', () => {
    expect(effectsOf(...arrived, refunded(2_250), returnedByRefund)).toEqual([noReview, clawBack])
  })
  it('is asked of each product once', () => {
    const lines = [requestedLine('MUG', 1), requestedLine('PEN', 1, 250), requestedLine('MUG', 1)]
    const due: OrderEvent = { type: 'OrderReviewsRequested', data: { skus: ['MUG', 'PEN'] } }
    const ask = (sku: string) =>
      to('review', reviewIdOf(ORDER_ID, sku), {
        type: 'RequestReview',
        orderId: ORDER_ID,
        customerId: CUSTOMER_ID,
        sku,
        productName: `The ${sku}`,
      })
    expect(effectsOf(created({ lines }), ...over.slice(1), due)).toEqual([each([ask('MUG'), ask('PEN')])])
  })
})
