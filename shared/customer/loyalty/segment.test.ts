import { describe, expect, it } from 'vitest'
import { plus } from '../../core/time.ts'
import {
  registered,
  segmentChanged,
  spent,
  started,
  suspended,
  timer,
  timersLeft,
} from '../customer.fixture.ts'
import {
  becameActive,
  becameAtRisk,
  buyer,
  consenting,
  history,
  inDays,
  neverOrdered,
  offered,
  review,
  spec,
} from './segment.fixture.ts'

describe('ReviewSegment', () => {
  it('makes a new customer active after 30 days', () => {
    spec
      .given(started, registered)
      .when(review, { now: inDays(30) })
      .then(segmentChanged(['new', 'active'], 'no_other_rule', neverOrdered))
  })
  it('changes nothing before its time', () => {
    spec
      .given(started, registered)
      .when(review, { now: plus(inDays(30), -1) })
      .then()
    spec
      .given(...history, becameActive)
      .when(review, { now: plus(inDays(60), -1) })
      .then()
  })
  it('makes an offer to a customer who comes to be at risk, and says whether they want to hear of it', () => {
    const now = inDays(60)
    spec
      .given(...history, becameActive)
      .when(review, { now })
      .then(becameAtRisk, offered(5, now, false))
    spec
      .given(...history, becameActive, consenting)
      .when(review, { now })
      .then(becameAtRisk, offered(6, now, true))
  })
  it('makes it once', () => {
    spec
      .given(...history, becameActive, becameAtRisk, offered(5, inDays(60), false))
      .when(review, { now: inDays(61) })
      .then()
  })
  it('makes none to a suspended customer', () => {
    spec
      .given(...history, becameActive, suspended)
      .when(review, { now: inDays(60) })
      .then(becameAtRisk)
  })
  it('lapses after 180 days, without another offer', () => {
    spec
      .given(...history, becameActive, becameAtRisk)
      .when(review, { now: inDays(180) })
      .then(segmentChanged(['at_risk', 'lapsed'], 'no_order_for_180_days', buyer))
  })
  it('does nothing for one whose address is not verified', () => {
    spec
      .given(started)
      .when(review, { now: inDays(60) })
      .then()
  })
})

describe('the timer of the segment', () => {
  const usd = (amount: number) => ({ amount, currency: 'USD' })

  it('reviews the segment when being new ends, then 60 and 180 days after the last order', () => {
    const segment = 'segment-review'
    expect(timersLeft([started], { type: 'VerifyEmail', token: 'token(verification/1)' })).toEqual({
      [segment]: timer(segment, inDays(30), 'ReviewSegment'),
      'registration-end': { cancelled: 'registration-end' },
    })
    const review = { type: 'ReviewSegment' } as const
    expect(timersLeft([started, registered], review, inDays(30))).toEqual({
      [segment]: timer(segment, inDays(60), 'ReviewSegment'),
    })
    expect(timersLeft([started, registered], review, inDays(60))).toEqual({
      [segment]: timer(segment, inDays(180), 'ReviewSegment'),
    })
    expect(timersLeft([started, registered], review, inDays(180))).toEqual({
      [segment]: { cancelled: segment },
    })
    expect(
      timersLeft([started, registered], { type: 'UpdateSpending', orderId: 'o1', delta: 1 }, inDays(7)),
    ).toMatchObject({ [segment]: timer(segment, inDays(67), 'ReviewSegment') })
    const attempt = {
      type: 'RecordPaymentAttempt',
      paymentId: 'p1',
      orderId: 'o1',
      amount: usd(1),
    } as const
    expect(timersLeft([started, registered, spent('o1', 1, 1)], attempt, inDays(7))).toEqual({
      [segment]: timer(segment, inDays(67), 'ReviewSegment'),
    })
  })
})
