import { accept } from '../core/refusal.ts'
import { freeField } from '../core/text/free-text.ts'
import type { PaymentEvent } from './events.ts'
import { aboutPayment, type PaymentFeature } from './state.ts'

/** Erasure of the customer's personal data. */
export const erasure = {
  evolve: { PaymentPersonalDataErased: (state) => ({ ...state, personalDataErased: true }) },
  decide: {
    ErasePersonalData: (_, state) =>
      state.personalDataErased
        ? accept()
        : accept({ type: 'PaymentPersonalDataErased', data: aboutPayment(state) }),
  },
} satisfies PaymentFeature

/** The reason of a refund or a refusal: an operator's free text, a standard code, or a process's code. */
const givenReason = freeField(
  ...['duplicate', 'fraudulent', 'requested_by_customer'],
  ...['operator', 'order_ended', 'order_refunded', 'delivery_failed', 'refund_failed', 'dispute_closed'],
  ...[
    'customer_request',
    'out_of_stock',
    'payment_failed',
    'promotion_refused',
    'points_unavailable',
    'fraud',
  ],
)

/** The event without operators' free text; everything else of a payment is ids, codes and amounts. */
export function withoutPersonalData(event: PaymentEvent): PaymentEvent {
  switch (event.type) {
    case 'PaymentRefundRequested':
      return { ...event, data: { ...event.data, reason: givenReason(event.data.reason) } }
    case 'PaymentReviewRejected':
      return { ...event, data: { ...event.data, reason: givenReason(event.data.reason) } }
    default:
      return event
  }
}
