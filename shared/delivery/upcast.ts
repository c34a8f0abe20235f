import { z } from 'zod'
import { anyAddress } from '../core/address/address.ts'
import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import { type DeliveryEvent, decisionsOfRules } from './events.ts'

const assignedV1 = z.looseObject({
  carrier: z.string(),
  service: z.string(),
  zone: z.string(),
  rules: z.array(z.string()).optional(),
})

/** Version 1 had the rule ids of both policies in one list, or none. */
const assigned: Upcaster = (data) => {
  const { rules = [], ...rest } = assignedV1.parse(data)
  return { ...rest, decisions: decisionsOfRules(rules, rest) }
}

/** Version 1 had only the window: the reasons are in the `CarrierAssigned` that follows it. */
const scheduled: Upcaster = withoutDecisions

/** The steps from each older schema version of a stored event to the next. */
export const upcasters = {
  DeliveryScheduled: [scheduled, anyAddress],
  DeliveryAddressChanged: [anyAddress],
  CarrierAssigned: [assigned],
} as const satisfies Partial<Record<DeliveryEvent['type'], readonly Upcaster[]>>
