import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import type { Feature } from '../core/feature.ts'
import { type Counting, exchangeSchema } from '../core/money/exchange.ts'
import type { Money } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import { placedBySchema } from '../customer-profile/commands.ts'
import { shippingQuoteSchema } from '../delivery/events.ts'
import { disputeOutcome } from '../payment/events.ts'
import { promotionTermsSchema, segmentSchema, tierSchema } from '../promotion/terms.ts'
import type { OrderCommand } from './commands.ts'
import { rememberedDecisionSchema } from './decisions.ts'
import {
  cancellationReasons,
  type OrderEvent,
  orderPromotionSchema,
  orderReservationSchema,
  pricingSchema,
  requestableReasons,
  shortageSchema,
} from './events.ts'

export const orderStatuses = [
  'pending',
  'awaiting_payment',
  'confirmed',
  'shipped',
  'delivered',
  'completed',
  'cancelled',
  'returned',
] as const
const paymentStatuses = [
  'unpaid',
  'pending',
  'in_review',
  'failed',
  'paid',
  'invoiced',
  'not_required',
  'partially_refunded',
  'refunded',
  'disputed',
] as const
const fulfilmentStatuses = [
  'unfulfilled',
  'scheduled',
  'shipped',
  'delivered',
  'returned',
  'cancelled',
] as const

const orderPaymentSchema = z.object({
  id: z.string(),
  /** `returned`: it succeeded after the order had ended, and is refunded. */
  status: z.enum(['pending', 'review', 'processed', 'failed', 'returned']),
  /** Minor units of the order's currency. */
  amount: z.int().min(0),
  /** The result of each refund; it may fail after it had succeeded. */
  refunds: z.array(
    z.object({ id: z.string(), amount: z.int().min(0), status: z.enum(['succeeded', 'failed']) }),
  ),
  refunded: z.int().min(0),
  /** Whether a dispute is open. */
  disputed: z.boolean(),
  /** Without an outcome a dispute is open. */
  disputes: z.array(z.object({ id: z.string(), outcome: disputeOutcome.optional() })),
  attempt: z.int().min(1),
  startedAt: instantSchema,
  /** Why it failed. */
  code: z.string().optional(),
  /** The result of `fraudDetectionPolicy`, if it refused or held the payment. */
  score: z.int().optional(),
  rules: z.array(z.string()).optional(),
  /** Retries of the order's own refund. */
  retries: z.int().min(0),
  /** When the refund is requested again (UTC). */
  retryAt: instantSchema.optional(),
  /** The refund is not requested again: an operator handles it. */
  abandoned: z.boolean(),
})

export const orderSchema = z.object({
  customerId: z.string(),
  cartId: z.string().optional(),
  status: z.enum(orderStatuses),
  paymentStatus: z.enum(paymentStatuses),
  fulfilmentStatus: z.enum(fulfilmentStatuses),
  pricing: pricingSchema,
  /** See `OrderCreated`. */
  exchange: exchangeSchema.nullable().optional(),
  promotions: z.array(orderPromotionSchema),
  terms: z.array(promotionTermsSchema),
  tier: tierSchema,
  redeemPoints: z.int().min(0),
  shippingAddress: addressSchema,
  /** Without the decisions, which are on `OrderCreated`. */
  shippingQuote: shippingQuoteSchema.omit({ decisions: true }),
  paymentMethod: z.string().optional(),
  skipInvalidPromotions: z.boolean(),
  firstOrder: z.boolean(),
  segment: segmentSchema,
  placedBy: placedBySchema.optional(),
  /** UTC. */
  createdAt: instantSchema,
  /** The customer's profile has not granted the order a place yet; nothing is claimed or held before. */
  awaitsPlace: z.boolean(),
  /** Promotion codes and `points` that are requested and not answered yet. */
  openClaims: z.array(z.string()),
  /** By SKU; retained after the commit, for a restock. */
  reservations: z.array(orderReservationSchema),
  /** When the hold ends unless the order is confirmed (UTC). */
  holdUntil: instantSchema.optional(),
  stockCommitted: z.boolean(),
  payments: z.array(orderPaymentSchema),
  deliveries: z.array(
    z.object({
      id: z.string(),
      status: z.enum(['requested', 'scheduled', 'started', 'completed', 'failed', 'cancelled']),
    }),
  ),
  /** Net paid (minor units) at the delivery: the base of the pending points. */
  paidAtDelivery: z.int().min(0).optional(),
  /** Net paid (minor units) at the completion: the base of spending and points. */
  paidAtCompletion: z.int().min(0).optional(),
  reviewsRequested: z.boolean(),
  /** Decisions on the price, the promotions, the carrier and the stock. */
  decisions: z.array(rememberedDecisionSchema),
  /** A cancellation that waits for the delivery's consent. */
  cancelling: z.object({ reason: z.enum(requestableReasons), detail: z.string() }).optional(),
  cancellation: z
    .object({
      reason: z.enum(cancellationReasons),
      detail: z.string(),
      shortages: z.array(shortageSchema).optional(),
    })
    .optional(),
  personalDataErased: z.boolean(),
})
export type Order = z.infer<typeof orderSchema>
export type OrderPayment = z.infer<typeof orderPaymentSchema>
export type OrderFeature = Feature<Order, OrderCommand, OrderEvent>

