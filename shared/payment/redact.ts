import { accept } from '../core/refusal.ts'
import { freeField } from '../core/text/free-text.ts'
import type { PaymentEvent } from './events.ts'
import { aboutPayment, type PaymentFeature } from './state.ts'

/** The erasure of what names the customer. */
export const erasure = {
  evolve: { PaymentPersonalDataErased: (state) => ({ ...state, personalDataErased: true }) },
  decide: {
    ErasePersonalData: (_, state) =>
      state.personalDataErased
        ? accept()
        : accept({ type: 'PaymentPersonalDataErased', data: aboutPayment(state) }),
  },
} satisfies PaymentFeature

/** Why money is given back or refused: an operator's own words, one of the usual codes, or a process's. */
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

/** The event without what an operator wrote in free words; everything else of a payment is ids, codes and amounts. */
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
