import { type Effect, send } from '../core/effect.ts'
import { mail } from '../core/mail.ts'
import type { Instant } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import type { ReviewEvent } from './events.ts'
import type { Review } from './state.ts'

/** What an event of a review causes: the request is mailed, and a review earns its writer points. */
export function react(event: ReviewEvent, _state: Review, _at: Instant, id: string): readonly Effect[] {
  switch (event.type) {
    case 'ReviewRequested': {
      const { customerId, orderId, sku, productName } = event.data
      return [mail({ customerId, template: 'review_request', variables: { productName, orderId, sku } })]
    }
    case 'ReviewSubmitted': {
      const { customerId, orderId } = event.data
      return [send(toCustomer(customerId, { type: 'EarnBonusPoints', reviewId: id, orderId }))]
    }
    case 'ReviewPersonalDataErased':
      return []
  }
}
