import type { Decision, RefusalCatalog } from '../core/refusal.ts'
import { refusing } from '../core/refusal.ts'

/** All refusals of commands on a payment. */
export const paymentRefusals = {
  card_number_rejected: {
    kind: 'invalid',
    title: 'Card numbers are not taken here.',
    remedy:
      'Some part of the request looks like a card number; it was neither stored nor logged. Hand the card to ' +
      'the payment gateway and send the method token (pm_…) that it gives for it.',
  },
  payment_not_found: {
    kind: 'not_found',
    title: 'No payment has this id.',
    remedy: 'Check the id; an order lists the ids of its payments.',
  },
  payment_exists: {
    kind: 'conflict',
    title: 'This payment was requested for another order or amount.',
    remedy: 'Every try to charge an order is a payment of its own with an id of its own.',
  },
  nothing_to_charge: {
    kind: 'invalid',
    title: 'An amount of zero is not charged.',
    remedy: 'An order that costs nothing needs no payment.',
  },
  payment_not_in_review: {
    kind: 'conflict',
    title: 'The payment is not held for review.',
    remedy: 'There is nothing to decide; read the payment, whose `status` says how far it is.',
  },
  payment_not_processed: {
    kind: 'conflict',
    title: 'The payment has not been processed.',
    remedy: 'Only money that was taken can be refunded; read the payment, whose `status` says how far it is.',
  },
  payment_disputed: {
    kind: 'conflict',
    title: 'The payment is disputed at the bank of the card.',
    remedy:
      'While the bank decides, money given back here would be given back twice. Answer the dispute at the ' +
      'payment gateway instead.',
  },
  refund_invalid: {
    kind: 'invalid',
    title: 'The refund does not say clearly what is given back.',
    remedy:
      'Name an amount, or lines and shipping, but not both; without any of them all that is left is refunded.',
  },
  refund_line_unknown: {
    kind: 'invalid',
    title: 'The order that was paid has no such product.',
    remedy: '`sku` says which; read the order for its lines.',
  },
  refund_quantity_exceeded: {
    kind: 'conflict',
    title: 'More units are to be refunded than were bought and not refunded yet.',
    remedy:
      'Of `sku`, refund at most `refundable` units; refunds under way count as refunded until they fail.',
  },
  shipping_refunded: {
    kind: 'conflict',
    title: 'The shipping costs are refunded once.',
    remedy: 'They have been refunded, or their refund is under way; name an amount to give back more.',
  },
  refund_exceeds_charge: {
    kind: 'conflict',
    title: 'The refund is more than what is left of the charge.',
    remedy:
      'Refund at most `refundable`; refunds that are still under way count as refunded until they fail.',
  },
  nothing_to_refund: {
    kind: 'conflict',
    title: 'Nothing is left to refund.',
    remedy:
      'The whole charge has been refunded, or its refund is under way; or the units that were named come to ' +
      'nothing, as they cost nothing or less than one minor unit each.',
  },
  too_many_refunds: {
    kind: 'conflict',
    title: 'The payment has had as many refunds as it can keep track of.',
    remedy:
      'Give the rest back outside of this payment; every refund id has to be kept, so their number is limited.',
  },
  refund_not_found: {
    kind: 'not_found',
    title: 'The payment has no refund with this id.',
    remedy: 'A result can only be recorded for a refund that was requested.',
  },
} as const satisfies RefusalCatalog

export type PaymentRefusalCode = keyof typeof paymentRefusals

export const refuse = refusing(paymentRefusals)

/** Refuses input that contains a card number; the refusal does not repeat it. */
export function refuseCardNumber(where: string, reasons: readonly string[]): Decision<never> {
  return refuse('card_number_rejected', `${where} holds what looks like a card number.`, { reasons })
}
