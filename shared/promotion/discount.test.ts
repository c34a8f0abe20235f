import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sum } from '../core/money.ts'
import { type DiscountableLine, promotionDiscount, promotionDiscounts } from './discount.ts'
import type { PromotionGift, PromotionTerms } from './terms.ts'

function terms(gift: PromotionGift, overrides: Partial<PromotionTerms> = {}): PromotionTerms {
  return {
    code: 'SPRING',
    gift,
    class: 'order',
    combinesWith: [],
    exclusive: false,
    priority: 0,
    ...overrides,
  }
}
const percent = (value: number): PromotionGift => ({ kind: 'percentage', value: { percent: value } })
const fixed = (amount: number, currency = 'USD'): PromotionGift => ({
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
  it.each([percent(10), fixed(100)])('is only on the products that it names ($kind)', (gift) => {
    const { allocations } = promotionDiscount(
      terms(gift, { class: 'product', skus: ['TEE', 'CAP'] }),
      basket,
      'USD',
    )
    expect(allocations).toEqual([0, gift.kind === 'fixed' ? 100 : 250, 0])
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

describe('for any promotions and basket', () => {
  const sku = fc.constantFrom('MUG', 'TEE', 'CAP')
  const lines = fc.array(
    fc.record({
      sku,
      quantity: fc.integer({ min: 1, max: 999 }),
      remaining: fc.oneof(fc.integer({ min: 0, max: 50 }), fc.integer({ min: 0, max: 100_000_000 })),
    }),
    { maxLength: 8 },
  )
  const gift = fc.oneof(
    fc.integer({ min: 1, max: 10_000 }).map((hundredths) => percent(hundredths / 100)),
    fc
      .record({ amount: fc.nat(200_000_000), currency: fc.constantFrom('USD', 'EUR') })
      .map(({ amount, currency }) => fixed(amount, currency)),
  )
  const promotion = fc
    .record({
      gift,
      class: fc.constantFrom('product', 'order', 'shipping'),
      skus: fc.option(fc.uniqueArray(sku, { minLength: 1 }), { nil: undefined }),
    })
    .map(({ gift, ...overrides }) => terms(gift, overrides))

  it('the parts add up to the whole and no line goes below zero', () => {
    fc.assert(
      fc.property(promotion, lines, (terms, lines) => {
        const { amount, allocations } = promotionDiscount(terms, lines, 'USD')
        expect(sum(allocations)).toBe(amount)
        expect(allocations).toHaveLength(lines.length)
        lines.forEach((line, index) => {
          const part = allocations[index] ?? -1
          expect(Number.isInteger(part)).toBe(true)
          expect(part).toBeGreaterThanOrEqual(0)
          expect(part).toBeLessThanOrEqual(line.remaining)
        })
      }),
    )
  })
  it('a fixed amount is used up or everything that it is on is free', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), lines, (amount, lines) => {
        const discount = promotionDiscount(terms(fixed(amount)), lines, 'USD')
        expect(discount.amount).toBe(Math.min(amount, sum(lines.map((line) => line.remaining))))
      }),
    )
  })
  it('several together never take off more than there is', () => {
    fc.assert(
      fc.property(fc.array(promotion, { maxLength: 5 }), lines, (promotions, lines) => {
        const discounts = promotionDiscounts(promotions, lines, 'USD')
        lines.forEach((line, index) => {
          expect(sum(discounts.map(({ allocations }) => allocations[index] ?? 0))).toBeLessThanOrEqual(
            line.remaining,
          )
        })
      }),
    )
  })
})
