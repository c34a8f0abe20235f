import { describe, expect, it } from 'vitest'
import { NOW } from '../../core/specification.fixture.ts'
import { DAY, HOUR, type Instant, plus } from '../../core/time.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  arrived,
  cancellationRequested,
  cancelled,
  charging,
  confirmed,
  declined,
  ORDER_ID,
  over,
  PAYMENT_ID,
  paymentReturned,
  paymentStarted,
  REFUND_ID,
  refunded,
  returned,
  returnedByRefund,
  scheduled,
  sold,
  spec,
  underWay,
  usd,
} from '../order.fixture.ts'

const OTHER = 'pay_00000000-0000-7000-8000-00000000000f'
const OWN = `${ORDER_ID}/end`

const tells = (amount: number, refundId = REFUND_ID, paymentId = PAYMENT_ID) => ({
  ...({ type: 'RecordRefund' } as const),
  paymentId,
  refundId,
  amount: usd(amount),
  refundedTotal: usd(amount),
})
const fails = (amount: number, refundId = REFUND_ID, paymentId = PAYMENT_ID): OrderCommand => ({
  type: 'RecordRefundFailed',
  paymentId,
  refundId,
  amount: usd(amount),
  code: 'account_closed',
})
type Failure = Extract<OrderEvent, { type: 'OrderRefundFailed' }>['data']
const failed = (refundId = REFUND_ID, overrides: Partial<Failure> = {}): OrderEvent => ({
  type: 'OrderRefundFailed',
  data: {
    paymentId: PAYMENT_ID,
    refundId,
    amount: usd(2_250),
    code: 'account_closed',
    refundedTotal: usd(0),
    decisions: [],
    ...overrides,
  },
})

describe('a refund', () => {
  it('of a part leaves the rest paid', () => {
    const { state } = spec
      .given(...sold)
      .when(tells(250))
      .then(refunded(250))
    expect(state).toMatchObject({ paymentStatus: 'partially_refunded', payments: [{ refunded: 250 }] })
  })
  it('of the rest makes it a full one', () => {
    const { state } = spec
      .given(...underWay, refunded(250))
      .when(tells(2_000, 'second'))
      .then(refunded(2_000, 2_250, 'second'))
    expect(state?.paymentStatus).toBe('refunded')
  })
  it('is full whatever failed before', () => {
    const { state } = spec
      .given(
        ...declined,
        paymentStarted({ paymentId: OTHER, attempt: 2 }),
        { type: 'OrderPaid', data: { paymentId: OTHER, amount: usd(2_250) } },
        confirmed(),
      )
      .when(tells(2_250, REFUND_ID, OTHER))
    expect(state?.paymentStatus).toBe('refunded')
  })
  it('of a late payment is recorded as well', () => {
    const { state } = spec.given(...charging, cancelled(), paymentReturned).when(tells(2_250, OWN))
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' })
  })
  it('is counted once, in whatever order several are reported', () => {
    spec
      .given(...sold, refunded(500, 500, 'second'))
      .when(tells(250))
      .then(refunded(250, 750))
    spec
      .given(...sold, refunded(250))
      .when(tells(250))
      .then()
  })
  it('of a payment that is not the order’s changes nothing', () => {
    spec
      .given(...sold)
      .when(tells(250, REFUND_ID, OTHER))
      .then()
  })
})

