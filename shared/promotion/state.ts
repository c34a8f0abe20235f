import { z } from 'zod'
import { currencySchema } from '../core/money/money.ts'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import { countUse, customerUsesSchema, noUses } from './customer-uses.ts'
import type { PromotionEvent } from './events.ts'
import { promotionRules } from './rules.ts'
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
  /** Not given out yet. */
  draft: z.boolean(),
  /** Whether the start that it was scheduled for is on record. */
  started: z.boolean(),
  expiredBy: z.enum(['end_date', 'operator']).optional(),
  /** Claimed and confirmed uses that were not given back, those no longer listed below included. */
  uses: z.int().min(0),
  /** The same for each customer; kept only where there is a limit for each. */
  customerUses: customerUsesSchema,
  /** Uses of orders that are under way, oldest first. */
  claimed: z.array(z.object(claim)),
  /** Uses of confirmed orders, oldest first; older ones live on only in the counts. */
  confirmed: z.array(z.object({ ...claim, confirmedAt: instantSchema })),
})
export type Promotion = z.infer<typeof promotionSchema>

/** Folds one event into a promotion; only `PromotionCreated` may come first. */
export function evolve(state: Promotion | null, event: PromotionEvent, at: Instant): Promotion {
  if (event.type === 'PromotionCreated') {
    const { draft = false, ...data } = event.data
    return { ...data, draft, started: false, uses: 0, customerUses: noUses, claimed: [], confirmed: [] }
  }
  if (!state) throw new Error(`${event.type} cannot be a promotion's first event`)
  switch (event.type) {
    case 'PromotionActivated':
      return { ...state, draft: false }
    case 'PromotionStarted':
      return { ...state, started: true }
    case 'PromotionApplied': {
      const { orderId, customerId, uses } = event.data
      return {
        ...state,
        uses,
        customerUses: countedFor(state, customerId, 1),
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
        customerUses: countedFor(state, customerId, -1),
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

export const promotionStatuses = ['draft', 'scheduled', 'active', 'exhausted', 'expired'] as const
export type PromotionStatus = (typeof promotionStatuses)[number]

/**
 * Where a promotion stands at a time (UTC). Dates and counts say it, so it is right however late a timer is.
 */
export function promotionStatus(promotion: Promotion, now: Instant): PromotionStatus {
  const { draft, expiredBy, startsAt, endsAt, uses, usageLimit } = promotion
  if (expiredBy !== undefined || (endsAt !== undefined && endsAt <= now)) return 'expired'
  if (draft) return 'draft'
  if (startsAt !== undefined && startsAt > now) return 'scheduled'
  return usageLimit !== undefined && uses >= usageLimit ? 'exhausted' : 'active'
}

/** A promotion as others get to see it: how often it was used, but not by whom and for which orders. */
export function abridged(promotion: Promotion): Promotion {
  return { ...promotion, customerUses: noUses, claimed: [], confirmed: [] }
}

function countedFor(state: Promotion, customerId: string | undefined, change: 1 | -1) {
  if (state.perCustomerLimit === undefined) return state.customerUses
  return countUse(state.customerUses, customerId, change)
}

function without<Use extends { orderId: string }>(uses: readonly Use[], orderId: string): Use[] {
  return uses.filter((use) => use.orderId !== orderId)
}
