import { describe, expect, it } from 'vitest'
import type { OrderCommand } from '../commands.ts'
import {
  ada,
  address,
  CUSTOMER_ID,
  claiming,
  created,
  createOrder,
  percent,
  quote,
  requestedLine,
  spec,
  usd,
} from '../order.fixture.ts'

const nothing = spec.given()

describe('taking an order', () => {
  it('is refused with what its cart refuses, whatever else is wrong', () => {
    const cartRefusal = { code: 'price_changed', detail: 'It changed.', facts: { changes: [] } }
    const { decision } = nothing
      .when(createOrder({ cartId: 'crt_1', cartRefusal, customer: null }))
      .thenRefused('price_changed')
    expect(decision.refusal).toEqual(cartRefusal)
    spec.given(created()).when(createOrder({ cartRefusal })).thenRefused('order_exists')
  })
  it('records the request and the whole price', () => {
    nothing.when(createOrder({ cartId: 'crt_1' })).then({
      type: 'OrderCreated',
      data: {
        customerId: CUSTOMER_ID,
        cartId: 'crt_1',
        pricing: {
          currency: 'USD',
          lines: [
            {
              sku: 'MUG',
              name: 'The MUG',
              quantity: 2,
              unitPrice: 1_000,
              weightGrams: 100,
              discount: 0,
              total: 2_000,
            },
            {
              sku: 'PEN',
              name: 'The PEN',
              quantity: 1,
              unitPrice: 250,
              weightGrams: 100,
              discount: 0,
              total: 250,
            },
          ],
          subtotal: 2_250,
          discounts: [],
          shipping: 0,
          total: 2_250,
        },
        promotions: [],
        terms: [],
        tier: 'bronze',
        redeemPoints: 0,
        shippingAddress: address,
        shippingQuote: quote,
        paymentMethod: 'pm_card_visa',
        skipInvalidPromotions: false,
        firstOrder: true,
        segment: 'new',
        decisions: [
          {
            policy: 'orderValidationPolicy',
            rules: [],
            inputs: { lines: 2, quantity: 3 },
            outcome: 'valid',
          },
          expect.objectContaining({ policy: 'orderDiscountPolicy', rules: [], outcome: 'full_price' }),
        ],
      },
    })
  })
  it('prices shipping as quoted, and the tier of the customer', () => {
    const { state } = nothing.when(
      createOrder({
        customer: { ...ada, tier: 'gold' },
        shippingQuote: { ...quote, price: usd(500) },
      }),
    )
    expect(state).toMatchObject({ tier: 'gold', pricing: { shipping: 500, total: 2_638 } })
  })
  it('begins pending, with every promotion and the points still to be claimed', () => {
    const { state } = nothing.when(createOrder(claiming))
    expect(state).toMatchObject({
      status: 'pending',
      paymentStatus: 'unpaid',
      fulfilmentStatus: 'unfulfilled',
      openClaims: ['TEN', 'FIVE', 'points'],
      reservations: [],
      payments: [],
      deliveries: [],
    })
  })
  it('may do without a payment method, which makes it an invoice order', () => {
    const { state } = nothing.when(createOrder({ paymentMethod: undefined }))
    expect(state).not.toHaveProperty('paymentMethod')
  })
  it('is fine with a total of zero', () => {
    const { state } = nothing.when(createOrder({ lines: [requestedLine('FLYER', 1, 0)] }))
    expect(state?.pricing.total).toBe(0)
  })
  it('happens once', () => {
    spec.given(created()).when(createOrder()).thenRefused('order_exists')
  })
})

