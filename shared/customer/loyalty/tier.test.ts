import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../../core/specification.fixture.ts'
import { DAY, type Instant, plus, plusMonths } from '../../core/time.ts'
import { customer } from '../aggregate.ts'
import {
  CUSTOMER_ID,
  registered,
  segmentChanged,
  spent,
  started,
  suspended,
  tierChanged,
  timer,
  timersLeft,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const facts = { deliveredOrders: 1, registeredAt: NOW, tier: 'bronze', lastOrderAt: NOW } as const
const becameActive = segmentChanged(['new', 'active'], 'no_other_rule', facts)
const becameSilver = tierChanged(['bronze', 'silver'], 'tier_earned', 500_00)
const silverUntil = plusMonths(NOW, 12)

describe('UpdateSpending', () => {
  const spend = (orderId: string, delta: number) => ({ type: 'UpdateSpending', orderId, delta }) as const

  it('counts a first order, which ends being new', () => {
    spec
      .given(started, registered)
      .when(spend('o1', 100_00))
      .then(spent('o1', 100_00, 100_00), becameActive)
  })
  it('counts an order that cost nothing', () => {
    const { state } = spec
      .given(started, registered)
      .when(spend('o1', 0))
      .then(spent('o1', 0, 0), becameActive)
    expect(state?.loyalty.deliveredOrders).toBe(1)
  })
  it('counts an order once in each direction', () => {
    const after = [started, registered, spent('o1', 100_00, 100_00), becameActive] as const
    spec
      .given(...after)
      .when(spend('o1', 100_00))
      .then()
    spec
      .given(...after)
      .when(spend('o1', -30_00))
      .then(spent('o1', -30_00, 70_00))
    spec
      .given(...after, spent('o1', -30_00, 70_00))
      .when(spend('o1', -30_00))
      .then()
  })
  it('raises the tier when the spending of 12 months reaches it', () => {
    const history = [started, registered, spent('o1', 400_00, 400_00), becameActive] as const
    spec
      .given(...history)
      .when(spend('o2', 99_99))
      .then(spent('o2', 99_99, 499_99))
    spec
      .given(...history)
      .when(spend('o2', 100_00))
      .then(spent('o2', 100_00, 500_00), becameSilver)
  })
  it('updates the segment with a new tier in the same decision', () => {
    spec
      .given(started, registered)
      .when(spend('o1', 1_500_00))
      .then(
        spent('o1', 1_500_00, 1_500_00),
        tierChanged(['bronze', 'gold'], 'tier_earned', 1_500_00),
        segmentChanged(['new', 'loyal'], 'gold_tier', { ...facts, tier: 'gold' }),
      )
  })
  it('keeps a tier through a refund for its 12 months, and takes it then', () => {
    const silver = [started, registered, spent('o1', 500_00, 500_00), becameSilver, becameActive] as const
    spec
      .given(...silver)
      .when(spend('o1', -500_00))
      .then(spent('o1', -500_00, 0))
    const now = silverUntil
    spec
      .given(...silver)
      .when(spend('o2', 10_00), { now })
      .then(
        spent('o2', 10_00, 10_00),
        tierChanged(['silver', 'bronze'], 'tier_period_ended', 10_00, now, silverUntil),
      )
  })
  it('leaves out what was spent more than 12 months ago', () => {
    const old = [started, registered, spent('o1', 400_00, 400_00), becameActive] as const
    spec
      .given(...old)
      .when(spend('o2', 1_00), { now: plus(plusMonths(NOW, 12), -1) })
      .then(spent('o2', 1_00, 401_00))
    spec
      .given(...old)
      .when(spend('o2', 1_00), { now: plusMonths(NOW, 12) })
      .then(spent('o2', 1_00, 1_00))
  })
  it('lets a refund of an old order lower what that order came to, not what came after', () => {
    const later = plusMonths(NOW, 6)
    const history = [
      started,
      registered,
      spent('o1', 400_00, 400_00),
      becameActive,
      [spent('o2', 50_00, 450_00), later],
      [spent('o1', -100_00, 350_00), later],
    ] as const
    spec
      .given(...history)
      .when(spend('o3', 1_00), { now: plusMonths(NOW, 13) })
      .thenTypes('CustomerSpendingUpdated')
      .then(spent('o3', 1_00, 51_00))
  })
  it('never goes below zero, in whichever order a refund comes', () => {
    const { state } = spec
      .given(started, registered)
      .when(spend('o1', -30_00))
      .then(spent('o1', -30_00, 0))
    expect(state?.loyalty.deliveredOrders).toBe(0)
    spec
      .given(started, registered, spent('o1', -30_00, 0))
      .when(spend('o1', 100_00))
      .then(spent('o1', 100_00, 70_00), becameActive)
  })
  it('counts for a suspended customer too', () => {
    spec
      .given(started, registered, suspended)
      .when(spend('o1', 1_00))
      .thenTypes('CustomerSpendingUpdated', 'CustomerSegmentChanged')
  })
})

describe('UpdateSpending with the total of refunds', () => {
  const refund = (delta: number, refundedTotal: number) =>
    ({ type: 'UpdateSpending', orderId: 'o1', delta, refundedTotal }) as const
  const refunded = (delta: number, refundedTotal: number, spending12m: number): CustomerEvent => ({
    type: 'CustomerSpendingUpdated',
    data: { currency: 'USD', orderId: 'o1', delta, refundedTotal, spending12m, decisions: [] },
  })
  const history = [started, registered, spent('o1', 100_00, 100_00), becameActive] as const

  it('takes off every refund', () => {
    spec
      .given(...history)
      .when(refund(-30_00, 30_00))
      .then(refunded(-30_00, 30_00, 70_00))
    spec
      .given(...history, refunded(-30_00, 30_00, 70_00))
      .when(refund(-20_00, 50_00))
      .then(refunded(-20_00, 50_00, 50_00))
  })
  it('takes off each once, in whichever order they are heard of', () => {
    spec
      .given(...history, refunded(-30_00, 30_00, 70_00))
      .when(refund(-30_00, 30_00))
      .then()
    spec
      .given(...history)
      .when(refund(-20_00, 50_00))
      .then(refunded(-50_00, 50_00, 50_00))
    spec
      .given(...history, refunded(-50_00, 50_00, 50_00))
      .when(refund(-30_00, 30_00))
      .then()
  })
  it('continues from a refund that was reported without a total', () => {
    spec
      .given(...history, spent('o1', -30_00, 70_00))
      .when(refund(-20_00, 50_00))
      .then(refunded(-20_00, 50_00, 50_00))
    spec
      .given(...history, refunded(-30_00, 30_00, 70_00))
      .when({ type: 'UpdateSpending', orderId: 'o1', delta: -1_00 })
      .then()
  })
})

describe('UpdateSpending with the revision of refunds', () => {
  const tells = (revision: number, refundedTotal: number) =>
    ({ type: 'UpdateSpending', orderId: 'o1', delta: -1, refundedTotal, revision }) as const
  const counted = (revision: number, delta: number, refundedTotal: number, total: number): CustomerEvent => ({
    type: 'CustomerSpendingUpdated',
    data: {
      ...{ currency: 'USD', orderId: 'o1', delta, refundedTotal, revision },
      ...{ spending12m: total, decisions: [] },
    },
  })
  const history = [started, registered, spent('o1', 100_00, 100_00), becameActive] as const
  const given = counted(1, -30_00, 30_00, 70_00)

  it('counts again what a bank sends back, and takes it off with the next refund', () => {
    const { state } = spec
      .given(...history, given)
      .when(tells(2, 0))
      .then(counted(2, 30_00, 0, 100_00))
    expect(state?.loyalty).toMatchObject({ deliveredOrders: 1, spending: [{ spent: 100_00, refunded: 0 }] })
    spec
      .given(...history, given, counted(2, 30_00, 0, 100_00))
      .when(tells(3, 30_00))
      .then(counted(3, -30_00, 30_00, 70_00))
  })
  it('makes nothing of what is not newer, in whichever order it is heard', () => {
    spec
      .given(...history, given)
      .when(tells(1, 30_00))
      .then()
    const early = counted(2, 0, 0, 100_00)
    spec
      .given(...history)
      .when(tells(2, 0))
      .then(early)
    spec
      .given(...history, early)
      .when(tells(1, 30_00))
      .then()
  })
  it('may earn a tier again', () => {
    const silver = [started, registered, spent('o1', 400_00, 400_00), becameActive] as const
    const { state } = spec
      .given(...silver, counted(1, -400_00, 400_00, 0), spent('o2', 100_00, 100_00))
      .when(tells(2, 0))
    expect(state?.loyalty.tier).toBe('silver')
  })
})

describe('ReviewTier', () => {
  const review = { type: 'ReviewTier' } as const
  const silver = [started, registered, spent('o1', 500_00, 500_00), becameSilver, becameActive] as const
  /** An order every month, so that nobody is at risk. */
  const visit = (orderId: string, delta: number, at: Instant) => [spent(orderId, delta, delta), at] as const

  it('takes a tier that is no longer earned when its 12 months are over, not before', () => {
    const recent = visit('o2', 20_00, plus(silverUntil, -DAY))
    spec
      .given(...silver, recent)
      .when(review, { now: plus(silverUntil, -1) })
      .then()
    spec
      .given(...silver, recent)
      .when(review, { now: silverUntil })
      .then(tierChanged(['silver', 'bronze'], 'tier_period_ended', 20_00, silverUntil, silverUntil))
  })
  it('leaves a tier that is still earned', () => {
    spec
      .given(...silver, visit('o2', 600_00, plus(silverUntil, -DAY)))
      .when(review, { now: silverUntil })
      .then()
  })
  it('updates the segment that follows', () => {
    const gold = [
      started,
      registered,
      spent('o1', 1_500_00, 1_500_00),
      tierChanged(['bronze', 'gold'], 'tier_earned', 1_500_00),
      segmentChanged(['new', 'loyal'], 'gold_tier', { ...facts, tier: 'gold' }),
      visit('o2', 600_00, plus(silverUntil, -DAY)),
    ] as const
    const lastOrderAt = plus(silverUntil, -DAY)
    const { state } = spec
      .given(...gold)
      .when(review, { now: silverUntil })
      .then(
        tierChanged(['gold', 'silver'], 'tier_period_ended', 600_00, silverUntil, silverUntil),
        segmentChanged(['loyal', 'active'], 'no_other_rule', {
          deliveredOrders: 2,
          registeredAt: NOW,
          tier: 'silver',
          lastOrderAt,
        }),
      )
    expect(state?.loyalty.keptUntil).toBe(plusMonths(silverUntil, 12))
  })
})

describe('the timer of the tier', () => {
  it('reviews the tier when it ends', () => {
    const tier = 'tier-review'
    const spend = { type: 'UpdateSpending', orderId: 'o1', delta: 499_99 } as const
    expect(timersLeft([started, registered], spend)).toMatchObject({ [tier]: { cancelled: tier } })
    expect(timersLeft([started, registered], { ...spend, delta: 500_00 })).toMatchObject({
      [tier]: timer(tier, plusMonths(NOW, 12), 'ReviewTier'),
    })
  })
})
