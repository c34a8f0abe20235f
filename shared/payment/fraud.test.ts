import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, HOUR, plus } from '../core/time.ts'
import type { ScreeningFacts } from './commands.ts'
import { amount, trusted, usd } from './payment.fixture.ts'
import { type FraudQuestion, fraudDetectionPolicy, fraudVerdict, paymentRules } from './policies.ts'

type Customer = NonNullable<ScreeningFacts['customer']>
const customer: Customer = {
  accountCreatedAt: '2025-03-01T12:00:00.000Z',
  paymentsInWindow: 1,
  averageOrder: usd(4_000),
  disposableEmail: false,
}
const question = (more: Partial<FraudQuestion> = {}, about: Partial<Customer> = {}): FraudQuestion => ({
  amount,
  shippingCountry: 'US',
  failedTries: 0,
  facts: { cardCountry: 'US', customer: { ...customer, ...about } },
  now: NOW,
  ...more,
})
const rulesOf = (asked: FraudQuestion) => fraudDetectionPolicy(asked).rules

describe('fraudDetectionPolicy', () => {
  it('finds nothing about a customer of long standing', () => {
    expect(fraudDetectionPolicy(question({ facts: trusted }))).toMatchObject({
      score: 0,
      rules: [],
      verdict: 'allowed',
    })
  })
  it.each([
    ['velocity', 30, question({}, { paymentsInWindow: 4 }), question({}, { paymentsInWindow: 3 })],
    ['failed_tries', 30, question({ failedTries: 3 }), question({ failedTries: 2 })],
    ['amount_over_average', 25, question({ amount: usd(20_001) }), question({ amount: usd(20_000) })],
    [
      'new_account',
      25,
      question({ amount: usd(50_001) }, { accountCreatedAt: plus(NOW, -DAY + 1), averageOrder: usd(50_000) }),
      question({ amount: usd(50_001) }, { accountCreatedAt: plus(NOW, -DAY), averageOrder: usd(50_000) }),
    ],
    [
      'new_account',
      25,
      question({ amount: usd(50_001) }, { accountCreatedAt: plus(NOW, -HOUR), averageOrder: usd(50_000) }),
      question({ amount: usd(50_000) }, { accountCreatedAt: plus(NOW, -HOUR), averageOrder: usd(50_000) }),
    ],
    ['card_country', 20, question({ shippingCountry: 'GB' }), question({ shippingCountry: 'US' })],
    ['disposable_email', 20, question({}, { disposableEmail: true }), question()],
  ] as const)('scores %s with %i, and not before its boundary', (rule, score, over, below) => {
    expect(fraudDetectionPolicy(over)).toMatchObject({ score, rules: [rule] })
    expect(fraudDetectionPolicy(below)).toMatchObject({ score: 0, rules: [] })
  })
  it('adds nothing for what is not known', () => {
    expect(rulesOf(question({ shippingCountry: undefined }))).toEqual([])
    expect(rulesOf(question({ facts: { customer } }))).toEqual([])
    expect(rulesOf(question({ facts: { cardCountry: 'US', customer: null } }))).toEqual([])
    expect(rulesOf(question({ facts: null, amount: usd(1_000_000) }))).toEqual([])
    const { averageOrder: _, ...withoutAverage } = customer
    const facts = { cardCountry: 'US', customer: withoutAverage }
    expect(rulesOf(question({ facts, amount: usd(1_000_000) }))).toEqual([])
  })
  it('does not compare amounts of two currencies', () => {
    const averageOrder = { amount: 1, currency: 'EUR' }
    expect(rulesOf(question({}, { averageOrder }))).toEqual([])
  })
  it.each([
    // 20,000.00 IDR at 0.00006 are 1.20 USD; as bare numbers they were five times the average and 500.00.
    [{ amount: 2_000_000, currency: 'IDR' }, '0.00006', []],
    [{ amount: 1_000_000_000, currency: 'IDR' }, '0.00006', ['amount_over_average', 'new_account']],
    [{ amount: 46_297, currency: 'EUR' }, '1.08', ['amount_over_average', 'new_account']],
    [{ amount: 18_518, currency: 'EUR' }, '1.08', []],
    [{ amount: 160_000, currency: 'KWD' }, '3.25', ['amount_over_average', 'new_account']],
  ] as const)('measures %j at %s in the base currency', (asked, rate, expected) => {
    const counting = { base: 'USD', rate, asOf: '2026-11-01' }
    const fraud = fraudDetectionPolicy(question({ amount: asked, counting }, { accountCreatedAt: NOW }))
    expect(fraud.rules).toEqual(expected)
    expect(fraud.decision.inputs).toMatchObject({ counted: { rate, asOf: '2026-11-01' } })
  })
  it.each([
    [{ amount: 501, currency: 'JPY' }, ['new_account']],
    [{ amount: 500, currency: 'JPY' }, []],
    [{ amount: 500_001, currency: 'KWD' }, ['new_account']],
    [{ amount: 50_001, currency: 'KWD' }, []],
  ] as const)('without a rate holds %j of a new account to as many units', (asked, expected) => {
    expect(rulesOf(question({ amount: asked, counting: null }, { accountCreatedAt: NOW }))).toEqual(expected)
  })
  it('names the weightiest rules first', () => {
    const all = question(
      { amount: usd(50_001), shippingCountry: 'GB', failedTries: 3 },
      { accountCreatedAt: NOW, paymentsInWindow: 4, disposableEmail: true },
    )
    expect(fraudDetectionPolicy(all)).toMatchObject({
      score: 150,
      rules: [
        'velocity',
        'failed_tries',
        'amount_over_average',
        'new_account',
        'card_country',
        'disposable_email',
      ],
      verdict: 'blocked',
    })
  })
  it('records its decision with all its inputs', () => {
    expect(fraudDetectionPolicy(question({}, { paymentsInWindow: 4 })).decision).toEqual({
      policy: 'fraudDetectionPolicy',
      rules: ['velocity'],
      inputs: {
        ...{ score: 30, amount: 5_000, currency: 'USD', failedTries: 0, shippingCountry: 'US' },
        ...{ cardCountry: 'US', paymentsInWindow: 4, disposableEmail: false, accountAgeHours: 8_760 },
        ...{ averageOrder: 4_000, averageCurrency: 'USD' },
      },
      outcome: 'allowed',
    })
  })
  it.each([
    [0, 'allowed'],
    [64, 'allowed'],
    [65, 'held_for_review'],
    [74, 'held_for_review'],
    [75, 'blocked'],
    [150, 'blocked'],
  ] as const)('decides by the score: %i is %s', (score, verdict) => {
    expect(fraudVerdict(score)).toBe(verdict)
  })
  it.each([
    [60, 'allowed', question({ failedTries: 3 }, { paymentsInWindow: 4 })],
    [
      65,
      'held_for_review',
      question({ amount: usd(20_001), shippingCountry: 'GB' }, { disposableEmail: true }),
    ],
    [70, 'held_for_review', question({ shippingCountry: 'GB', failedTries: 3 }, { disposableEmail: true })],
    [75, 'blocked', question({ amount: usd(20_001), shippingCountry: 'GB', failedTries: 3 })],
  ] as const)('comes to %i, which is %s', (score, verdict, asked) => {
    const decided = fraudDetectionPolicy(asked)
    expect(decided).toMatchObject({ score, verdict, decision: { outcome: verdict } })
  })
  it('is the sum of the rules that it names, for any facts', () => {
    const { fraud } = paymentRules
    const facts = fc.record({
      cardCountry: fc.constantFrom('US', 'GB'),
      customer: fc.option(
        fc.record({
          accountCreatedAt: fc.integer({ min: 0, max: 3 * DAY }).map((age) => plus(NOW, -age)),
          paymentsInWindow: fc.integer({ min: 1, max: 6 }),
          averageOrder: fc.integer({ min: 1, max: 30_000 }).map(usd),
          disposableEmail: fc.boolean(),
        }),
      ),
    })
    const asked = fc.record({
      amount: fc.integer({ min: 1, max: 100_000 }).map(usd),
      failedTries: fc.integer({ min: 0, max: 5 }),
      facts: fc.option(facts),
    })
    fc.assert(
      fc.property(asked, (some) => {
        const { score, rules, verdict, decision } = fraudDetectionPolicy(question(some))
        expect(score).toBe(rules.reduce((total, rule) => total + fraud[rule].score, 0))
        expect(new Set(rules).size).toBe(rules.length)
        const weights = rules.map((rule) => fraud[rule].score)
        expect(weights).toEqual(weights.toSorted((a, b) => b - a))
        expect(verdict).toBe(fraudVerdict(score))
        expect(decision).toMatchObject({ rules, outcome: verdict, inputs: { score } })
      }),
    )
  })
})
