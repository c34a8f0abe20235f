import { describe, expect, it } from 'vitest'
import type { PromotionTerms } from '../../promotion/terms.ts'
import { percent } from '../order.fixture.ts'
import { orderDiscountPolicy, type PricingInput, shippingPaid } from './pricing.ts'

/** A line as it is priced, weighing nothing. */
function line(sku: string, quantity: number, unitPrice: number) {
  return { sku, name: sku, quantity, unitPrice, weightGrams: 0 }
}

function off(code: string, amount: number, overrides: Partial<PromotionTerms> = {}): PromotionTerms {
  return percent(code, 1, {
    gift: { kind: 'fixed', value: { amount: { amount, currency: 'USD' } } },
    ...overrides,
  })
}

function priced(overrides: Partial<PricingInput>) {
  return orderDiscountPolicy({
    currency: 'USD',
    lines: [line('MUG', 2, 1_000), line('PEN', 1, 250)],
    terms: [],
    tier: 'bronze',
    redeemPoints: 0,
    shippingPrice: 0,
    ...overrides,
  })
}

const everything = ['product', 'order', 'shipping'] as const
const beside = { combinesWith: [...everything] }

describe('orderDiscountPolicy', () => {
  it('without discounts charges lines and shipping', () => {
    const { pricing, accepted, notCombinable } = priced({ shippingPrice: 500 })
    expect(pricing).toEqual({
      currency: 'USD',
      lines: [
        { ...line('MUG', 2, 1_000), discount: 0, total: 2_000 },
        { ...line('PEN', 1, 250), discount: 0, total: 250 },
      ],
      subtotal: 2_250,
      discounts: [],
      shipping: 500,
      total: 2_750,
    })
    expect([accepted, notCombinable]).toEqual([[], []])
  })

  it('goes by product promotions, order promotions, tier, points and shipping promotions', () => {
    const { pricing } = priced({
      lines: [line('MUG', 1, 10_000), line('PEN', 1, 5_000)],
      terms: [
        off('SHIP', 300, { class: 'shipping', ...beside }),
        percent('ALL', 10, beside),
        percent('MUGS', 20, { class: 'product', skus: ['MUG'], ...beside }),
      ],
      tier: 'gold',
      redeemPoints: 1_000,
      shippingPrice: 700,
    })
    expect(pricing.discounts).toEqual([
      { source: 'product_promotion', code: 'MUGS', amount: 2_000, allocations: [2_000, 0] },
      { source: 'order_promotion', code: 'ALL', amount: 1_300, allocations: [800, 500] },
      { source: 'loyalty', amount: 585, allocations: [360, 225] },
      { source: 'points', amount: 1_000, allocations: [615, 385] },
      { source: 'shipping_promotion', code: 'SHIP', amount: 300, allocations: [] },
    ])
    expect(pricing).toMatchObject({
      lines: [
        { discount: 3_775, total: 6_225 },
        { discount: 1_110, total: 3_890 },
      ],
      subtotal: 15_000,
      shipping: 700,
      total: 10_515,
    })
  })

  it('rounds a percentage half to even, once at each line', () => {
    // 2.5, 3.5 and 0.5 cents: each line for itself, although all together are 6.5.
    const { pricing } = priced({
      lines: [line('A', 1, 25), line('B', 1, 35), line('C', 1, 5)],
      terms: [percent('TEN', 10)],
    })
    expect(pricing.discounts[0]?.allocations).toEqual([2, 4, 0])
  })

  it('splits an amount by largest remainder', () => {
    const lines = [line('A', 1, 100), line('B', 1, 100), line('C', 1, 100)]
    const { pricing } = priced({ lines, terms: [off('ONE', 100)] })
    expect(pricing.discounts).toEqual([
      { source: 'order_promotion', code: 'ONE', amount: 100, allocations: [34, 33, 33] },
    ])
  })

  it.each([
    ['bronze', 0],
    ['silver', 68],
    ['gold', 112],
    ['platinum', 180],
  ] as const)('takes off what the tier %s gives', (tier, amount) => {
    const { pricing } = priced({ tier })
    expect(pricing.total).toBe(2_250 - amount)
    expect(pricing.discounts.map(({ source }) => source)).toEqual(amount === 0 ? [] : ['loyalty'])
  })

  it('lets nothing fall below zero', () => {
    const { pricing } = priced({
      terms: [off('BIG', 99_999, beside), off('SHIP', 99_999, { class: 'shipping', ...beside })],
      tier: 'platinum',
      redeemPoints: 99_999,
      shippingPrice: 500,
    })
    expect(pricing).toMatchObject({ shipping: 500, total: 0, lines: [{ total: 0 }, { total: 0 }] })
    expect(pricing.discounts.map(({ source, amount }) => [source, amount])).toEqual([
      ['order_promotion', 2_250],
      ['shipping_promotion', 500],
    ])
  })

  it('uses points only as far as there is something to pay for the lines', () => {
    const { pricing } = priced({ redeemPoints: 99_999, shippingPrice: 500 })
    expect(pricing.discounts).toEqual([{ source: 'points', amount: 2_250, allocations: [2_000, 250] }])
    expect(pricing.total).toBe(500)
  })

  it('takes points for nothing from an order without lines', () => {
    expect(priced({ lines: [], redeemPoints: 100 }).pricing).toMatchObject({ total: 0, discounts: [] })
  })

  it('takes shipping promotions one after another, those that change nothing left out', () => {
    const terms = [
      percent('HALF', 50, { class: 'shipping', priority: 2, ...beside }),
      off('THREE', 300, { class: 'shipping', priority: 1, ...beside }),
    ]
    const { pricing } = priced({ terms, shippingPrice: 700 })
    expect(pricing.discounts.map(({ code, amount }) => [code, amount])).toEqual([
      ['HALF', 350],
      ['THREE', 300],
    ])
    expect(pricing.shipping).toBe(700)
    expect(shippingPaid(pricing)).toBe(50)
    expect(priced({ terms, shippingPrice: 0 }).pricing.discounts).toEqual([])
  })

  it('takes the better of two that do not combine, and reports which lost', () => {
    const { pricing, accepted, notCombinable } = priced({
      terms: [percent('TEN', 10), percent('TWENTY', 20)],
    })
    expect(pricing.total).toBe(1_800)
    expect(accepted.map(({ code }) => code)).toEqual(['TWENTY'])
    expect(notCombinable).toEqual(['TEN'])
  })

  it('takes no promotion that is worth nothing here', () => {
    const { pricing, accepted, worthless } = priced({
      terms: [percent('TEES', 10, { class: 'product', skus: ['TEE'] })],
    })
    expect(pricing.discounts).toEqual([])
    expect(accepted).toEqual([])
    expect(worthless).toEqual(['TEES'])
  })

  it('takes no promotion that those before it leave nothing to do', () => {
    const all = percent('ALL', 100, { class: 'product', combinesWith: ['order'] })
    const { accepted, worthless } = priced({
      terms: [all, off('FIVE', 500, { class: 'order', combinesWith: ['product'] })],
    })
    expect(accepted.map(({ code }) => code)).toEqual(['ALL'])
    expect(worthless).toEqual(['FIVE'])
  })

  it('takes no promotion on shipping that is free', () => {
    const free = {
      ...percent('SHIP', 100, { class: 'shipping' }),
      gift: { kind: 'free_shipping', value: {} },
    } as const
    expect(priced({ terms: [free], shippingPrice: 0 })).toMatchObject({ accepted: [], worthless: ['SHIP'] })
    expect(priced({ terms: [free], shippingPrice: 1 })).toMatchObject({ accepted: [free], worthless: [] })
  })

  it('takes shipping promotions into account when only one of two can stand', () => {
    const terms = [
      off('FIVE', 500),
      off('FREE', 1, { gift: { kind: 'free_shipping', value: {} }, class: 'shipping' }),
    ]
    expect(priced({ terms, shippingPrice: 499 }).notCombinable).toEqual(['FREE'])
    const { pricing, notCombinable } = priced({ terms, shippingPrice: 501 })
    expect(notCombinable).toEqual(['FIVE'])
    expect(pricing).toMatchObject({ shipping: 501, total: 2_250 })
  })

  it('explains the price and the choice of codes', () => {
    const terms = [percent('TEN', 10), percent('TWENTY', 20)]
    const { decisions, stacking } = priced({ terms, tier: 'gold', shippingPrice: 300 })
    expect(decisions).toEqual([
      {
        policy: 'orderDiscountPolicy',
        rules: ['order_promotion', 'loyalty'],
        inputs: {
          ...{ subtotal: 2_250, tier: 'gold', loyaltyPercent: 5, redeemPoints: 0, shippingPrice: 300 },
          ...{ codes: ['TEN', 'TWENTY'], total: 2_010 },
        },
        outcome: 'discounted',
      },
      expect.objectContaining({ policy: 'promotionStackingPolicy', outcome: 'some_rejected' }),
    ])
    expect(stacking.rejected).toEqual([
      { code: 'TEN', reason: 'not_combinable', rule: 'classes_do_not_combine', beatenBy: ['TWENTY'] },
    ])
    expect(priced({}).decisions).toMatchObject([{ outcome: 'full_price', rules: [] }])
  })
})
