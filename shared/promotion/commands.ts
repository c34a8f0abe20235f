import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import type { CommandStep } from '../core/effect.ts'
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
    /** Missing: derived from the kind. */
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
    /** Created, but not usable before `ActivatePromotion`. */
    draft: z.boolean().optional(),
  }),
  /** Claims one use for an order, once per order. A dry run of it is the eligibility check. */
  command('ApplyPromotion', { orderId: z.string().min(1).max(100), facts: eligibilityFactsSchema }),
  /** The order is confirmed: the use is final. */
  command('ConfirmPromotionUse', { orderId: z.string() }),
  /** Releases a use; not an error if it was never claimed. */
  command('ReleasePromotion', { orderId: z.string(), reason: z.string().max(200) }),
  /** Activates a draft; not an error if it is no longer a draft. */
  command('ActivatePromotion', {}),
  /** From the timer: the scheduled start is reached. */
  command('StartPromotion', {}),
  command('ExpirePromotion', { reason: z.enum(['end_date', 'operator']) }),
])
export type PromotionCommand = z.infer<typeof promotionCommand>

/** A command for the promotion with this code. */
export function toPromotion(code: string, command: PromotionCommand): CommandStep {
  return { to: { kind: 'promotion', id: code }, command }
}
