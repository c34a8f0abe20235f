import { z } from 'zod'
import { anyAddress } from '../core/address/address.ts'
import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import type { CustomerEvent } from './events.ts'

// Version 1 of these events had only a rule, or no reasons: the inputs are
// read from the rest of the event, and nothing is invented.

const loyaltyV1 = z.looseObject({
  previousTier: z.string(),
  tier: z.string(),
  spending12m: z.int(),
  rule: z.string(),
})
const segmentV1 = z.looseObject({ segment: z.string(), rule: z.string() })

/** `rule` becomes the decision of `customerLoyaltyPolicy`. */
const loyalty: Upcaster = (data) => {
  const { rule, ...rest } = loyaltyV1.parse(data)
  const { previousTier, spending12m, tier } = rest
  const decision = {
    policy: 'customerLoyaltyPolicy',
    rules: [rule],
    inputs: { previousTier, spending12m },
    outcome: tier,
  }
  return { ...rest, decisions: [decision] }
}

/** `rule` becomes the decision of `customerSegmentationPolicy`; its facts were not stored. */
const segment: Upcaster = (data) => {
  const { rule, ...rest } = segmentV1.parse(data)
  const decision = {
    policy: 'customerSegmentationPolicy',
    rules: [rule],
    inputs: {},
    outcome: rest.segment,
  }
  return { ...rest, decisions: [decision] }
}

/** Restored points were at least one; they may be none since some of them may have expired. */
const atLeastOne: Upcaster = (data) => data

/** The steps from each older schema version of a stored event to the next. */
export const upcasters = {
  // Spending was counted one to one, as if it were in the base currency.
  CustomerSpendingUpdated: [withoutDecisions],
  LoyaltyStatusUpdated: [loyalty],
  RewardPointsRestored: [atLeastOne],
  CustomerSegmentChanged: [segment],
  RewardPointsEarned: [withoutDecisions],
  RewardPointsRedeemed: [withoutDecisions],
  CustomerRegistrationStarted: [anyAddress],
  CustomerProfileUpdated: [anyAddress],
} as const satisfies Partial<Record<CustomerEvent['type'], readonly Upcaster[]>>
