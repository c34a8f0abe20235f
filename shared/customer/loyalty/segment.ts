import type { DecisionContext } from '../../core/aggregate.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { type Instant, plus } from '../../core/time.ts'
import type { CustomerEvent } from '../events.ts'
import {
  customerLoyaltyPolicy,
  customerRules,
  customerSegmentationPolicy,
  explainLoyalty,
  explainSegmentation,
  tierKeptUntil,
} from '../policies.ts'
import { type Customer, evolve, segmentationFacts } from '../state.ts'
import { spending12m } from './state.ts'

/** The events by which tier and segment follow what a customer is now; none when both are as they should be. */
export function statusChanges(state: Customer, context: DecisionContext): CustomerEvent[] {
  const { now } = context
  const tier = tierChange(state, context)
  return [...tier, ...segmentChange(after(state, tier, now), context)]
}

/** A customer after events of one decision. */
export function after(state: Customer, events: readonly CustomerEvent[], now: Instant): Customer {
  return events.reduce<Customer>((before, event) => evolve(before, event, now), state)
}

function tierChange({ loyalty }: Customer, { now, currencies }: DecisionContext): CustomerEvent[] {
  const { tier: previousTier, keptUntil } = loyalty
  const currency = currencies.base
  const facts = { tier: previousTier, keptUntil, spending12m: spending12m(loyalty, now), currency, now }
  const decision = customerLoyaltyPolicy(facts)
  if (decision.tier === previousTier) return []
  return [
    {
      type: 'LoyaltyStatusUpdated',
      data: {
        previousTier,
        tier: decision.tier,
        keptUntil: tierKeptUntil(now),
        spending12m: facts.spending12m,
        decisions: [explainLoyalty(facts, decision)],
      },
    },
  ]
}

/** A new segment; who comes to be at risk is offered something to come back for. */
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

function retentionOffer(
  { profile }: Customer,
  decisions: PolicyDecision[],
  context: DecisionContext,
): CustomerEvent {
  const { percent, lifetime } = customerRules.retention
  return {
    type: 'RetentionOfferMade',
    data: {
      promotionCode: retentionPromotionCode(context),
      percent,
      endsAt: plus(context.now, lifetime),
      consented: profile.marketingConsent,
      decisions,
    },
  }
}

/** Unguessable, as it comes from the server's key, and the same whenever it is derived for this offer. */
function retentionPromotionCode({ secrets, nextVersion }: DecisionContext): string {
  const token = secrets.token(`retention/${nextVersion}`).toUpperCase()
  return `STAY-${token.replaceAll(/[^A-Z0-9]/g, '').slice(0, 16)}`
}
