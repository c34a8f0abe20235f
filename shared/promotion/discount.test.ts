import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sum } from '../core/money/money.ts'
import { type DiscountableLine, promotionDiscount, promotionDiscounts, shippingDiscount } from './discount.ts'
import {
  anyLines,
  anyPromotion,
  anyPromotions,
  basketSkus,
  bundleBenefit,
  tieredBenefit,
} from './promotions.fixture.ts'
import type { PromotionBenefit, PromotionTerms } from './terms.ts'

function terms(benefit: PromotionBenefit, overrides: Partial<PromotionTerms> = {}): PromotionTerms {
  return {
    code: 'SPRING',
    gift: benefit,
    class: 'order',
    combinesWith: [],
    exclusive: false,
    priority: 0,
    ...overrides,
  }
}
const percent = (value: number): PromotionBenefit => ({ kind: 'percentage', value: { percent: value } })
const fixed = (amount: number, currency = 'USD'): PromotionBenefit => ({
  kind: 'fixed',
  value: { amount: { amount, currency } },
})
const line = (sku: string, remaining: number): DiscountableLine => ({ sku, quantity: 1, remaining })
const basket = [line('MUG', 1005), line('TEE', 2500), line('CAP', 0)]

describe('promotionDiscount', () => {
  it('rounds a percentage half to even, once for each line', () => {
    // 10 % of 10.05 is 1.005 and of 10.15 is 1.015: to even, 1.00 and 1.02.
    expect(promotionDiscount(terms(percent(10)), [line('A', 1005), line('B', 1015)], 'USD')).toEqual({
      amount: 202,
      allocations: [100, 102],
    })
  })
  it('takes a percentage with two decimals', () => {
    expect(promotionDiscount(terms(percent(12.25)), [line('A', 10_000)], 'USD').amount).toBe(1225)
  })
  it('takes everything off at 100 %', () => {
    expect(promotionDiscount(terms(percent(100)), basket, 'USD').allocations).toEqual([1005, 2500, 0])
  })
  it('splits a fixed amount by largest remainder', () => {
    // 1.00 over 10.05 and 25.00 of 35.05: 28.67 and 71.33 hundredths.
    expect(promotionDiscount(terms(fixed(100)), basket, 'USD')).toEqual({
      amount: 100,
      allocations: [29, 71, 0],
    })
  })
  it('ends a fixed amount at what the lines cost', () => {
    expect(promotionDiscount(terms(fixed(9_999)), basket, 'USD')).toEqual({
      amount: 3505,
      allocations: [1005, 2500, 0],
    })
  })
  it('takes nothing off in another currency', () => {
    expect(promotionDiscount(terms(fixed(100, 'EUR')), basket, 'USD')).toEqual({
      amount: 0,
      allocations: [0, 0, 0],
    })
  })
  it.each([percent(10), fixed(100)])('is only on the products that it names ($kind)', (benefit) => {
    const { allocations } = promotionDiscount(
      terms(benefit, { class: 'product', skus: ['TEE', 'CAP'] }),
      basket,
      'USD',
    )
    expect(allocations).toEqual([0, benefit.kind === 'fixed' ? 100 : 250, 0])
  })
  it('is on all products when it names none', () => {
    expect(promotionDiscount(terms(percent(100), { class: 'product' }), basket, 'USD').amount).toBe(3505)
  })
  it('ends a fixed amount at what its own products cost', () => {
    expect(
      promotionDiscount(terms(fixed(5_000), { class: 'product', skus: ['MUG'] }), basket, 'USD'),
    ).toEqual({ amount: 1005, allocations: [1005, 0, 0] })
  })
  it('takes nothing off the lines when it is on shipping', () => {
    expect(promotionDiscount(terms(percent(10), { class: 'shipping' }), basket, 'USD').amount).toBe(0)
  })
  it('takes nothing off nothing', () => {
    expect(promotionDiscount(terms(fixed(100)), [], 'USD')).toEqual({ amount: 0, allocations: [] })
  })
})

describe('promotionDiscounts', () => {
  it('takes each off what those before it left', () => {
    const promotions = [
      terms(fixed(500), { code: 'MUGS', class: 'product', skus: ['MUG'] }),
      terms(percent(10), { code: 'TEN' }),
    ]
    expect(promotionDiscounts(promotions, [line('MUG', 1500), line('TEE', 2000)], 'USD')).toEqual([
      { code: 'MUGS', amount: 500, allocations: [500, 0] },
      { code: 'TEN', amount: 300, allocations: [100, 200] },
    ])
  })
})

