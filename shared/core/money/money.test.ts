import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  allocate,
  basketTotal,
  currencySchema,
  fraction,
  givenMoneySchema,
  MAX_AMOUNT,
  moneySchema,
  moneyText,
  percentage,
  sum,
} from './money.ts'

/** Up to the largest order total, on both sides of zero. */
const amounts = fc.integer({ min: -100_000_000, max: 100_000_000 })
const positive = fc.integer({ min: 1, max: 1_000_000 })

describe('fraction', () => {
  it.each([
    [5, 1, 2, 2],
    [15, 1, 10, 2],
    [25, 1, 10, 2],
    [35, 1, 10, 4],
    [-5, 1, 10, 0],
    [-15, 1, 10, -2],
    [-25, 1, 10, -2],
    [-26, 1, 10, -3],
    [-24, 1, 10, -2],
    [100, 1, 3, 33],
    [100, 2, 3, 67],
    [0, 7, 9, 0],
  ])('of %d by %d / %d is %d', (amount, part, whole, expected) => {
    expect(fraction(amount, part, whole)).toBe(expected)
  })
  it('is the nearest whole number, and the even one of two that are equally near', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.integer({ min: -1_000_000, max: 1_000_000 }),
        positive,
        (amount, part, whole) => {
          const result = BigInt(fraction(amount, part, whole))
          const difference = result * BigInt(whole) - BigInt(amount) * BigInt(part)
          const twice = 2n * (difference < 0n ? -difference : difference)
          expect(twice <= BigInt(whole)).toBe(true)
          if (twice === BigInt(whole)) expect(result % 2n).toBe(0n)
        },
      ),
    )
  })
  it('rounds exact halves to even on both sides of zero', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (half) => {
        const result = fraction(2 * half + 1, 1, 2)
        expect(Math.abs(result % 2)).toBe(0)
        expect(Math.abs(2 * result - (2 * half + 1))).toBe(1)
      }),
    )
  })
  it('treats a debt as it treats the same amount owned', () => {
    fc.assert(
      fc.property(amounts, positive, positive, (amount, part, whole) => {
        expect(fraction(-amount, part, whole) + fraction(amount, part, whole)).toBe(0)
      }),
    )
  })
  it('of a whole is the amount itself', () => {
    fc.assert(
      fc.property(amounts, positive, (amount, whole) => {
        expect(fraction(amount, whole, whole)).toBe(amount)
      }),
    )
  })
  it.each([0, -1])('has no answer over a whole of %d', (whole) => {
    expect(() => fraction(100, 1, whole)).toThrow('a fraction needs a positive whole')
  })
})

describe('percentage', () => {
  it.each([
    [1_000, 10, 100],
    [54_000, 1, 540],
    [10_000, 12.25, 1_225],
    [1_999, 3, 60],
    [50, 1, 0],
    [150, 1, 2],
    [999, 0, 0],
    [999, 100, 999],
  ])('of %d by %d %% is %d', (amount, percent, expected) => {
    expect(percentage(amount, percent)).toBe(expected)
  })
  it('never leaves the amount, and grows with the percent', () => {
    const hundredths = fc.integer({ min: 0, max: 10_000 })
    fc.assert(
      fc.property(fc.nat(100_000_000), hundredths, hundredths, (amount, one, other) => {
        const [less, more] = [Math.min(one, other) / 100, Math.max(one, other) / 100]
        expect(percentage(amount, less)).toBeGreaterThanOrEqual(0)
        expect(percentage(amount, less)).toBeLessThanOrEqual(percentage(amount, more))
        expect(percentage(amount, more)).toBeLessThanOrEqual(amount)
      }),
    )
  })
  it('takes two decimals exactly, whatever their binary fraction', () => {
    fc.assert(
      fc.property(amounts, fc.integer({ min: 0, max: 10_000 }), (amount, hundredths) => {
        expect(percentage(amount, hundredths / 100)).toBe(fraction(amount, hundredths, 10_000))
      }),
    )
  })
})

describe('allocate', () => {
  const whole = fc.nat(100_000_000)
  const weights = fc.array(fc.nat(100_000_000), { minLength: 1, maxLength: 100 })
  const someWeight = weights.filter((each) => each.some((weight) => weight > 0))

  it.each([
    [100, [1, 1, 1], [34, 33, 33]],
    [101, [1, 1, 1], [34, 34, 33]],
    [100, [1, 2], [33, 67]],
    [5, [0, 1, 0], [0, 5, 0]],
    [7, [0, 0], [7, 0]],
    [0, [3, 4], [0, 0]],
    [1, [1, 1], [1, 0]],
  ])('splits %d over %j as %j', (amount, over, expected) => {
    expect(allocate(amount, over)).toEqual(expected)
  })
  it('adds up to the whole', () => {
    fc.assert(
      fc.property(whole, weights, (amount, over) => {
        const parts = allocate(amount, over)
        expect(parts).toHaveLength(over.length)
        expect(sum(parts)).toBe(amount)
      }),
    )
  })
  it('gives each part its exact share, off by less than one minor unit', () => {
    fc.assert(
      fc.property(whole, someWeight, (amount, over) => {
        const total = over.reduce((all, weight) => all + BigInt(weight), 0n)
        allocate(amount, over).forEach((part, index) => {
          const off = BigInt(part) * total - BigInt(amount) * BigInt(over[index] ?? 0)
          expect(off < total && -off < total).toBe(true)
        })
      }),
    )
  })
  it('gives nothing to a part without weight, and nobody less than nothing', () => {
    fc.assert(
      fc.property(whole, someWeight, (amount, over) => {
        allocate(amount, over).forEach((part, index) => {
          expect(part).toBeGreaterThanOrEqual(0)
          if (over[index] === 0) expect(part).toBe(0)
        })
      }),
    )
  })
  it('gives a heavier part no less than a lighter one', () => {
    fc.assert(
      fc.property(whole, someWeight, (amount, over) => {
        const byWeight = allocate(amount, over)
          .map((part, index) => ({ part, weight: over[index] ?? 0 }))
          .sort((a, b) => a.weight - b.weight || a.part - b.part)
        byWeight.forEach(({ part }, index) => {
          expect(part).toBeGreaterThanOrEqual(byWeight[index - 1]?.part ?? 0)
        })
      }),
    )
  })
  it('takes no more from a line than the line has, when the lines are their own weights', () => {
    fc.assert(
      fc.property(someWeight, fc.nat(10_000), (lines, hundredths) => {
        const discount = fraction(sum(lines), hundredths, 10_000)
        allocate(discount, lines).forEach((part, index) => {
          expect(part).toBeLessThanOrEqual(lines[index] ?? 0)
        })
      }),
    )
  })
  it('has no answer without parts', () => {
    expect(() => allocate(100, [])).toThrow(RangeError)
  })
})

