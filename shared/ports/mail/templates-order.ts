import { letter } from './templates-letter.ts'

const ORDERED = 'You get this mail because you ordered from Petrel.'

/** Reasons of a cancellation in words for a customer; any other reason is shown as its code. */
const cancellations: ReadonlyMap<string, string> = new Map([
  ['customer_request', 'You asked us to cancel it.'],
  ['operator', 'We had to cancel it on our side.'],
  ['out_of_stock', 'We are sorry: not everything in it is in stock any more.'],
  ['payment_failed', 'No payment for it has reached us.'],
  ['promotion_refused', 'A promotion in it could not be used any more.'],
  ['points_unavailable', 'You do not have the points that were to be redeemed for it.'],
  ['fraud', 'We could not accept the payment for it.'],
  ['customer_suspended', 'Your account is suspended, and it was not paid yet.'],
  ['customer_erased', 'Your account is closed, and it was not paid yet.'],
  ['order_limit', 'Too much of what you ordered waits for its payment already.'],
])

function cancellationText(reason: string): string {
  return cancellations.get(reason) ?? `The reason: ${reason.replaceAll('_', ' ')}.`
}

/** Letters about an order, from its confirmation to the request for a review. */
export const orderLetters = {
  order_confirmed: letter(['orderId', 'total'], (value) => ({
    subject: `Your order ${value('orderId')} is confirmed`,
    body: [
      'Thank you for your order. It is confirmed, and we are getting it ready for you.',
      `Order: ${value('orderId')}`,
      `Total: ${value('total')}`,
      'We will write to you again as soon as it is on its way. Until then you can still cancel it.',
    ],
    because: ORDERED,
  })),
  order_shipped: letter(['orderId', 'trackingNumber'], (value) => ({
    subject: `Your order ${value('orderId')} is on its way`,
    body: [
      `Good news: your order ${value('orderId')} has left us. With this number you can follow the parcel:`,
      { shown: value('trackingNumber') },
    ],
    because: ORDERED,
  })),
  order_delivered: letter(['orderId'], (value) => ({
    subject: `Your order ${value('orderId')} has arrived`,
    body: [
      `Your order ${value('orderId')} has been delivered. We hope that you like it.`,
      'Please confirm that you have it. If we hear nothing within 24 hours, we take it that all is well.',
      'Is something missing or damaged? Then let us know.',
    ],
    because: ORDERED,
  })),
  order_cancelled: letter(['orderId', 'reason'], (value) => ({
    subject: `Your order ${value('orderId')} is cancelled`,
    body: [
      `Your order ${value('orderId')} is cancelled. ${cancellationText(value('reason'))}`,
      'If you were charged for it, you get everything back, without having to ask. Promotion codes and points that you used are yours again.',
    ],
    because: ORDERED,
  })),
  order_refunded: letter(['orderId', 'amount'], (value) => ({
    subject: `Your refund for order ${value('orderId')}`,
    body: [
      `We have refunded ${value('amount')} for your order ${value('orderId')}.`,
      'It goes back the way that you paid. Your bank may need some days to show it.',
    ],
    because: ORDERED,
  })),
  review_request: letter(['productName', 'orderId', 'sku'], (value) => ({
    subject: `How do you like ${value('productName')}?`,
    body: [
      `You have had ${value('productName')} for some days now. What is it like? With one to five stars, and a few words if you want, you help others to choose.`,
      'As a thank-you you get bonus points for your review.',
      `Order: ${value('orderId')}`,
      `Product: ${value('sku')}`,
    ],
    because: ORDERED,
  })),
} as const
