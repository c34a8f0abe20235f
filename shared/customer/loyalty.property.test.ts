import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, specificationContext } from '../core/specification.ts'
import { DAY, type Instant, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import type { CustomerCommand } from './commands.ts'
import { decide } from './decide.ts'
import type { CustomerEvent } from './events.ts'
import { earned, registered, spent, started } from './examples.ts'
import { pointBalance, spending12m } from './loyalty.ts'
import { customerRules } from './policies.ts'
import { type Customer, evolve } from './state.ts'

const orderId = fc.integer({ min: 1, max: 8 }).map((number) => `o${number}`)
const usd = (amount: number) => ({ amount, currency: 'USD' })
const amount = fc.integer({ min: 0, max: 400_00 })

const command: fc.Arbitrary<CustomerCommand> = fc.oneof(
  fc.record({ type: fc.constant('EarnPoints' as const), orderId, netPaid: amount.map(usd) }),
  fc.record({
    type: fc.constant('RedeemPoints' as const),
    orderId,
    points: fc.integer({ min: 1, max: 500 }),
    subtotal: amount.map(usd),
  }),
  fc.record({ type: fc.constant('RestorePoints' as const), orderId }),
  fc.record({
    type: fc.constant('UpdateSpending' as const),
    orderId,
    delta: fc.integer({ min: -400_00, max: 400_00 }),
  }),
)
/** Commands, each some days after the one before it. */
const course = fc.array(fc.record({ command, days: fc.integer({ min: 0, max: 200 }) }), { maxLength: 60 })

type Step = { readonly state: Customer; readonly events: readonly CustomerEvent[]; readonly now: Instant }

function play(steps: readonly { command: CustomerCommand; days: number }[], seen: (step: Step) => void) {
  let state = evolve(evolve(null, started, NOW), registered, NOW)
  let now = NOW
  for (const { command, days } of steps) {
    now = plus(now, days * DAY)
    const { events } = decide(command, state, specificationContext({ now }))
    for (const event of events) state = evolve(state, customer.event.parse(event), now)
    customer.state.parse(state)
    seen({ state, events, now })
  }
  return state
}

describe('points, whatever happens', () => {
  it('are the sum of their lots and never negative', () => {
    fc.assert(
      fc.property(course, (steps) => {
        play(steps, ({ state, now }) => {
          const { available, pending } = pointBalance(state.loyalty, now)
          const alive = state.loyalty.lots.filter((lot) => now < lot.expiresAt)
          expect(available + pending).toBe(alive.reduce((sum, lot) => sum + lot.points, 0))
          expect(available).toBeGreaterThanOrEqual(0)
          expect(state.loyalty.lots.every((lot) => lot.points > 0)).toBe(true)
        })
      }),
    )
  })
  it('are what was earned and given back, less what was taken, while nothing lapses', () => {
    fc.assert(
      fc.property(course, (steps) => {
        let expected = 0
        const sameDay = steps.map((step) => ({ ...step, days: 0 }))
        play(sameDay, ({ state, events, now }) => {
          for (const event of events) {
            if (event.type === 'RewardPointsEarned') expected += event.data.points
            if (event.type === 'RewardPointsRestored') expected += event.data.points
            if (event.type === 'RewardPointsRedeemed') expected -= event.data.points
          }
          expect(pointBalance(state.loyalty, now).available).toBe(expected)
        })
      }),
    )
  })
  it('are taken in parts that add up, from what was there', () => {
    fc.assert(
      fc.property(course, (steps) => {
        let before: readonly { lotId: string; points: number }[] = []
        play(steps, ({ state, events }) => {
          for (const { type, data } of events) {
            if (type !== 'RewardPointsRedeemed') continue
            expect(data.lots.reduce((sum, lot) => sum + lot.points, 0)).toBe(data.points)
            for (const { lotId, points } of data.lots)
              expect(before.find((lot) => lot.lotId === lotId)?.points).toBeGreaterThanOrEqual(points)
          }
          before = state.loyalty.lots
        })
      }),
    )
  })
  it('come once for an order, and go once', () => {
    fc.assert(
      fc.property(course, (steps) => {
        const seen = new Set<string>()
        const sameDay = steps.map((step) => ({ ...step, days: 0 }))
        play(sameDay, ({ events }) => {
          for (const event of events) {
            if (!event.type.startsWith('RewardPoints') || !('orderId' in event.data)) continue
            const key = `${event.type} ${event.data.orderId}`
            expect(seen).not.toContain(key)
            seen.add(key)
          }
        })
      }),
    )
  })
})

describe('spending, whatever happens', () => {
  it('is told as the state has it, and never negative', () => {
    fc.assert(
      fc.property(course, (steps) => {
        play(steps, ({ state, events, now }) => {
          for (const { type, data } of events)
            if (type === 'CustomerSpendingUpdated')
              expect(data.spending12m).toBe(spending12m(state.loyalty, now))
          expect(spending12m(state.loyalty, now)).toBeGreaterThanOrEqual(0)
        })
      }),
    )
  })
})

describe('the memory of a very busy customer', () => {
  it('stays bounded and loses no points', () => {
    const orders = customerRules.remembered + 20
    let state = evolve(evolve(null, started, NOW), registered, NOW)
    for (let number = 1; number <= orders; number += 1) {
      state = evolve(state, earned(`o${number}`, 100), NOW)
      state = evolve(state, spent(`o${number}`, 0, 0), NOW)
    }
    const { loyalty } = customer.state.parse(state)
    expect(loyalty.lots).toHaveLength(customerRules.remembered)
    expect(loyalty.earnings).toHaveLength(customerRules.remembered)
    expect(loyalty.spending).toHaveLength(customerRules.remembered)
    expect(loyalty.deliveredOrders).toBe(orders)
    expect(pointBalance(loyalty, NOW).available).toBe(orders * 100)
  })
  it('forgets after 12 months what can no longer matter', () => {
    const year = 366
    const { loyalty } = play(
      [
        { command: { type: 'EarnPoints', orderId: 'o1', netPaid: usd(200_00) }, days: 0 },
        { command: { type: 'RedeemPoints', orderId: 'o2', points: 100, subtotal: usd(200_00) }, days: 0 },
        { command: { type: 'UpdateSpending', orderId: 'o1', delta: 200_00 }, days: 0 },
        { command: { type: 'EarnPoints', orderId: 'o3', netPaid: usd(200_00) }, days: year },
        { command: { type: 'RedeemPoints', orderId: 'o4', points: 100, subtotal: usd(200_00) }, days: 0 },
        { command: { type: 'UpdateSpending', orderId: 'o3', delta: 200_00 }, days: 0 },
      ],
      () => {},
    )
    expect(loyalty.lots.map((lot) => lot.lotId)).toEqual(['order/o3'])
    expect(loyalty.earnings.map((earning) => earning.orderId)).toEqual(['o3'])
    expect(loyalty.redemptions.map((redemption) => redemption.orderId)).toEqual(['o4'])
    expect(loyalty.spending.map((entry) => entry.orderId)).toEqual(['o3'])
  })
})