describe('the schemas', () => {
  it('take whole amounts from zero on in a currency of three capitals', () => {
    fc.assert(
      fc.property(fc.nat(), fc.stringMatching(/^[A-Z]{3}$/), (amount, currency) => {
        expect(moneySchema.parse({ amount, currency })).toEqual({ amount, currency })
      }),
    )
  })
  it.each([
    { amount: -1, currency: 'USD' },
    { amount: 1.5, currency: 'USD' },
    { amount: '1', currency: 'USD' },
    { amount: Number.NaN, currency: 'USD' },
    { amount: 2 ** 53, currency: 'USD' },
    { amount: 1, currency: 'usd' },
    { amount: 1, currency: 'US' },
    { amount: 1, currency: 'USDT' },
    { amount: 1 },
    { currency: 'USD' },
    { amount: 1, currency: 'USD', cents: true },
    null,
  ])('refuse the money %j', (value) => {
    expect(moneySchema.safeParse(value).success).toBe(false)
  })
  it('accept a currency without surrounding text only', () => {
    expect(currencySchema.safeParse('EUR').success).toBe(true)
    expect(currencySchema.safeParse('EUR\n').success).toBe(false)
  })
})

describe('sum', () => {
  it('is the same in whatever order, and zero of nothing', () => {
    expect(sum([])).toBe(0)
    fc.assert(
      fc.property(fc.array(amounts), (all) => {
        expect(sum(all.toReversed())).toBe(sum(all))
      }),
    )
  })
})

describe('moneyText', () => {
  it.each([
    [4_753, 'USD', '47.53 USD'],
    [5_000, 'JPY', '5000 JPY'],
    [1_234, 'KWD', '1.234 KWD'],
    [0, 'EUR', '0.00 EUR'],
    [123_456, 'HUF', '1234.56 HUF'],
    [1_000_000, 'IDR', '10000.00 IDR'],
    [5, 'COP', '0.05 COP'],
    [12_345, 'UYW', '1.2345 UYW'],
    [7, 'ISK', '7 ISK'],
    [100, 'BGN', '1.00 BGN'],
    [9_000_000_000_000_001, 'USD', '90000000000000.01 USD'],
    [-5, 'USD', '-0.05 USD'],
  ])('of %i %s is %s', (amount, currency, text) => {
    expect(moneyText({ amount, currency })).toBe(text)
  })
})

describe('the largest amount', () => {
  it('is still a safe integer 999 times', () => {
    expect(Number.isSafeInteger(MAX_AMOUNT * 999)).toBe(true)
  })
  it.each([
    [{ amount: MAX_AMOUNT, currency: 'USD' }, true],
    [{ amount: MAX_AMOUNT + 1, currency: 'USD' }, false],
    [{ amount: Number.MAX_SAFE_INTEGER, currency: 'JPY' }, false],
    [{ amount: 1, currency: 'ZZZ' }, false],
    [{ amount: 1, currency: 'XXX' }, false],
  ])('a request may give %j: %s', (given, taken) => {
    expect(givenMoneySchema.safeParse(given).success).toBe(taken)
  })
  it('is the most that a basket comes to, counted exactly', () => {
    expect(basketTotal([])).toBe(0)
    expect(basketTotal([{ quantity: 3, unitPrice: 33 }])).toBe(99)
    expect(basketTotal([{ quantity: 1, unitPrice: MAX_AMOUNT }])).toBe(MAX_AMOUNT)
    expect(basketTotal([{ quantity: 999, unitPrice: Number.MAX_SAFE_INTEGER }])).toBe(null)
    const two = { quantity: 1, unitPrice: MAX_AMOUNT / 2 }
    expect(basketTotal([two, two])).toBe(MAX_AMOUNT)
    expect(basketTotal([two, two, { quantity: 1, unitPrice: 1 }])).toBe(null)
  })
  it('is read in stored data whatever it is, as is a withdrawn currency', () => {
    expect(moneySchema.safeParse({ amount: Number.MAX_SAFE_INTEGER, currency: 'ZZZ' }).success).toBe(true)
  })
})
