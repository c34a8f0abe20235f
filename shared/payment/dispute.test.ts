import { describe, expect, it } from 'vitest'
import type { DisputeStatus } from '../ports/payment-gateway.ts'
import type { PaymentCommand } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import {
  amount,
  charged,
  chargeOutcomes,
  disputed,
  failed,
  of,
  processed,
  refund,
  refunded,
  refundRequested,
  requested,
  screened,
  spec,
  usd,
} from './payment.fixture.ts'

const dispute = { disputeId: 'dp_1', reason: 'fraudulent', amount }
const tells = (status?: DisputeStatus, more: object = {}): PaymentCommand => ({
  type: 'RecordDispute',
  ...dispute,
  ...(status && { status }),
  ...more,
})
type Outcome = Exclude<DisputeStatus, 'inquiry' | 'open'>
const closed = (outcome: Outcome): PaymentEvent => ({
  type: 'PaymentDisputeClosed',
  data: { ...of, ...dispute, outcome },
})
const inquiry: PaymentEvent = { type: 'PaymentDisputed', data: { ...of, ...dispute, status: 'inquiry' } }
const loss = (minor: number, total = minor) => refunded('dp_1', minor, total, { source: 'dispute' })
const lossTakenBack: PaymentEvent = {
  type: 'RefundFailed',
  data: {
    ...of,
    refundId: 'dp_1',
    amount,
    code: 'dispute_reinstated',
    detail: 'The bank has given the disputed money back.',
    source: 'dispute',
  },
}

describe('a dispute that is open', () => {
  it('marks the payment, of which nothing is refunded', () => {
    const { state } = spec
      .given(...charged)
      .when(tells())
      .then(disputed)
    expect(state).toMatchObject({ status: 'disputed', disputes: [{ ...dispute, status: 'open' }] })
    spec
      .given(...charged, disputed)
      .when(refund('r1'))
      .thenRefused('payment_disputed')
  })
  it('may begin as an inquiry of the bank, which stops refunds as well', () => {
    const { state } = spec
      .given(...charged)
      .when(tells('inquiry'))
      .then(inquiry)
    expect(state?.status).toBe('disputed')
    spec
      .given(...charged, inquiry)
      .when(refund('r1'))
      .thenRefused('payment_disputed')
    spec
      .given(...charged, inquiry)
      .when(tells('open'))
      .then(disputed)
  })
  it('may be reported before the outcome of the charge', () => {
    spec.given(requested, screened).when(tells()).then(disputed)
    const { state } = spec
      .given(requested, screened, disputed)
      .when({ type: 'RecordCharge', outcome: chargeOutcomes.charged })
      .then(processed)
    expect(state?.status).toBe('disputed')
  })
  it('changes nothing when it is repeated, or on a payment that took no money', () => {
    spec
      .given(...charged, disputed)
      .when(tells())
      .then()
    spec.given(requested, failed).when(tells()).then()
  })
  it('leaves a payment disputed whatever becomes of its refunds', () => {
    const { state } = spec
      .given(...charged, refundRequested('r1', 5_000), disputed)
      .when({
        type: 'RecordGatewayRefund',
        refundId: 'r1',
        result: { status: 'succeeded', gatewayRefundId: 're' },
      })
      .thenTypes('PaymentRefunded')
    expect(state?.status).toBe('disputed')
  })
})

describe('the end of a dispute', () => {
  it.each([
    ['won', disputed],
    ['inquiry_closed', inquiry],
  ] as const)('that is %s makes the charge refundable again', (outcome, opened) => {
    const { state } = spec
      .given(...charged, opened)
      .when(tells(outcome))
      .then(closed(outcome))
    expect(state?.status).toBe('processed')
    spec
      .given(...charged, opened, closed(outcome))
      .when(refund('r1'))
      .thenTypes('PaymentRefundRequested')
  })
  it('that is lost counts as given back: all of it, or what had not been refunded', () => {
    const { state } = spec
      .given(...charged, disputed)
      .when(tells('lost'))
      .then(closed('lost'), loss(5_000))
    expect(state?.status).toBe('refunded')
    spec
      .given(...charged, disputed, closed('lost'), loss(5_000))
      .when(refund('r1'))
      .thenRefused('nothing_to_refund')
    const partly = [...charged, refundRequested('r1', 2_000), refunded('r1', 2_000, 2_000), disputed]
    spec
      .given(...partly)
      .when(tells('lost'))
      .then(closed('lost'), loss(3_000, 5_000))
    const { state: part } = spec.given(...charged, disputed).when(tells('lost', { amount: usd(1_000) }))
    expect(part?.status).toBe('partially_refunded')
    // Counted in the bank's own currency, it is the whole charge.
    const foreign = { amount: { amount: 700_000, currency: 'JPY' } }
    expect(spec.given(...charged, disputed).when(tells('lost', foreign)).decision.events[1]).toMatchObject(
      loss(5_000),
    )
  })
  it('takes a loss back when the bank gives the money back after all', () => {
    const gone = [...charged, disputed, closed('lost'), loss(5_000)]
    for (const outcome of ['reinstated', 'won'] as const) {
      const { state } = spec
        .given(...gone)
        .when(tells(outcome))
        .then(closed(outcome), lossTakenBack)
      expect(state?.status).toBe('processed')
      spec
        .given(...gone, closed(outcome), lossTakenBack)
        .when(tells('lost'))
        .then()
    }
  })
  it('counts late reports: of two stages the later one', () => {
    const stages = [[], [disputed], [inquiry], [inquiry, disputed]]
    for (const before of stages) {
      const won = [...charged, ...before, closed('won')]
      for (const late of ['inquiry', 'open', 'lost', 'won', 'reinstated'] as const)
        spec
          .given(...won)
          .when(tells(late))
          .then()
    }
  })
  it('leaves another dispute open', () => {
    const other: PaymentEvent = { type: 'PaymentDisputed', data: { ...of, ...dispute, disputeId: 'dp_2' } }
    const { state } = spec.given(...charged, disputed, other).when(tells('won'))
    expect(state?.status).toBe('disputed')
  })
  it('that was lost before the charge was known is booked with it', () => {
    spec.given(requested, screened).when(tells('lost')).then(closed('lost'))
    const { state } = spec
      .given(requested, screened, closed('lost'))
      .when({ type: 'RecordCharge', outcome: chargeOutcomes.charged })
      .then(processed, loss(5_000))
    expect(state?.status).toBe('refunded')
  })
})
