import { describe, expect, it } from 'vitest'
import { paymentSecurityPolicy } from './policies.ts'

describe('paymentSecurityPolicy', () => {
  const visa = '4242424242424242'
  const amount = { amount: 5_000, currency: 'USD' }
  const request = { paymentMethod: 'pm_card_visa' }

  it('allows a method token and the total of the order', () => {
    expect(paymentSecurityPolicy({ request, amount, orderTotal: amount })).toEqual({
      allowed: true,
      reasons: [],
      decision: {
        policy: 'paymentSecurityPolicy',
        rules: ['method_token', 'order_total'],
        inputs: { amount: 5_000, currency: 'USD', orderTotal: 5_000 },
        outcome: 'allowed',
      },
    })
  })
  it.each([
    ['amount_mismatch', { amount: 4_999, currency: 'USD' }],
    ['currency_mismatch', { amount: 5_000, currency: 'EUR' }],
  ])('refuses with %s what the order does not come to', (rule, orderTotal) => {
    expect(paymentSecurityPolicy({ request, amount, orderTotal })).toMatchObject({
      allowed: false,
      reasons: [rule],
      decision: { rules: [rule], outcome: 'refused' },
    })
  })
  it('names its rule and nothing of the number', () => {
    const decision = paymentSecurityPolicy({ request: { note: visa }, amount, orderTotal: amount })
    expect(decision).toMatchObject({ allowed: false, reasons: ['card_number'] })
    expect(JSON.stringify(decision)).not.toContain(visa)
  })
})
