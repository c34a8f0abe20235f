import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { MINUTE, plus } from '../core/time.ts'
import type { ShippingQuote } from '../delivery/events.ts'
import { paymentCommand, screeningRequestSchema } from '../payment/commands.ts'
import type { OrderEvent } from './events.ts'
import {
  address,
  CUSTOMER_ID,
  cancellationDeclined,
  cancellationRequested,
  cancelled,
  charging,
  claiming,
  confirmed,
  created,
  DELIVERY_ID,
  deliveryCancelled,
  deliveryScheduled,
  ORDER_ID,
  PAYMENT_ID,
  paid,
  paymentFailed,
  paymentReturned,
  paymentStarted,
  quote,
  requested,
  requestedLine,
  reservations,
  scheduled,
  sold,
  stockCommitted,
  stockHeld,
  unpaid,
  usd,
} from './order.fixture.ts'
import {
  callOff,
  each,
  effectsOf,
  hold,
  inOrder,
  mailed,
  noHold,
  refund,
  release,
  releaseUse,
  reserve,
  restorePoints,
  to,
} from './process.fixture.ts'

describe('a new order', () => {
  it('holds its stock: summed per SKU, in sorted order, all or nothing', () => {
    const lines = [requestedLine('PEN', 1, 250), requestedLine('MUG', 1), requestedLine('MUG', 1)]
    expect(effectsOf(created({ lines }))).toEqual([reserve])
  })
  it('names the region for stock that is near', () => {
    const shippingAddress = { ...address, region: 'IL' }
    expect(JSON.stringify(effectsOf(created({ shippingAddress })))).toContain(
      '"shipTo":{"country":"US","region":"IL"}',
    )
  })
  it('closes its cart', () => {
    expect(effectsOf(created({ cartId: 'crt_1' }))).toEqual([
      inOrder([to('cart', 'crt_1', { type: 'CheckOut', orderId: ORDER_ID, customerId: CUSTOMER_ID })], {
        type: 'RecordCartClosed',
      }),
      reserve,
    ])
  })
  const facts = {
    customerId: CUSTOMER_ID,
    currency: 'USD',
    shippingPrice: 0,
    lines: [
      { sku: 'MUG', quantity: 2, unitPrice: 1_000 },
      { sku: 'PEN', quantity: 1, unitPrice: 250 },
    ],
    customer: { tier: 'bronze', segment: 'new', firstOrder: false },
  }
  const claims = [
    to('promotion', 'TEN', { type: 'ApplyPromotion', orderId: ORDER_ID, facts }),
    to('promotion', 'FIVE', { type: 'ApplyPromotion', orderId: ORDER_ID, facts }),
    to('customer', CUSTOMER_ID, {
      type: 'RedeemPoints',
      orderId: ORDER_ID,
      points: 500,
      subtotal: usd(2_250),
    }),
  ]
  it('claims promotions and points first, up to the first refusal', () => {
    expect(effectsOf(created(claiming))).toEqual([inOrder(claims, { type: 'RecordClaims' })])
  })
  it('claims all of them when some may be left out', () => {
    expect(effectsOf(created({ ...claiming, skipInvalidPromotions: true }))).toEqual([
      each(claims, { type: 'RecordClaims' }),
    ])
  })
})

describe('a claim that was granted', () => {
  const ten: OrderEvent = { type: 'PromotionApplied', data: { code: 'TEN' } }
  const five: OrderEvent = { type: 'PromotionApplied', data: { code: 'FIVE' } }
  const points: OrderEvent = { type: 'OrderPointsRedeemed', data: { points: 500 } }
  const waiting = created(claiming)

  it('causes nothing while others are open; after the last the stock is held', () => {
    expect(effectsOf(waiting, ten)).toEqual([])
    expect(effectsOf(waiting, ten, five)).toEqual([])
    expect(effectsOf(waiting, ten, five, points)).toEqual([reserve])
    expect(effectsOf(waiting, points, ten)).toEqual([])
    expect(effectsOf(waiting, points, ten, five)).toEqual([reserve])
  })
  it('goes back when the order has ended', () => {
    expect(effectsOf(waiting, cancelled(), ten)).toEqual([releaseUse('TEN', 'order_ended')])
    expect(effectsOf(waiting, cancelled(), points)).toEqual([restorePoints])
  })
  it('and a new price set off the holds once, after the last', () => {
    const { pricing } = created().data
    const lost: OrderEvent = {
      type: 'OrderRepriced',
      data: {
        pricing,
        promotions: [{ code: 'FIVE', applied: false, reason: 'exhausted' }],
        decisions: [],
      },
    }
    expect(effectsOf(waiting, lost)).toEqual([])
    expect(effectsOf(waiting, lost, ten)).toEqual([])
    expect(effectsOf(waiting, lost, ten, points)).toEqual([reserve])
    const one = created({ promotions: claiming.promotions?.slice(1) ?? [] })
    expect(effectsOf(one, lost)).toEqual([reserve])
  })
})

describe('held stock', () => {
  it('is given up at the end of the hold', () => {
    expect(effectsOf(created(), stockHeld())).toEqual([hold])
    expect(effectsOf(...unpaid)).toEqual([hold])
  })
  it('goes back when the order has ended meanwhile', () => {
    expect(effectsOf(created(), cancelled(), stockHeld())).toEqual([release('order_ended')])
  })
})

