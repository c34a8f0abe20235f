import type { DecisionContext } from '../../core/aggregate.ts'
import { type Effect, scheduleOrCancel } from '../../core/effect.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { type Customer, type CustomerFeature, timers } from '../state.ts'
import { lapsedLots, nextExpiry, pointsIn, withoutShares } from './points.ts'
import { inLoyalty, type Loyalty } from './state.ts'

/** The expiry of points: a lot expires 12 months after its activation. */
export const expiry = {
  evolve: { RewardPointsExpired: inLoyalty(expired) },
  decide: {
    ExpirePoints: (_, { loyalty }, { now }) =>
      accept(...lapse(loyalty, now).map((data) => ({ type: 'RewardPointsExpired' as const, data }))),
  },
  react: { RewardPointsExpired: (_, state) => [expiryTimer(state)] },
} satisfies CustomerFeature

type Expired = CustomerEventData<'RewardPointsExpired'>

function expired(loyalty: Loyalty, { lots }: Expired): Loyalty {
  return { ...loyalty, lots: withoutShares(loyalty.lots, lots) }
}

/** The expiry of lots whose time is over, if there are any. */
function lapse(loyalty: Loyalty, now: Instant): Expired[] {
  const lots = lapsedLots(loyalty, now).map(({ lotId, points }) => ({ lotId, points }))
  return lots.length === 0 ? [] : [{ points: pointsIn(lots), lots }]
}

/** Decides after the expiry of overdue lots, in case the timer is late; without other events it changes nothing. */
export function afterExpiry<Command>(
  decide: (command: Command, state: Customer, context: DecisionContext) => Decision<CustomerEvent>,
) {
  return (command: Command, state: Customer, context: DecisionContext): Decision<CustomerEvent> => {
    const lapsed = lapse(state.loyalty, context.now)
    const decision = decide(command, { ...state, loyalty: lapsed.reduce(expired, state.loyalty) }, context)
    if (decision.events.length === 0) return decision
    const first = lapsed.map((data): CustomerEvent => ({ type: 'RewardPointsExpired', data }))
    return { ...decision, events: [...first, ...decision.events] }
  }
}

/** The timer of the earliest expiry. */
export function expiryTimer({ loyalty }: Customer): Effect {
  return scheduleOrCancel(timers.points, nextExpiry(loyalty), { type: 'ExpirePoints' })
}
