import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import type { CartEvent } from './events.ts'

/** The steps from each older schema version of an event to the next. */
export const cartUpcasters: Partial<Record<CartEvent['type'], readonly Upcaster[]>> = {
  CartUpdated: [withoutDecisions],
  PromotionApplied: [withoutDecisions],
}
