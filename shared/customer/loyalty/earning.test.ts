import { describe, expect, it } from 'vitest'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { NOW, specification } from '../../core/specification.fixture.ts'
import { DAY, plus, plusMonths } from '../../core/time.ts'
import type { Tier } from '../../promotion/terms.ts'
import { customer } from '../aggregate.ts'
import {
  accrued,
  CUSTOMER_ID,
  earned,
  expired,
  redeemed,
  registered,
  rewardDecision,
  spent,
  started,
  tierChanged,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'
import { customerRules } from '../policies.ts'
import { pointBalance } from './points.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const usd = (amount: number) => ({ amount, currency: 'USD' })
const accrue = (orderId: string, amount: number) =>
  ({ type: 'AccruePoints', orderId, netPaid: usd(amount) }) as const
const earn = (orderId: string, amount: number) =>
  ({ type: 'EarnPoints', orderId, netPaid: usd(amount) }) as const
const becameSilver = tierChanged(['bronze', 'silver'], 'tier_earned', 540_00)

describe('AccruePoints', () => {
  it('gives the rate of the tier, pending', () => {
    const { state } = spec.given(started, registered).when(accrue('o1', 540_00)).then(accrued('o1', 540))
    expect(state && pointBalance(state.loyalty, NOW)).toEqual({ available: 0, pending: 540 })
  })
  it('gives them once for an order, also when they came another way', () => {
    spec.given(started, registered, accrued('o1', 540)).when(accrue('o1', 540_00)).then()
    spec.given(started, registered, earned('o1', 540)).when(accrue('o1', 540_00)).then()
  })
  it('gives nothing for less than a point', () => {
    spec.given(started, registered).when(accrue('o1', 99)).then()
  })
  it('leaves it to the completion when there are more pending lots than are remembered', () => {
    const many = Array.from({ length: customerRules.maxRecorded }, (_, order) => accrued(`p${order}`, 1))
    const { state } = spec
      .given(started, registered, ...many)
      .when(accrue('o1', 540_00))
      .then()
    expect(state?.loyalty.pendingLots).toHaveLength(customerRules.maxRecorded)
    spec
      .given(started, registered, ...many)
      .when(earn('o1', 540_00))
      .then(earned('o1', 540))
  })
})

describe('EarnPoints', () => {
  it('makes pending points active for 12 months', () => {
    const now = plus(NOW, DAY)
    const { state } = spec
      .given(started, registered, accrued('o1', 540))
      .when(earn('o1', 540_00), { now })
      .then(earned('o1', 540, now))
    expect(state && pointBalance(state.loyalty, now)).toEqual({ available: 540, pending: 0 })
    expect(state?.loyalty.lots).toEqual([
      { lotId: 'order/o1', points: 540, activeFrom: now, expiresAt: plusMonths(now, 12) },
    ])
  })
  it('gives the rate of the tier at once when none were pending', () => {
    spec.given(started, registered).when(earn('o1', 540_00)).then(earned('o1', 540))
  })
  it('gives them once for an order, even when they are spent', () => {
    spec.given(started, registered, earned('o1', 540)).when(earn('o1', 540_00)).then()
    spec.given(started, registered, accrued('o1', 540), earned('o1', 540)).when(earn('o1', 540_00)).then()
    spec
      .given(started, registered, earned('o1', 540), redeemed('o2', 540, { 'order/o1': 540 }))
      .when(earn('o1', 540_00))
      .then()
  })
  it('gives the rate of the tier in which the order was delivered, counted before or after', () => {
    const { state } = spec
      .given(started, registered)
      .when({ type: 'UpdateSpending', orderId: 'o1', delta: 540_00 })
    expect(state?.loyalty.tier).toBe('silver')
    const counted = [spent('o1', 540_00, 540_00), becameSilver]
    spec
      .given(started, registered, ...counted)
      .when(earn('o1', 540_00))
      .then(earned('o1', 540))
    spec
      .given(started, registered, accrued('o1', 540), ...counted)
      .when(earn('o1', 540_00))
      .then(earned('o1', 540))
    const next = spec.given(started, registered, ...counted).when(earn('o2', 100_00))
    expect(next.decision.events[0]?.data).toMatchObject({ tier: 'silver', points: 200 })
  })
  it('gives nothing for less than a point', () => {
    spec.given(started, registered).when(earn('o1', 99)).then()
    spec.given(started, registered).when(earn('o1', 0)).then()
  })
  it('takes back what refunds before the completion cost, then makes the rest active', () => {
    const lots = [{ lotId: 'order/o1', points: 270 }]
    const clawedBack = (points: number, refundedTotal: number, taken: typeof lots): CustomerEvent => ({
      type: 'RewardPointsClawedBack',
      data: {
        ...{ orderId: 'o1', points, lots: taken, paid: 540_00, refundedTotal, shortfall: 0 },
        decisions: [rewardDecision(540 - points)],
      },
    })
    spec
      .given(started, registered, accrued('o1', 540))
      .when(earn('o1', 270_00))
      .then(clawedBack(270, 270_00, lots), earned('o1', 270))
    spec
      .given(started, registered, accrued('o1', 540), clawedBack(270, 270_00, lots))
      .when(earn('o1', 270_00))
      .then(earned('o1', 270))
    spec
      .given(started, registered, accrued('o1', 540))
      .when(earn('o1', 0))
      .then(clawedBack(540, 540_00, [{ lotId: 'order/o1', points: 540 }]))
  })
})

describe('EarnBonusPoints', () => {
  const bonus = { type: 'EarnBonusPoints', reviewId: 'r1', orderId: 'o1' } as const
  const given = (tier: Tier, decisions: PolicyDecision[]): CustomerEvent => ({
    type: 'RewardPointsEarned',
    data: {
      ...{ lotId: 'review/r1', source: 'review', orderId: 'o1', reviewId: 'r1', points: 50, tier },
      activeFrom: NOW,
      expiresAt: plusMonths(NOW, 12),
      decisions,
    },
  })
  const decision = {
    policy: 'rewardPointsPolicy',
    rules: ['review_bonus'],
    inputs: { source: 'review', points: 50 },
    outcome: 'granted',
  }

  it('gives 50 points, active at once', () => {
    const { state } = spec
      .given(started, registered)
      .when(bonus)
      .then(given('bronze', [decision]))
    expect(state && pointBalance(state.loyalty, NOW)).toEqual({ available: 50, pending: 0 })
  })
  it('gives them once for a review, and for each review of an order', () => {
    spec
      .given(started, registered, given('bronze', [decision]))
      .when(bonus)
      .then()
    spec
      .given(started, registered, given('bronze', [decision]))
      .when({ ...bonus, reviewId: 'r2' })
      .thenTypes('RewardPointsEarned')
  })
  it('is not taken for the points of the order', () => {
    spec
      .given(started, registered, given('bronze', [decision]))
      .when(earn('o1', 540_00))
      .then(earned('o1', 540))
  })
})

describe('ExpirePoints', () => {
  const expire = { type: 'ExpirePoints' } as const
  const soon = plus(NOW, DAY)
  const history = [started, registered, earned('o1', 150), [earned('o2', 300, soon), soon]] as const

  it('takes lots whose 12 months are over out of the balance', () => {
    const { state } = spec
      .given(...history)
      .when(expire, { now: plusMonths(NOW, 12) })
      .then(expired(150, { 'order/o1': 150 }))
    expect(state?.loyalty.lots.map(({ lotId }) => lotId)).toEqual(['order/o2'])
    spec
      .given(...history)
      .when(expire, { now: plusMonths(soon, 12) })
      .then(expired(450, { 'order/o1': 150, 'order/o2': 300 }))
  })
  it('takes what is left of a lot that was spent in part', () => {
    spec
      .given(...history, redeemed('o9', 100, { 'order/o1': 100 }))
      .when(expire, { now: plusMonths(NOW, 12) })
      .then(expired(50, { 'order/o1': 50 }))
  })
  it('changes nothing before the time, or a second time', () => {
    const now = plusMonths(NOW, 12)
    spec
      .given(...history)
      .when(expire, { now: plus(now, -1) })
      .then()
    spec
      .given(...history, [expired(150, { 'order/o1': 150 }), now])
      .when(expire, { now })
      .then()
  })
  it('is recorded first when the timer is late', () => {
    const now = plusMonths(NOW, 12)
    spec
      .given(...history)
      .when(earn('o3', 100_00), { now })
      .then(expired(150, { 'order/o1': 150 }), earned('o3', 100, now))
    spec
      .given(...history)
      .when(earn('o2', 300_00), { now })
      .then()
  })
})
