import type { Upcaster } from '../core/aggregate.ts'
import { withoutDecisions } from '../core/policy-decision.ts'
import type { PromotionEvent } from './events.ts'

/** Promotions were percentages or fixed amounts, and those kinds still exist. */
const twoKinds: Upcaster = (data) => data

/** The steps from each older schema version of an event to the next. */
export const promotionUpcasters: Partial<Record<PromotionEvent['type'], readonly Upcaster[]>> = {
  PromotionCreated: [twoKinds],
  PromotionApplied: [withoutDecisions],
}
