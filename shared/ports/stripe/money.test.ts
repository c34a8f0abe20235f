import { describe, expect, it } from 'vitest'
import { currencyDigits } from '../../core/money/currencies.ts'
import { MAX_AMOUNT } from '../../core/money/money.ts'
import { isCountable, moneyOf, stripeAmount, stripeChargeRule } from './money.ts'

describe('what Stripe can charge', () => {
  it.each([
    ['USD', { minimum: 50, maximum: 99_999_999, step: 1 }],
    ['GBP', { minimum: 30, maximum: 99_999_999, step: 1 }],
    ['CZK', { minimum: 1_500, maximum: 99_999_999, step: 1 }],
    ['ZAR', { minimum: 1, maximum: 99_999_999, step: 1 }],
    // Zero decimals here and there.
    ['JPY', { minimum: 50, maximum: 9_999_999_999, step: 1 }],
    ['KRW', { minimum: 1, maximum: 99_999_999, step: 1 }],
    // Zero decimals here, two there: eight digits end a hundred times sooner.
    ['ISK', { minimum: 1, maximum: 999_999, step: 1 }],
    ['UGX', { minimum: 1, maximum: 999_999, step: 1 }],
    // Two decimals here, none there: only whole ariary.
    ['MGA', { minimum: 100, maximum: 9_999_999_900, step: 100 }],
    // Two decimals for a charge; whole ones are for payouts alone.
    ['HUF', { minimum: 17_500, maximum: 999_999_999_900, step: 1 }],
    ['TWD', { minimum: 1, maximum: 99_999_999, step: 1 }],
    // Three decimals, the last of which is zero.
    ['KWD', { minimum: 10, maximum: 99_999_990, step: 10 }],
    ['TND', { minimum: 10, maximum: 99_999_990, step: 10 }],
    ['IDR', { minimum: 1, maximum: 999_999_999_999, step: 1 }],
    ['LBP', { minimum: 1, maximum: MAX_AMOUNT, step: 1 }],
  ])('in %s is %j', (currency, rule) => {
    expect(stripeChargeRule(currency)).toEqual(rule)
  })
  it.each(['IRR', 'CUP', 'LYD', 'USN', 'ZZZ', 'BGN', 'usd'])('is nothing in %s', (currency) => {
    expect(stripeChargeRule(currency)).toBe(null)
  })
  it('is a whole number of its units at each end, in every currency', () => {
    for (const currency of currencyDigits.keys()) {
      const rule = stripeChargeRule(currency)
      if (!rule) continue
      const { minimum, maximum, step } = rule
      expect(minimum).toBeLessThan(maximum)
      for (const amount of [minimum, maximum, minimum + step]) {
        const money = { amount, currency }
        expect(isCountable(money)).toBe(true)
        expect(stripeAmount(money).amount).toMatch(/^\d+$/)
        expect(moneyOf(Number(stripeAmount(money).amount), currency.toLowerCase())).toEqual(money)
      }
    }
  })
})

describe('an amount in the units that Stripe counts in', () => {
  it.each([
    ['USD', 1_999, '1999'],
    ['ISK', 500, '50000'],
    ['UGX', 5, '500'],
    ['MGA', 12_300, '123'],
    ['JPY', 500, '500'],
    ['HUF', 17_550, '17550'],
    ['KWD', 5_120, '5120'],
  ])('%s %i is %s', (currency, amount, units) => {
    expect(stripeAmount({ amount, currency })).toEqual({ amount: units, currency: currency.toLowerCase() })
  })
  it.each([
    ['KWD', 5_124],
    ['MGA', 12_350],
  ])('%s %i is none', (currency, amount) => {
    expect(isCountable({ amount, currency })).toBe(false)
  })
})
