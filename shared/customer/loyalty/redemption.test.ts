import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../../core/specification.fixture.ts'
import { DAY, plus, plusMonths } from '../../core/time.ts'
import { customer } from '../aggregate.ts'
import {
  accrued,
  CUSTOMER_ID,
  earned,
  expired,
  redeemed,
  registered,
  restored,
  started,
  suspended,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const usd = (amount: number) => ({ amount, currency: 'USD' })

describe('RedeemPoints', () => {
  const redeem = (points: number, subtotal = 1_000_00) =>
    ({ type: 'RedeemPoints', orderId: 'o9', points, subtotal: usd(subtotal) }) as const
  /** Of `pointsRedemptionPolicy`, with what it was decided on. */
  const allowed = (points: number, available: number) => [
    {
      policy: 'pointsRedemptionPolicy',
      rules: ['within_bounds'],
      inputs: { points, subtotal: 1_000_00, available, minimum: 100, maximum: 500_00 },
      outcome: 'allowed',
    },
  ]
  const older = earned('o1', 150)
  const newer: readonly [CustomerEvent, string] = [earned('o2', 300, plus(NOW, DAY)), plus(NOW, DAY)]
  const history = [started, registered, older, newer] as const
  const now = plus(NOW, 2 * DAY)

  it('takes the oldest lot first', () => {
    const { state } = spec
      .given(...history)
      .when(redeem(200), { now })
      .then(redeemed('o9', 200, { 'order/o1': 150, 'order/o2': 50 }, allowed(200, 450)))
    expect(state?.loyalty.lots.map(({ lotId, points }) => [lotId, points])).toEqual([['order/o2', 250]])
    spec
      .given(...history)
      .when(redeem(150), { now })
      .then(redeemed('o9', 150, { 'order/o1': 150 }, allowed(150, 450)))
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
      .then(expired(150, { 'order/o1': 150 }), redeemed('o9', 300, { 'order/o2': 300 }, allowed(300, 300)))
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
        decisions: [],
      },
    }
    spec
      .given(started, registered, early, earned('o5', 200))
      .when(redeem(150))
      .then(redeemed('o9', 150, { 'order/o5': 150 }, allowed(150, 200)))
  })
  it('is refused once they were given back', () => {
    spec
      .given(...history, redeemed('o9', 100, { 'order/o1': 100 }), restored('o9', 100, { 'order/o1': 100 }))
      .when(redeem(100), { now })
      .thenRefused('points_restored')
  })
  it('leaves pending points alone', () => {
    spec
      .given(...history, accrued('o3', 500))
      .when(redeem(451), { now })
      .thenRefused('points_insufficient')
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
  it('does not restore points that have lapsed, and reports them', () => {
    const late = plusMonths(NOW, 12)
    const { state } = spec
      .given(...history)
      .when(restore, { now: late })
      .then({
        type: 'RewardPointsRestored',
        data: {
          ...{ orderId: 'o9', points: 50, lots: [{ lotId: 'order/o2', points: 50 }] },
          lapsed: 150,
        },
      })
    expect(state?.loyalty.lots.map(({ lotId, points }) => [lotId, points])).toEqual([['order/o2', 300]])
  })
  it('gives nothing back when all of it has lapsed, and only once', () => {
    const late = plus(plusMonths(NOW, 12), 1.5 * DAY)
    const gone: CustomerEvent = {
      type: 'RewardPointsRestored',
      data: { orderId: 'o9', points: 0, lots: [], lapsed: 200 },
    }
    spec
      .given(...history, [expired(250, { 'order/o2': 250 }), late])
      .when(restore, { now: late })
      .then(gone)
    spec
      .given(...history, [expired(250, { 'order/o2': 250 }), late], [gone, late])
      .when(restore, { now: late })
      .then()
  })
})