describe('buy_x_get_y', () => {
  const bundle = (buy: number, get: number, sku?: string) =>
    terms({ kind: 'buy_x_get_y', value: { buy, get, sku } }, { class: 'product' })
  const units = (sku: string, quantity: number, unitPrice: number) => ({
    sku,
    quantity,
    remaining: quantity * unitPrice,
  })

  it('makes the cheapest of every buy and get units free, counted over all lines', () => {
    const lines = [units('MUG', 2, 2_000), units('TEE', 3, 1_500), units('CAP', 1, 500)]
    // Six units at two for one: the cap and one of the shirts.
    expect(promotionDiscount(bundle(2, 1), lines, 'USD')).toEqual({
      amount: 2_000,
      allocations: [0, 1_500, 500],
    })
  })
  it.each([
    [2, 1, 2, 0],
    [2, 1, 3, 1],
    [2, 1, 5, 1],
    [2, 1, 6, 2],
    [1, 1, 3, 1],
    [3, 2, 10, 4],
    [2, 2, 3, 0],
  ])('buy %i get %i: of %i units %i are free', (buy, get, quantity, free) => {
    expect(promotionDiscount(bundle(buy, get), [units('MUG', quantity, 700)], 'USD').amount).toBe(free * 700)
  })
  it('counts the units of one product alone where it names one', () => {
    const lines = [units('MUG', 2, 2_000), units('CAP', 5, 100), units('MUG', 1, 1_900)]
    expect(promotionDiscount(bundle(2, 1, 'MUG'), lines, 'USD').allocations).toEqual([0, 0, 1_900])
    const order = { ...bundle(2, 1, 'MUG'), class: 'order' } as const
    expect(promotionDiscount(order, lines, 'USD').allocations).toEqual([0, 0, 1_900])
  })
  it('counts the units of those products alone that it is on', () => {
    const lines = [units('MUG', 2, 2_000), units('CAP', 5, 100)]
    const { allocations } = promotionDiscount({ ...bundle(1, 1), skus: ['MUG'] }, lines, 'USD')
    expect(allocations).toEqual([2_000, 0])
  })
  it('is worth what the units still cost, rounded half to even at the line', () => {
    // One of two units that cost 25 and 35 together: 12.5 and 17.5.
    expect(promotionDiscount(bundle(1, 1), [{ ...units('A', 2, 0), remaining: 25 }], 'USD').amount).toBe(12)
    expect(promotionDiscount(bundle(1, 1), [{ ...units('A', 2, 0), remaining: 35 }], 'USD').amount).toBe(18)
  })
  it('gives of equals those of the earlier line', () => {
    const lines = [units('MUG', 1, 500), units('CAP', 1, 500)]
    expect(promotionDiscount(bundle(1, 1), lines, 'USD').allocations).toEqual([500, 0])
  })
  it('gives nothing of an empty basket', () => {
    expect(promotionDiscount(bundle(1, 1), [], 'USD')).toEqual({ amount: 0, allocations: [] })
  })
})

describe('tiered', () => {
  const usd = (amount: number) => ({ amount, currency: 'USD' })
  const spend = terms({
    kind: 'tiered',
    value: {
      tiers: [
        { from: usd(5_000), off: usd(500) },
        { from: usd(10_000), off: usd(1_500) },
      ],
    },
  })

  it.each([
    [4_999, 0],
    [5_000, 500],
    [9_999, 500],
    [10_000, 1_500],
    [99_999, 1_500],
  ])('a basket of %i gets %i off', (amount, off) => {
    expect(promotionDiscount(spend, [line('MUG', amount)], 'USD').amount).toBe(off)
  })
  it('counts and lowers only the lines that it is on', () => {
    const mugs: PromotionTerms = { ...spend, class: 'product', skus: ['MUG'] }
    const lines = [line('MUG', 4_000), line('TEE', 9_000), line('MUG', 1_000)]
    expect(promotionDiscount(mugs, lines, 'USD').allocations).toEqual([400, 0, 100])
  })
  it('takes nothing off in another currency', () => {
    expect(promotionDiscount(spend, [line('MUG', 10_000)], 'EUR').amount).toBe(0)
  })
  it('goes by what others before it left to pay', () => {
    const promotions = [terms(fixed(1)), spend]
    expect(promotionDiscounts(promotions, [line('MUG', 5_000)], 'USD').map(({ amount }) => amount)).toEqual([
      1, 0,
    ])
  })
})

describe('shippingDiscount', () => {
  const shipping = (benefit: PromotionBenefit) => terms(benefit, { class: 'shipping' })

  it.each<[string, PromotionBenefit, number]>([
    ['all of it', { kind: 'free_shipping', value: {} }, 705],
    ['a percentage, half to even', percent(10), 70],
    ['an amount', fixed(300), 300],
    ['no more than it costs', fixed(999), 705],
    ['nothing in another currency', fixed(300, 'EUR'), 0],
  ])('takes off %s', (_, benefit, amount) => {
    expect(shippingDiscount(shipping(benefit), 705, 'USD')).toBe(amount)
  })
  it.each<[string, PromotionBenefit]>([
    ['buy_x_get_y', { kind: 'buy_x_get_y', value: { buy: 1, get: 1 } }],
    ['tiered', { kind: 'tiered', value: { tiers: [] } }],
  ])('takes nothing off for %s, which has no meaning here', (_, benefit) => {
    expect(shippingDiscount(shipping(benefit), 705, 'USD')).toBe(0)
  })
  it('takes nothing off for a promotion on products', () => {
    expect(shippingDiscount(terms(percent(100)), 705, 'USD')).toBe(0)
  })
  it('is taken one after another, each on what is left', () => {
    const promotions = [shipping(percent(50)), { ...shipping(fixed(400)), code: 'FOUR' }]
    expect(promotionDiscounts(promotions, basket, 'USD', 700)).toEqual([
      { code: 'SPRING', amount: 350, allocations: [] },
      { code: 'FOUR', amount: 350, allocations: [] },
    ])
    expect(promotionDiscounts(promotions, basket, 'USD').map(({ amount }) => amount)).toEqual([0, 0])
  })
  it('leaves the lines alone', () => {
    const free = shipping({ kind: 'free_shipping', value: {} })
    expect(promotionDiscount(free, basket, 'USD')).toEqual({ amount: 0, allocations: [0, 0, 0] })
  })
})

