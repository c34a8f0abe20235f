import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sum } from '../core/money/money.ts'
import { specificationContext } from '../core/specification.fixture.ts'
import { tiers } from '../promotion/terms.ts'
import { customer } from './aggregate.ts'
import type { CustomerCommand } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { history, playHistory, type Step } from './history.fixture.ts'
import { earningOf, outstandingPoints, pointBalance, pointsIn } from './loyalty/points.ts'
import { segmentationFacts } from './loyalty/segment.ts'
import { spending12m } from './loyalty/state.ts'
import { customerLoyaltyPolicy, customerSegmentationPolicy } from './policies.ts'
import type { Customer } from './state.ts'

/** Holds at every step of any life. */
function always(check: (step: Step) => void): void {
  fc.assert(
    fc.property(history, (steps) => {
      playHistory(steps, check)
    }),
  )
}

/** Holds whenever no timer is due at that moment. */
function alwaysAtRest(check: (step: Step) => void): void {
  always((step) => {
    if ([...step.timers.values()].every(({ at }) => at > step.now)) check(step)
  })
}

/** By how much an event changes the points that there are, active and pending. */
function change(event: CustomerEvent, { loyalty }: Customer): number {
  switch (event.type) {
    case 'RewardPointsAccrued':
      return event.data.points
    case 'RewardPointsEarned':
      return loyalty.pendingLots.some(({ lotId }) => lotId === event.data.lotId) ? 0 : event.data.points
    case 'RewardPointsRestored':
    case 'RewardPointsReinstated':
      return event.data.points
    case 'RewardPointsRedeemed':
    case 'RewardPointsExpired':
    case 'RewardPointsClawedBack':
      return -event.data.points
    default:
      return 0
  }
}

describe('points, whatever happens', () => {
  it('are the sum of their lots and never negative', () => {
    always(({ state: { loyalty }, now }) => {
      const { available, pending } = pointBalance(loyalty, now)
      const alive = loyalty.lots.filter((lot) => now < lot.expiresAt)
      expect(available + pending).toBe(pointsIn(alive) + pointsIn(loyalty.pendingLots))
      expect(Math.min(available, pending)).toBeGreaterThanOrEqual(0)
      for (const { points } of [...loyalty.lots, ...loyalty.pendingLots]) expect(points).toBeGreaterThan(0)
    })
  })
  it('are what was given and given back, less what was taken, has lapsed or was clawed back', () => {
    fc.assert(
      fc.property(history, (steps) => {
        let expected = 0
        playHistory(steps, ({ before, state, events }) => {
          expected += sum(events.map((event) => change(event, before)))
          expect(pointsIn(state.loyalty.lots) + pointsIn(state.loyalty.pendingLots)).toBe(expected)
        })
      }),
    )
  })
  it('are gone when their time is over', () => {
    alwaysAtRest(({ state, now }) => {
      for (const lot of state.loyalty.lots) expect(lot.expiresAt > now).toBe(true)
    })
  })
  it('are not gone before, and then with all that is left of their lots', () => {
    always(({ before, events, now }) => {
      for (const { type, data } of events) {
        if (type !== 'RewardPointsExpired') continue
        const lapsed = before.loyalty.lots.filter((lot) => lot.expiresAt <= now)
        expect(data.lots).toEqual(lapsed.map(({ lotId, points }) => ({ lotId, points })))
      }
    })
  })
  it('are taken in parts that add up, from what was there', () => {
    always(({ before, events }) => {
      const lots = [...before.loyalty.lots, ...before.loyalty.pendingLots]
      for (const { type, data } of events) {
        if (type !== 'RewardPointsRedeemed' && type !== 'RewardPointsClawedBack') continue
        expect(pointsIn(data.lots)).toBe(data.points)
        // A claw-back may come out of what the same decision has just given back.
        if (events.some((event) => event.type === 'RewardPointsRestored')) continue
        for (const { lotId, points } of data.lots)
          expect(lots.find((lot) => lot.lotId === lotId)?.points).toBeGreaterThanOrEqual(points)
      }
    })
  })
  it('are never clawed back beyond those that were given, and say what is still owed', () => {
    always(({ state, events }) => {
      for (const { given, clawedBack } of state.loyalty.earnings)
        expect(clawedBack).toBeLessThanOrEqual(given?.points ?? 0)
      for (const { type, data } of events) {
        if (type !== 'RewardPointsClawedBack') continue
        const earning = earningOf(state.loyalty, data.orderId)
        expect(earning && outstandingPoints(earning)).toBe(data.shortfall)
      }
    })
  })
  it('fall short of what is clawed back only when none are left', () => {
    always(({ command, state, events, now }) => {
      if (command.type !== 'ClawBackPoints') return
      for (const { type, data } of events)
        if (type === 'RewardPointsClawedBack' && data.shortfall > 0)
          expect(pointBalance(state.loyalty, now)).toEqual({ available: 0, pending: 0 })
    })
  })
})

