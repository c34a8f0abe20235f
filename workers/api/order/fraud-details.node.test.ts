import { describe, expect, it } from 'vitest'
import { paymentForBuyer } from './fraud-details.ts'

describe('an order as its buyer reads it', () => {
  const payment = { paymentId: 'pay', rules: ['velocity'], score: 70, detail: 'score 70 (velocity)' }
  it.each([
    ['review', {}, 'It is looked at before anything is charged.'],
    ['failed', { code: 'fraud_blocked' }, 'Nothing was taken: fraud_blocked.'],
  ] as const)('tells of a payment in %s without score and rules', (outcome, code, detail) => {
    const told = paymentForBuyer({ ...payment, outcome, ...code })
    expect(told).toEqual({ paymentId: 'pay', outcome, ...code, rules: [], detail })
  })
  it('tells of others what operators are told', () => {
    const plain = {
      paymentId: 'pay',
      outcome: 'processed' as const,
      rules: [],
      detail: 'The money was taken.',
    }
    expect(paymentForBuyer(plain)).toEqual(plain)
    const screened = { ...plain, rules: ['velocity'], score: 30 }
    expect(paymentForBuyer(screened)).toEqual(plain)
  })
})
