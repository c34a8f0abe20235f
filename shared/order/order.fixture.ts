import type { CommandsOutcome } from '../core/effect.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, MINUTE, plus } from '../core/time.ts'
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
  region: 'IL',
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
export function requestedLine(sku: string, quantity: number, price = 1_000) {
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
    lines: [requestedLine('MUG', 2), requestedLine('PEN', 1, 250)],
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
  customer: { ...ada, firstOrder: false },
  promotions: [
    { code: 'TEN', terms: percent('TEN', 10, { combinesWith: ['order'], priority: 1 }) },
    { code: 'FIVE', terms: percent('FIVE', 5, { combinesWith: ['order'] }) },
  ],
  redeemPoints: 500,
}

/** The holds on both SKUs, as their stock tells them. */
export const reservations: DataOf<'OrderStockHeld'>['reservations'] = [
  { sku: 'MUG', quantity: 2, allocations: [{ location: 'main', quantity: 2 }] },
  { sku: 'PEN', quantity: 1, allocations: [{ location: 'main', quantity: 1 }] },
]

/** Why stock came from where it came, as the order tells it. */
export function allocated(sku: string, quantity: number): PolicyDecision {
  return {
    policy: 'allocationPolicy',
    rules: ['single_location', 'listed_order'],
    inputs: { quantity, sku },
    outcome: 'single_location',
  }
}

export function stockHeld(overrides: Partial<DataOf<'OrderStockHeld'>> = {}): OrderEvent {
  const decisions = reservations.map(({ sku, quantity }) => allocated(sku, quantity))
  return { type: 'OrderStockHeld', data: { reservations, holdUntil: HOLD_UNTIL, decisions, ...overrides } }
}

/** The decision about the hold that a payment starts with. */
export function holdDecision(rule = 'enough_left', until = HOLD_UNTIL): PolicyDecision {
  return {
    policy: 'holdPolicy',
    rules: [rule],
    inputs: { orderedAt: NOW, heldUntil: until },
    outcome: rule === 'enough_left' ? 'as_it_was' : 'extended',
  }
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
      decisions: [holdDecision()],
      ...overrides,
    },
  }
}

const ofPayment = { paymentId: PAYMENT_ID, amount: usd(2_250) }

export const paymentFailed: EventOf<'OrderPaymentFailed'> = {
  type: 'OrderPaymentFailed',
  data: { ...ofPayment, code: 'card_declined', detail: 'The card was declined.', decisions: [] },
}
/** What `fraudDetectionPolicy` says of a payment in these specifications. */
export const suspicion = { score: 70, rules: ['velocity', 'amount_over_average'] }
export function fraudDecision(outcome: string): PolicyDecision {
  const { score, rules } = suspicion
  return { policy: 'fraudDetectionPolicy', rules, inputs: { score }, outcome }
}
export const paymentHeld: OrderEvent = {
  type: 'OrderPaymentHeld',
  data: {
    ...ofPayment,
    ...suspicion,
    holdUntil: plus(NOW, DAY),
    decisions: [fraudDecision('held_for_review')],
  },
}
export const disputed: OrderEvent = {
  type: 'OrderPaymentDisputed',
  data: { ...ofPayment, reason: 'fraudulent', disputeId: 'dp_1' },
}
export function disputeClosed(outcome: DataOf<'OrderDisputeClosed'>['outcome']): OrderEvent {
  return { type: 'OrderDisputeClosed', data: { ...ofPayment, disputeId: 'dp_1', outcome } }
}
export const paid: OrderEvent = { type: 'OrderPaid', data: ofPayment }
export const paymentReturned: OrderEvent = { type: 'OrderPaymentReturned', data: ofPayment }

export function confirmed(by: 'process' | 'operator' = 'process', total = 2_250): OrderEvent {
  return { type: 'OrderConfirmed', data: { customerId: CUSTOMER_ID, total: usd(total), by } }
}

