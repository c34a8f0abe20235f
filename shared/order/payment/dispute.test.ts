import { describe, expect, it } from 'vitest'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  arrived,
  cancelled,
  charging,
  declined,
  disputeClosed,
  disputed,
  ORDER_ID,
  over,
  PAYMENT_ID,
  refunded,
  scheduled,
  sold,
  spec,
  underWay,
  usd,
} from '../order.fixture.ts'
import { effectsOf, inOrder, to } from '../process.fixture.ts'

type Outcome = Extract<OrderCommand, { type: 'RecordDisputeClosed' }>['outcome']
const opens: OrderCommand = {
  type: 'RecordDispute',
  paymentId: PAYMENT_ID,
  disputeId: 'dp_1',
  amount: usd(2_250),
  reason: 'fraudulent',
}
const closes = (outcome: Outcome): OrderCommand => ({
  type: 'RecordDisputeClosed',
  ...{ paymentId: PAYMENT_ID, disputeId: 'dp_1', amount: usd(2_250), outcome },
})
const losesAll: OrderCommand = {
  type: 'RecordRefund',
  ...{ paymentId: PAYMENT_ID, refundId: 'dp_1', amount: usd(2_250), refundedTotal: usd(2_250) },
  source: 'dispute',
}

describe('a dispute of an order', () => {
  it('shows in its payment status until it has ended', () => {
    const { state } = spec
      .given(...sold)
      .when(opens)
      .then(disputed)
    expect(state?.paymentStatus).toBe('disputed')
    for (const outcome of ['won', 'inquiry_closed', 'reinstated'] as const) {
      const after = spec
        .given(...sold, disputed)
        .when(closes(outcome))
        .then(disputeClosed(outcome))
      expect(after.state?.paymentStatus).toBe('paid')
    }
  })
  it('is recorded once, and has ended when its end was reported before it', () => {
    spec
      .given(...sold, disputed)
      .when(opens)
      .then()
    spec
      .given(...sold, disputeClosed('won'))
      .when(opens)
      .then()
    spec
      .given(...sold, disputeClosed('won'))
      .when(closes('lost'))
      .then()
    spec
      .given(...declined)
      .when(closes('won'))
      .then()
  })
  it('that earlier releases reported without its id ends with it', () => {
    const unnamed: OrderEvent = {
      type: 'OrderPaymentDisputed',
      data: { paymentId: PAYMENT_ID, amount: usd(2_250), reason: 'general' },
    }
    const { state } = spec.given(...sold, unnamed).when(closes('won'))
    expect(state?.paymentStatus).toBe('paid')
  })
  it('that is lost counts as given back, and returns no delivered order', () => {
    for (const given of [arrived, over]) {
      const { state } = spec
        .given(...given, disputed, disputeClosed('lost'))
        .when(losesAll)
        .thenTypes('OrderRefunded')
      expect(state).toMatchObject({ paymentStatus: 'refunded' })
      expect(['delivered', 'completed']).toContain(state?.status)
    }
  })
  it('that is lost ends an order that has not left, and no other', () => {
    spec
      .given(...sold, disputed)
      .when(losesAll)
      .thenTypes('OrderRefunded', 'OrderCancelled')
    spec
      .given(...scheduled, disputed)
      .when(losesAll)
      .thenTypes('OrderRefunded', 'OrderCancellationRequested')
    spec
      .given(...underWay, disputed)
      .when(losesAll)
      .thenTypes('OrderRefunded')
  })
  it('that is lost sends no refund mail to the customer', () => {
    const lost = refunded(2_250, 2_250, 'dp_1')
    if (lost.type !== 'OrderRefunded') throw new Error('the fixture has changed')
    const told = effectsOf(...over, { ...lost, data: { ...lost.data, source: 'dispute' } })
    expect(JSON.stringify(told)).not.toContain('order_refunded')
    expect(JSON.stringify(told)).toContain('ClawBackPoints')
  })
})

describe('the refund of a cancelled order during a dispute', () => {
  const owing = [...sold, disputed, cancelled({ refund: usd(2_250) })]
  const ask = inOrder([
    to('payment', PAYMENT_ID, {
      type: 'RefundRemainder',
      refundId: `${ORDER_ID}/dispute/dp_1`,
      reason: 'dispute_closed',
    }),
  ])

  it('is requested once the shop has won', () => {
    expect(effectsOf(...owing, disputeClosed('won'))).toEqual([ask])
    expect(effectsOf(...owing, disputeClosed('inquiry_closed'))).toEqual([ask])
  })
  it('is not requested when it was lost, nor for an order that continues', () => {
    expect(effectsOf(...owing, disputeClosed('lost'))).toEqual([])
    expect(effectsOf(...sold, disputed, disputeClosed('won'))).toEqual([])
    expect(effectsOf(...charging, disputed, disputeClosed('won'))).toEqual([])
  })
})
