import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sum } from '../core/money/money.ts'
import { type DiscountableLine, promotionDiscounts } from './discount.ts'
import { anyPromotions } from './promotions.fixture.ts'
import { canCombine, explainStacking, inApplicationOrder, promotionStackingPolicy } from './stacking.ts'
import { type PromotionTerms, promotionClasses } from './terms.ts'

const lines: DiscountableLine[] = [
  { sku: 'MUG', quantity: 1, remaining: 10_000 },
  { sku: 'TEE', quantity: 1, remaining: 10_000 },
]
function terms(code: string, percent: number, overrides: Partial<PromotionTerms> = {}): PromotionTerms {
  return {
    code,
    gift: { kind: 'percentage', value: { percent } },
    class: 'order',
    combinesWith: [],
    exclusive: false,
    priority: 0,
    ...overrides,
  }
}
const decide = (...candidates: PromotionTerms[]) => promotionStackingPolicy(candidates, lines, 'USD')

describe('promotionStackingPolicy', () => {
  it('takes nothing of nothing', () => {
    expect(decide()).toEqual({ accepted: [], rejected: [], rule: 'all_combine', discount: 0 })
  })
  it('takes a single promotion', () => {
    const expected = { accepted: ['A'], rejected: [], rule: 'all_combine', discount: 2_000 }
    expect(decide(terms('A', 10))).toEqual(expected)
  })
  it('counts a code once', () => {
    expect(decide(terms('A', 10), terms('A', 10))).toEqual(decide(terms('A', 10)))
  })
  it('combines what names each other, in the order of application', () => {
    const candidates = [
      terms('SHIP', 1, { class: 'shipping', combinesWith: ['order', 'product'] }),
      terms('ORDER', 10, { combinesWith: ['product', 'shipping'] }),
      terms('MUG', 10, { class: 'product', combinesWith: ['order', 'shipping'] }),
    ]
    expect(decide(...candidates)).toEqual({
      accepted: ['MUG', 'ORDER', 'SHIP'],
      rejected: [],
      rule: 'all_combine',
      discount: 3_800,
    })
  })
  it('wants both to name each other, and takes the better of two that do not', () => {
    const order = terms('ORDER', 10, { combinesWith: ['product'] })
    const product = terms('MUG', 19, { class: 'product', skus: ['MUG'] })
    expect(decide(order, product)).toEqual({
      accepted: ['ORDER'],
      rejected: [
        { code: 'MUG', reason: 'not_combinable', rule: 'classes_do_not_combine', beatenBy: ['ORDER'] },
      ],
      rule: 'best_discount',
      discount: 2_000,
    })
  })
  it('combines two of one class only if both name that class', () => {
    const both = [terms('A', 10, { combinesWith: ['order'] }), terms('B', 10, { combinesWith: ['order'] })]
    expect(decide(...both).accepted).toEqual(['A', 'B'])
    expect(decide(terms('A', 10, { combinesWith: ['order'] }), terms('B', 10)).accepted).toEqual(['A'])
  })
  it('leaves an exclusive promotion alone when it is the best', () => {
    const combinesWith = [...promotionClasses]
    const alone = terms('ALONE', 30, { exclusive: true, combinesWith })
    const others = [
      terms('ORDER', 10, { combinesWith }),
      terms('MUG', 10, { combinesWith, class: 'product' }),
    ]
    expect(decide(alone, ...others)).toEqual({
      accepted: ['ALONE'],
      rejected: [
        { code: 'MUG', reason: 'not_combinable', rule: 'exclusive_stands_alone', beatenBy: ['ALONE'] },
        { code: 'ORDER', reason: 'not_combinable', rule: 'exclusive_stands_alone', beatenBy: ['ALONE'] },
      ],
      rule: 'best_discount',
      discount: 6_000,
    })
    // 10 % and 10 % of the rest is 19 %.
    expect(decide({ ...alone, gift: terms('', 18).gift }, ...others)).toEqual({
      accepted: ['MUG', 'ORDER'],
      rejected: [
        {
          ...{ code: 'ALONE', reason: 'not_combinable', rule: 'exclusive_stands_alone' },
          beatenBy: ['MUG', 'ORDER'],
        },
      ],
      rule: 'best_discount',
      discount: 3_800,
    })
  })
  it('prices together, not one by one: what is free already cannot be discounted again', () => {
    const first = terms('A', 100, { class: 'product', skus: ['MUG'], combinesWith: ['product'] })
    const second = terms('B', 60, { class: 'product', skus: ['MUG'], combinesWith: ['product'] })
    const wide = terms('C', 60, { class: 'product' })
    // A and B are worth 160 % of the mug one by one, but only 100 % together; C is worth 120 %.
    expect(decide(first, second, wide).accepted).toEqual(['C'])
  })
  it('takes the higher priority of equals, then the earlier code', () => {
    expect(decide(terms('A', 10), terms('B', 10, { priority: 1 }))).toMatchObject({
      accepted: ['B'],
      rule: 'priority',
    })
    expect(decide(terms('B', 10), terms('A', 10))).toMatchObject({ accepted: ['A'], rule: 'code' })
  })
  it('prefers the better discount to the higher priority', () => {
    expect(decide(terms('A', 11), terms('B', 10, { priority: 1 })).accepted).toEqual(['A'])
  })
  it('accepts what combines even when it adds nothing', () => {
    const free = terms('FREE', 100, { combinesWith: ['order'] })
    expect(decide(terms('ZERO', 10, { combinesWith: ['order'], priority: -1 }), free)).toEqual({
      accepted: ['FREE', 'ZERO'],
      rejected: [],
      rule: 'all_combine',
      discount: 20_000,
    })
  })
})

