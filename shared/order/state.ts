import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { type Instant, instantSchema } from '../core/time.ts'
import { shippingQuoteSchema } from '../delivery/events.ts'
import { allocationSchema } from '../inventory/events.ts'
import { promotionTermsSchema, segmentSchema, tierSchema } from '../promotion/terms.ts'
import {
  cancellationReasons,
  type OrderEvent,
  orderPromotionSchema,
  pricingSchema,
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
export const paymentStatuses = [
  'unpaid',
  'pending',
  'failed',
  'paid',
  'invoiced',
  'not_required',
  'partially_refunded',
  'refunded',
] as const
export const fulfilmentStatuses = [
  'unfulfilled',
  'scheduled',
  'shipped',
  'delivered',
  'returned',
  'cancelled',
] as const

const orderPaymentSchema = z.object({
  id: z.string(),
  status: z.enum(['pending', 'processed', 'failed', 'returned']),
  /** Minor units of the order's currency. */
  amount: z.int().min(0),
  refunded: z.int().min(0),
  attempt: z.int().min(1),
  startedAt: instantSchema,
  /** Why it failed. */
  code: z.string().optional(),
})

export const orderSchema = z.object({
  customerId: z.string(),
  cartId: z.string().optional(),
  status: z.enum(orderStatuses),
  paymentStatus: z.enum(paymentStatuses),
  fulfilmentStatus: z.enum(fulfilmentStatuses),
  pricing: pricingSchema,
  promotions: z.array(orderPromotionSchema),
  terms: z.array(promotionTermsSchema),
  tier: tierSchema,
  redeemPoints: z.int().min(0),
  shippingAddress: addressSchema,
  shippingQuote: shippingQuoteSchema,
  paymentMethod: z.string().optional(),
  skipInvalidPromotions: z.boolean(),
  firstOrder: z.boolean(),
  segment: segmentSchema,
  /** Promotion codes and `points` that have been asked for and not answered yet. */
  openClaims: z.array(z.string()),
  /** What is on hold for this order, by SKU; kept after the commit, for a restock. */
  reservations: z.array(
    z.object({
      sku: z.string(),
      quantity: z.int(),
      allocations: z.array(allocationSchema),
      rule: z.string(),
    }),
  ),
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
  /** A cancellation that waits for the delivery's consent. */
  cancelling: z.object({ reason: z.enum(cancellationReasons), detail: z.string() }).optional(),
  cancellation: z
    .object({
      reason: z.enum(cancellationReasons),
      detail: z.string(),
      shortages: z.array(shortageSchema).optional(),
    })
    .optional(),
})
export type Order = z.infer<typeof orderSchema>
export type OrderPayment = z.infer<typeof orderPaymentSchema>

/** Folds one event into an order; only `OrderCreated` may come first. */
export function evolve(state: Order | null, event: OrderEvent, at: Instant): Order {
  if (event.type === 'OrderCreated') return created(event.data)
  if (!state) throw new Error(`${event.type} cannot be an order's first event`)
  switch (event.type) {
    case 'PromotionApplied':
      return { ...state, openClaims: without(state.openClaims, event.data.code) }
    case 'OrderPointsRedeemed':
      return { ...state, openClaims: without(state.openClaims, POINTS) }
    case 'OrderRepriced': {
      const { pricing, promotions } = event.data
      const lost = promotions.filter((promotion) => !promotion.applied).map((promotion) => promotion.code)
      return {
        ...state,
        pricing,
        promotions,
        terms: state.terms.filter((terms) => !lost.includes(terms.code)),
        openClaims: state.openClaims.filter((claim) => !lost.includes(claim)),
      }
    }
    case 'OrderStockHeld': {
      const { reservations, holdUntil } = event.data
      const held = { ...state, reservations }
      if (hasEnded(state)) return held
      const status = needsPayment(state) && !state.paymentMethod ? 'awaiting_payment' : state.status
      return { ...held, holdUntil, status }
    }
    case 'OrderPaymentStarted': {
      const { paymentId, amount, attempt, holdUntil } = event.data
      const payment = {
        id: paymentId,
        status: 'pending',
        amount: amount.amount,
        refunded: 0,
        attempt,
        startedAt: at,
      } as const
      return { ...state, holdUntil, paymentStatus: 'pending', payments: [...state.payments, payment] }
    }
    case 'OrderPaymentFailed': {
      const { paymentId, code } = event.data
      const payments = changed(state.payments, paymentId, { status: 'failed', code })
      const status = hasEnded(state) ? state.status : 'awaiting_payment'
      return { ...state, payments, paymentStatus: 'failed', status }
    }
    case 'OrderPaid':
      return {
        ...state,
        paymentStatus: 'paid',
        payments: changed(state.payments, event.data.paymentId, { status: 'processed' }),
      }
    case 'OrderPaymentReturned':
      return { ...state, payments: changed(state.payments, event.data.paymentId, { status: 'returned' }) }
    case 'OrderConfirmed':
      return {
        ...state,
        status: 'confirmed',
        paymentStatus:
          state.paymentStatus === 'paid'
            ? 'paid'
            : event.data.by === 'operator'
              ? 'invoiced'
              : 'not_required',
      }
    case 'OrderRefunded': {
      const { paymentId, refundedTotal } = event.data
      const payments = changed(state.payments, paymentId, { refunded: refundedTotal.amount })
      const open = payments.some(
        (payment) => payment.status !== 'failed' && payment.refunded < payment.amount,
      )
      return { ...state, payments, paymentStatus: open ? 'partially_refunded' : 'refunded' }
    }
    default:
      return evolveFulfilment(state, event)
  }
}

type FulfilmentEvent = Exclude<
  OrderEvent,
  {
    type:
      | 'OrderCreated'
      | 'PromotionApplied'
      | 'OrderPointsRedeemed'
      | 'OrderRepriced'
      | 'OrderStockHeld'
      | 'OrderPaymentStarted'
      | 'OrderPaymentFailed'
      | 'OrderPaid'
      | 'OrderPaymentReturned'
      | 'OrderConfirmed'
      | 'OrderRefunded'
  }
>

function evolveFulfilment(state: Order, event: FulfilmentEvent): Order {
  switch (event.type) {
    case 'OrderStockCommitted':
      return { ...state, stockCommitted: true }
    case 'OrderDeliveryRequested':
      return {
        ...state,
        deliveries: [...state.deliveries, { id: event.data.deliveryId, status: 'requested' }],
      }
    case 'OrderDeliveryScheduled':
      return {
        ...state,
        fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'scheduled',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'scheduled' }),
      }
    case 'OrderDeliveryCancelled':
      return {
        ...state,
        fulfilmentStatus: hasEnded(state) ? state.fulfilmentStatus : 'unfulfilled',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'cancelled' }),
      }
    case 'OrderShipped':
      return {
        ...state,
        status: 'shipped',
        fulfilmentStatus: 'shipped',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'started' }),
      }
    case 'OrderDelivered':
      return {
        ...state,
        status: 'delivered',
        fulfilmentStatus: 'delivered',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'completed' }),
      }
    case 'OrderCompleted':
      return { ...state, status: 'completed' }
    case 'OrderReturned':
      return {
        ...state,
        status: 'returned',
        fulfilmentStatus: 'returned',
        deliveries: changed(state.deliveries, event.data.deliveryId, { status: 'failed' }),
      }
    case 'OrderCancellationRequested': {
      const { reason, detail } = event.data
      return { ...state, cancelling: { reason, detail } }
    }
    case 'OrderCancellationDeclined': {
      const { cancelling: _, ...rest } = state
      return rest
    }
    case 'OrderCancelled': {
      const { cancelling: _, ...rest } = state
      const { reason, detail, shortages } = event.data
      return {
        ...rest,
        status: 'cancelled',
        fulfilmentStatus: 'cancelled',
        deliveries: state.deliveries.map((delivery) => ({ ...delivery, status: 'cancelled' })),
        cancellation: { reason, detail, ...(shortages && { shortages }) },
      }
    }
  }
}