describe('a refund of all that was paid', () => {
  it.each([
    ['a delivered', arrived],
    ['a completed', over],
  ])('makes %s order a returned one', (_, given) => {
    const { state } = spec
      .given(...given)
      .when(tells(2_250))
      .then(refunded(2_250), returnedByRefund)
    expect(state).toMatchObject({
      status: 'returned',
      paymentStatus: 'refunded',
      fulfilmentStatus: 'returned',
      deliveries: [{ status: 'completed' }],
    })
  })
  it('does so with the last part', () => {
    spec
      .given(...over, refunded(250))
      .when(tells(2_000, 'second'))
      .then(refunded(2_000, 2_250, 'second'), returnedByRefund)
    spec
      .given(...over, refunded(250))
      .when(tells(1_999, 'second'))
      .thenTypes('OrderRefunded')
  })
  it('that had gone back before the delivery is no return, whatever takes its place later', () => {
    const gift = spec.given(...underWay, refunded(2_250), ...arrived.slice(underWay.length))
    const { state } = gift.when(tells(250, 'second')).then(refunded(250, 2_250, 'second'))
    expect(state?.status).toBe('delivered')
  })
  it('ends an order that has no delivery yet: the stock is released, and no refund is due', () => {
    const allBack = cancelled({ reason: 'operator', detail: 'All that was paid has been refunded.' })
    const { state } = spec
      .given(...sold)
      .when(tells(2_250))
      .then(refunded(2_250), allBack)
    expect(state).toMatchObject({ status: 'cancelled', paymentStatus: 'refunded' })
    spec
      .given(...sold, refunded(2_000))
      .when(tells(250, 'last'))
      .then(refunded(250, 2_250, 'last'), allBack)
    spec
      .given(...sold, refunded(2_000))
      .when(tells(249, 'almost'))
      .then(refunded(249, 2_249, 'almost'))
  })
  it('cancels a delivery that has not left, which has to consent', () => {
    const { state } = spec
      .given(...scheduled)
      .when(tells(2_250))
      .thenTypes('OrderRefunded', 'OrderCancellationRequested')
    expect(state).toMatchObject({ status: 'confirmed', cancelling: { reason: 'operator' } })
    // One that is being cancelled already is not asked twice.
    spec
      .given(...scheduled, cancellationRequested)
      .when(tells(2_250))
      .then(refunded(2_250))
  })
  it('leaves an order on its way that has been shipped', () => {
    const { state } = spec
      .given(...underWay)
      .when(tells(2_250))
      .then(refunded(2_250))
    expect(state).toMatchObject({ status: 'shipped', paymentStatus: 'refunded' })
  })
})

describe('a refund that fails', () => {
  it('leaves the order unchanged if its end was not the reason of the refund', () => {
    for (const given of [sold, underWay, arrived, over]) {
      const { state } = spec
        .given(...given)
        .when(fails(250))
        .then(failed(REFUND_ID, { amount: usd(250) }))
      expect(state).toMatchObject({ paymentStatus: 'paid', payments: [{ refunded: 0 }] })
      expect(state?.payments[0]).not.toHaveProperty('retryAt')
    }
  })
  it('after it had succeeded is paid again', () => {
    const { state } = spec
      .given(...sold, refunded(250), refunded(500, 750, 'second'))
      .when(fails(250))
      .then(failed(REFUND_ID, { amount: usd(250), refundedTotal: usd(500), bounced: true }))
    expect(state).toMatchObject({ paymentStatus: 'partially_refunded', payments: [{ refunded: 500 }] })
  })
  it('may be reported after the one that replaced it', () => {
    const replaced = [...sold, refunded(250), refunded(2_000, 2_250, 'second'), refunded(250, 2_250, 'third')]
    const { state } = spec
      .given(...replaced)
      .when(fails(250))
      .then(failed(REFUND_ID, { amount: usd(250), refundedTotal: usd(2_250), bounced: true }))
    expect(state?.paymentStatus).toBe('refunded')
  })
  it('is recorded once, and no late report makes it a success', () => {
    const known = spec.given(...sold, failed())
    known.when(fails(2_250)).then()
    known.when(tells(2_250)).then()
  })
  it('of a payment that is not the order’s changes nothing', () => {
    spec
      .given(...sold)
      .when(fails(250, REFUND_ID, OTHER))
      .then()
  })
})