describe('for any promotions and basket', () => {
  it('the parts add up to the whole and no line goes below zero', () => {
    fc.assert(
      fc.property(anyPromotion, anyLines, (promotion, lines) => {
        const { amount, allocations } = promotionDiscount({ ...promotion, code: 'ANY' }, lines, 'USD')
        expect(sum(allocations)).toBe(amount)
        expect(allocations).toHaveLength(lines.length)
        lines.forEach((line, index) => {
          const part = allocations[index] ?? -1
          expect(Number.isInteger(part)).toBe(true)
          expect(part).toBeGreaterThanOrEqual(0)
          expect(part).toBeLessThanOrEqual(line.remaining)
        })
      }),
      { numRuns: 300 },
    )
  })
  it('shipping never falls below zero, and only promotions on shipping lower it', () => {
    fc.assert(
      fc.property(anyPromotion, fc.nat(5_000), (promotion, price) => {
        const amount = shippingDiscount({ ...promotion, code: 'ANY' }, price, 'USD')
        expect(amount).toBeGreaterThanOrEqual(0)
        expect(amount).toBeLessThanOrEqual(promotion.class === 'shipping' ? price : 0)
      }),
    )
  })
  it('a fixed amount is used up or everything that it is on is free', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), anyLines, (amount, lines) => {
        const discount = promotionDiscount(terms(fixed(amount)), lines, 'USD')
        expect(discount.amount).toBe(Math.min(amount, sum(lines.map((line) => line.remaining))))
      }),
    )
  })
  it('buy_x_get_y never gives more units than allowed, and the cheapest of them', () => {
    const shelf = fc.array(
      fc.record({
        sku: fc.constantFrom(...basketSkus),
        quantity: fc.integer({ min: 1, max: 9 }),
        unitPrice: fc.nat(30),
      }),
      { maxLength: 6 },
    )
    fc.assert(
      fc.property(bundleBenefit, shelf, (benefit, shelf) => {
        const { buy, get, sku } = benefit.value
        const prices = shelf
          .filter((one) => sku === undefined || one.sku === sku)
          .flatMap(({ quantity, unitPrice }) => Array.from({ length: quantity }, () => unitPrice))
          .sort((a, b) => a - b)
        // Whoever pays for `buy` of them gets `get`: so often as there are that many to begin with.
        let free = 0
        for (let left = prices.length; left >= buy + get; left -= buy + get) free += get
        const lines = shelf.map(({ sku, quantity, unitPrice }) => ({
          sku,
          quantity,
          remaining: quantity * unitPrice,
        }))
        const { amount } = promotionDiscount(terms(benefit), lines, 'USD')
        expect(amount).toBe(sum(prices.slice(0, free)))
      }),
      { numRuns: 300 },
    )
  })
  it('a tiered promotion takes off what its highest reached tier says, and no more', () => {
    fc.assert(
      fc.property(tieredBenefit, anyLines, (benefit, lines) => {
        const spend = sum(lines.map(({ remaining }) => remaining))
        const offs = benefit.value.tiers
          .filter(({ from }) => from.currency === 'USD' && from.amount <= spend)
          .map(({ off }) => off.amount)
        expect(promotionDiscount(terms(benefit), lines, 'USD').amount).toBe(Math.max(0, ...offs))
      }),
    )
  })
  it('several together never take off more than there is', () => {
    fc.assert(
      fc.property(anyPromotions(5), anyLines, fc.nat(2_000), (promotions, lines, shippingPrice) => {
        const discounts = promotionDiscounts(promotions, lines, 'USD', shippingPrice)
        lines.forEach((line, index) => {
          expect(sum(discounts.map(({ allocations }) => allocations[index] ?? 0))).toBeLessThanOrEqual(
            line.remaining,
          )
        })
        const onShipping = promotions.map(({ class: promotionClass }) => promotionClass === 'shipping')
        expect(
          sum(discounts.filter((_, index) => onShipping[index]).map(({ amount }) => amount)),
        ).toBeLessThanOrEqual(shippingPrice)
      }),
    )
  })
})
