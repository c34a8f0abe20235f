import type { PaymentEvent } from './events.ts'

/** The reasons that processes give are codes (`delivery_failed`); what people write may name somebody. */
const CODE = /^[a-z][a-z0-9_]*$/

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

function codeOnly(reason: string): string {
  return CODE.test(reason) ? reason : 'free_text'
}
