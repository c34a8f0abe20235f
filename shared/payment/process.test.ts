import { describe, expect, it } from 'vitest'
import type { Effect } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.ts'
import { orderCommand } from '../order/commands.ts'
import { chargeRequestSchema, refundRequestSchema } from '../ports/payment-gateway.ts'
import { payment } from './aggregate.ts'
import { paymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { evolve } from './state.ts'

const id = 'pay_1'
const spec = specification(payment, { id })
const amount = { amount: 5_000, currency: 'USD' }
const part = { amount: 2_000, currency: 'USD' }
const of = { orderId: 'ord_1', customerId: 'cus_1' }
const ask = { ...of, amount, paymentMethod: 'pm_card_visa', attempt: 1 }
const requested: PaymentEvent = { type: 'PaymentRequested', data: ask }
const processed: PaymentEvent = {
  type: 'PaymentProcessed',
  data: { ...of, amount, gateway: 'sandbox', chargeId: 'ch_1' },
}
const refundRequested: PaymentEvent = {
  type: 'PaymentRefundRequested',
  data: { ...of, refundId: 'r1', amount: part, reason: 'broken' },
}

const charged = { ok: true, value: { status: 'succeeded', chargeId: 'ch_1', gateway: 'sandbox' } } as const
const declined = { ok: true, value: { status: 'failed', code: 'card_declined', detail: 'No.' } } as const
const given = { ok: true, value: { status: 'succeeded', gatewayRefundId: 're_1' } } as const

function toOrder(command: object): Effect[] {
  const step = { to: { kind: 'order', id: 'ord_1' }, command: orderCommand.parse(command) }
  return [{ type: 'commands', steps: [step], stopAtRefusal: true }]
}

describe('the charge', () => {
  it('is asked for under the payment id, and its outcome comes back', () => {
    const { effects } = spec.given().when({ type: 'ProcessPayment', ...ask })
    const input = chargeRequestSchema.parse({
      key: id,
      amount,
      paymentMethod: 'pm_card_visa',
      orderId: 'ord_1',
    })
    expect(effects).toEqual([
      { type: 'call', port: 'payments', operation: 'charge', input, reply: { type: 'RecordCharge' } },
    ])
    expect(paymentCommand.safeParse({ type: 'RecordCharge', outcome: charged }).success).toBe(true)
  })
  it('is told to the order when it succeeded', () => {
    const { effects } = spec.given(requested).when({ type: 'RecordCharge', outcome: charged })
    const result = { status: 'processed', amount }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
  it('is told to the order when it failed', () => {
    const { effects } = spec.given(requested).when({ type: 'RecordCharge', outcome: declined })
    const result = { status: 'failed', code: 'card_declined', detail: 'No.' }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
})

describe('a refund', () => {
  it('is asked for under a key of its own, and its outcome comes back', () => {
    const { effects } = spec
      .given(requested, processed)
      .when({ type: 'RefundPayment', refundId: 'r1', amount: 2_000, reason: 'broken' })
    const input = refundRequestSchema.parse({
      key: 'pay_1/r1',
      chargeKey: id,
      chargeId: 'ch_1',
      amount: part,
    })
    const reply = { type: 'RecordRefund', refundId: 'r1' }
    expect(effects).toEqual([{ type: 'call', port: 'payments', operation: 'refund', input, reply }])
    expect(paymentCommand.safeParse({ ...reply, outcome: given }).success).toBe(true)
  })
  it('is told to the order when the money went back', () => {
    const { effects } = spec
      .given(requested, processed, refundRequested)
      .when({ type: 'RecordRefund', refundId: 'r1', outcome: given })
    expect(effects).toEqual(
      toOrder({ type: 'RecordRefund', paymentId: id, amount: part, refundedTotal: part }),
    )
  })
  it('that failed causes nothing', () => {
    const { effects } = spec
      .given(requested, processed, refundRequested)
      .when({ type: 'RecordRefund', refundId: 'r1', outcome: declined })
    expect(effects).toEqual([])
  })
})

describe('a caller who waits', () => {
  it('is answered when it is known what the charge came to', () => {
    const waiting = evolve(null, requested)
    expect(payment.settled?.(waiting)).toBe(false)
    expect(payment.settled?.(evolve(waiting, processed))).toBe(true)
    const failure = { ...of, amount, code: 'card_declined', detail: 'No.' }
    expect(payment.settled?.(evolve(waiting, { type: 'PaymentFailed', data: failure }))).toBe(true)
  })
})

describe('a log that was not decided here', () => {
  it('is not folded into a payment', () => {
    expect(() => payment.evolve(null, processed, NOW)).toThrow()
    expect(() => payment.evolve(evolve(null, requested), refundRequested, NOW)).toThrow()
  })
})