describe('the refund due of an order that has ended', () => {
  const decision = (retries: number, rule: string) => ({
    policy: 'refundRetryPolicy',
    rules: [rule],
    inputs: { retries, due: 2_250 },
    outcome: rule,
  })
  const later = (retries: number, retryAt: Instant) => ({
    retryAt,
    decisions: [decision(retries, 'retry_later')],
  })
  const retry = (number: number): OrderEvent => ({
    type: 'OrderRefundRetried',
    data: {
      paymentId: PAYMENT_ID,
      refundId: `${OWN}/${number + 1}`,
      amount: usd(2_250),
      retry: number,
    },
  })
  const due: OrderCommand = { type: 'RetryRefund', paymentId: PAYMENT_ID }
  const owing = [...sold, cancelled({ refund: usd(2_250) })]

  it.each<[string, readonly OrderEvent[], Partial<Failure>]>([
    ['was cancelled', owing, {}],
    ['was returned', [...underWay, returned], {}],
    ['ended before its money came', [...charging, cancelled(), paymentReturned], {}],
    [
      'was paid again, because the refund that had returned it bounced',
      [...over, refunded(2_250, 2_250, OWN), returnedByRefund],
      { bounced: true },
    ],
  ])('is asked for again an hour after it failed, when the order %s', (_, given, more) => {
    const { state } = spec
      .given(...given)
      .when(fails(2_250, OWN))
      .then(failed(OWN, { ...later(0, plus(NOW, HOUR)), ...more }))
    expect(state).toMatchObject({ paymentStatus: 'paid', payments: [{ retryAt: plus(NOW, HOUR) }] })
  })
  it('is requested after an hour, a day and three days, and is then left to an operator', () => {
    let history: OrderEvent[] = [...owing]
    for (const [retries, wait] of [HOUR, DAY, 3 * DAY].entries()) {
      const refundId = retries === 0 ? OWN : `${OWN}/${retries + 1}`
      const failure = failed(refundId, later(retries, plus(NOW, wait)))
      spec
        .given(...history)
        .when(fails(2_250, refundId))
        .then(failure)
      history = [...history, failure]
      spec
        .given(...history)
        .when(due)
        .then(retry(retries + 1))
      history = [...history, retry(retries + 1)]
    }
    const { state } = spec
      .given(...history)
      .when(fails(2_250, `${OWN}/4`))
      .then(failed(`${OWN}/4`, { decisions: [decision(3, 'retries_used_up')] }), {
        type: 'OrderRefundAbandoned',
        data: {
          paymentId: PAYMENT_ID,
          refundId: `${OWN}/4`,
          amount: usd(2_250),
          code: 'account_closed',
          retries: 3,
        },
      })
    expect(state).toMatchObject({ paymentStatus: 'paid', payments: [{ abandoned: true }] })
    // What fails from now on is noted, and asks for nothing.
    const abandoned = { paymentId: PAYMENT_ID, refundId: OWN, amount: usd(2_250), code: 'no', retries: 3 }
    spec
      .given(...history, { type: 'OrderRefundAbandoned', data: abandoned })
      .when(fails(250))
      .then(failed(REFUND_ID, { amount: usd(250) }))
  })
  it('is requested once, when the refunds of others fail beside it', () => {
    const waiting = failed(OWN, later(0, plus(NOW, HOUR)))
    spec
      .given(...owing, waiting)
      .when(fails(250))
      .then(failed(REFUND_ID, { amount: usd(250) }))
  })
  it('is requested when the refund of another left a remainder', () => {
    spec
      .given(...owing, refunded(2_000, 2_000, OWN))
      .when(fails(250))
      .thenTypes('OrderRefundFailed')
    const { state } = spec.given(...owing, refunded(2_000, 2_000, OWN)).when(fails(250))
    expect(state?.payments[0]?.retryAt).toBe(plus(NOW, HOUR))
  })
  const toldByGateway: OrderCommand = { ...tells(750, 're_9'), source: 'gateway' }
  it.each([
    ['before', [toldByGateway, fails(2_250, OWN)]],
    ['after', [fails(2_250, OWN), toldByGateway]],
  ])('is the rest, when a part went back at the gateway and is told %s its refund failed', (_, commands) => {
    const history: OrderEvent[] = [...charging, cancelled(), paymentReturned]
    for (const command of commands) history.push(...spec.given(...history).when(command).decision.events)
    const { decision } = spec.given(...history).when(due)
    expect(decision.events[0]?.data).toMatchObject({ refundId: `${OWN}/2`, amount: usd(1_500) })
  })
  it('is not requested again when it was refunded in another way', () => {
    const waiting = failed(OWN, later(0, plus(NOW, HOUR)))
    spec
      .given(...owing, waiting, refunded(2_250))
      .when(due)
      .then()
  })
  it('is not requested twice at the same time', () => {
    const waiting = failed(OWN, later(0, plus(NOW, HOUR)))
    spec
      .given(...owing, waiting, retry(1))
      .when(due)
      .then()
    spec
      .given(...owing)
      .when({ type: 'RetryRefund', paymentId: OTHER })
      .then()
  })
})
