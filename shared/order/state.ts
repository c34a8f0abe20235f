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
  /** `returned`: it arrived when the order no longer wanted it, and goes back. */
  status: z.enum(['pending', 'review', 'processed', 'failed', 'returned']),
  /** Minor units of the order's currency. */
  amount: z.int().min(0),
  /** What came of each refund, by its id: a refund is told once, and may fail after it had succeeded. */
  refunds: z.array(
    z.object({ id: z.string(), amount: z.int().min(0), status: z.enum(['succeeded', 'failed']) }),
  ),
  refunded: z.int().min(0),
  /** Whether a bank has still to decide. */
  disputed: z.boolean(),
  /** Every dispute, and how it ended; without an outcome it is open. */
  disputes: z.array(z.object({ id: z.string(), outcome: disputeOutcome.optional() })),
  attempt: z.int().min(1),
  startedAt: instantSchema,
  /** Why it failed. */
  code: z.string().optional(),
  /** What `fraudDetectionPolicy` made of it, where that led to anything. */
  score: z.int().optional(),
  rules: z.array(z.string()).optional(),
  /** How often what the order owes was asked for again after a refund had failed. */
  retries: z.int().min(0),
  /** When it is asked for the next time (UTC). */
  retryAt: instantSchema.optional(),
  /** It is not asked for again: an operator has to see to it. */
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
  /** With the ids of the rules alone: why they decided so stands on `OrderCreated`. */
  shippingQuote: shippingQuoteSchema.omit({ decisions: true }),
  paymentMethod: z.string().optional(),
  skipInvalidPromotions: z.boolean(),
  firstOrder: z.boolean(),
  segment: segmentSchema,
  placedBy: placedBySchema.optional(),
  /** When it was made (UTC). */
  createdAt: instantSchema,
  /** Its customer's profile has not given it a place yet, and nothing is claimed or held before. */
  awaitsPlace: z.boolean(),
  /** Promotion codes and `points` that have been asked for and not answered yet. */
  openClaims: z.array(z.string()),
  /** What is on hold for this order, by SKU; kept after the commit, for a restock. */
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
  /** Net paid (minor units) when the order was delivered: what its pending points stand for. */
  paidAtDelivery: z.int().min(0).optional(),
  /** Net paid (minor units) when it was completed: what spending and points were counted from. */
  paidAtCompletion: z.int().min(0).optional(),
  reviewsRequested: z.boolean(),
  /** Why the price, the promotions, the carrier and the stock are what they are. */
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

/** How the claim on loyalty points is named among the promotion codes, which are upper case. */
export const POINTS = 'points'

/** Whether nothing more will be sold by this order. */
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

/** Whether nothing about this order is open any more. */
export function isFinal(order: Order): boolean {
  return hasEnded(order) || order.status === 'completed'
}

/** Whether it may be paid by invoice: no payment method came with it, and none was tried since. */
export function isInvoice(order: Order): boolean {
  return order.paymentMethod === undefined && order.payments.length === 0
}

/** Whether there is anything to charge: an order of zero is fine and skips the payment. */
export function needsPayment(order: Order): boolean {
  return order.pricing.total > 0
}

/** The delivery that has not been called off; an order has one at a time. */
export function currentDelivery(order: Order): Order['deliveries'][number] | undefined {
  return order.deliveries.find((delivery) => delivery.status !== 'cancelled' && delivery.status !== 'failed')
}

/** The payment whose outcome is not known yet, because the gateway or an operator has still to say. */
export function openPayment(order: Order): OrderPayment | undefined {
  return order.payments.find((payment) => payment.status === 'pending' || payment.status === 'review')
}

/** Whether a payment brought money, wherever that is now. */
export function wasCharged(payment: OrderPayment): boolean {
  return payment.status === 'processed' || payment.status === 'returned'
}

/** How the order's amounts count for its customer, as a command to the customer says it. */
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

/** What the customer has paid and not got back, in minor units. */
export function netPaid(order: Order): number {
  return order.payments
    .filter((payment) => payment.status === 'processed')
    .reduce((total, payment) => total + payment.amount - payment.refunded, 0)
}

/** What an order that has ended has still to give back of a payment, in minor units. */
export function refundDue(order: Order, payment: OrderPayment): number {
  return hasEnded(order) && wasCharged(payment) ? payment.amount - payment.refunded : 0
}

/** Whether the process has come as far as it will by itself for now: what `Prefer: wait` waits for. */
export function settled(order: Order): boolean {
  if (order.cancelling) return false
  switch (order.status) {
    case 'pending':
      return false
    case 'awaiting_payment':
      // A review takes an operator's time: there is nothing to wait for.
      return openPayment(order)?.status !== 'pending'
    case 'confirmed':
      return order.stockCommitted && currentDelivery(order)?.status !== 'requested'
    default:
      return true
  }
}

/** A list in which the entry of this id is changed. */
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

/** The payment status of an order of which at least one payment was taken. */
function paymentStatusOf(payments: readonly OrderPayment[]): Order['paymentStatus'] {
  const charged = payments.filter(wasCharged)
  if (charged.every((payment) => payment.refunded >= payment.amount)) return 'refunded'
  if (charged.some((payment) => payment.disputed)) return 'disputed'
  return charged.some((payment) => payment.refunded > 0) ? 'partially_refunded' : 'paid'
}
