import { describe, expect, it } from 'vitest'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { NOW, specification } from '../../core/specification.fixture.ts'
import { DAY, plus } from '../../core/time.ts'
import { customer } from '../aggregate.ts'
import type { CustomerCommand } from '../commands.ts'
import {
  accrued,
  CUSTOMER_ID,
  earned,
  redeemed,
  registered,
  restored,
  rewardDecision,
  started,
} from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'
import { outstandingPoints, pointBalance } from './points.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const refund = (refundedTotal: number, paid = 500_00, orderId = 'o1') =>
  ({ type: 'ClawBackPoints', orderId, paid, refundedTotal }) as const

/** Points of `o1`, for which 500.00 were paid, taken out of the lots of these orders. */
function clawedBack(
  lots: Readonly<Record<string, number>>,
  refundedTotal: number,
  { shortfall = 0, decisions = [rewardDecision(500 - refundedTotal / 100)] } = {},
): CustomerEvent {
  const shares = Object.entries(lots).map(([lotId, points]) => ({ lotId, points }))
  const points = shares.reduce((sum, share) => sum + share.points, 0)
  return {
    type: 'RewardPointsClawedBack',
    data: { orderId: 'o1', points, lots: shares, paid: 500_00, refundedTotal, shortfall, decisions },
  }
}
const none: { decisions: PolicyDecision[] } = { decisions: [] }

describe('ClawBackPoints', () => {
  it('takes the share of a refund from the lot of its order, pending or active', () => {
    for (const lot of [accrued('o1', 500), earned('o1', 500)])
      spec
        .given(started, registered, earned('o0', 300), lot)
        .when(refund(200_00))
        .then(clawedBack({ 'order/o1': 200 }, 200_00))
  })
  it('takes them all with a full refund', () => {
    const { state } = spec
      .given(started, registered, earned('o1', 500))
      .when(refund(500_00))
      .then(clawedBack({ 'order/o1': 500 }, 500_00))
    expect(state && pointBalance(state.loyalty, NOW)).toEqual({ available: 0, pending: 0 })
  })
  it('rounds so that what stays is what the rest of the payment earns', () => {
    const { decision } = spec.given(started, registered, earned('o1', 500)).when(refund(1))
    expect(decision.events[0]?.data).toMatchObject({ points: 1 })
    const { decision: more } = spec
      .given(started, registered, earned('o1', 500), clawedBack({ 'order/o1': 1 }, 1))
      .when(refund(1_00))
    expect(more.events[0]?.data).toMatchObject({ points: 0 })
  })
  it('takes each refund once, and only what is new of a larger total', () => {
    const history = [started, registered, earned('o1', 500), clawedBack({ 'order/o1': 200 }, 200_00)] as const
    spec
      .given(...history)
      .when(refund(200_00))
      .then()
    spec
      .given(...history)
      .when(refund(100_00))
      .then()
    spec
      .given(...history)
      .when(refund(300_00))
      .then(clawedBack({ 'order/o1': 100 }, 300_00))
    spec.given(started, registered, earned('o1', 500)).when(refund(0)).then()
  })
  it('turns to other lots when the points are spent: active ones, the oldest first, then pending ones', () => {
    const later = plus(NOW, DAY)
    const history = [
      started,
      registered,
      accrued('o4', 40),
      [earned('o3', 30, later), later],
      earned('o2', 20),
      earned('o1', 500),
      redeemed('o9', 490, { 'order/o1': 490 }),
    ] as const
    const all = { 'order/o1': 10, 'order/o2': 20, 'order/o3': 30, 'order/o4': 40 }
    spec
      .given(...history)
      .when(refund(45_00))
      .then(clawedBack({ 'order/o1': 10, 'order/o2': 20, 'order/o3': 15 }, 45_00))
    const { state } = spec
      .given(...history)
      .when(refund(150_00))
      .then(clawedBack(all, 150_00, { shortfall: 50 }))
    expect(state && pointBalance(state.loyalty, later)).toEqual({ available: 0, pending: 0 })
  })
  it('tries again for a shortfall with the next refund', () => {
    const history = [
      started,
      registered,
      earned('o1', 500),
      redeemed('o9', 500, { 'order/o1': 500 }),
      clawedBack({}, 100_00, { shortfall: 100 }),
      earned('o2', 300),
    ] as const
    spec
      .given(...history)
      .when(refund(150_00))
      .then(clawedBack({ 'order/o2': 150 }, 150_00))
  })
  it('leaves a mark when it comes before the points, which then come out fewer', () => {
    const { state } = spec
      .given(started, registered)
      .when(refund(200_00))
      .then(clawedBack({}, 200_00, none))
    expect(state && pointBalance(state.loyalty, NOW)).toEqual({ available: 0, pending: 0 })
    const marked = [started, registered, clawedBack({}, 200_00, none)] as const
    const netPaid = { amount: 500_00, currency: 'USD' }
    spec
      .given(...marked)
      .when({ type: 'AccruePoints', orderId: 'o1', netPaid })
      .thenTypes('RewardPointsAccrued')
    const { decision } = spec.given(...marked).when({ type: 'EarnPoints', orderId: 'o1', netPaid })
    expect(decision.events).toEqual([earned('o1', 300)])
  })
  it('leaves alone what was given for less than the whole payment', () => {
    const { decision } = spec.given(started, registered, earned('o1', 300)).when(refund(200_00))
    expect(decision.events[0]?.data).toMatchObject({ points: 0, shortfall: 0 })
  })
})

