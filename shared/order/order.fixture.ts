import type { CommandsOutcome } from '../core/effect.ts'
import { NOW, specification } from '../core/specification.ts'
import { MINUTE, plus } from '../core/time.ts'
import type { ShippingQuote } from '../delivery/events.ts'
import type { PromotionTerms } from '../promotion/terms.ts'
import { order } from './aggregate.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'

/** Builders that the specifications of this folder share. Not used outside tests. */
export const ORDER_ID = 'ord_01939a2e-0000-7000-8000-000000000001'
export const CUSTOMER_ID = 'cus_01939a2e-0000-7000-8000-000000000001'
/** The first ids that a decision makes in a specification. */
export const PAYMENT_ID = 'pay_00000000-0000-7000-8000-000000000001'
export const DELIVERY_ID = 'dlv_00000000-0000-7000-8000-000000000001'
export const HOLD_UNTIL = plus(NOW, 30 * MINUTE)
/** A SKU lets go of its stock a minute after the order has given up. */
export const STOCK_UNTIL = plus(NOW, 31 * MINUTE)

export const spec = specification(order, { id: ORDER_ID })

type CommandOf<Type extends OrderCommand['type']> = Extract<OrderCommand, { type: Type }>
type EventOf<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>
type DataOf<Type extends OrderEvent['type']> = EventOf<Type>['data']

export function usd(amount: number) {
  return { amount, currency: 'USD' }
}

export const address = {
  name: 'Ada',
  line1: '1 Main St',
  city: 'Springfield',
  postalCode: '62701',
  country: 'US',
}

export const quote: ShippingQuote = {
  carrier: 'sandbox',
  service: 'standard',
  zone: 'domestic',
  price: usd(0),
  promisedFrom: plus(NOW, 60 * MINUTE),
  promisedTo: plus(NOW, 120 * MINUTE),
}

/** What the catalog says of a SKU. */
export function product(sku: string, price = 1_000) {
  return { sku, name: `The ${sku}`, price: usd(price), weightGrams: 100, onSale: true }
}

/** A line as it is asked for. */
export function wanted(sku: string, quantity: number, price = 1_000) {
  return { sku, quantity, product: product(sku, price) }
}

export const ada = {
  customerId: CUSTOMER_ID,
  status: 'active',
  tier: 'bronze',
  segment: 'new',
  firstOrder: true,
  pointsAvailable: 1_000,
} as const

/** A percentage off the whole order that stands beside nothing, unless told otherwise. */
export function percent(
  code: string,
  percent: number,
  overrides: Partial<PromotionTerms> = {},
): PromotionTerms {
  return {
    code,
    gift: { kind: 'percentage', value: { percent } },
    class: 'order',
    combinesWith: [],
    exclusive: false,
    priority: 0,
    ...overrides,
  }
}

/** Two mugs and a pen, 22.50 in all, paid by card. */
export function createOrder(overrides: Partial<CommandOf<'CreateOrder'>> = {}): CommandOf<'CreateOrder'> {
  return {
    type: 'CreateOrder',
    customer: { ...ada },
    lines: [wanted('MUG', 2), wanted('PEN', 1, 250)],
    shippingAddress: address,
    shippingQuote: quote,
    promotions: [],
    redeemPoints: 0,
    paymentMethod: 'pm_card_visa',
    skipInvalidPromotions: false,
    ...overrides,
  }
}

/** What taking this order comes to as an event. */
export function created(overrides: Partial<CommandOf<'CreateOrder'>> = {}): EventOf<'OrderCreated'> {
  const [event] = spec.given().when(createOrder(overrides)).decision.events
  if (event?.type !== 'OrderCreated') throw new Error('the order of the fixture was not taken')
  return event
}

/** An order with two promotions and 500 points that all have to be claimed. */
export const claiming: Partial<CommandOf<'CreateOrder'>> = {
  promotions: [
    { code: 'TEN', terms: percent('TEN', 10, { combinesWith: ['order'], priority: 1 }) },
    { code: 'FIVE', terms: percent('FIVE', 5, { combinesWith: ['order'] }) },
  ],
  redeemPoints: 500,
}

/** The holds on both SKUs, as their stock tells them. */
export const reservations: DataOf<'OrderStockHeld'>['reservations'] = [
  { sku: 'MUG', quantity: 2, allocations: [{ location: 'main', quantity: 2 }], rule: 'single_location' },
  { sku: 'PEN', quantity: 1, allocations: [{ location: 'main', quantity: 1 }], rule: 'single_location' },
]

export function stockHeld(overrides: Partial<DataOf<'OrderStockHeld'>> = {}): OrderEvent {
  return { type: 'OrderStockHeld', data: { reservations, holdUntil: HOLD_UNTIL, ...overrides } }
}

export function paymentStarted(overrides: Partial<DataOf<'OrderPaymentStarted'>> = {}): OrderEvent {
  return {
    type: 'OrderPaymentStarted',
    data: {
      paymentId: PAYMENT_ID,
      amount: usd(2_250),
      paymentMethod: 'pm_card_visa',
      attempt: 1,
      holdUntil: HOLD_UNTIL,
      holdExtended: false,
      ...overrides,
    },
  }
}

