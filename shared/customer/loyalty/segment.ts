import type { DecisionContext } from '../../core/aggregate.ts'
import { type Effect, scheduleOrCancel } from '../../core/effect.ts'
import { accept } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import type { CustomerEvent } from '../events.ts'
import {
  customerSegmentationPolicy,
  explainSegmentation,
  nextSegmentChange,
  type SegmentationFacts,
} from '../policies.ts'
import { reportStanding } from '../standing.ts'
import { type Customer, type CustomerFeature, timers } from '../state.ts'
import { retentionOffer } from './retention.ts'

/** The segment: how recently and how much a customer orders. The passage of time alone may change it. */
export const segment = {
  evolve: { CustomerSegmentChanged: (state, { segment }) => ({ ...state, segment }) },
  decide: {
    // Before the address is verified the segment is always `new`.
    ReviewSegment: (_, state, context) =>
      state.status === 'pending' ? accept() : accept(...segmentChange(state, context)),
  },
  react: {
    CustomerSegmentChanged: (_, state, { id, at }) => [
      segmentTimer(state, at),
      reportStanding('segment', state, at, id),
    ],
  },
} satisfies CustomerFeature

/** The facts for the segment; an attempt to pay counts as an order. */
export function segmentationFacts(state: Customer, now: Instant): SegmentationFacts {
  const { deliveredOrders, lastOrderAt, tier } = state.loyalty
  const attemptAt = state.paymentAttempts.at(-1)?.at
  const latest = [lastOrderAt, attemptAt]
    .filter((at) => at !== undefined)
    .sort()
    .at(-1)
  const { registeredAt } = state
  return { deliveredOrders, registeredAt, tier, now, ...(latest !== undefined && { lastOrderAt: latest }) }
}

/** The events of a new segment, if it changes; a customer who becomes `at_risk` gets a retention offer. */
export function segmentChange(state: Customer, context: DecisionContext): CustomerEvent[] {
  const facts = segmentationFacts(state, context.now)
  const decision = customerSegmentationPolicy(facts)
  const { segment } = decision
  const previousSegment = state.segment
  if (segment === previousSegment) return []
  const decisions = [explainSegmentation(facts, decision)]
  const changed: CustomerEvent = {
    type: 'CustomerSegmentChanged',
    data: { previousSegment, segment, decisions },
  }
  return segment === 'at_risk' && state.status === 'active'
    ? [changed, retentionOffer(state, decisions, context)]
    : [changed]
}

/** When time alone changes the segment. */
export function segmentTimer(state: Customer, at: Instant): Effect {
  const next = nextSegmentChange(segmentationFacts(state, at), state.segment)
  return scheduleOrCancel(timers.segment, next, { type: 'ReviewSegment' })
}
