import { describe, expect, it } from 'vitest'
import { paymentEvent } from './events.ts'
import { approved, of, processed, refundRequested, usd } from './payment.fixture.ts'
import { withoutPersonalData } from './redact.ts'
import { upcasters } from './upcast.ts'

/** An event as it is read from the log: through every step that its type has. */
function read(type: keyof typeof upcasters, data: unknown) {
  const steps = upcasters[type] ?? []
  return paymentEvent.parse({ type, data: steps.reduce((older, step) => step(older), data) })
}

describe('events of version 1', () => {
  const amount = usd(5_000)

  it('PaymentRequested: the failed tries follow from its attempt', () => {
    const data = { ...of, amount, paymentMethod: 'pm_card_visa', attempt: 3 }
    expect(read('PaymentRequested', data).data).toEqual({ ...data, failedTries: 2, decisions: [] })
  })
  it('PaymentFailed has no decisions', () => {
    const data = { ...of, amount, code: 'card_declined', detail: 'No.' }
    expect(read('PaymentFailed', data).data).toEqual({ ...data, decisions: [] })
  })
  it('PaymentRefundRequested has no decisions', () => {
    const data = { ...of, refundId: 'r1', amount, reason: 'broken' }
    expect(read('PaymentRefundRequested', data).data).toEqual({ ...data, decisions: [] })
  })
})

describe('events for sinks', () => {
  const rejected = (reason: string) => ({ type: 'PaymentReviewRejected', data: { ...of, reason } }) as const

  it('keeps the codes of processes', () => {
    const { data, ...event } = refundRequested('r1', 1)
    const byProcess = { ...event, data: { ...data, reason: 'delivery_failed' } }
    expect(withoutPersonalData(paymentEvent.parse(byProcess))).toEqual(byProcess)
    expect(withoutPersonalData(rejected('order_ended'))).toEqual(rejected('order_ended'))
  })
  it("leaves out an operator's own words", () => {
    for (const typed of ['Ada rang us', 'ada_rang_us', 'ada'])
      expect(withoutPersonalData(rejected(typed))).toEqual(rejected('free_text'))
    const refund = refundRequested('r1', 1)
    if (refund.type !== 'PaymentRefundRequested') throw new Error('not a refund')
    const reported = withoutPersonalData({ ...refund, data: { ...refund.data, reason: 'Ada rang us' } })
    expect(reported).toMatchObject({ data: { refundId: 'r1', reason: 'free_text' } })
    expect(paymentEvent.parse(reported)).toEqual(reported)
  })
  it('leaves every other event as it is', () => {
    expect(withoutPersonalData(processed)).toBe(processed)
    expect(withoutPersonalData(approved)).toBe(approved)
  })
})
