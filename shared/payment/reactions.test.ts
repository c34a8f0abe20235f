import { describe, expect, it } from 'vitest'
import type { Effect } from '../core/effect.ts'
import { orderCommand } from '../order/commands.ts'
import { chargeRequestSchema, refundRequestSchema } from '../ports/payment-gateway.ts'
import { payment } from './aggregate.ts'
import { paymentCommand, screeningRequestSchema } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import {
  amount,
  approved,
  charged,
  chargeOutcomes,
  failed,
  failedWith,
  held,
  PAYMENT_ID as id,
  of,
  processPayment,
  refundOutcomes,
  refundRequested,
  requested,
  screened,
  spec,
  suspicion,
  trusted,
  usd,
} from './payment.fixture.ts'

function toOrder(command: object): Effect[] {
  const step = { to: { kind: 'order', id: 'ord_1' }, command: orderCommand.parse(command) }
  return [{ type: 'commands', steps: [step], stopAtRefusal: true }]
}

const paymentMethod = 'pm_card_visa'
const chargeCall = {
  type: 'call',
  port: 'payments',
  operation: 'charge',
  input: chargeRequestSchema.parse({ key: id, amount, paymentMethod, orderId: 'ord_1' }),
  reply: { type: 'RecordCharge' },
}

describe('a payment that is requested', () => {
  it('with the facts of its screening is charged under its id, once the decision is stored', () => {
    const { effects } = spec.given().when({ ...processPayment, facts: { ok: true, value: trusted } })
    expect(effects).toEqual([chargeCall])
  })
  it('without them asks for them before anything is charged, and the facts come back', () => {
    const { effects } = spec.given().when(processPayment)
    const input = screeningRequestSchema.parse({ paymentId: id, ...of, amount, paymentMethod })
    const reply = { type: 'RecordScreening' }
    expect(effects).toEqual([{ type: 'call', port: 'payments', operation: 'screen', input, reply }])
    const outcome = { ok: true, value: trusted }
    expect(paymentCommand.safeParse({ ...reply, outcome }).success).toBe(true)
  })
  it('is charged under its id once it was screened, and the outcome comes back', () => {
    const { effects } = spec
      .given(requested)
      .when({ type: 'RecordScreening', outcome: { ok: true, value: trusted } })
    expect(effects).toEqual([chargeCall])
    const reply = { ...chargeCall.reply, outcome: chargeOutcomes.charged }
    expect(paymentCommand.safeParse(reply).success).toBe(true)
  })
  it('that is blocked is not charged; the order receives the score', () => {
    const facts = {
      cardCountry: 'GB',
      customer: {
        accountCreatedAt: '2025-03-01T12:00:00.000Z',
        paymentsInWindow: 4,
        averageOrder: usd(1),
        disposableEmail: false,
      },
    }
    const { effects } = spec
      .given(requested)
      .when({ type: 'RecordScreening', outcome: { ok: true, value: facts } })
    const rules = ['velocity', 'amount_over_average', 'card_country']
    const detail = 'The payment was refused as probable fraud; nothing was charged.'
    const result = { status: 'failed', code: 'fraud_blocked', detail, score: 75, rules }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
})

describe('a payment that is held for review', () => {
  it('is not charged; the order is notified', () => {
    const facts = {
      cardCountry: 'GB',
      customer: { accountCreatedAt: '2025-03-01T12:00:00.000Z', paymentsInWindow: 4, disposableEmail: true },
    }
    const { effects } = spec
      .given(requested)
      .when({ type: 'RecordScreening', outcome: { ok: true, value: facts } })
    const result = { status: 'review', ...suspicion }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
  it('is charged once it was approved', () => {
    expect(spec.given(requested, held).when({ type: 'ApproveReview' }).effects).toEqual([chargeCall])
  })
  it('is reported to the order as failed, once, when it was rejected', () => {
    const { effects } = spec.given(requested, held).when({ type: 'RejectReview', reason: 'stolen' })
    const detail = 'The payment was held for review and turned down; nothing was charged.'
    const result = { status: 'failed', code: 'review_rejected', detail, ...suspicion }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
})

describe('the outcome of the charge', () => {
  it('is reported to the order when it succeeded', () => {
    const { effects } = spec
      .given(requested, screened)
      .when({ type: 'RecordCharge', outcome: chargeOutcomes.charged })
    const result = { status: 'processed', amount }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
  it('is reported to the order when it failed', () => {
    const { effects } = spec.given(requested).when({ type: 'RecordCharge', outcome: chargeOutcomes.declined })
    const result = { status: 'failed', code: 'card_declined', detail: 'No.' }
    expect(effects).toEqual(toOrder({ type: 'RecordPayment', paymentId: id, result }))
  })
})

describe('a refund', () => {
  const part = usd(2_000)

  it('is asked for under a key of its own, and its outcome comes back', () => {
    const { effects } = spec
      .given(...charged)
      .when({ type: 'RefundPayment', refundId: 'ord_1/end', amount: 2_000, reason: 'broken' })
    const input = refundRequestSchema.parse({
      key: 'pay_1/ord_1/end',
      chargeKey: id,
      chargeId: 'ch_1',
      amount: part,
    })
    const reply = { type: 'RecordRefund', refundId: 'ord_1/end' }
    expect(effects).toEqual([{ type: 'call', port: 'payments', operation: 'refund', input, reply }])
    expect(paymentCommand.safeParse({ ...reply, outcome: refundOutcomes.given }).success).toBe(true)
  })
  it('is reported to the order when the money went back', () => {
    const { effects } = spec
      .given(...charged, refundRequested('r1', 2_000))
      .when({ type: 'RecordRefund', refundId: 'r1', outcome: refundOutcomes.given })
    expect(effects).toEqual(
      toOrder({ type: 'RecordRefund', paymentId: id, refundId: 'r1', amount: part, refundedTotal: part }),
    )
  })
  it('is reported to the order when it failed', () => {
    const { effects } = spec
      .given(...charged, refundRequested('r1', 2_000))
      .when({ type: 'RecordRefund', refundId: 'r1', outcome: refundOutcomes.declined })
    const code = 'charge_exceeded'
    expect(effects).toEqual(
      toOrder({ type: 'RecordRefundFailed', paymentId: id, refundId: 'r1', amount: part, code }),
    )
  })
})

describe('a dispute', () => {
  it('is reported to the order', () => {
    const { effects } = spec
      .given(...charged)
      .when({ type: 'RecordDispute', disputeId: 'dp_1', reason: 'fraudulent', amount })
    expect(effects).toEqual(
      toOrder({ type: 'RecordDispute', paymentId: id, disputeId: 'dp_1', amount, reason: 'fraudulent' }),
    )
  })
  it('reports its end to the order, and a loss as a refund', () => {
    const { effects } = spec
      .given(...charged)
      .when({ type: 'RecordDispute', disputeId: 'dp_1', reason: 'fraudulent', amount, status: 'lost' })
    const told = { paymentId: id, amount }
    expect(effects).toEqual([
      ...toOrder({ type: 'RecordDisputeClosed', ...told, disputeId: 'dp_1', outcome: 'lost' }),
      ...toOrder({
        ...{ type: 'RecordRefund', ...told, refundId: 'dp_1', refundedTotal: amount },
        source: 'dispute',
      }),
    ])
  })
})

describe('a caller who waits', () => {
  const isSettled = (...history: PaymentEvent[]) => {
    const { state } = spec.given(...history)
    return state && payment.settled?.(state)
  }
  it('is answered when the charge has an outcome, or a person has to look at it', () => {
    expect(isSettled(requested)).toBe(false)
    expect(isSettled(requested, screened)).toBe(false)
    expect(isSettled(requested, held)).toBe(true)
    expect(isSettled(requested, held, approved)).toBe(false)
    expect(isSettled(...charged)).toBe(true)
    expect(isSettled(requested, failed)).toBe(true)
    expect(isSettled(requested, held, failedWith('review_rejected', 'No.', suspicion))).toBe(true)
  })
})