describe('a tier, whatever happens', () => {
  it('is the one that the policy gives, with nobody asking for it', () => {
    alwaysAtRest(({ state: { loyalty }, now }) => {
      const { tier, keptUntil } = loyalty
      const facts = { tier, keptUntil, spending12m: spending12m(loyalty, now), now }
      expect(customerLoyaltyPolicy(facts).tier).toBe(tier)
    })
  })
  it('is never lost before its 12 months', () => {
    always(({ before, events, now }) => {
      for (const { type, data } of events) {
        if (type !== 'LoyaltyStatusUpdated') continue
        if (tiers.indexOf(data.tier) > tiers.indexOf(data.previousTier)) continue
        expect(now >= (before.loyalty.keptUntil ?? '')).toBe(true)
      }
    })
  })
})

describe('a segment, whatever happens', () => {
  it('is the one that the policy gives, with nobody asking for it', () => {
    alwaysAtRest(({ state, now }) => {
      expect(customerSegmentationPolicy(segmentationFacts(state, now)).segment).toBe(state.segment)
    })
  })
  it('of those at risk is entered with an offer, each with a code of its own', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const codes: string[] = []
        let entered = 0
        playHistory(steps, ({ events }) => {
          for (const { type, data } of events) {
            if (type === 'CustomerSegmentChanged' && data.segment === 'at_risk') entered += 1
            if (type === 'RetentionOfferMade') codes.push(data.promotionCode)
          }
        })
        expect(codes).toHaveLength(entered)
        expect(new Set(codes).size).toBe(entered)
      }),
    )
  })
})

describe('spending, whatever happens', () => {
  it('is reported as in the state, and never negative', () => {
    always(({ state, events, now }) => {
      for (const { type, data } of events)
        if (type === 'CustomerSpendingUpdated') expect(data.spending12m).toBe(spending12m(state.loyalty, now))
      expect(spending12m(state.loyalty, now)).toBeGreaterThanOrEqual(0)
    })
  })
  it('counts of an order what it came to less the largest total of its refunds', () => {
    const totals = fc.uniqueArray(fc.integer({ min: 1, max: 100_00 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(totals, (heard) => {
        const commands: CustomerCommand[] = [
          { type: 'UpdateSpending', orderId: 'o1', delta: 100_00 },
          ...heard.map((refundedTotal): CustomerCommand => {
            return { type: 'UpdateSpending', orderId: 'o1', delta: -1, refundedTotal }
          }),
        ]
        let counted = 0
        playHistory(
          commands.map((command) => ({ command, days: 0 })),
          ({ events }) => {
            for (const { type, data } of events) if (type === 'CustomerSpendingUpdated') counted += data.delta
          },
        )
        expect(counted).toBe(100_00 - Math.max(...heard))
      }),
    )
  })
})

describe('a command that is repeated', () => {
  it('changes nothing, whatever it is', () => {
    always(({ command, state, now }) => {
      expect(customer.decide(command, state, specificationContext({ now })).events).toEqual([])
    })
  })
})

describe('an erased customer', () => {
  it('has no events and no timers any more, whatever comes, but those of the sweep', () => {
    fc.assert(
      fc.property(history, history, (life, after) => {
        const erase = { command: { type: 'EraseCustomer' } as const, days: 0 }
        playHistory([...life, erase, ...after], ({ before, events, timers }) => {
          if (before.status !== 'erased') return
          expect(events.filter(({ type }) => !type.startsWith('PersonalDataSw'))).toEqual([])
          expect([...timers].filter(([id]) => id !== 'personal-data-sweep')).toEqual([])
        })
      }),
    )
  })
})
