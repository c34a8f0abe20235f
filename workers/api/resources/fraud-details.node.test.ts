import { describe, expect, it } from 'vitest'
import { eventForBuyer, paymentForBuyer } from './fraud-details.ts'

const fraud = { policy: 'fraudDetectionPolicy', rules: ['velocity'], inputs: { score: 70 }, outcome: 'held' }
const security = { policy: 'paymentSecurityPolicy', rules: ['method_token'], inputs: {}, outcome: 'allowed' }

function seen(type: string, data: object): unknown {
  return JSON.parse(eventForBuyer(JSON.stringify({ id: 'pay/2', type, data })))
}

describe('an event as its buyer reads it', () => {
  it('tells that a payment is held, and not by which rules', () => {
    const data = { paymentId: 'pay', score: 70, rules: ['velocity'], decisions: [fraud] }
    expect(seen('order.OrderPaymentHeld', data)).toEqual({
      id: 'pay/2',
      type: 'order.OrderPaymentHeld',
      data: { paymentId: 'pay', decisions: [] },
    })
    expect(seen('payment.PaymentHeldForReview', data)).toMatchObject({ data: { decisions: [] } })
  })
  it('tells why a payment failed, without its screening', () => {
    const data = { code: 'fraud_blocked', screening: { score: 80, rules: ['velocity'] }, decisions: [fraud] }
    expect(seen('payment.PaymentFailed', data)).toMatchObject({ data: { code: 'fraud_blocked' } })
    expect(JSON.stringify(seen('payment.PaymentFailed', data))).not.toMatch(/velocity|80/)
  })
  it('keeps all other decisions, and events that carry none as they are', () => {
    expect(seen('payment.PaymentRequested', { decisions: [security, fraud] })).toMatchObject({
      data: { decisions: [security] },
    })
    const created = { rules: ['of something else'], total: 1 }
    expect(seen('order.OrderConfirmed', created)).toMatchObject({ data: created })
  })
})

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
