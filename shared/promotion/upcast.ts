import { z } from 'zod'
import type { Upcaster } from '../core/aggregate.ts'
import type { PromotionEvent } from './events.ts'

const anyData = z.record(z.string(), z.unknown())

/** Claims were first stored without the decision that allowed them: nothing is known of it. */
const withoutDecisions: Upcaster = (data) => ({ ...anyData.parse(data), decisions: [] })

/** Promotions were percentages or fixed amounts; they are that still. */
const twoKinds: Upcaster = (data) => data

/** The steps from each older schema version of an event to the next. */
export const promotionUpcasters: Partial<Record<PromotionEvent['type'], readonly Upcaster[]>> = {
  PromotionCreated: [twoKinds],
  PromotionApplied: [withoutDecisions],
}
