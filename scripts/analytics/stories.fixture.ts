import { type CloudEvent, unsequencedCloudEvent } from '../../shared/core/cloud-event.ts'
import { happened } from './given.fixture.ts'

/** The details of an order that a story sets. Amounts in minor units. */
interface Sale {
  readonly order: string
  readonly customer?: string
  readonly cart?: string
  readonly currency?: string
  readonly total?: number
  /** When it was placed; later events follow within minutes. */
  readonly at: string
  /** Confirmed by an operator, without a payment. */
  readonly invoice?: boolean
}

const minutesAfter = (time: string, minutes: number) =>
  new Date(Date.parse(time) + minutes * 60_000).toISOString()

function pricing(currency: string, total: number) {
  return { currency, total, lines: [], subtotal: total, discounts: [], shipping: 0 }
}

function placed({ order, customer = 'ada', cart, currency = 'USD', total = 1_000, at }: Sale): CloudEvent {
  const data = { customerId: customer, cartId: cart, pricing: pricing(currency, total) }
  return happened('order.OrderCreated', order, 1, at, data)
}

/** An order that becomes a sale two minutes after it was placed. */
function sold(sale: Sale): CloudEvent[] {
  const { order, customer = 'ada', currency = 'USD', total = 1_000, at, invoice = false } = sale
  const amount = { amount: total, currency }
  const confirmed = { customerId: customer, total: amount, by: invoice ? 'operator' : 'process' }
  return [
    placed(sale),
    ...(invoice
      ? []
      : [happened('order.OrderPaid', order, 2, minutesAfter(at, 2), { paymentId: `pay-${order}`, amount })]),
    happened('order.OrderConfirmed', order, 3, minutesAfter(at, 2), confirmed),
  ]
}

function refund(type: 'PaymentRefunded' | 'RefundFailed', order: string, refundId: string) {
  return (sequence: number, time: string, amount: number, currency = 'USD') =>
    happened(`payment.${type}`, `pay-${order}`, sequence, time, {
      orderId: order,
      refundId,
      amount: { amount, currency },
    })
}

/** Sales in three currencies, some of them refunded. */
export const revenueStory: readonly CloudEvent[] = [
  // Placed on the first of March, a sale on the second.
  ...sold({ order: 'r-late', total: 1_999, at: '2026-03-01T23:58:30Z' }),
  ...sold({ order: 'r-refunded', total: 5_000, at: '2026-03-02T10:00:00Z' }),
  refund('PaymentRefunded', 'r-refunded', 'a')(5, '2026-03-03T10:00:00Z', 1_200),
  refund('PaymentRefunded', 'r-refunded', 'b')(6, '2026-03-03T11:00:00Z', 300),
  // The bank returns refund b; refund c was never made.
  refund('RefundFailed', 'r-refunded', 'b')(7, '2026-03-04T09:00:00Z', 300),
  refund('RefundFailed', 'r-refunded', 'c')(8, '2026-03-04T09:30:00Z', 700),
  ...sold({ order: 'r-yen', currency: 'JPY', total: 5_000, at: '2026-03-02T11:00:00Z' }),
  ...sold({ order: 'r-dinar', currency: 'KWD', total: 1_234, at: '2026-03-02T12:00:00Z' }),
  // Paid, then cancelled: the refund counts, and nothing is written off.
  ...sold({ order: 'r-cancelled', total: 2_000, at: '2026-03-02T12:30:00Z' }),
  happened('order.OrderCancelled', 'r-cancelled', 4, '2026-03-03T12:00:00Z', { reason: 'customer_request' }),
  refund('PaymentRefunded', 'r-cancelled', 'a')(5, '2026-03-03T12:00:01Z', 2_000),
  // By invoice, then cancelled two days later: never paid.
  ...sold({ order: 'r-invoice', total: 7_000, at: '2026-03-02T13:00:00Z', invoice: true }),
  happened('order.OrderCancelled', 'r-invoice', 4, '2026-03-04T13:00:00Z', { reason: 'operator' }),
  // Paid too late, and refunded: never a sale.
  placed({ order: 'r-too-late', total: 9_900, at: '2026-03-02T14:00:00Z' }),
  refund('PaymentRefunded', 'r-too-late', 'a')(4, '2026-03-02T15:00:00Z', 9_900),
]

