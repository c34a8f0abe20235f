import { z } from 'zod'
import { currencySchema } from '../core/money.ts'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import type { PromotionEvent } from './events.ts'
import { anonymous, promotionRules, usesBy } from './policies.ts'
import { conditionsSchema, promotionTermsSchema } from './terms.ts'

const claim = { orderId: z.string(), customerId: z.string().optional() }

export const promotionSchema = z.object({
  terms: promotionTermsSchema,
  currency: currencySchema.optional(),
  startsAt: instantSchema.optional(),
  endsAt: instantSchema.optional(),
  usageLimit: z.int().min(1).optional(),
  perCustomerLimit: z.int().min(1).optional(),
  conditions: conditionsSchema,
  /** Set for a personal promotion. */
  customerId: z.string().optional(),
  expiredBy: z.enum(['end_date', 'operator']).optional(),
  /** Claimed and confirmed uses that were not given back, those no longer listed below included. */
  uses: z.int().min(0),
  /** The same for each customer; kept only while there is a limit for each. */
  usesByCustomer: z.record(z.string(), z.int().min(1)),
  /** Uses of orders that are under way, oldest first. */
  claimed: z.array(z.object(claim)),
  /** Uses of confirmed orders, oldest first; older ones live on only in the counts. */
  confirmed: z.array(z.object({ ...claim, confirmedAt: instantSchema })),
})
export type Promotion = z.infer<typeof promotionSchema>

/** Folds one event into a promotion; only `PromotionCreated` may come first. */
export function evolve(state: Promotion | null, event: PromotionEvent, at: Instant): Promotion {
  if (event.type === 'PromotionCreated')
    return { ...event.data, uses: 0, usesByCustomer: {}, claimed: [], confirmed: [] }
  if (!state) throw new Error(`${event.type} cannot be a promotion's first event`)
  switch (event.type) {
    case 'PromotionApplied': {
      const { orderId, customerId, uses } = event.data
      return {
        ...state,
        uses,
        usesByCustomer: countedFor(state, customerId, 1),
        claimed: [...state.claimed, { orderId, customerId }].slice(-promotionRules.claimedUsesKept),
      }
    }
    case 'PromotionUseConfirmed': {
      const { orderId, customerId } = event.data
      const oldest = plus(at, -promotionRules.confirmedUsesKeptFor)
      return {
        ...state,
        claimed: without(state.claimed, orderId),
        confirmed: [...state.confirmed, { orderId, customerId, confirmedAt: at }]
          .filter((use) => use.confirmedAt > oldest)
          .slice(-promotionRules.confirmedUsesKept),
      }
    }
    case 'PromotionReleased': {
      const { orderId, customerId, uses } = event.data
      return {
        ...state,
        uses,
        usesByCustomer: countedFor(state, customerId, -1),
        claimed: without(state.claimed, orderId),
        confirmed: without(state.confirmed, orderId),
      }
    }
    case 'PromotionExhausted':
      // A use that is given back makes the promotion usable again, so this follows from the count of uses.
      return state
    case 'PromotionExpired':
      return { ...state, expiredBy: event.data.reason }
  }
}

/**
 * Where a promotion stands at a time (UTC). Dates and counts say it, so it is right however late a timer
 * is. A draft is a promotion that is not created yet: it has no state.
 */
export function promotionStatus(
  promotion: Promotion,
  now: Instant,
): 'scheduled' | 'active' | 'exhausted' | 'expired' {
  const { expiredBy, startsAt, endsAt, uses, usageLimit } = promotion
  if (expiredBy !== undefined || (endsAt !== undefined && endsAt <= now)) return 'expired'
  if (startsAt !== undefined && startsAt > now) return 'scheduled'
  return usageLimit !== undefined && uses >= usageLimit ? 'exhausted' : 'active'
}

function countedFor(state: Promotion, customerId = anonymous, change: 1 | -1): Promotion['usesByCustomer'] {
  if (state.perCustomerLimit === undefined) return state.usesByCustomer
  const count = usesBy(state, customerId) + change
  if (count > 0) return { ...state.usesByCustomer, [customerId]: count }
  const { [customerId]: _, ...others } = state.usesByCustomer
  return others
}

function without<Use extends { orderId: string }>(uses: readonly Use[], orderId: string): Use[] {
  return uses.filter((use) => use.orderId !== orderId)
}
