import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'
import { conditionsSchema, promotionTermsSchema } from './terms.ts'

const use = { code: z.string(), orderId: z.string(), customerId: z.string().optional() }

export const promotionEvent = z.discriminatedUnion('type', [
  event(
    'PromotionCreated',
    z.object({
      terms: promotionTermsSchema,
      currency: z.string().optional(),
      startsAt: instantSchema.optional(),
      endsAt: instantSchema.optional(),
      usageLimit: z.int().min(1).optional(),
      perCustomerLimit: z.int().min(1).optional(),
      conditions: conditionsSchema,
      /** Set for a personal promotion: only this customer may use it. */
      customerId: z.string().optional(),
      /** Not usable before its activation. */
      draft: z.boolean().optional(),
    }),
  ),
  /** A draft is activated: from now on its dates and limits decide. */
  event('PromotionActivated', z.object({ code: z.string() })),
  /** The scheduled start of a promotion is reached. */
  event('PromotionStarted', z.object({ code: z.string() })),
  /** A use is claimed; `discount` is the promotion's value, alone, on the lines of the basket. */
  event(
    'PromotionApplied',
    z.object({
      ...use,
      terms: promotionTermsSchema,
      discount: moneySchema,
      uses: z.int().min(1),
      usageLimit: z.int().optional(),
      ...decisionsField,
    }),
  ),
  event('PromotionUseConfirmed', z.object({ ...use })),
  event('PromotionReleased', z.object({ ...use, reason: z.string(), uses: z.int().min(0) })),
  event('PromotionExhausted', z.object({ code: z.string(), uses: z.int().min(1) })),
  event('PromotionExpired', z.object({ code: z.string(), reason: z.enum(['end_date', 'operator']) })),
])
export type PromotionEvent = z.infer<typeof promotionEvent>
/** The data of one event by its name. */
export type PromotionEventData<Type extends PromotionEvent['type']> = Extract<
  PromotionEvent,
  { type: Type }
>['data']
