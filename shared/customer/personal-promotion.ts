import { type Effect, type Message, send } from '../core/effect.ts'
import type { Instant } from '../core/time.ts'
import { toPromotion } from '../promotion/commands.ts'
import type { Conditions } from '../promotion/terms.ts'

/** A discount on one order for one customer; the mail that names the code waits until the promotion exists. */
interface PersonalPromotion {
  readonly code: string
  readonly customerId: string
  readonly percent: number
  readonly conditions?: Conditions
  readonly endsAt: Instant
}

/** Creates the promotion; `reply` gets the outcome. */
export function createPersonalPromotion(promotion: PersonalPromotion, reply: Message): Effect {
  const { code, customerId, percent, conditions, endsAt } = promotion
  return send(
    toPromotion(code, {
      type: 'CreatePromotion',
      code,
      gift: { kind: 'percentage', value: { percent } },
      class: 'order',
      combinesWith: [],
      ...(conditions && { conditions }),
      endsAt,
      usageLimit: 1,
      perCustomerLimit: 1,
      customerId,
    }),
    reply,
  )
}