describe('inApplicationOrder', () => {
  it('goes by class, then higher priority, then code', () => {
    const promotions = [
      terms('S', 1, { class: 'shipping', priority: 9 }),
      terms('B', 1),
      terms('A', 1),
      terms('Z', 1, { priority: 1 }),
      terms('P', 1, { class: 'product', priority: -9 }),
    ]
    expect(inApplicationOrder(promotions).map(({ code }) => code)).toEqual(['P', 'Z', 'A', 'B', 'S'])
  })
})

describe('what is saved on shipping', () => {
  const free = terms('FREE', 1, { gift: { kind: 'free_shipping', value: {} }, class: 'shipping' })
  const fiveOff = terms('FIVE', 1, {
    gift: { kind: 'fixed', value: { amount: { amount: 500, currency: 'USD' } } },
  })

  it.each([
    [499, 'FIVE', 500],
    [501, 'FREE', 501],
  ])('counts where the price is known: at %i %s is the best', (price, best, discount) => {
    const decision = promotionStackingPolicy([free, fiveOff], lines, 'USD', price)
    expect(decision).toMatchObject({ accepted: [best], rule: 'best_discount', discount })
  })
  it('does not count where it is not', () => {
    expect(decide(free, fiveOff)).toMatchObject({ accepted: ['FIVE'], discount: 500 })
  })
})

describe('explainStacking', () => {
  it('says what was compared, by which rules, and what came of it', () => {
    const candidates = [terms('B', 10), terms('A', 20)]
    const stacking = decide(...candidates)
    expect(explainStacking(stacking, candidates, 300)).toEqual({
      policy: 'promotionStackingPolicy',
      rules: ['best_discount', 'classes_do_not_combine'],
      inputs: {
        candidates: ['A', 'B'].map((code) => ({
          code,
          class: 'order',
          combinesWith: [],
          exclusive: false,
          priority: 0,
        })),
        shippingPrice: 300,
        accepted: ['A'],
        rejected: [{ code: 'B', reason: 'not_combinable', rule: 'classes_do_not_combine', beatenBy: ['A'] }],
        discount: 4_000,
      },
      outcome: 'some_rejected',
    })
    expect(explainStacking(decide(terms('A', 20)), [terms('A', 20)], 0)).toMatchObject({
      rules: ['all_combine'],
      outcome: 'all_accepted',
    })
  })
})

describe('for any promotions', () => {
  const candidates = anyPromotions(7)
  const shuffled = candidates.chain((terms) =>
    fc.record({
      candidates: fc.constant(terms),
      other: fc.shuffledSubarray(terms, { minLength: terms.length, maxLength: terms.length }),
    }),
  )
  const basket = fc.constantFrom(lines, [
    { sku: 'MUG', quantity: 3, remaining: 3_333 },
    { sku: 'TEE', quantity: 1, remaining: 7 },
    { sku: 'CAP', quantity: 2, remaining: 0 },
  ])
  const price = fc.constantFrom(0, 1, 700)
  function worth(
    promotions: readonly PromotionTerms[],
    lines: readonly DiscountableLine[],
    shippingPrice: number,
  ) {
    const discounts = promotionDiscounts(inApplicationOrder(promotions), lines, 'USD', shippingPrice)
    return sum(discounts.map(({ amount }) => amount))
  }
  const allCombine = (promotions: readonly PromotionTerms[]) =>
    promotions.every((a) => promotions.every((b) => a === b || canCombine(a, b)))

  it('the order in which codes are given does not matter', () => {
    fc.assert(
      fc.property(shuffled, basket, price, ({ candidates, other }, lines, price) => {
        const stacking = promotionStackingPolicy(candidates, lines, 'USD', price)
        const again = promotionStackingPolicy(other, lines, 'USD', price)
        expect(again).toEqual(stacking)
        expect(explainStacking(again, other, price)).toEqual(explainStacking(stacking, candidates, price))
      }),
      { numRuns: 300 },
    )
  })
  it('all that is accepted combines, and all that is rejected does not', () => {
    fc.assert(
      fc.property(candidates, basket, (candidates, lines) => {
        const { accepted, rejected } = promotionStackingPolicy(candidates, lines, 'USD')
        const rejectedCodes = rejected.map(({ code }) => code)
        expect([...accepted, ...rejectedCodes].sort()).toEqual(candidates.map(({ code }) => code).sort())
        const taken = candidates.filter(({ code }) => accepted.includes(code))
        expect(allCombine(taken)).toBe(true)
        for (const terms of candidates) {
          const beatenBy = rejected.find(({ code }) => code === terms.code)?.beatenBy ?? []
          expect(beatenBy.length > 0).toBe(rejectedCodes.includes(terms.code))
          for (const code of beatenBy)
            expect(taken.filter((other) => !canCombine(terms, other)).map((other) => other.code)).toContain(
              code,
            )
        }
      }),
    )
  })
  it('no other full combination is better for the customer', () => {
    fc.assert(
      fc.property(candidates, basket, price, (candidates, lines, price) => {
        const { accepted, discount } = promotionStackingPolicy(candidates, lines, 'USD', price)
        const taken = candidates.filter(({ code }) => accepted.includes(code))
        expect(worth(taken, lines, price)).toBe(discount)
        for (let subset = 0; subset < 2 ** candidates.length; subset += 1) {
          const inside = candidates.filter((_, index) => (subset >> index) & 1)
          const full = candidates.every((terms) => inside.includes(terms) || !allCombine([...inside, terms]))
          if (full && allCombine(inside)) expect(worth(inside, lines, price)).toBeLessThanOrEqual(discount)
        }
      }),
    )
  })
})