describe('a payment', () => {
  const asked = {
    orderId: ORDER_ID,
    customerId: CUSTOMER_ID,
    amount: usd(2_250),
    paymentMethod: 'pm_card_visa',
  }
  const request = { type: 'ProcessPayment', ...asked, attempt: 1, shippingCountry: 'US', failedTries: 0 }
  const input = screeningRequestSchema.parse({ paymentId: PAYMENT_ID, ...asked })
  const payment = {
    ...to('payment', PAYMENT_ID, request),
    facts: { port: 'payments', operation: 'screen', input },
  }
  it('is requested with the facts of its screening, and reported by the payment itself', () => {
    expect(effectsOf(...charging)).toEqual([hold, inOrder([payment])])
    const facts = { ok: true, value: { customer: null } }
    expect(paymentCommand.safeParse({ ...request, facts }).success).toBe(true)
  })
  it('comes after the holds were extended, and not at all when one is gone', () => {
    const holdUntil = plus(NOW, 50 * MINUTE)
    const extend = reservations.map(({ sku }) =>
      to('inventory', sku, {
        type: 'ExtendReservation',
        orderId: ORDER_ID,
        expiresAt: holdUntil,
      }),
    )
    expect(effectsOf(created(), stockHeld(), paymentStarted({ holdUntil, holdExtended: true }))).toEqual([
      { ...hold, at: holdUntil },
      inOrder([...extend, payment], { type: 'RecordPaymentSubmitted', paymentId: PAYMENT_ID }),
    ])
  })
  it('that failed or succeeded causes nothing', () => {
    expect(effectsOf(...charging, paymentFailed)).toEqual([])
    expect(effectsOf(...charging, paid)).toEqual([])
  })
  it('of an ended order is refunded in full', () => {
    expect(effectsOf(...charging, cancelled(), paymentReturned)).toEqual([refund('order_ended')])
  })
})

describe('a confirmed order', () => {
  it('commits its stock', () => {
    expect(effectsOf(...sold)).toEqual([
      noHold,
      each(
        ['MUG', 'PEN'].map((sku) => to('inventory', sku, { type: 'CommitReservation', orderId: ORDER_ID })),
        { type: 'RecordStockCommitted' },
      ),
    ])
  })
  it('is announced once the stock is its own', () => {
    expect(effectsOf(...sold, stockCommitted)).toEqual([mailed('order_confirmed', { total: '22.50 USD' })])
  })
  it('spends its promotion uses then', () => {
    expect(effectsOf(created(claiming), stockHeld(), paid, confirmed(), stockCommitted)).toEqual([
      each(
        ['TEN', 'FIVE'].map((code) =>
          to('promotion', code, { type: 'ConfirmPromotionUse', orderId: ORDER_ID }),
        ),
      ),
      mailed('order_confirmed', { total: '14.24 USD' }),
    ])
  })
  const booking = (quoted: ShippingQuote = { ...quote, rules: [] }) =>
    inOrder(
      [
        to('delivery', DELIVERY_ID, {
          type: 'ScheduleDelivery',
          orderId: ORDER_ID,
          customerId: CUSTOMER_ID,
          address,
          weightGrams: 300,
          quote: quoted,
        }),
      ],
      { type: 'RecordDeliveryRequested', deliveryId: DELIVERY_ID },
    )
  it('books the delivery that it was priced with', () => {
    expect(effectsOf(...requested)).toEqual([booking()])
  })
  it('sends the delivery the rules by which its carrier was chosen', () => {
    const decision = { policy: 'deliveryRoutingPolicy', rules: ['cheapest'], inputs: {}, outcome: 'sandbox' }
    const explained = created({ shippingQuote: { ...quote, decisions: [decision] } })
    expect(effectsOf(explained, ...requested.slice(1))).toEqual([booking({ ...quote, rules: ['cheapest'] })])
  })
  it('books another with the quote of that', () => {
    const express = { ...quote, service: 'express' }
    const again: OrderEvent = {
      type: 'OrderDeliveryRequested',
      data: { deliveryId: DELIVERY_ID, service: 'express', quote: express },
    }
    expect(effectsOf(...scheduled, deliveryCancelled, again)).toEqual([booking(express)])
  })
  it('waits for people when the delivery is booked, or called off', () => {
    expect(effectsOf(...scheduled)).toEqual([])
    expect(effectsOf(...scheduled, deliveryCancelled)).toEqual([])
  })
})

describe('a cancellation that needs consent', () => {
  it('requests the consent of the delivery', () => {
    expect(effectsOf(...scheduled, cancellationRequested)).toEqual([callOff])
  })
  it('requests it from a delivery once it is booked', () => {
    expect(effectsOf(...requested, cancellationRequested)).toEqual([])
    expect(effectsOf(...requested, cancellationRequested, deliveryScheduled)).toEqual([callOff])
  })
  it('causes nothing when it was declined', () => {
    expect(effectsOf(...scheduled, cancellationRequested, cancellationDeclined)).toEqual([])
  })
})
