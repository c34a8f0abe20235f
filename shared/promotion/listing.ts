import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { type Promotion, promotionSchema, promotionStatus, promotionStatuses } from './state.ts'
import { promotionTermsSchema } from './terms.ts'

const { code, class: promotionClass, combinesWith, exclusive, priority } = promotionTermsSchema.shape
const { currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId, uses } =
  promotionSchema.shape

/** A promotion in lists: how often it was used, not by whom. */
export const promotionListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  code,
  /** The status at `updatedAt`: start and end are separate events. */
  status: z.enum(promotionStatuses),
  kind: z.string(),
  value: z.unknown(),
  class: promotionClass,
  ...{ combinesWith, exclusive, priority },
  ...{ currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId, uses },
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type PromotionListing = z.infer<typeof promotionListingSchema>

/** Projects a promotion into lists. */
export function promotionListing(state: Promotion, about: ListingFacts): PromotionListing {
  const { terms, currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId } = state
  return {
    id: about.id,
    version: about.version,
    code: terms.code,
    status: promotionStatus(state, about.updatedAt),
    ...terms.gift,
    class: terms.class,
    combinesWith: terms.combinesWith,
    exclusive: terms.exclusive,
    priority: terms.priority,
    ...{ currency, startsAt, endsAt, usageLimit, perCustomerLimit, conditions, customerId },
    uses: state.uses,
    createdAt: about.createdAt,
    updatedAt: about.updatedAt,
  }
}
