import { describe, expect, it } from 'vitest'
import type { ShopCurrencies } from '../core/money/exchange.ts'
import type { ChargeRule } from '../ports/payment-gateway.ts'
import { ada, createOrder, done, percent, quote, refusedBy, spec, unpaid } from './order.fixture.ts'
import { chargeabilityPolicy } from './policies.ts'

const currencies: ShopCurrencies = {
  base: 'USD',
  asOf: '2026-11-01',
  rates: { EUR: '1.08', IDR: '0.00006', JPY: '0.0065', XOF: '0.0018' },
}
const noRates: ShopCurrencies = { base: 'USD', rates: {} }

/** An order of one unit in a currency, with free shipping. */
function orderIn(currency: string, amount: number, overrides: Parameters<typeof createOrder>[0] = {}) {
  const price = { amount, currency }
  const product = { sku: 'MUG', name: 'Mug', price, weightGrams: 100, onSale: true }
  return createOrder({
    lines: [{ sku: 'MUG', quantity: 1, product }],
    shippingQuote: { ...quote, price: { amount: 0, currency } },
    ...overrides,
  })
}
const nothing = spec.given()
const errorsOf = (facts: unknown) => ({ errors: [facts] })

describe('the ceiling of an order', () => {
  it.each([
    // 1,000,000.00 USD at 1.08 and at 0.00006, to the minor unit.
    ['EUR', 92_592_593, 92_592_594],
    ['IDR', 1_666_666_675_000, 1_666_666_675_001],
    ['JPY', 153_846_154, 153_846_155],
  ])('is the base currency’s where there is a rate of %s', (currency, most, above) => {
    nothing.when(orderIn(currency, most), { currencies }).thenTypes('OrderCreated')
    const { decision } = nothing.when(orderIn(currency, above), { currencies }).thenRefused('order_invalid')
    expect(decision.refusal?.facts).toMatchObject(
      errorsOf({ pointer: '/lines', code: 'total_out_of_range', detail: expect.stringContaining('USD') }),
    )
  })
  it.each([
    // 100,000.001 KWD was refused, and 100,000,000 JPY passed.
    ['KWD', 100_000_001, 1_000_000_001],
    ['JPY', 1_000_000, 100_000_000],
    ['EUR', 100_000_000, 100_000_001],
    ['UYW', 10_000_000_000, 10_000_000_001],
  ])('is as many units of %s where there is no rate', (currency, taken, above) => {
    nothing.when(orderIn(currency, taken), { currencies: noRates }).thenTypes('OrderCreated')
    nothing.when(orderIn(currency, above), { currencies: noRates }).thenRefused('order_invalid')
  })
  it('holds before anything is summed up, for prices of before there was an end to them', () => {
    const { decision } = nothing
      .when(orderIn('USD', Number.MAX_SAFE_INTEGER, { redeemPoints: 0 }))
      .thenRefused('order_invalid')
    expect(decision.refusal?.facts).toMatchObject(errorsOf({ code: 'total_out_of_range' }))
  })
  it.each(['ZZZ', 'BGN'])('needs a currency that is still one: %s is not', (currency) => {
    const { decision } = nothing.when(orderIn(currency, 100)).thenRefused('order_invalid')
    expect(decision.refusal?.facts).toMatchObject(
      errorsOf({ pointer: '/lines/0/sku', code: 'currency_not_listed' }),
    )
  })
})

describe('an order notes how it counts', () => {
  it('at the rate of its day, which its first decision explains', () => {
    const { decision, state } = nothing.when(orderIn('EUR', 1_000), { currencies })
    expect(decision.events[0]?.data).toMatchObject({
      exchange: { base: 'USD', rate: '1.08', asOf: '2026-11-01' },
      decisions: expect.arrayContaining([
        expect.objectContaining({
          policy: 'orderValidationPolicy',
          inputs: expect.objectContaining({
            counted: expect.objectContaining({ rate: '1.08', asOf: '2026-11-01', inBase: 1_080 }),
          }),
        }),
      ]),
    })
    expect(state?.exchange).toEqual({ base: 'USD', rate: '1.08', asOf: '2026-11-01' })
  })
  it('without a rate, and not at all in the base currency', () => {
    expect(nothing.when(orderIn('GBP', 1_000), { currencies }).state?.exchange).toBe(null)
    expect(nothing.when(orderIn('USD', 1_000), { currencies }).state).not.toHaveProperty('exchange')
    const euros = { base: 'EUR', rates: {} }
    expect(nothing.when(orderIn('EUR', 1_000), { currencies: euros }).state).not.toHaveProperty('exchange')
  })
})