/** The claim on loyalty points in `openClaims`; promotion codes are upper case. */
export const POINTS = 'points'

/** Whether the order is cancelled or returned. */
export function hasEnded(order: Order): boolean {
  return order.status === 'cancelled' || order.status === 'returned'
}

/** Whether it may still be cancelled. */
export function isBeforeShipping({ status }: Order): boolean {
  return status === 'pending' || status === 'awaiting_payment' || status === 'confirmed'
}

/** Whether the order is neither paid nor confirmed, and has not ended. */
export function isUnpaid({ status }: Order): boolean {
  return status === 'pending' || status === 'awaiting_payment'
}

/** Whether the order has reached a final status. */
export function isFinal(order: Order): boolean {
  return hasEnded(order) || order.status === 'completed'
}

/** Whether it may be paid by invoice: it has no payment method and no payment was attempted. */
export function isInvoice(order: Order): boolean {
  return order.paymentMethod === undefined && order.payments.length === 0
}

/** Whether there is anything to charge: an order with a total of zero skips the payment. */
export function needsPayment(order: Order): boolean {
  return order.pricing.total > 0
}

/** The active delivery; an order has one at a time. */
export function currentDelivery(order: Order): Order['deliveries'][number] | undefined {
  return order.deliveries.find((delivery) => delivery.status !== 'cancelled' && delivery.status !== 'failed')
}

/** The payment whose outcome is still open, at the gateway or with an operator. */
export function openPayment(order: Order): OrderPayment | undefined {
  return order.payments.find((payment) => payment.status === 'pending' || payment.status === 'review')
}

/** Whether a payment was charged, refunded or not. */
export function wasCharged(payment: OrderPayment): boolean {
  return payment.status === 'processed' || payment.status === 'returned'
}

/** The exchange rate at which the order's amounts count, as a field of commands to the customer. */
export function countedAs({ exchange }: Order): { exchange?: NonNullable<Counting> | null } {
  return exchange === undefined ? {} : { exchange }
}

/** An amount in the order's currency. */
export function inCurrencyOf(order: Order, amount: number): Money {
  return { amount, currency: order.pricing.currency }
}

/** The payment of this order with this id. */
export function paymentOf(order: Order, paymentId: string): OrderPayment | undefined {
  return order.payments.find((payment) => payment.id === paymentId)
}

/** The paid amount less refunds, in minor units. */
export function netPaid(order: Order): number {
  return order.payments
    .filter((payment) => payment.status === 'processed')
    .reduce((total, payment) => total + payment.amount - payment.refunded, 0)
}

/** The amount of a payment that an ended order has still to refund, in minor units. */
export function refundDue(order: Order, payment: OrderPayment): number {
  return hasEnded(order) && wasCharged(payment) ? payment.amount - payment.refunded : 0
}

/** Whether the process waits for an external action: what `Prefer: wait` waits for. */
export function settled(order: Order): boolean {
  if (order.cancelling) return false
  switch (order.status) {
    case 'pending':
      return false
    case 'awaiting_payment':
      // A review depends on an operator: there is nothing to wait for.
      return openPayment(order)?.status !== 'pending'
    case 'confirmed':
      return order.stockCommitted && currentDelivery(order)?.status !== 'requested'
    default:
      return true
  }
}

/** The list with a change to the entry with this id. */
export function changed<Entry extends { id: string }>(
  list: readonly Entry[],
  id: string,
  change: Partial<Entry> | ((entry: Entry) => Entry),
): Entry[] {
  return list.map((entry) => {
    if (entry.id !== id) return entry
    return typeof change === 'function' ? change(entry) : { ...entry, ...change }
  })
}

/** The order with these payments, and the payment status that follows from them. */
export function withPayments(order: Order, payments: OrderPayment[]): Order {
  return { ...order, payments, paymentStatus: paymentStatusOf(payments) }
}

/** The payment status of an order with at least one charged payment. */
function paymentStatusOf(payments: readonly OrderPayment[]): Order['paymentStatus'] {
  const charged = payments.filter(wasCharged)
  if (charged.every((payment) => payment.refunded >= payment.amount)) return 'refunded'
  if (charged.some((payment) => payment.disputed)) return 'disputed'
  return charged.some((payment) => payment.refunded > 0) ? 'partially_refunded' : 'paid'
}
