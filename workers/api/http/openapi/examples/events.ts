import { type CloudEvent, cloudEventOf } from '../../../../../shared/core/cloud-event.ts'
import {
  at,
  cartId,
  customerId,
  deliveryId,
  mug,
  orderId,
  origin,
  paymentId,
  promotionCode,
  reviewId,
  usd,
} from './shop.ts'

interface ExampleEvent {
  readonly type: string
  /** The name of the aggregate's stream. */
  readonly stream: string
  readonly subject: string
  readonly version: number
  readonly time: string
  readonly data: Readonly<Record<string, unknown>>
}

/** An event of the history of each kind of aggregate, by its operation. */
const events: Readonly<Record<string, ExampleEvent>> = {
  listProductEvents: {
    ...{ type: 'catalog.ProductPriceChanged', stream: `product/${mug.sku}`, subject: mug.sku, version: 2 },
    time: at('09:30', '01'),
    data: { sku: mug.sku, price: usd(1499), previousPrice: usd(1599) },
  },
  listInventoryEvents: {
    ...{
      type: 'inventory.ReservationCommitted',
      stream: `inventory/${mug.sku}`,
      subject: mug.sku,
      version: 6,
    },
    time: at('10:01'),
    data: { sku: mug.sku, orderId, quantity: 2, allocations: [{ location: 'main', quantity: 2 }] },
  },
  listPromotionEvents: {
    ...{ type: 'promotion.PromotionExpired', stream: `promotion/${promotionCode}` },
    ...{ subject: promotionCode, version: 9, time: at('00:00', '31') },
    data: { code: promotionCode, reason: 'end_date' },
  },
  listCustomerEvents: {
    ...{ type: 'customer.CustomerSuspended', stream: customerId, subject: customerId, version: 5 },
    time: at('12:00', '09'),
    data: { reason: 'Parcels were disputed without cause.' },
  },
  listCartEvents: {
    ...{ type: 'cart.PromotionRemoved', stream: cartId, subject: cartId, version: 5, time: at('09:59') },
    data: { code: promotionCode },
  },
  listOrderEvents: {
    ...{ type: 'order.OrderPaid', stream: orderId, subject: orderId, version: 6, time: at('10:01') },
    data: { paymentId, amount: usd(3597) },
  },
  listPaymentEvents: {
    ...{ type: 'payment.PaymentReviewApproved', stream: paymentId, subject: paymentId, version: 3 },
    time: at('10:20'),
    data: { orderId, customerId },
  },
  listDeliveryEvents: {
    ...{ type: 'delivery.DeliveryConfirmed', stream: deliveryId, subject: deliveryId, version: 7 },
    time: at('19:00', '05'),
    data: { orderId, customerId, by: 'customer' },
  },
  listReviewEvents: {
    ...{ type: 'review.ReviewRequested', stream: reviewId, subject: reviewId, version: 1 },
    time: at('12:00', '06'),
    data: { orderId, customerId, sku: mug.sku, productName: mug.name },
  },
}

/** The CloudEvent of an example, of the history that an operation lists; undefined for another operation. */
export function eventExample(operationId: string): CloudEvent | undefined {
  const example = events[operationId]
  if (!example) return undefined
  const { type, stream, subject, version, time, data } = example
  const [context = '', name = ''] = type.split('.')
  return cloudEventOf({
    ...{ origin, stream, context, id: subject, version, time },
    event: { type: name, schemaVersion: 1, data },
    category: 'business',
    trace: {
      correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    },
  })
}