const ofPayment = { paymentId: PAYMENT_ID, amount: usd(2_250) }

export const paymentFailed: OrderEvent = {
  type: 'OrderPaymentFailed',
  data: { ...ofPayment, code: 'card_declined', detail: 'The card was declined.' },
}
export const paid: OrderEvent = { type: 'OrderPaid', data: ofPayment }
export const paymentReturned: OrderEvent = { type: 'OrderPaymentReturned', data: ofPayment }

export function confirmed(by: 'process' | 'operator' = 'process', total = 2_250): OrderEvent {
  return { type: 'OrderConfirmed', data: { customerId: CUSTOMER_ID, total: usd(total), by } }
}

export const stockCommitted: OrderEvent = { type: 'OrderStockCommitted', data: { skus: ['MUG', 'PEN'] } }
export const deliveryRequested: OrderEvent = {
  type: 'OrderDeliveryRequested',
  data: { deliveryId: DELIVERY_ID, service: 'standard' },
}
export const deliveryScheduled: OrderEvent = {
  type: 'OrderDeliveryScheduled',
  data: { deliveryId: DELIVERY_ID },
}
export const shipped: OrderEvent = {
  type: 'OrderShipped',
  data: { deliveryId: DELIVERY_ID, trackingNumber: 'TRACK-1' },
}
export const delivered: OrderEvent = { type: 'OrderDelivered', data: { deliveryId: DELIVERY_ID } }
export const completed: OrderEvent = {
  type: 'OrderCompleted',
  data: { deliveryId: DELIVERY_ID, customerId: CUSTOMER_ID, netPaid: usd(2_250) },
}
export const returned: OrderEvent = {
  type: 'OrderReturned',
  data: { deliveryId: DELIVERY_ID, reason: 'nobody home', refund: usd(2_250) },
}
export const deliveryCancelled: OrderEvent = {
  type: 'OrderDeliveryCancelled',
  data: { deliveryId: DELIVERY_ID, reason: 'carrier strike' },
}
export const cancellationRequested: OrderEvent = {
  type: 'OrderCancellationRequested',
  data: { deliveryId: DELIVERY_ID, reason: 'customer_request', detail: 'changed my mind' },
}
export const cancellationDeclined: OrderEvent = {
  type: 'OrderCancellationDeclined',
  data: { deliveryId: DELIVERY_ID, code: 'delivery_started' },
}

/** An order that ended because its customer wanted so, unless told otherwise. */
export function cancelled(overrides: Partial<DataOf<'OrderCancelled'>> = {}): OrderEvent {
  return {
    type: 'OrderCancelled',
    data: {
      customerId: CUSTOMER_ID,
      reason: 'customer_request',
      detail: 'changed my mind',
      ...overrides,
    },
  }
}

export function refunded(amount: number, refundedTotal = amount): OrderEvent {
  return {
    type: 'OrderRefunded',
    data: { paymentId: PAYMENT_ID, amount: usd(amount), refundedTotal: usd(refundedTotal) },
  }
}

// Where an order stands, as the events that lead there.
export const charging: readonly OrderEvent[] = [created(), stockHeld(), paymentStarted()]
export const declined: readonly OrderEvent[] = [...charging, paymentFailed]
/** An order without a payment method, which waits for one or for an operator. */
export const unpaid: readonly OrderEvent[] = [created({ paymentMethod: undefined }), stockHeld()]
export const sold: readonly OrderEvent[] = [...charging, paid, confirmed()]
export const requested: readonly OrderEvent[] = [...sold, stockCommitted, deliveryRequested]
export const scheduled: readonly OrderEvent[] = [...requested, deliveryScheduled]
export const underWay: readonly OrderEvent[] = [...scheduled, shipped]
export const ended: readonly OrderEvent[] = [...declined, cancelled()]
export const sentBack: readonly OrderEvent[] = [...underWay, returned]

/** The step of an outcome that was done, with the events that it left. */
export function done(
  kind: string,
  id: string,
  ...events: { type: string; data: unknown }[]
): CommandsOutcome[number] {
  return { ok: true, to: { kind, id }, version: 1, events }
}

/** The step of an outcome that was refused. */
export function refusedBy(
  kind: string,
  id: string,
  code: string,
  facts?: Record<string, unknown>,
): CommandsOutcome[number] {
  return { ok: false, to: { kind, id }, refusal: { code, detail: `${id} says no.`, ...(facts && { facts }) } }
}

/** A SKU's answer that it holds so many for the order. */
export function reserved(sku: string, quantity: number, expiresAt = STOCK_UNTIL): CommandsOutcome[number] {
  return done('inventory', sku, {
    type: 'InventoryReserved',
    data: {
      sku,
      orderId: ORDER_ID,
      quantity,
      allocations: [{ location: 'main', quantity }],
      expiresAt,
      available: 5,
      rule: 'single_location',
    },
  })
}
