import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus, plusMonths } from '../core/time.ts'
import { customer } from './aggregate.ts'
import type { CustomerEvent } from './events.ts'
import { CUSTOMER_ID, earned, redeemed, registered, restored, spent, started, suspended } from './examples.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const usd = (amount: number) => ({ amount, currency: 'USD' })
const becameActive: CustomerEvent = {
  type: 'CustomerSegmentChanged',
  data: { previousSegment: 'new', segment: 'active', rule: 'no_other_rule' },
}

describe('UpdateSpending', () => {
  const spend = (orderId: string, delta: number) => ({ type: 'UpdateSpending', orderId, delta }) as const
  const becameSilver: CustomerEvent = {
    type: 'LoyaltyStatusUpdated',
    data: {
      previousTier: 'bronze',
      tier: 'silver',
      keptUntil: plusMonths(NOW, 12),
      spending12m: 500_00,
      rule: 'tier_earned',
    },
  }

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
  it('tells the segment of a new tier in the same decision', () => {
    spec
      .given(started, registered)
      .when(spend('o1', 1_500_00))
      .then(
        spent('o1', 1_500_00, 1_500_00),
        {
          type: 'LoyaltyStatusUpdated',
          data: {
            previousTier: 'bronze',
            tier: 'gold',
            keptUntil: plusMonths(NOW, 12),
            spending12m: 1_500_00,
            rule: 'tier_earned',
          },
        },
        {
          type: 'CustomerSegmentChanged',
          data: { previousSegment: 'new', segment: 'loyal', rule: 'gold_tier' },
        },
      )
  })
  it('keeps a tier through a refund for its 12 months, and takes it then', () => {
    const silver = [started, registered, spent('o1', 500_00, 500_00), becameSilver, becameActive] as const
    spec
      .given(...silver)
      .when(spend('o1', -500_00))
      .then(spent('o1', -500_00, 0))
    const now = plusMonths(NOW, 12)
    spec
      .given(...silver)
      .when(spend('o2', 10_00), { now })
      .then(spent('o2', 10_00, 10_00), {
        type: 'LoyaltyStatusUpdated',
        data: {
          previousTier: 'silver',
          tier: 'bronze',
          keptUntil: plusMonths(now, 12),
          spending12m: 10_00,
          rule: 'tier_period_ended',
        },
      })
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

describe('EarnPoints', () => {
  const earn = (orderId: string, amount: number) =>
    ({ type: 'EarnPoints', orderId, netPaid: usd(amount) }) as const

  it('gives the rate of the tier, active at once and for 12 months', () => {
    spec.given(started, registered).when(earn('o1', 540_00)).then(earned('o1', 540))
  })
  it('gives them once for an order, even when they are spent', () => {
    spec.given(started, registered, earned('o1', 540)).when(earn('o1', 540_00)).then()
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
    const counted: CustomerEvent[] = [
      spent('o1', 540_00, 540_00),
      {
        type: 'LoyaltyStatusUpdated',
        data: {
          previousTier: 'bronze',
          tier: 'silver',
          keptUntil: plusMonths(NOW, 12),
          spending12m: 540_00,
          rule: 'tier_earned',
        },
      },
    ]
    spec
      .given(started, registered, ...counted)
      .when(earn('o1', 540_00))
      .then(earned('o1', 540))
    const next = spec.given(started, registered, ...counted).when(earn('o2', 100_00))
    expect(next.decision.events[0]?.data).toMatchObject({ tier: 'silver', points: 200 })
  })
  it('gives nothing for less than a point', () => {
    spec.given(started, registered).when(earn('o1', 99)).then()
    spec.given(started, registered).when(earn('o1', 0)).then()
  })
})

describe('RedeemPoints', () => {
  const redeem = (points: number, subtotal = 1_000_00) =>
    ({ type: 'RedeemPoints', orderId: 'o9', points, subtotal: usd(subtotal) }) as const
  const older = earned('o1', 150)
  const newer: readonly [CustomerEvent, string] = [earned('o2', 300, plus(NOW, DAY)), plus(NOW, DAY)]
  const history = [started, registered, older, newer] as const
  const now = plus(NOW, 2 * DAY)

  it('takes the oldest lot first', () => {
    const { state } = spec
      .given(...history)
      .when(redeem(200), { now })
      .then(redeemed('o9', 200, { 'order/o1': 150, 'order/o2': 50 }))
    expect(state?.loyalty.lots.map(({ lotId, points }) => [lotId, points])).toEqual([['order/o2', 250]])
    spec
      .given(...history)
      .when(redeem(150), { now })
      .then(redeemed('o9', 150, { 'order/o1': 150 }))
  })
  it('takes them once for an order', () => {
    spec
      .given(...history, redeemed('o9', 100, { 'order/o1': 100 }))
      .when(redeem(100), { now })
      .then()
  })
  it('is refused below 100 points', () => {
    const { decision } = spec
      .given(...history)
      .when(redeem(99), { now })
      .thenRefused('points_minimum')
    expect(decision.refusal?.facts).toEqual({ minimum: 100 })
    spec
      .given(...history)
      .when(redeem(100), { now })
      .thenTypes('RewardPointsRedeemed')
  })
  it('is refused above half of the subtotal, rounded down', () => {
    const { decision } = spec
      .given(...history)
      .when(redeem(201, 401), { now })
      .thenRefused('points_maximum')
    expect(decision.refusal?.facts).toEqual({ maximum: 200 })
    spec
      .given(...history)
      .when(redeem(200, 401), { now })
      .thenTypes('RewardPointsRedeemed')
  })
  it('is refused above what there is', () => {
    const { decision } = spec
      .given(...history)
      .when(redeem(451), { now })
      .thenRefused('points_insufficient')
    expect(decision.refusal?.facts).toEqual({ available: 450 })
    spec
      .given(...history)
      .when(redeem(450), { now })
      .thenTypes('RewardPointsRedeemed')
  })
  it('leaves out points that have lapsed, and those that are not active yet', () => {
    const soon: readonly [CustomerEvent, string] = [earned('o3', 500, plus(NOW, 5 * DAY)), NOW]
    spec
      .given(...history, soon)
      .when(redeem(451), { now })
      .thenRefused('points_insufficient')
    spec
      .given(...history)
      .when(redeem(301), { now: plusMonths(NOW, 12) })
      .thenRefused('points_insufficient')
    spec
      .given(...history)
      .when(redeem(300), { now: plusMonths(NOW, 12) })
      .then(redeemed('o9', 300, { 'order/o2': 300 }))
  })
  it('passes over a lot that is not active yet, even one that lapses first', () => {
    const activeFrom = plus(NOW, 5 * DAY)
    const early: CustomerEvent = {
      type: 'RewardPointsEarned',
      data: {
        lotId: 'order/o0',
        source: 'order',
        orderId: 'o0',
        points: 200,
        tier: 'bronze',
        activeFrom,
        expiresAt: plus(activeFrom, DAY),
      },
    }
    spec
      .given(started, registered, early, earned('o5', 200))
      .when(redeem(150))
      .then(redeemed('o9', 150, { 'order/o5': 150 }))
  })
  it('is refused once they were given back', () => {
    spec
      .given(...history, redeemed('o9', 100, { 'order/o1': 100 }), restored('o9', 100, { 'order/o1': 100 }))
      .when(redeem(100), { now })
      .thenRefused('points_restored')
  })
  it('is refused for a customer who is not active', () => {
    spec.given(started, earned('o1', 200)).when(redeem(100)).thenRefused('customer_not_active')
    spec
      .given(...history, suspended)
      .when(redeem(100), { now })
      .thenRefused('customer_suspended')
  })
})

describe('RestorePoints', () => {
  const restore = { type: 'RestorePoints', orderId: 'o9' } as const
  const history = [
    started,
    registered,
    earned('o1', 150),
    [earned('o2', 300, plus(NOW, DAY)), plus(NOW, DAY)],
    [redeemed('o9', 200, { 'order/o1': 150, 'order/o2': 50 }), plus(NOW, 2 * DAY)],
  ] as const
  const now = plus(NOW, 3 * DAY)
  const back = restored('o9', 200, { 'order/o1': 150, 'order/o2': 50 })

  it('gives them back to their lots, also to one that was used up', () => {
    const before = spec.fold([started, registered, earned('o1', 150), history[3]])
    const { state } = spec
      .given(...history)
      .when(restore, { now })
      .then(back)
    expect(state?.loyalty.lots).toEqual(before?.loyalty.lots)
  })
  it('gives them back once', () => {
    spec
      .given(...history, [back, now])
      .when(restore, { now })
      .then()
  })
  it('changes nothing when none were taken', () => {
    spec.given(started, registered).when(restore).then()
  })
  it('does not revive what has lapsed in the meantime', () => {
    const late = plusMonths(NOW, 12)
    const { state } = spec
      .given(...history)
      .when(restore, { now: late })
      .then(back)
    expect(state?.loyalty.lots.map(({ lotId, points }) => [lotId, points])).toEqual([['order/o2', 300]])
  })
})