function viewed(id: string, time: string, data: { customerId?: string; sessionId?: string }): CloudEvent {
  return unsequencedCloudEvent({
    origin: 'https://shop.example',
    id: `${id}/viewed`,
    context: 'catalog',
    type: 'ProductViewed',
    subject: 'MUG',
    time: new Date(time).toISOString(),
    category: 'business',
    trace: { correlationId: 'test' },
    data: { sku: 'MUG', ...data },
  })
}

const added = (cart: string, sequence: number, time: string) =>
  happened('cart.ProductAddedToCart', cart, sequence, time)

/** Two days in the shop. */
export const funnelStory: readonly CloudEvent[] = [
  viewed('v1', '2026-04-01T08:00:00Z', { customerId: 'ada' }),
  viewed('v2', '2026-04-01T09:00:00Z', { customerId: 'ada' }),
  viewed('v3', '2026-04-01T10:00:00Z', { sessionId: 'browser-1' }),
  viewed('v4', '2026-04-02T10:00:00Z', { sessionId: 'browser-2' }),
  added('f-cart-1', 2, '2026-04-01T23:00:00Z'),
  added('f-cart-1', 3, '2026-04-02T01:00:00Z'),
  added('f-cart-2', 2, '2026-04-01T11:00:00Z'),
  happened('cart.CartMerged', 'f-cart-2', 3, '2026-04-01T12:00:00Z', { intoCartId: 'f-cart-3' }),
  added('f-cart-3', 2, '2026-04-01T11:30:00Z'),
  added('f-cart-4', 2, '2026-04-02T12:00:00Z'),
  ...sold({ order: 'f-1', cart: 'f-cart-1', at: '2026-04-02T09:00:00Z' }),
  happened('order.OrderShipped', 'f-1', 4, '2026-04-02T15:00:00Z'),
  happened('order.OrderDelivered', 'f-1', 5, '2026-04-03T15:00:00Z'),
  placed({ order: 'f-2', at: '2026-04-02T10:00:00Z' }),
  ...sold({ order: 'f-3', at: '2026-04-02T11:00:00Z' }),
]

function declined(
  order: string,
  attempt: number,
  time: string,
  code: string,
  amount: number,
  currency = 'USD',
) {
  const data = { orderId: order, code, amount: { amount, currency } }
  return happened('payment.PaymentFailed', `pay-${order}-${attempt}`, 3, time, data)
}

/** Declined cards; one buyer pays with another card. */
export const paymentStory: readonly CloudEvent[] = [
  declined('p-1', 1, '2026-05-01T10:00:30Z', 'card_declined', 1_000),
  declined('p-1', 2, '2026-05-01T10:01:00Z', 'card_declined', 1_000),
  ...sold({ order: 'p-1', at: '2026-05-01T10:00:00Z' }),
  placed({ order: 'p-2', total: 2_550, at: '2026-05-01T11:00:00Z' }),
  declined('p-2', 1, '2026-05-01T11:01:00Z', 'card_declined', 2_550),
  placed({ order: 'p-3', currency: 'JPY', total: 3_000, at: '2026-05-01T12:00:00Z' }),
  declined('p-3', 1, '2026-05-01T12:01:00Z', 'insufficient_funds', 3_000, 'JPY'),
]

const stock = (name: string, sku: string, sequence: number, time: string, data: object) =>
  happened(`inventory.${name}`, sku, sequence, time, { sku, ...data })

/** A product that sells out twice, one with too little stock, and one that never sells out. */
export const stockStory: readonly CloudEvent[] = [
  stock('StockLevelChanged', 'MUG', 2, '2026-06-01T08:00:00Z', { onHand: 5, reserved: 0, available: 5 }),
  stock('InventoryReserved', 'MUG', 3, '2026-06-01T10:00:00Z', { quantity: 5, available: 0 }),
  stock('InventoryInsufficient', 'MUG', 4, '2026-06-01T11:00:00Z', {
    orderId: 's-2',
    quantity: 2,
    available: 0,
  }),
  // Counted again while it is sold out: not another sell-out.
  stock('StockLevelChanged', 'MUG', 5, '2026-06-01T11:30:00Z', { onHand: 5, reserved: 5, available: 0 }),
  stock('InventoryReleased', 'MUG', 6, '2026-06-01T12:30:00Z', { quantity: 2, available: 2 }),
  stock('InventoryReserved', 'MUG', 7, '2026-06-01T13:00:00Z', { quantity: 2, available: 0 }),
  stock('StockLevelChanged', 'POT', 2, '2026-06-01T08:00:00Z', { onHand: 1, reserved: 0, available: 1 }),
  placed({ order: 's-1', at: '2026-06-01T09:00:00Z' }),
  stock('InventoryInsufficient', 'POT', 3, '2026-06-01T09:00:01Z', {
    orderId: 's-1',
    quantity: 3,
    available: 1,
  }),
  happened('order.OrderCancelled', 's-1', 2, '2026-06-01T09:00:02Z', { reason: 'out_of_stock' }),
  stock('StockLevelChanged', 'PAN', 2, '2026-06-01T08:00:00Z', { onHand: 9, reserved: 0, available: 9 }),
  stock('InventoryReserved', 'PAN', 3, '2026-06-01T14:00:00Z', { quantity: 1, available: 8 }),
]