/** How the claim on loyalty points is named among the promotion codes, which are upper case. */
export const POINTS = 'points'

function created(data: Extract<OrderEvent, { type: 'OrderCreated' }>['data']): Order {
  return {
    ...data,
    status: 'pending',
    paymentStatus: 'unpaid',
    fulfilmentStatus: 'unfulfilled',
    openClaims: [...data.terms.map((terms) => terms.code), ...(data.redeemPoints > 0 ? [POINTS] : [])],
    reservations: [],
    stockCommitted: false,
    payments: [],
    deliveries: [],
  }
}

/** Whether nothing more will be sold by this order. */
export function hasEnded(order: Order): boolean {
  return order.status === 'cancelled' || order.status === 'returned'
}

/** Whether there is anything to charge: an order of zero is fine and skips the payment. */
export function needsPayment(order: Order): boolean {
  return order.pricing.total > 0
}

/** The delivery that has not been called off; an order has one at a time. */
export function currentDelivery(order: Order): Order['deliveries'][number] | undefined {
  return order.deliveries.find((delivery) => delivery.status !== 'cancelled' && delivery.status !== 'failed')
}

/** The payment whose outcome is not known yet. */
export function openPayment(order: Order): OrderPayment | undefined {
  return order.payments.find((payment) => payment.status === 'pending')
}

/** What the customer has paid and not got back, in minor units. */
export function netPaid(order: Order): number {
  return order.payments
    .filter((payment) => payment.status === 'processed')
    .reduce((total, payment) => total + payment.amount - payment.refunded, 0)
}

/** Whether the process has come as far as it will by itself for now: what `Prefer: wait` waits for. */
export function settled(order: Order): boolean {
  if (order.cancelling) return false
  switch (order.status) {
    case 'pending':
      return false
    case 'awaiting_payment':
      return openPayment(order) === undefined
    case 'confirmed':
      return order.stockCommitted && currentDelivery(order)?.status !== 'requested'
    default:
      return true
  }
}

function without(list: readonly string[], entry: string): string[] {
  return list.filter((other) => other !== entry)
}

function changed<Entry extends { id: string }>(
  list: readonly Entry[],
  id: string,
  change: Partial<Entry>,
): Entry[] {
  return list.map((entry) => (entry.id === id ? { ...entry, ...change } : entry))
}
