import { codeOnly } from '../core/free-text.ts'
import type { PaymentEvent } from './events.ts'

/** The event without what an operator wrote in free words; everything else of a payment is ids, codes and amounts. */
export function withoutPersonalData(event: PaymentEvent): PaymentEvent {
  switch (event.type) {
    case 'PaymentRefundRequested':
      return { ...event, data: { ...event.data, reason: codeOnly(event.data.reason) } }
    case 'PaymentReviewRejected':
      return { ...event, data: { ...event.data, reason: codeOnly(event.data.reason) } }
    default:
      return event
  }
}
