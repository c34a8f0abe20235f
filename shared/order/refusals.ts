import { type RefusalCatalog, refusing } from '../core/refusal.ts'

export const orderRefusals = {
  order_exists: {
    kind: 'conflict',
    title: 'This order exists already.',
    remedy: 'Read the order.',
  },
  order_not_found: {
    kind: 'not_found',
    title: 'There is no such order.',
    remedy: 'Check the id. An order of another customer is not found either.',
  },
  order_invalid: {
    kind: 'invalid',
    title: 'The order cannot be taken as it is.',
    remedy: 'See `errors`: each entry points at a part of the order and says what is wrong with it.',
  },
  customer_not_active: {
    kind: 'conflict',
    title: 'The customer is not active: not verified yet, suspended, or erased.',
    remedy:
      'Verify the address with the token that was mailed; a suspended customer contacts the shop. Their data stays readable.',
  },
  too_many_open_orders: {
    kind: 'conflict',
    title: 'Too many orders of this customer wait for their payment.',
    remedy: 'Pay for an order that waits, or cancel it; `limit` says how many may wait.',
  },
  too_many_units_held: {
    kind: 'conflict',
    title: 'Unpaid orders of this customer would hold too many units of a SKU.',
    remedy:
      'Order less, pay at once with a payment method, or end an order that waits; `limit` says how many units may wait.',
  },
  promotion_refused: {
    kind: 'conflict',
    title: 'A promotion does not apply to this order.',
    remedy: 'Leave the code out, or order without the promotions that do not apply.',
  },
  points_currency: {
    kind: 'invalid',
    title: 'Points cannot be redeemed in this currency.',
    remedy: 'Order without points: the shop declares no rate of this currency to its base currency.',
  },
  payment_not_chargeable: {
    kind: 'invalid',
    title: 'The payment gateway cannot charge the total of this order.',
    remedy: 'See `errors`: its currency, its smallest and largest amounts, or the steps that it counts in.',
  },
  points_unavailable: {
    kind: 'conflict',
    title: 'So many points cannot be redeemed on this order.',
    remedy: 'Redeem at least 100 points, at most half of the subtotal, and no more than are available.',
  },
  order_not_ready: {
    kind: 'conflict',
    title: 'The order is still being prepared.',
    remedy: 'Try again in a moment, when its stock is held.',
  },
  order_not_awaiting_payment: {
    kind: 'conflict',
    title: 'The order does not wait for a payment.',
    remedy: 'Read the order: it is paid, ended, or a payment is being worked on.',
  },
  order_not_invoice: {
    kind: 'conflict',
    title: 'The order is not one that is paid by invoice.',
    remedy:
      'Only an order that was created without a payment method, and for which none was tried, is confirmed by ' +
      'hand; pay this one with another method, or cancel it.',
  },
  payment_in_progress: {
    kind: 'conflict',
    title: 'A payment for this order is under way.',
    remedy: 'Wait for its outcome before trying another method.',
  },
  payment_tries_exceeded: {
    kind: 'conflict',
    title: 'Too many payments were tried on this order within an hour.',
    remedy: 'Try again later, or place a new order.',
  },
  order_shipped: {
    kind: 'conflict',
    title: 'The order has been shipped.',
    remedy: 'It can no longer be cancelled: send it back as a return once it has arrived.',
  },
  order_ended: {
    kind: 'conflict',
    title: 'The order has ended.',
    remedy: 'Place a new order.',
  },
  order_open: {
    kind: 'conflict',
    title: 'The order is not over yet.',
    remedy: 'Personal data can be erased once the order is completed, cancelled or returned.',
  },
  order_not_confirmed: {
    kind: 'conflict',
    title: 'The order is not confirmed.',
    remedy: 'A delivery can be scheduled once the order is confirmed.',
  },
  delivery_under_way: {
    kind: 'conflict',
    title: 'The order has a delivery already.',
    remedy: 'Cancel the present delivery before scheduling another.',
  },
  no_carrier: {
    kind: 'invalid',
    title: 'No carrier takes this parcel to this address.',
    remedy: 'Choose another address or service, or split the order.',
  },
} as const satisfies RefusalCatalog

export const refuse = refusing(orderRefusals)