const parcel = (name: string, id: string, sequence: number, time: string, data: object = {}) =>
  happened(`delivery.${name}`, id, sequence, time, { orderId: `order-of-${id}`, ...data })

function sent(id: string, at: string, promisedTo: string, carrier = 'post'): CloudEvent[] {
  return [
    parcel('DeliveryScheduled', id, 1, at, { promisedFrom: `${at.slice(0, 19)}.000Z`, promisedTo }),
    parcel('CarrierAssigned', id, 2, at, { carrier, service: 'standard' }),
    parcel('DeliveryStarted', id, 4, minutesAfter(at, 60)),
  ]
}

/** Parcels that are early, late, redirected, and never accepted. */
export const deliveryStory: readonly CloudEvent[] = [
  ...sent('d-early', '2026-07-01T08:00:00Z', '2026-07-03T08:00:00.000Z'),
  parcel('DeliveryCompleted', 'd-early', 5, '2026-07-02T08:00:00Z', { onTime: true }),
  ...sent('d-late', '2026-07-01T08:00:00Z', '2026-07-03T08:00:00.000Z'),
  parcel('DeliveryDelayed', 'd-late', 5, '2026-07-02T08:00:00Z', { newDate: '2026-07-05T08:00:00.000Z' }),
  parcel('DeliveryAttemptFailed', 'd-late', 6, '2026-07-04T08:00:00Z', { attempt: 1 }),
  parcel('DeliveryCompleted', 'd-late', 7, '2026-07-04T14:00:00Z', { onTime: false }),
  // Late by the first promise, on time by the promise for the new address.
  ...sent('d-moved', '2026-07-01T08:00:00Z', '2026-07-03T08:00:00.000Z'),
  parcel('DeliveryAddressChanged', 'd-moved', 5, '2026-07-02T08:00:00Z', {
    promisedTo: '2026-07-06T08:00:00.000Z',
  }),
  parcel('DeliveryCompleted', 'd-moved', 6, '2026-07-04T08:00:00Z', { onTime: true }),
  ...sent('d-failed', '2026-07-01T08:00:00Z', '2026-07-03T08:00:00.000Z', 'courier'),
  parcel('DeliveryAttemptFailed', 'd-failed', 5, '2026-07-02T08:00:00Z', { attempt: 1 }),
  parcel('DeliveryFailed', 'd-failed', 6, '2026-07-02T08:00:01Z', { attempts: 1 }),
]

type Code = { code: string; amount?: number; applied?: boolean }

/** A sale with promotion codes, and the discount of each. */
function soldWith(sale: Sale, codes: readonly Code[]): CloudEvent[] {
  const { customer = 'ada', total = 1_000, currency = 'USD', order, at } = sale
  const discounts = codes.flatMap(({ code, amount }) =>
    amount === undefined ? [] : [{ source: 'order_promotion', code, amount, allocations: [] }],
  )
  const loyalty = { source: 'loyalty', amount: 30, allocations: [] }
  const data = {
    customerId: customer,
    pricing: { ...pricing(currency, total), discounts: [loyalty, ...discounts] },
    promotions: codes.map(({ code, applied = true }) => ({ code, applied })),
  }
  return [happened('order.OrderCreated', order, 1, at, data), ...sold(sale).slice(1)]
}

