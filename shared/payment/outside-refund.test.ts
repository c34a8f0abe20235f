import { describe, expect, it } from 'vitest'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import {
  charged,
  failed,
  of,
  refund,
  refunded,
  refundFailed,
  refundOutcomes,
  refundRequested,
  requested,
  screened,
  spec,
  usd,
} from './payment.fixture.ts'

const succeeds = (minor: number, gatewayRefundId = 're_9'): PaymentCommand => ({
  type: 'RecordOutsideRefund',
  gatewayRefundId,
  amount: usd(minor),
  result: { status: 'succeeded', gatewayRefundId },
})
const fails = (minor: number, gatewayRefundId = 're_9'): PaymentCommand => ({
  type: 'RecordOutsideRefund',
  gatewayRefundId,
  amount: usd(minor),
  result: { status: 'failed', code: 'refund_failed', detail: 'No.' },
})
const remainder = (refundId: string): PaymentCommand => ({
  type: 'RefundRemainder',
  refundId,
  reason: 'customer_request',
})
const made = (minor: number, total = minor, id = 're_9') => refunded(id, minor, total, { source: 'gateway' })
const bounced = (minor: number): PaymentEvent => ({
  type: 'RefundFailed',
  data: {
    ...of,
    refundId: 're_9',
    amount: usd(minor),
    code: 'refund_failed',
    detail: 'No.',
    source: 'gateway',
  },
})

describe('a refund that began at the gateway', () => {
  it('is booked once under its own id, and only the rest can be refunded', () => {
    const { state } = spec
      .given(...charged)
      .when(succeeds(2_000))
      .then(made(2_000))
    expect(state?.status).toBe('partially_refunded')
    const booked = spec.given(...charged, made(2_000))
    booked.when(succeeds(2_000)).then()
    expect(booked.when(refund('r1')).decision.events[0]?.data).toMatchObject({ amount: usd(3_000) })
    booked.when(refund('r1', { amount: 3_001 })).thenRefused('refund_exceeds_charge')
    booked.when(succeeds(3_000, 're_10')).then(made(3_000, 5_000, 're_10'))
  })
  it('may be returned by the bank, and fails permanently, in whatever order that is reported', () => {
    const { state } = spec
      .given(...charged, made(2_000))
      .when(fails(2_000))
      .then(bounced(2_000))
    expect(state?.status).toBe('processed')
    spec
      .given(...charged)
      .when(fails(2_000))
      .then(bounced(2_000))
    spec
      .given(...charged, bounced(2_000))
      .when(succeeds(2_000))
      .then()
  })
  it('never brings the total past the charge, though the failure of another is not reported yet', () => {
    const { state } = spec
      .given(...charged, refundRequested('r1', 5_000), refunded('r1', 5_000, 5_000))
      .when(succeeds(5_000))
      .then(made(5_000, 5_000))
    expect(state?.status).toBe('refunded')
    const late = spec
      .given(...charged, refundRequested('r1', 5_000), refunded('r1', 5_000, 5_000), made(5_000))
      .when({
        type: 'RecordGatewayRefund',
        refundId: 'r1',
        result: { status: 'failed', code: 'charge_exceeded', detail: 'No.' },
      })
      .then(refundFailed('r1', 5_000))
    expect(late.state?.status).toBe('refunded')
  })
  it('is the one that was asked for here, when the answer named its id', () => {
    const answered = refunded('r1', 2_000, 2_000, { gatewayRefundId: 're_9' })
    spec
      .given(...charged, refundRequested('r1', 2_000), answered)
      .when(succeeds(2_000))
      .then()
    // Or when the answer comes after the news: it is given back once.
    const { state } = spec
      .given(...charged, refundRequested('r1', 2_000), made(2_000))
      .when({
        type: 'RecordRefund',
        refundId: 'r1',
        outcome: { ok: true, value: { status: 'succeeded', gatewayRefundId: 're_9' } },
      })
      .thenTypes('RefundFailed')
    expect(state?.status).toBe('partially_refunded')
  })
  it('waits for the outcome of the charge, and is nothing to a payment that failed', () => {
    spec.given(requested, screened).when(succeeds(1)).thenRefused('payment_not_processed')
    spec.given(requested, failed).when(succeeds(1)).then()
    // Sent again once that is known, it counts, and the rest is what an order that has ended gets back.
    spec
      .given(...charged)
      .when(succeeds(2_000))
      .then(made(2_000))
    const { decision } = spec.given(...charged, made(2_000)).when(remainder('end'))
    expect(decision.events[0]?.data).toMatchObject({ refundId: 'end', amount: usd(3_000) })
  })
  it('leaves too little for an earlier full refund: the rest is requested', () => {
    const collided = [...charged, refundRequested('end', 5_000)]
    spec
      .given(...collided)
      .when({ type: 'RecordRefund', refundId: 'end', outcome: refundOutcomes.declined })
      .then(refundFailed('end', 5_000))
    for (const told of [
      [refundFailed('end', 5_000), made(2_000)],
      [made(2_000), refundFailed('end', 5_000)],
    ]) {
      const { decision } = spec.given(...collided, ...told).when(remainder('end/2'))
      expect(decision.events[0]?.data).toMatchObject({ refundId: 'end/2', amount: usd(3_000) })
    }
  })
  it('is in the currency of the charge', () => {
    const other: PaymentCommand = {
      type: 'RecordOutsideRefund',
      gatewayRefundId: 're_9',
      amount: { amount: 1, currency: 'EUR' },
      result: { status: 'succeeded', gatewayRefundId: 're_9' },
    }
    spec
      .given(...charged)
      .when(other)
      .thenRefused('refund_invalid')
  })
})