describe('an order that cannot be taken', () => {
  it.each([
    ['is unknown', null],
    ['is not verified yet', { ...ada, status: 'pending' as const }],
    ['is suspended', { ...ada, status: 'suspended' as const }],
    ['is erased', { ...ada, status: 'erased' as const }],
  ])('whose customer %s', (_, customer) => {
    nothing.when(createOrder({ customer })).thenRefused('customer_not_active')
  })
  it('because it is invalid, with all violations', () => {
    const { decision } = nothing
      .when(createOrder({ lines: [{ sku: 'NONE', quantity: 0, product: null }], shippingQuote: null }))
      .thenRefused('order_invalid')
    expect(decision.refusal?.facts).toEqual({
      errors: [
        expect.objectContaining({ pointer: '/lines/0/quantity', code: 'quantity_out_of_range' }),
        expect.objectContaining({ pointer: '/lines/0/sku', code: 'unknown_sku' }),
        expect.objectContaining({ pointer: '/shippingAddress', code: 'no_carrier' }),
      ],
    })
  })
  it('because its total is above 1,000,000.00, shipping included', () => {
    const lines = [requestedLine('HOUSE', 1, 100_000_000)]
    nothing.when(createOrder({ lines })).thenTypes('OrderCreated')
    const { decision } = nothing
      .when(createOrder({ lines, shippingQuote: { ...quote, price: usd(1) } }))
      .thenRefused('order_invalid')
    expect(decision.refusal?.facts).toMatchObject({
      errors: [{ pointer: '/lines', code: 'total_out_of_range' }],
    })
  })
  it('because it does not exist, for any other command', () => {
    const commands: OrderCommand[] = [
      { type: 'ConfirmOrder' },
      { type: 'CancelOrder', reason: 'operator', detail: 'no' },
      { type: 'SubmitPayment', paymentMethod: 'pm_card_visa' },
      { type: 'EndHold' },
      { type: 'RecordClaims', outcome: [] },
    ]
    for (const command of commands) nothing.when(command).thenRefused('order_not_found')
  })
})

describe('promotions', () => {
  const ten = { code: 'TEN', terms: percent('TEN', 10) }
  const twenty = { code: 'TWENTY', terms: percent('TWENTY', 20) }
  const routing = { policy: 'deliveryRoutingPolicy', rules: ['cheapest'], inputs: {}, outcome: 'sandbox' }
  const window = { policy: 'deliveryTimePolicy', rules: ['leaves_today'], inputs: {}, outcome: 'promised' }
  const gone = { code: 'GONE', reasons: ['expired' as const, 'exhausted' as const] }

  it('that apply are kept with their terms, so that the quote is honoured', () => {
    const { state } = nothing.when(createOrder({ promotions: [ten] }))
    expect(state).toMatchObject({
      promotions: [{ code: 'TEN', applied: true }],
      terms: [ten.terms],
      pricing: { total: 2_025, discounts: [{ source: 'order_promotion', code: 'TEN', amount: 225 }] },
    })
  })
  it('are explained: each code, the choice among them, and the price', () => {
    const { decision, state } = nothing.when(
      createOrder({
        customer: { ...ada, tier: 'gold' },
        promotions: [ten, twenty, gone],
        skipInvalidPromotions: true,
        shippingQuote: { ...quote, decisions: [routing, window] },
      }),
    )
    expect(decision.events[0]?.data).toMatchObject({
      decisions: [
        { policy: 'orderValidationPolicy', outcome: 'valid' },
        { policy: 'promotionEligibilityPolicy', inputs: { code: 'TEN' }, outcome: 'eligible' },
        { policy: 'promotionEligibilityPolicy', inputs: { code: 'TWENTY' }, outcome: 'eligible' },
        {
          policy: 'promotionEligibilityPolicy',
          inputs: { code: 'GONE' },
          rules: ['expired', 'exhausted'],
          outcome: 'not_eligible',
        },
        routing,
        window,
        { policy: 'orderDiscountPolicy', rules: ['order_promotion', 'loyalty'], outcome: 'discounted' },
        {
          policy: 'promotionStackingPolicy',
          rules: ['best_discount', 'classes_do_not_combine'],
          inputs: { accepted: ['TWENTY'], rejected: [{ code: 'TEN', beatenBy: ['TWENTY'] }] },
          outcome: 'some_rejected',
        },
      ],
    })
    expect(state?.decisions).toContainEqual({
      policy: 'promotionEligibilityPolicy',
      about: 'GONE',
      rules: ['expired', 'exhausted'],
      outcome: 'not_eligible',
    })
    expect(state?.decisions.at(-1)).toEqual({
      policy: 'promotionStackingPolicy',
      rules: ['best_discount', 'classes_do_not_combine'],
      outcome: 'some_rejected',
      rejected: [{ code: 'TEN', rule: 'classes_do_not_combine', beatenBy: ['TWENTY'] }],
    })
  })
  it('that are refused refuse the order, and point at the code', () => {
    const { decision } = nothing
      .when(createOrder({ promotions: [ten, gone] }))
      .thenRefused('promotion_refused')
    expect(decision.refusal).toMatchObject({
      detail: 'GONE: expired',
      facts: {
        promotions: [{ code: 'GONE', reason: 'expired' }],
        errors: [{ pointer: '/promotionCodes/1', code: 'expired' }],
      },
    })
  })
  it('that are refused are left out on request', () => {
    const { state } = nothing.when(createOrder({ promotions: [ten, gone], skipInvalidPromotions: true }))
    expect(state).toMatchObject({
      promotions: [
        { code: 'TEN', applied: true },
        { code: 'GONE', applied: false, reason: 'expired' },
      ],
      openClaims: ['TEN'],
    })
  })
  it('that do not combine leave the better one, and the order reports which lost', () => {
    const { state } = nothing.when(createOrder({ promotions: [ten, twenty] })).thenTypes('OrderCreated')
    expect(state).toMatchObject({
      promotions: [
        { code: 'TEN', applied: false, reason: 'not_combinable' },
        { code: 'TWENTY', applied: true },
      ],
      terms: [twenty.terms],
      openClaims: ['TWENTY'],
      pricing: { total: 1_800 },
    })
  })
  it('that have no effect after others are reported, and none of their uses is claimed', () => {
    const all = { code: 'ALL', terms: percent('ALL', 100, { class: 'product', combinesWith: ['order'] }) }
    const five = { code: 'FIVE', terms: percent('FIVE', 5, { combinesWith: ['product'] }) }
    const { state } = nothing.when(createOrder({ promotions: [all, five] })).thenTypes('OrderCreated')
    expect(state).toMatchObject({
      promotions: [
        { code: 'ALL', applied: true },
        { code: 'FIVE', applied: false, reason: 'worth_nothing' },
      ],
      terms: [all.terms],
      openClaims: ['ALL'],
    })
  })
  it('that are worth nothing alone are refused with that reason', () => {
    const { decision } = nothing
      .when(createOrder({ promotions: [{ code: 'SHIP', reasons: ['worth_nothing'] }] }))
      .thenRefused('promotion_refused')
    expect(decision.refusal?.facts).toMatchObject({ promotions: [{ code: 'SHIP', reason: 'worth_nothing' }] })
  })
})