/** Public and personal codes: used, refused and lost. */
export const promotionStory: readonly CloudEvent[] = [
  happened('promotion.PromotionCreated', 'WELCOME-AAA', 1, '2026-08-01T08:00:00Z', { customerId: 'ada' }),
  happened('promotion.PromotionCreated', 'WELCOME-BBB', 1, '2026-08-01T08:00:00Z', { customerId: 'ben' }),
  happened('promotion.PromotionCreated', 'SUMMER-SALE', 1, '2026-08-01T08:00:00Z'),
  ...soldWith({ order: 'c-1', at: '2026-08-01T10:00:00Z', total: 8_000 }, [
    { code: 'WELCOME-AAA', amount: 1_000 },
    { code: 'SUMMER-SALE', amount: 500 },
    { code: 'REFUSED', applied: false },
  ]),
  ...soldWith({ order: 'c-2', customer: 'ben', at: '2026-08-01T11:00:00Z', total: 4_000 }, [
    { code: 'WELCOME-BBB', amount: 1_000 },
  ]),
  // Shipping was free anyway: used without a discount.
  ...soldWith({ order: 'c-3', at: '2026-08-01T12:00:00Z', total: 2_000 }, [{ code: 'FREE-SHIPPING' }]),
  ...soldWith({ order: 'c-4', currency: 'JPY', at: '2026-08-01T12:30:00Z', total: 900 }, [
    { code: 'SUMMER-SALE', amount: 100 },
  ]),
  // Quoted with a code that another customer exhausted first: sold at the price without it.
  ...soldWith({ order: 'c-5', at: '2026-08-01T13:00:00Z', total: 3_000 }, [
    { code: 'SUMMER-SALE', amount: 700 },
  ]),
  happened('order.OrderRepriced', 'c-5', 2, '2026-08-01T13:00:30Z', {
    pricing: pricing('USD', 3_000),
    promotions: [{ code: 'SUMMER-SALE', applied: false, reason: 'exhausted' }],
  }),
  // Never a sale.
  ...soldWith({ order: 'c-6', at: '2026-08-01T14:00:00Z' }, [{ code: 'SUMMER-SALE', amount: 100 }]).slice(
    0,
    1,
  ),
]

const rose = (customer: string, sequence: number, time: string, previousTier: string, tier: string) =>
  happened('customer.LoyaltyStatusUpdated', customer, sequence, time, { previousTier, tier })

/** Customers whose tier rises, falls and stays, and customers who are erased. */
export const loyaltyStory: readonly CloudEvent[] = [
  ...['l-ada', 'l-ben', 'l-cyd', 'l-dan'].map((customer) =>
    happened('customer.CustomerRegistered', customer, 3, '2026-09-01T08:00:00Z'),
  ),
  // She has not verified her address.
  happened('customer.CustomerRegistrationStarted', 'l-eve', 1, '2026-09-01T08:00:00Z'),
  rose('l-ada', 9, '2026-09-02T08:00:00Z', 'bronze', 'silver'),
  rose('l-ada', 10, '2026-09-20T08:00:00Z', 'silver', 'gold'),
  rose('l-ben', 9, '2026-09-03T08:00:00Z', 'bronze', 'silver'),
  rose('l-ben', 12, '2026-10-03T08:00:00Z', 'silver', 'bronze'),
  // The tier is renewed for another year: no movement.
  rose('l-ada', 14, '2026-10-20T08:00:00Z', 'gold', 'gold'),
  rose('l-dan', 9, '2026-09-04T08:00:00Z', 'bronze', 'silver'),
  happened('customer.CustomerErased', 'l-dan', 10, '2026-10-04T08:00:00Z'),
]

/** Buyers of two months, and when they came back. */
export const cohortStory: readonly CloudEvent[] = [
  ...sold({ order: 'k-1', customer: 'k-ada', at: '2026-01-31T23:50:00Z' }),
  ...sold({ order: 'k-2', customer: 'k-ada', at: '2026-02-01T00:10:00Z' }),
  ...sold({ order: 'k-3', customer: 'k-ada', at: '2026-04-10T10:00:00Z' }),
  ...sold({ order: 'k-4', customer: 'k-ada', at: '2026-04-11T10:00:00Z' }),
  ...sold({ order: 'k-5', customer: 'k-ben', at: '2026-01-02T10:00:00Z' }),
  ...sold({ order: 'k-6', customer: 'k-cyd', at: '2026-02-10T10:00:00Z' }),
  // Not a sale.
  placed({ order: 'k-7', customer: 'k-ben', at: '2026-03-10T10:00:00Z' }),
]

/** All stories together, to compare two engines. */
export const allStories: readonly CloudEvent[] = [
  ...revenueStory,
  ...funnelStory,
  ...paymentStory,
  ...stockStory,
  ...deliveryStory,
  ...promotionStory,
  ...loyaltyStory,
  ...cohortStory,
]