describe('RestorePoints, when points were clawed back in the meantime', () => {
  const restore = { type: 'RestorePoints', orderId: 'o9' } as const

  it('pays what could not be taken then', () => {
    const history = [
      started,
      registered,
      earned('o1', 500),
      redeemed('o9', 500, { 'order/o1': 500 }),
      clawedBack({}, 200_00, { shortfall: 200 }),
      earned('o2', 50),
    ] as const
    const { state } = spec
      .given(...history)
      .when(restore)
      .then(restored('o9', 500, { 'order/o1': 500 }), clawedBack({ 'order/o1': 200 }, 200_00))
    expect(state && pointBalance(state.loyalty, NOW).available).toBe(350)
  })
  it('pays out of what came back alone', () => {
    const history = [
      started,
      registered,
      earned('o1', 500),
      earned('o2', 100),
      redeemed('o8', 500, { 'order/o1': 500 }),
      redeemed('o9', 100, { 'order/o2': 100 }),
      clawedBack({}, 200_00, { shortfall: 200 }),
      earned('o3', 400),
    ] as const
    const { state } = spec
      .given(...history)
      .when(restore)
      .then(
        restored('o9', 100, { 'order/o2': 100 }),
        clawedBack({ 'order/o2': 100 }, 200_00, { shortfall: 100 }),
      )
    expect(state && pointBalance(state.loyalty, NOW).available).toBe(400)
  })
  it('pays the debts of several orders, as far as it goes', () => {
    const owed = (orderId: string, shortfall: number, lots: { lotId: string; points: number }[] = []) =>
      ({
        type: 'RewardPointsClawedBack',
        data: {
          ...{ orderId, points: lots.reduce((sum, { points }) => sum + points, 0), lots },
          ...{ paid: 500_00, refundedTotal: 200_00, shortfall, decisions: [rewardDecision(300)] },
        },
      }) as const satisfies CustomerEvent
    const history = [
      started,
      registered,
      earned('o1', 500),
      earned('o2', 500),
      earned('o3', 250),
      redeemed('o8', 1_000, { 'order/o1': 500, 'order/o2': 500 }),
      redeemed('o9', 250, { 'order/o3': 250 }),
      owed('o1', 200),
      owed('o2', 200),
    ] as const
    spec
      .given(...history)
      .when(restore)
      .then(
        restored('o9', 250, { 'order/o3': 250 }),
        owed('o1', 0, [{ lotId: 'order/o3', points: 200 }]),
        owed('o2', 150, [{ lotId: 'order/o3', points: 50 }]),
      )
    const smaller = [
      ...history.slice(0, 4),
      earned('o3', 200),
      history[5],
      redeemed('o9', 200, { 'order/o3': 200 }),
    ]
    spec
      .given(...smaller, owed('o1', 200), owed('o2', 200))
      .when(restore)
      .then(restored('o9', 200, { 'order/o3': 200 }), owed('o1', 0, [{ lotId: 'order/o3', points: 200 }]))
  })
})

describe('ClawBackPoints with the revision of refunds', () => {
  const reports = (revision: number, refundedTotal: number) => ({ ...refund(refundedTotal), revision })
  const given = [started, registered, earned('o1', 500)] as const
  const balance = (history: readonly CustomerEvent[]) => {
    const { state } = spec.given(...history)
    return state && pointBalance(state.loyalty, NOW).available
  }
  /** All that comes of these commands, one after another. */
  const after = (...commands: readonly CustomerCommand[]) => {
    const history: CustomerEvent[] = [...given]
    for (const command of commands) history.push(...spec.given(...history).when(command).decision.events)
    return history
  }

  it('gives back what a refund had cost that the bank sent back', () => {
    expect(balance(after(reports(1, 200_00)))).toBe(300)
    expect(balance(after(reports(1, 200_00), reports(2, 0)))).toBe(500)
    expect(balance(after(reports(1, 500_00), reports(2, 100_00)))).toBe(400)
    expect(balance(after(reports(1, 200_00), reports(2, 0), reports(3, 300_00)))).toBe(200)
    // As long as it would have lived, if any of it is left.
    const events = after(reports(1, 200_00), reports(2, 0))
    const [lot] = spec.given(...given).state?.loyalty.lots ?? []
    expect(events.at(-1)).toMatchObject({
      type: 'RewardPointsReinstated',
      data: { points: 200, expiresAt: lot?.expiresAt },
    })
  })
  it('counts what is newest, in whichever order it is heard', () => {
    expect(balance(after(reports(2, 0), reports(1, 200_00)))).toBe(500)
    expect(balance(after(reports(3, 300_00), reports(1, 200_00), reports(2, 0)))).toBe(200)
    expect(after(reports(1, 200_00), reports(1, 200_00))).toHaveLength(4)
  })
  it('forgives what had been spent by then, and gives nothing twice', () => {
    const spentAll = [...given, redeemed('o9', 500, { 'order/o1': 500 })]
    const owing = [...spentAll, ...spec.given(...spentAll).when(reports(1, 500_00)).decision.events]
    const { decision, state } = spec.given(...owing).when(reports(2, 0))
    expect(decision.events).toMatchObject([{ type: 'RewardPointsReinstated', data: { points: 0 } }])
    const earning = state?.loyalty.earnings.find(({ orderId }) => orderId === 'o1')
    expect(earning && outstandingPoints(earning)).toBe(0)
  })
  it('lets points that are given after both come out whole', () => {
    const before = [started, registered] as const
    const heard = [...before, ...spec.given(...before).when(reports(1, 200_00)).decision.events]
    const both = [...heard, ...spec.given(...heard).when(reports(2, 0)).decision.events]
    const { state } = spec
      .given(...both)
      .when({ type: 'EarnPoints', orderId: 'o1', netPaid: { amount: 500_00, currency: 'USD' } })
    expect(state && pointBalance(state.loyalty, NOW).available).toBe(500)
  })
})
