import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, HOUR, MINUTE, plus } from '../core/time.ts'
import type { OrderEvent } from './events.ts'
import {
  cancelled,
  charging,
  disputed,
  ended,
  erased,
  ORDER_ID,
  over,
  PAYMENT_ID,
  paymentFailed,
  paymentHeld,
  refunded,
  reservations,
  sold,
  underReview,
  usd,
} from './order.fixture.ts'
import {
  effectsOf,
  hold,
  inOrder,
  mailed,
  noHold,
  orderCancelledMail,
  release,
  to,
} from './process.fixture.ts'

describe('a payment under review', () => {
  const reject = (reason: string) => inOrder([to('payment', PAYMENT_ID, { type: 'WithdrawReview', reason })])
  const day = plus(NOW, DAY)

  it('keeps the stock waiting', () => {
    const extend = reservations.map(({ sku }) =>
      to('inventory', sku, {
        type: 'ExtendReservation',
        orderId: ORDER_ID,
        expiresAt: day,
      }),
    )
    expect(effectsOf(...underReview)).toEqual([
      { ...hold, at: day },
      inOrder(extend, { type: 'RecordHoldExtended' }),
    ])
  })
  it('is turned down when the order ends, or has ended', () => {
    expect(effectsOf(...underReview, cancelled())).toEqual([
      noHold,
      release('customer_request'),
      reject('customer_request'),
      orderCancelledMail,
    ])
    expect(effectsOf(...charging, cancelled(), paymentHeld)).toEqual([reject('order_ended')])
  })
  it('that was turned down leaves time for another', () => {
    const holdUntil = plus(NOW, 90 * MINUTE)
    const data = { ...paymentFailed.data, code: 'review_rejected', holdUntil }
    expect(effectsOf(...underReview, { type: 'OrderPaymentFailed', data })).toEqual([
      { ...hold, at: holdUntil },
    ])
  })
})

it('a dispute causes nothing', () => {
  expect(effectsOf(...over, disputed)).toEqual([])
})

describe('the refund due of an ended order', () => {
  const failure = {
    paymentId: PAYMENT_ID,
    refundId: `${ORDER_ID}/end`,
    amount: usd(2_250),
    refundedTotal: usd(0),
    code: 'account_closed',
    decisions: [],
  }
  it('is requested again by timer when a refund failed, under a new id', () => {
    const retryAt = plus(NOW, HOUR)
    const failed: OrderEvent = { type: 'OrderRefundFailed', data: { ...failure, retryAt } }
    expect(effectsOf(...sold, cancelled(), failed)).toEqual([
      {
        type: 'timer',
        id: `refund/${PAYMENT_ID}`,
        at: retryAt,
        command: { type: 'RetryRefund', paymentId: PAYMENT_ID },
      },
    ])
    const retried: OrderEvent = {
      type: 'OrderRefundRetried',
      data: { paymentId: PAYMENT_ID, refundId: `${ORDER_ID}/end/2`, amount: usd(2_250), retry: 1 },
    }
    expect(effectsOf(...sold, cancelled(), failed, retried)).toEqual([
      inOrder([
        to('payment', PAYMENT_ID, {
          type: 'RefundRemainder',
          refundId: `${ORDER_ID}/end/2`,
          reason: 'refund_failed',
        }),
      ]),
    ])
  })
  it('is not requested again where an operator handles it', () => {
    const failed: OrderEvent = { type: 'OrderRefundFailed', data: failure }
    expect(effectsOf(...sold, failed)).toEqual([])
    const { paymentId, refundId, amount, code } = failure
    const abandoned: OrderEvent = {
      type: 'OrderRefundAbandoned',
      data: { paymentId, refundId, amount, code, retries: 3 },
    }
    expect(effectsOf(...sold, cancelled(), failed, abandoned)).toEqual([])
  })
})

it('an order without personal data is an order all the same: nothing follows', () => {
  expect(effectsOf(...ended, erased)).toEqual([])
})

it('a refund is mailed to the customer', () => {
  expect(effectsOf(...sold, refunded(250))).toEqual([mailed('order_refunded', { amount: '2.50 USD' })])
})
