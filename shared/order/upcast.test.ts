import { describe, expect, it } from 'vitest'
import { order } from './aggregate.ts'
import { type OrderEvent, orderEvent } from './events.ts'
import {
  created,
  HOLD_UNTIL,
  PAYMENT_ID,
  paymentFailed,
  paymentStarted,
  percent,
  quote,
  refunded,
  stockHeld,
} from './order.fixture.ts'

/** An event of the first release, as it is read today. */
function read(type: OrderEvent['type'], data: object): OrderEvent {
  const upcast = (order.upcasters?.[type] ?? []).reduce<unknown>((older, step) => step(older), data)
  return orderEvent.parse({ type, data: upcast })
}

/** What the first release stored where today's event has its decisions. */
function before({ data }: OrderEvent): object {
  return Object.fromEntries(Object.entries(data).filter(([name]) => name !== 'decisions'))
}

describe('shipping', () => {
  it.each(['OrderCreated', 'OrderRepriced'] as const)('in %s of before is without its promotions', (type) => {
    const discounts = [
      { source: 'order_promotion', code: 'TEN', amount: 100, allocations: [100] },
      { source: 'shipping_promotion', code: 'SHIP', amount: 300, allocations: [] },
      { source: 'shipping_promotion', code: 'MORE', amount: 50, allocations: [] },
    ]
    const pricing = { currency: 'USD', lines: [], subtotal: 1_000, discounts, shipping: 150, total: 1_050 }
    const last = order.upcasters?.[type]?.at(-1)
    expect(last?.({ pricing, kept: 1 })).toEqual({ pricing: { ...pricing, shipping: 500 }, kept: 1 })
  })
})

describe('events of the first release', () => {
  it('OrderCreated: the codes that did not apply and the carrier are decisions', () => {
    const today = created({
      promotions: [
        { code: 'TEN', terms: percent('TEN', 10) },
        { code: 'FIVE', terms: percent('FIVE', 5) },
        { code: 'GONE', reasons: ['expired'] },
      ],
      skipInvalidPromotions: true,
      shippingQuote: { ...quote, rules: ['cheapest', 'leaves_today'] },
    })
    expect(read('OrderCreated', before(today))).toEqual({
      ...today,
      data: {
        ...today.data,
        decisions: [
          {
            policy: 'promotionEligibilityPolicy',
            rules: ['expired'],
            inputs: { code: 'GONE' },
            outcome: 'not_eligible',
          },
          {
            policy: 'deliveryRoutingPolicy',
            rules: ['cheapest'],
            inputs: { service: 'standard', zone: 'domestic' },
            outcome: 'sandbox',
          },
          {
            policy: 'deliveryTimePolicy',
            rules: ['leaves_today'],
            inputs: { zone: 'domestic' },
            outcome: 'promised',
          },
        ],
      },
    })
    const plain = created()
    expect(read('OrderCreated', before(plain))).toEqual({ ...plain, data: { ...plain.data, decisions: [] } })
  })
  it('OrderStockHeld: the rule of each reservation is a decision', () => {
    const allocations = [{ location: 'main', quantity: 2 }]
    const reservations = [{ sku: 'MUG', quantity: 2, allocations, rule: 'single_location' }]
    expect(read('OrderStockHeld', { reservations, holdUntil: HOLD_UNTIL })).toEqual(
      stockHeld({
        reservations: [{ sku: 'MUG', quantity: 2, allocations }],
        decisions: [
          {
            policy: 'allocationPolicy',
            rules: ['single_location'],
            inputs: { sku: 'MUG', quantity: 2 },
            outcome: 'single_location',
          },
        ],
      }),
    )
  })
  it('OrderRepriced, OrderPaymentStarted and OrderPaymentFailed: without decisions', () => {
    const { pricing, promotions } = created().data
    const repriced: OrderEvent = { type: 'OrderRepriced', data: { pricing, promotions, decisions: [] } }
    for (const today of [repriced, paymentStarted({ decisions: [] }), paymentFailed])
      expect(read(today.type, before(today))).toEqual(today)
  })
  it('OrderRefunded: the refund is named by the total that it led to', () => {
    const { amount, refundedTotal } = { amount: 250, refundedTotal: 750 }
    const data = {
      paymentId: PAYMENT_ID,
      amount: { amount, currency: 'USD' },
      refundedTotal: { amount: refundedTotal, currency: 'USD' },
    }
    expect(read('OrderRefunded', data)).toEqual(refunded(250, 750, 'total/750'))
  })
})
