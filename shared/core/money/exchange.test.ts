import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Counting,
  countingAsNoted,
  countingOf,
  exceeds,
  explainCounting,
  fromBase,
  limitIn,
  measured,
  rateSchema,
  toBase,
} from './exchange.ts'
import { MAX_AMOUNT, type Money } from './money.ts'

const asOf = '2026-11-01'
const shop = {
  base: 'USD',
  asOf,
  rates: { EUR: '1.08', IDR: '0.00006', JPY: '0.0065', KWD: '3.25', UYW: '0.15' },
}
const money = (amount: number, currency: string): Money => ({ amount, currency })
const inBase = (amount: number, currency: string) =>
  toBase(money(amount, currency), countingOf(shop, currency))

describe('how an amount counts', () => {
  it.each([
    [10_000, 'USD', 10_000],
    [10_000, 'EUR', 10_800],
    // 10,000.00 IDR are 60 cents.
    [1_000_000, 'IDR', 60],
    [1_000, 'JPY', 650],
    [1_000, 'KWD', 325],
    [10_000, 'UYW', 15],
  ])('%i %s is %i in USD', (amount, currency, expected) => {
    expect(inBase(amount, currency)).toBe(expected)
  })
  it('rounds half to even, by both currencies’ decimals', () => {
    const half: Counting = { base: 'USD', rate: '0.5', asOf }
    expect([1, 2, 3, 5, 7].map((amount) => toBase(money(amount, 'EUR'), half))).toEqual([0, 1, 2, 2, 4])
    const yen: Counting = { base: 'JPY', rate: '150', asOf }
    expect([1, 3, 5].map((amount) => toBase(money(amount, 'USD'), yen))).toEqual([2, 4, 8])
  })
  it('is nothing without a rate, and one to one in the base currency whatever is declared', () => {
    expect(inBase(1, 'GBP')).toBe(null)
    expect(fromBase(1, 'GBP', countingOf(shop, 'GBP'))).toBe(null)
    expect(inBase(7, 'USD')).toBe(7)
    expect(countingOf(shop, 'constructor')).toBe(null)
  })
  it('goes back to about where it came from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000_000 }), (amount) => {
        const euro = countingOf(shop, 'EUR')
        const there = toBase(money(amount, 'EUR'), euro) ?? 0
        const back = fromBase(there, 'EUR', euro) ?? 0
        expect(Math.abs(back - amount)).toBeLessThanOrEqual(1)
      }),
    )
  })
  it('never leaves the safe integers', () => {
    const most: Counting = { base: 'UYW', rate: '999999999', asOf }
    expect(toBase(money(MAX_AMOUNT, 'JPY'), most)).toBe(Number.MAX_SAFE_INTEGER)
    const least: Counting = { base: 'JPY', rate: '0.000000000001', asOf }
    expect(fromBase(MAX_AMOUNT, 'UYW', least)).toBe(Number.MAX_SAFE_INTEGER)
    expect(toBase(money(MAX_AMOUNT, 'UYW'), least)).toBe(0)
  })
  it('is what the order noted, whatever rates are today', () => {
    const noted = { base: 'USD', rate: '2', asOf: '2026-01-01' }
    expect(countingAsNoted(noted, shop, 'EUR')).toEqual(noted)
    expect(countingAsNoted(null, shop, 'EUR')).toBe(null)
    expect(countingAsNoted(undefined, shop, 'EUR')).toEqual({ base: 'USD', rate: '1.08', asOf })
    expect(countingAsNoted({ ...noted, base: 'GBP' }, shop, 'EUR')).toEqual({
      base: 'USD',
      rate: '1.08',
      asOf,
    })
    expect(countingAsNoted({ ...noted, base: 'GBP' }, shop, 'USD')).toBe(undefined)
  })
  it('is explained by amount, rate and day', () => {
    expect(explainCounting(money(100, 'USD'), undefined)).toEqual({})
    expect(explainCounting(money(100, 'EUR'), countingOf(shop, 'EUR'))).toEqual({
      counted: { amount: 100, currency: 'EUR', base: 'USD', rate: '1.08', asOf, inBase: 108 },
    })
    expect(explainCounting(money(100, 'GBP'), null)).toEqual({
      counted: { amount: 100, currency: 'GBP', rate: null },
    })
  })
})

describe('a limit', () => {
  it.each([
    ['USD', 50_000],
    ['JPY', 500],
    ['KWD', 500_000],
    ['UYW', 5_000_000],
  ])('of 500.00 is as many units of %s', (currency, expected) => {
    expect(limitIn(50_000, currency)).toBe(expected)
  })
  it('is one of the base currency where there is a rate, else of the same number of units', () => {
    const euro = countingOf(shop, 'EUR')
    expect(exceeds(money(46_296, 'EUR'), 50_000, euro)).toBe(false)
    expect(exceeds(money(46_298, 'EUR'), 50_000, euro)).toBe(true)
    expect(exceeds(money(50_000, 'GBP'), 50_000, null)).toBe(false)
    expect(exceeds(money(50_001, 'GBP'), 50_000, null)).toBe(true)
    expect(exceeds(money(501, 'KRW'), 50_000, null)).toBe(true)
    expect(measured(money(100, 'EUR'), euro)).toEqual(money(108, 'USD'))
    expect(measured(money(100, 'KRW'), null)).toEqual(money(100, 'KRW'))
  })
})

describe('a rate', () => {
  it.each(['1', '1.08', '0.00006', '999999999.123456789012'])('may be %s', (rate) => {
    expect(rateSchema.safeParse(rate).success).toBe(true)
  })
  it.each(['0', '0.000', '-1', '1e3', '1,08', '.5', '1.', '', ' 1', '1\n', 'NaN', '1000000000', 1.08])(
    'may not be %j',
    (rate) => {
      expect(rateSchema.safeParse(rate).success).toBe(false)
    },
  )
})
