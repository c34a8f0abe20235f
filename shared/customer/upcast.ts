import { z } from 'zod'
import { anyAddress } from '../core/address/address.ts'
import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import type { CustomerEvent } from './events.ts'

// Version 1 of these events named a bare rule, or gave no reasons: what it was decided on is
// read from the rest of the event, and nothing is made up.

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

/** `rule` becomes the decision of `customerSegmentationPolicy`; the facts it was decided on were not stored. */
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

/** Points that came back were one at least; since some of them may have lapsed they may be none. */
const atLeastOne: Upcaster = (data) => data

/** The steps from each older schema version of a stored event to the next. */
export const upcasters = {
  // What was spent was counted one to one, as if it had been in the base currency.
  CustomerSpendingUpdated: [withoutDecisions],
  LoyaltyStatusUpdated: [loyalty],
  RewardPointsRestored: [atLeastOne],
  CustomerSegmentChanged: [segment],
  RewardPointsEarned: [withoutDecisions],
  RewardPointsRedeemed: [withoutDecisions],
  CustomerRegistrationStarted: [anyAddress],
  CustomerProfileUpdated: [anyAddress],
} as const satisfies Partial<Record<CustomerEvent['type'], readonly Upcaster[]>>
