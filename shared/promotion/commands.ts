import { z } from 'zod'
import type { CommandStep } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { promotionCodeSchema } from '../core/ids.ts'
import { listedCurrencySchema } from '../core/money/currencies.ts'
import { instantSchema } from '../core/time.ts'
import {
  eligibilityFactsSchema,
  givenConditionsSchema,
  givenPromotionBenefitSchema,
  promotionClassSchema,
} from './terms.ts'

export const promotionCommand = z.discriminatedUnion('type', [
  command('CreatePromotion', {
    code: promotionCodeSchema,
    gift: givenPromotionBenefitSchema,
    /** Missing: follows from the kind. */
    class: promotionClassSchema.optional(),
    currency: listedCurrencySchema.optional(),
    combinesWith: z.array(promotionClassSchema).optional(),
    exclusive: z.boolean().optional(),
    priority: z.int().min(-1_000).max(1_000).optional(),
    startsAt: instantSchema.optional(),
    endsAt: instantSchema.optional(),
    usageLimit: z.int().min(1).max(10_000_000).optional(),
    perCustomerLimit: z.int().min(1).max(1_000).optional(),
    conditions: givenConditionsSchema.optional(),
    customerId: z.string().optional(),
    /** Created, but not given out before `ActivatePromotion`. */
    draft: z.boolean().optional(),
  }),
  /** Claims one use for an order; once per order. As a dry run it is the eligibility check. */
  command('ApplyPromotion', { orderId: z.string().min(1).max(100), facts: eligibilityFactsSchema }),
  /** The order is confirmed: the use is spent. */
  command('ConfirmPromotionUse', { orderId: z.string() }),
  /** Gives a use back; one that was never claimed is no error. */
  command('ReleasePromotion', { orderId: z.string(), reason: z.string().max(200) }),
  /** Gives a draft out; what is no draft any more is no error. */
  command('ActivatePromotion', {}),
  /** From the timer: the start that it was scheduled for has come. */
  command('StartPromotion', {}),
  command('ExpirePromotion', { reason: z.enum(['end_date', 'operator']) }),
])
export type PromotionCommand = z.infer<typeof promotionCommand>

/** A command for the promotion with this code. */
export function toPromotion(code: string, command: PromotionCommand): CommandStep {
  return { to: { kind: 'promotion', id: code }, command }
}