describe('points', () => {
  const rich = { customer: { ...ada, pointsAvailable: 5_000 } }

  it.each([
    ['EUR', 10_000, 216, 200],
    ['JPY', 5_000, 200, 308],
    ['USD', 10_000, 216, 216],
  ])('pay in %s what they are worth in the base currency', (currency, price, points, off) => {
    const order = orderIn(currency, price, { ...rich, redeemPoints: points })
    const { state } = nothing.when(order, { currencies }).thenTypes('OrderCreated')
    expect(state?.redeemPoints).toBe(points)
    expect(state?.pricing.total).toBe(price - off)
  })
  it('pay for half of the subtotal at most, in the base currency', () => {
    const order = (redeemPoints: number) => orderIn('EUR', 1_000, { ...rich, redeemPoints })
    nothing.when(order(540), { currencies }).thenTypes('OrderCreated')
    nothing.when(order(541), { currencies }).thenRefused('points_unavailable')
  })
  it.each(['GBP', 'KWD'])('cannot be redeemed in %s, of which no rate is declared', (currency) => {
    const order = orderIn(currency, 10_000, { ...rich, redeemPoints: 100 })
    nothing.when(order, { currencies }).thenRefused('points_currency')
  })
  it('are taken as few as pay, where discounts leave less to pay', () => {
    const promotions = [{ code: 'MOST', terms: percent('MOST', 80) }]
    const order = orderIn('EUR', 1_000, { ...rich, promotions, redeemPoints: 300 })
    const { state } = nothing.when(order, { currencies }).thenTypes('OrderCreated')
    expect(state).toMatchObject({ redeemPoints: 216, pricing: { total: 0 } })
  })
  it('are claimed with the rate of the order', () => {
    const { effects } = nothing.when(orderIn('EUR', 1_000, { ...rich, redeemPoints: 200 }), { currencies })
    expect(JSON.stringify(effects)).toContain('"exchange":{"base":"USD","rate":"1.08","asOf":"2026-11-01"}')
  })
  it.each([
    // 83 rupiah are worth 0.498 cents: rounded, not one point, and so the order would have been free.
    ['IDR', 83, 100],
    ['IDR', 1, 5_000],
    ['XOF', 2, 100],
  ])('give nothing for nothing: of %s %i are left to pay', (currency, price, points) => {
    const order = orderIn(currency, price, { ...rich, redeemPoints: points })
    nothing.when(order, { currencies }).thenRefused('points_unavailable')
  })
})

describe('chargeabilityPolicy', () => {
  const tens: ChargeRule = { minimum: 50, maximum: 1_000, step: 10 }
  const codes = (amount: number, rule: ChargeRule | null = tens) =>
    chargeabilityPolicy({ amount, currency: 'KWD' }, rule).map(({ code }) => code)

  it.each([
    [0, []],
    [49, ['total_below_charge_minimum', 'total_not_chargeable']],
    [50, []],
    [1_000, []],
    [1_010, ['total_above_charge_maximum']],
    [55, ['total_not_chargeable']],
  ])('says of %i what the gateway would refuse', (amount, expected) => {
    expect(codes(amount)).toEqual(expected)
  })
  it('rejects a currency that the gateway does not support, and accepts a total of zero', () => {
    expect(codes(50, null)).toEqual(['currency_not_chargeable'])
    expect(codes(0, null)).toEqual([])
  })
  it('refuses the order by its total after discounts', () => {
    const rule = { chargeRule: { minimum: 50, maximum: 1_000_000, step: 1 } }
    const off = (percentage: number) => ({
      promotions: [{ code: 'OFF', terms: percent('OFF', percentage) }],
    })
    nothing.when(orderIn('USD', 100, { ...rule, ...off(50) })).thenTypes('OrderCreated')
    nothing.when(orderIn('USD', 100, { ...rule, ...off(100) })).thenTypes('OrderCreated')
    const { decision } = nothing
      .when(orderIn('USD', 100, { ...rule, ...off(51) }))
      .thenRefused('order_invalid')
    expect(decision.refusal?.facts).toMatchObject(
      errorsOf({ pointer: '/lines', code: 'total_below_charge_minimum' }),
    )
    const none = nothing.when(orderIn('CUP', 100, { chargeRule: null })).thenRefused('order_invalid')
    expect(none.decision.refusal?.facts).toMatchObject(
      errorsOf({ pointer: '/paymentMethod', code: 'currency_not_chargeable' }),
    )
  })
  it('does not hold up an order by invoice', () => {
    nothing
      .when(orderIn('USD', 1, { paymentMethod: undefined, chargeRule: undefined }))
      .thenTypes('OrderCreated')
  })
  it('refuses another payment of an order that it could not charge', () => {
    const pay = { type: 'SubmitPayment', paymentMethod: 'pm_card_visa' } as const
    const { decision } = spec
      .given(...unpaid)
      .when({ ...pay, chargeRule: { minimum: 1, maximum: 2_000, step: 1 } })
      .thenRefused('payment_not_chargeable')
    expect(decision.refusal?.facts).toMatchObject(
      errorsOf({ pointer: '/paymentMethod', code: 'total_above_charge_maximum' }),
    )
  })
})

describe('an order that is priced anew', () => {
  it('keeps its points at the rate of its day', () => {
    const promotions = [{ code: 'TEN', terms: percent('TEN', 10) }]
    const rich = { customer: { ...ada, pointsAvailable: 500 } }
    const order = orderIn('EUR', 1_000, {
      ...rich,
      promotions,
      redeemPoints: 216,
      skipInvalidPromotions: true,
    })
    const placed = nothing.when(order, { currencies })
    expect(placed.state?.pricing.total).toBe(700)
    const outcome = [refusedBy('promotion', 'TEN', 'exhausted'), done('customer', ada.customerId)]
    const { state } = spec.given(...placed.decision.events).when({ type: 'RecordClaims', outcome })
    expect(state?.pricing.total).toBe(800)
  })
})