describe('points', () => {
  it('pay for what is left of the lines', () => {
    const { decision, state } = nothing.when(createOrder({ redeemPoints: 500 }))
    expect(state).toMatchObject({ redeemPoints: 500, openClaims: ['points'], pricing: { total: 1_750 } })
    expect(decision.events[0]?.data).toMatchObject({
      decisions: expect.arrayContaining([
        {
          policy: 'pointsPolicy',
          rules: [],
          inputs: { points: 500, minimum: 100, maximum: 1_125 },
          outcome: 'allowed',
        },
      ]),
    })
  })
  it('cannot be more than the customer has', () => {
    const { decision } = nothing.when(createOrder({ redeemPoints: 1_001 })).thenRefused('points_unavailable')
    expect(decision.refusal?.facts).toEqual({ available: 1_000 })
  })
  it.each([
    ['fewer than 100', 99, 1_000],
    ['more than half of the subtotal', 501, 1_000],
  ])('cannot be %s', (_, redeemPoints, price) => {
    const { decision } = nothing
      .when(createOrder({ lines: [requestedLine('MUG', 1, price)], redeemPoints }))
      .thenRefused('points_unavailable')
    expect(decision.refusal?.facts).toEqual({ minimum: 100, maximum: 500 })
  })
  it('are not taken where other discounts leave nothing to pay', () => {
    const free = { code: 'FREE', terms: percent('FREE', 100) }
    const { state } = nothing.when(createOrder({ promotions: [free], redeemPoints: 500 }))
    expect(state).toMatchObject({ redeemPoints: 0, openClaims: ['FREE'], pricing: { total: 0 } })
  })
  it('are taken only as far as other discounts left something to pay', () => {
    const most = { code: 'MOST', terms: percent('MOST', 90) }
    const { state } = nothing.when(createOrder({ promotions: [most], redeemPoints: 500 }))
    expect(state).toMatchObject({ redeemPoints: 225, pricing: { total: 0 } })
  })
})
