import { z } from 'zod'
import type { Feature } from '../core/feature.ts'
import { currencySchema } from '../core/money/money.ts'
import { type Instant, instantSchema } from '../core/time.ts'
import type { PromotionCommand } from './commands.ts'
import { customerUsesSchema, noUses } from './customer-uses.ts'
import type { PromotionEvent } from './events.ts'
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
  /** Not activated yet. */
  draft: z.boolean(),
  /** Whether the scheduled start is recorded. */
  started: z.boolean(),
  expiredBy: z.enum(['end_date', 'operator']).optional(),
  /** Claimed and confirmed uses that were not released, including those no longer listed below. */
  uses: z.int().min(0),
  /** The same per customer; only with a per-customer limit. */
  customerUses: customerUsesSchema,
  /** Uses of orders that are under way, oldest first. */
  claimed: z.array(z.object(claim)),
  /** Uses of confirmed orders, oldest first; older ones remain only in the counts. */
  confirmed: z.array(z.object({ ...claim, confirmedAt: instantSchema })),
})
export type Promotion = z.infer<typeof promotionSchema>

/** One feature of a promotion. */
export type PromotionFeature = Feature<Promotion, PromotionCommand, PromotionEvent>

export const promotionStatuses = ['draft', 'scheduled', 'active', 'exhausted', 'expired'] as const
type PromotionStatus = (typeof promotionStatuses)[number]

/**
 * The status of a promotion at a time (UTC). Dates and counts decide, so it is correct even if a timer is late.
 */
export function promotionStatus(promotion: Promotion, now: Instant): PromotionStatus {
  const { draft, expiredBy, startsAt, endsAt, uses, usageLimit } = promotion
  if (expiredBy !== undefined || (endsAt !== undefined && endsAt <= now)) return 'expired'
  if (draft) return 'draft'
  if (startsAt !== undefined && startsAt > now) return 'scheduled'
  return usageLimit !== undefined && uses >= usageLimit ? 'exhausted' : 'active'
}

/** A promotion as read by others: how often it was used, but not by whom and for which orders. */
export function abridged(promotion: Promotion): Promotion {
  return { ...promotion, customerUses: noUses, claimed: [], confirmed: [] }
}
