import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, type Instant, MINUTE, plus, plusMonths } from '../core/time.ts'
import { disposableMailDomains, isDisposable } from '../email-address/disposable-domains.ts'
import { normalizeEmail } from '../email-address/normalize-email.ts'
import { customer } from './aggregate.ts'
import { CUSTOMER_ID, registered, segmentChanged, spent, started, suspended } from './customer.fixture.ts'
import type { CustomerEvent, PaymentAttempt } from './events.ts'
import { customerRules } from './policies.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const usd = (amount: number) => ({ amount, currency: 'USD' })
const attempt = (paymentId: string) =>
  ({ type: 'RecordPaymentAttempt', paymentId, orderId: 'o9', amount: usd(40_00) }) as const

function attempted(paymentId: string, facts: Partial<PaymentAttempt> = {}): CustomerEvent {
  return {
    type: 'PaymentAttemptRecorded',
    data: {
      ...{ paymentId, orderId: 'o9', amount: usd(40_00), accountCreatedAt: NOW },
      ...{ paymentsInWindow: 1, disposableEmail: false },
      ...facts,
    },
  }
}

describe('RecordPaymentAttempt', () => {
  it('reports when the account was verified, without facts of orders', () => {
    const verified = plus(NOW, DAY)
    spec
      .given(started, [registered, verified])
      .when(attempt('p1'), { now: plus(NOW, 2 * DAY) })
      .then(attempted('p1', { accountCreatedAt: verified }))
  })
  it('counts the attempts of the last 10 minutes, this one included', () => {
    const at = (minutes: number): Instant => plus(NOW, minutes * MINUTE)
    const history = [started, registered, attempted('p1'), [attempted('p2'), at(5)]] as const
    spec
      .given(...history)
      .when(attempt('p3'), { now: plus(at(10), -1) })
      .then(attempted('p3', { paymentsInWindow: 3 }))
    spec
      .given(...history)
      .when(attempt('p3'), { now: at(10) })
      .then(attempted('p3', { paymentsInWindow: 2 }))
    spec
      .given(...history)
      .when(attempt('p3'), { now: at(15) })
      .then(attempted('p3'))
  })
  it('reports the average of delivered orders, in the currency of the payment', () => {
    const history = [
      started,
      registered,
      spent('o1', 100_00, 100_00),
      spent('o1', -40_00, 60_00),
      spent('o2', 0, 60_00),
      spent('o3', -5_00, 55_00),
    ] as const
    spec
      .given(...history)
      .when(attempt('p1'))
      .thenTypes('PaymentAttemptRecorded', 'CustomerSegmentChanged')
    const { decision } = spec.given(...history).when(attempt('p1'))
    expect(decision.events[0]).toEqual(attempted('p1', { averageOrder: usd(30_00) }))
    const { decision: later } = spec.given(...history).when(attempt('p1'), { now: plusMonths(NOW, 12) })
    expect(later.events[0]).toEqual(attempted('p1'))
  })
  it('is recorded once for a payment, and its facts stay known', () => {
    const { state } = spec
      .given(started, registered, attempted('p1'), attempted('p2', { paymentsInWindow: 2 }))
      .when(attempt('p1'), { now: plus(NOW, DAY) })
      .then()
    expect(state?.paymentAttempts).toEqual([
      { ...attempted('p1').data, at: NOW },
      { ...attempted('p2', { paymentsInWindow: 2 }).data, at: NOW },
    ])
  })
  it('remembers the newest', () => {
    const { maxRetained } = customerRules.paymentAttempts
    const many = Array.from({ length: maxRetained + 1 }, (_, number) => attempted(`p${number}`))
    const { state } = spec
      .given(started, registered, ...many)
      .when(attempt('last'))
      .then(attempted('last', { paymentsInWindow: maxRetained + 1 }))
    expect(state?.paymentAttempts.map(({ paymentId }) => paymentId).slice(0, 1)).toEqual(['p2'])
    expect(state?.paymentAttempts).toHaveLength(maxRetained)
  })
  it('reports a disposable address', () => {
    const thrownAway: CustomerEvent =
      started.type === 'CustomerRegistrationStarted'
        ? { ...started, data: { ...started.data, email: 'ada@mailinator.com' } }
        : started
    spec
      .given(thrownAway, registered)
      .when(attempt('p1'))
      .then(attempted('p1', { disposableEmail: true }))
  })
  it('is recorded for a suspended customer too', () => {
    spec.given(started, registered, suspended).when(attempt('p1')).then(attempted('p1'))
  })
  it('ends being at risk, and keeps from it for as long as an order does', () => {
    const facts = { deliveredOrders: 1, registeredAt: NOW, tier: 'bronze' } as const
    const history = [started, registered, spent('o1', 1_00, 1_00)] as const
    const atRisk = segmentChanged(['active', 'at_risk'], 'no_order_for_60_days', {
      ...facts,
      lastOrderAt: NOW,
    })
    const now = plus(NOW, 61 * DAY)
    spec
      .given(...history, atRisk)
      .when(attempt('p1'), { now })
      .then(
        attempted('p1', { averageOrder: usd(1_00) }),
        segmentChanged(['at_risk', 'active'], 'no_other_rule', { ...facts, lastOrderAt: now }),
      )
    spec
      .given(...history, segmentChanged(['new', 'active'], 'no_other_rule', facts), [attempted('p1'), now])
      .when({ type: 'ReviewSegment' }, { now: plus(now, 59 * DAY) })
      .then()
  })
})

describe('disposable mail domains', () => {
  it('stand in the table as an address has them', () => {
    for (const domain of disposableMailDomains) expect(normalizeEmail(`ada@${domain}`)).toBe(`ada@${domain}`)
    expect(disposableMailDomains.size).toBeGreaterThan(60)
  })
  it('are known with all that is below them, and nothing else is', () => {
    expect(isDisposable('ada@mailinator.com')).toBe(true)
    expect(isDisposable('ada@my.mailinator.com')).toBe(true)
    expect(isDisposable('ada@notmailinator.com')).toBe(false)
    expect(isDisposable('mailinator.com@example.com')).toBe(false)
    expect(isDisposable('')).toBe(false)
  })
})