export const stockReleased: OrderEvent = {
  type: 'OrderStockReleased',
  data: { sku: 'MUG', quantity: 2 },
}
export const stockCommitted: OrderEvent = { type: 'OrderStockCommitted', data: { skus: ['MUG', 'PEN'] } }
export const deliveryRequested: EventOf<'OrderDeliveryRequested'> = {
  type: 'OrderDeliveryRequested',
  data: { deliveryId: DELIVERY_ID, service: 'standard' },
}
export const deliveryScheduled: OrderEvent = {
  type: 'OrderDeliveryScheduled',
  data: { deliveryId: DELIVERY_ID },
}
/** Where the customer wants the parcel after all. */
export const otherAddress = { ...address, line1: '2 Elm St', city: 'Shelbyville' }
export const addressChanged: OrderEvent = {
  type: 'OrderAddressChanged',
  data: { deliveryId: DELIVERY_ID, address: otherAddress },
}
export const erased: OrderEvent = { type: 'OrderPersonalDataErased', data: {} }
export const shipped: OrderEvent = {
  type: 'OrderShipped',
  data: { deliveryId: DELIVERY_ID, trackingNumber: 'TRACK-1' },
}
export const delivered: OrderEvent = { type: 'OrderDelivered', data: { deliveryId: DELIVERY_ID } }
export const completed: EventOf<'OrderCompleted'> = {
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

/** The refund that an operator makes, unless told otherwise. */
export const REFUND_ID = 'goodwill'
export function refunded(amount: number, refundedTotal = amount, refundId = REFUND_ID): OrderEvent {
  return {
    type: 'OrderRefunded',
    data: { paymentId: PAYMENT_ID, refundId, amount: usd(amount), refundedTotal: usd(refundedTotal) },
  }
}
/** The order whose money went back in full after it had been delivered. */
export const returnedByRefund: OrderEvent = {
  type: 'OrderReturned',
  data: { deliveryId: DELIVERY_ID, reason: 'refunded', refund: usd(0) },
}

/** One of each type of event; they tell no story together. */
export function everyEvent(): OrderEvent[] {
  const refund = { paymentId: PAYMENT_ID, refundId: `${ORDER_ID}/end`, amount: usd(2_250) }
  const { pricing, promotions } = created().data
  return [
    created({ cartId: 'crt_1', shippingAddress: { ...address, line2: 'Flat 3', region: 'IL' } }),
    { type: 'OrderPlaceGranted', data: { firstOrder: true } },
    { type: 'PromotionApplied', data: { code: 'TEN' } },
    { type: 'OrderRepriced', data: { pricing, promotions, decisions: [] } },
    { type: 'OrderPointsRedeemed', data: { points: 500 } },
    stockHeld(),
    paymentStarted(),
    paymentHeld,
    paymentFailed,
    paid,
    disputed,
    disputeClosed('won'),
    confirmed(),
    stockCommitted,
    stockReleased,
    deliveryRequested,
    deliveryScheduled,
    addressChanged,
    shipped,
    delivered,
    completed,
    { type: 'OrderReviewsRequested', data: { skus: ['MUG', 'PEN'] } },
    cancelled(),
    returned,
    cancellationRequested,
    cancellationDeclined,
    deliveryCancelled,
    paymentReturned,
    refunded(250),
    {
      type: 'OrderRefundFailed',
      data: { ...refund, code: 'account_closed', refundedTotal: usd(0), decisions: [] },
    },
    { type: 'OrderRefundRetried', data: { ...refund, retry: 1 } },
    { type: 'OrderRefundAbandoned', data: { ...refund, code: 'account_closed', retries: 3 } },
    erased,
  ]
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
export const arrived: readonly OrderEvent[] = [...underWay, delivered]
export const over: readonly OrderEvent[] = [...arrived, completed]
export const underReview: readonly OrderEvent[] = [...charging, paymentHeld]
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
export function reserved(sku: string, quantity: number, expiresAt = HOLD_UNTIL): CommandsOutcome[number] {
  return done('inventory', sku, {
    type: 'InventoryReserved',
    data: {
      sku,
      orderId: ORDER_ID,
      quantity,
      allocations: [{ location: 'main', quantity }],
      expiresAt,
      available: 5,
      decisions: [
        {
          policy: 'allocationPolicy',
          rules: ['single_location', 'listed_order'],
          inputs: { quantity },
          outcome: 'single_location',
        },
      ],
    },
  })
}
