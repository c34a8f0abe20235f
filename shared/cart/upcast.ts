import { z } from 'zod'
import type { Upcaster } from '../core/aggregate.ts'
import type { CartEvent } from './events.ts'

const anyData = z.record(z.string(), z.unknown())

/** Both were first stored without the decisions that led to them: nothing is known of those. */
const withoutDecisions: Upcaster = (data) => ({ ...anyData.parse(data), decisions: [] })

/** The steps from each older schema version of an event to the next. */
export const cartUpcasters: Partial<Record<CartEvent['type'], readonly Upcaster[]>> = {
  CartUpdated: [withoutDecisions],
  PromotionApplied: [withoutDecisions],
}
