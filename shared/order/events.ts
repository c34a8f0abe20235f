import { z } from 'zod'
import { addressSchema } from '../core/address/address.ts'
import { event } from '../core/aggregate.ts'
import { skuSchema } from '../core/ids.ts'
import { exchangeSchema } from '../core/money/exchange.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { instantSchema } from '../core/time.ts'
import { placedBySchema } from '../customer-profile/commands.ts'
import { shippingQuoteSchema } from '../delivery/events.ts'
import { allocationSchema } from '../inventory/events.ts'
import { disputeOutcome, refundSource } from '../payment/events.ts'
import {
  eligibilityReasonSchema,
  promotionTermsSchema,
  segmentSchema,
  tierSchema,
} from '../promotion/terms.ts'

/** All amounts of a line in minor units of the order's currency; `total` = quantity × unitPrice − discount. */
export const orderLineSchema = z.object({
  sku: skuSchema,
  name: z.string(),
  quantity: z.int().min(1),
  unitPrice: z.int().min(0),
  weightGrams: z.int().min(0),
  discount: z.int().min(0),
  total: z.int().min(0),
})
export type OrderLine = z.infer<typeof orderLineSchema>

/** One discount and its allocation to the lines, in the order of the lines. */
export const discountSchema = z.object({
  source: z.enum(['product_promotion', 'order_promotion', 'loyalty', 'points', 'shipping_promotion']),
  code: z.string().optional(),
  amount: z.int().min(0),
  allocations: z.array(z.int().min(0)),
})
export type Discount = z.infer<typeof discountSchema>

/** The price of an order as `orderDiscountPolicy` calculated it; minor units of `currency`. */
export const pricingSchema = z.object({
  currency: z.string(),
  lines: z.array(orderLineSchema),
  subtotal: z.int().min(0),
  discounts: z.array(discountSchema),
  /** The price of shipping before its promotions, which are among the discounts. */
  shipping: z.int().min(0),
  total: z.int().min(0),
})
export type Pricing = z.infer<typeof pricingSchema>

/** A promotion code of the request, and whether it was applied. */
export const orderPromotionSchema = z.object({
  code: z.string(),
  applied: z.boolean(),
  reason: eligibilityReasonSchema.optional(),
})
export type OrderPromotion = z.infer<typeof orderPromotionSchema>

/** The reasons with which a cancellation can be requested. */
export const requestableReasons = [
  'customer_request',
  'operator',
  'out_of_stock',
  'payment_failed',
  'promotion_refused',
  'points_unavailable',
  'fraud',
] as const
/** Why an order was cancelled. `order_limit`: the customer has too many other unpaid orders. */
export const cancellationReasons = [
  ...requestableReasons,
  'customer_suspended',
  'customer_erased',
  'order_limit',
] as const

/** What each SKU lacked. */
export const shortageSchema = z.object({ sku: skuSchema, requested: z.int(), available: z.int() })

/** What is on hold for an order, by SKU. */
export const orderReservationSchema = z.object({
  sku: skuSchema,
  quantity: z.int().min(1),
  allocations: z.array(allocationSchema),
})

/** The reason of a return when an order is refunded in full after its delivery. */
export const REFUNDED = 'refunded'
/** The reason of a cancellation when an order is refunded in full before shipping. */
export const ALL_REFUNDED = 'All that was paid has been refunded.'

const ofPayment = { paymentId: z.string(), amount: moneySchema }
const ofRefund = { ...ofPayment, refundId: z.string() }
const ofDelivery = { deliveryId: z.string() }

export const orderEvent = z.discriminatedUnion('type', [
  event(
    'OrderCreated',
    z.object({
      customerId: z.string(),
      cartId: z.string().optional(),
      pricing: pricingSchema,
      /**
       * The rate at which the order counts for its customer, independent of later rates; `null`: there was none.
       * Missing for an order in the shop's base currency.
       */
      exchange: exchangeSchema.nullable().optional(),
      promotions: z.array(orderPromotionSchema),
      /** The terms of the accepted promotions, which hold until the order ends. */
      terms: z.array(promotionTermsSchema),
      tier: tierSchema,
      redeemPoints: z.int().min(0),
      shippingAddress: addressSchema,
      shippingQuote: shippingQuoteSchema,
      /** Missing for an invoice order, which an operator confirms. */
      paymentMethod: z.string().optional(),
      skipInvalidPromotions: z.boolean(),
      firstOrder: z.boolean(),
      segment: segmentSchema,
      /** Missing: the customer. */
      placedBy: placedBySchema.optional(),
      /** Nothing is claimed or held before the customer's profile has granted the order a place. */
      placeFirst: z.boolean().optional(),
      ...decisionsField,
    }),
  ),
  /** The order may continue beside the customer's others; of two concurrent first orders only one is the first. */
  event('OrderPlaceGranted', z.object({ firstOrder: z.boolean() })),
  /** A claimed promotion. */
  event('PromotionApplied', z.object({ code: z.string() })),
  /** A promotion was lost between quote and claim, with `skipInvalidPromotions`. */
  event(
    'OrderRepriced',
    z.object({ pricing: pricingSchema, promotions: z.array(orderPromotionSchema), ...decisionsField }),
  ),
  event('OrderPointsRedeemed', z.object({ points: z.int().min(1) })),
  event(
    'OrderStockHeld',
    z.object({
      reservations: z.array(orderReservationSchema),
      holdUntil: instantSchema,
      /** `allocationPolicy`, once for each SKU. */
      ...decisionsField,
    }),
  ),
  event(
    'OrderPaymentStarted',
    z.object({
      ...ofPayment,
      paymentMethod: z.string(),
      attempt: z.int().min(1),
      holdUntil: instantSchema,
      holdExtended: z.boolean(),
      ...decisionsField,
    }),
  ),
  /** `fraudDetectionPolicy` requires an operator's review: nothing is charged until then. */
  event(
    'OrderPaymentHeld',
    z.object({
      ...ofPayment,
      score: z.int(),
      rules: z.array(z.string()),
      /** The hold on the stock is extended to this time. */
      holdUntil: instantSchema,
      ...decisionsField,
    }),
  ),
  event(
    'OrderPaymentFailed',
    z.object({
      ...ofPayment,
      code: z.string(),
      detail: z.string(),
      /** Until when another payment is possible, where the stock was held for a review. */
      holdUntil: instantSchema.optional(),
      ...decisionsField,
    }),
  ),
  event('OrderPaid', z.object({ ...ofPayment })),
  /** The customer's bank disputes the payment, or inquires about it. */
  event(
    'OrderPaymentDisputed',
    z.object({ ...ofPayment, reason: z.string(), disputeId: z.string().optional() }),
  ),
  /** The outcome of a dispute; a loss is reported as a refund with the id of the dispute. */
  event('OrderDisputeClosed', z.object({ ...ofPayment, disputeId: z.string(), outcome: disputeOutcome })),
  event(
    'OrderConfirmed',
    z.object({ customerId: z.string(), total: moneySchema, by: z.enum(['process', 'operator']) }),
  ),
  /** The stock of this SKU was released from outside: the order has none any more. */
  event('OrderStockReleased', z.object({ sku: skuSchema, quantity: z.int().min(1) })),
  event('OrderStockCommitted', z.object({ skus: z.array(skuSchema) })),
  /** `quote` where the delivery is not the one that the order was priced with. */
  event(
    'OrderDeliveryRequested',
    z.object({ ...ofDelivery, service: z.string(), quote: shippingQuoteSchema.optional() }),
  ),
  event('OrderDeliveryScheduled', z.object({ ...ofDelivery })),
  /** The parcel, and any further one, goes to another address. */
  event('OrderAddressChanged', z.object({ ...ofDelivery, address: addressSchema })),
  event('OrderShipped', z.object({ ...ofDelivery, trackingNumber: z.string() })),
  event('OrderDelivered', z.object({ ...ofDelivery })),
  event('OrderCompleted', z.object({ ...ofDelivery, customerId: z.string(), netPaid: moneySchema })),
  /** Reviews of these products are requested from the customer. */
  event('OrderReviewsRequested', z.object({ skus: z.array(skuSchema).min(1) })),
  event(
    'OrderCancelled',
    z.object({
      customerId: z.string(),
      reason: z.enum(cancellationReasons),
      detail: z.string(),
      shortages: z.array(shortageSchema).optional(),
      /** The amount to be refunded; missing when nothing was paid. */
      refund: moneySchema.optional(),
    }),
  ),
  /**
   * The delivery failed permanently, or a delivered order was refunded in full (`reason` is then `refunded`).
   * `refund` is the amount that is still to be refunded.
   */
  event('OrderReturned', z.object({ ...ofDelivery, reason: z.string(), refund: moneySchema })),
  /** The order has a delivery, which has to consent before the order can end. */
  event(
    'OrderCancellationRequested',
    z.object({ ...ofDelivery, reason: z.enum(requestableReasons), detail: z.string() }),
  ),
  event('OrderCancellationDeclined', z.object({ ...ofDelivery, code: z.string() })),
  /** An operator or the carrier cancelled the delivery; the order may get another. */
  event('OrderDeliveryCancelled', z.object({ ...ofDelivery, reason: z.string() })),
  /** The payment succeeded after the order had ended; it is refunded in full. */
  event('OrderPaymentReturned', z.object({ ...ofPayment })),
  event(
    'OrderRefunded',
    z.object({ ...ofRefund, refundedTotal: moneySchema, source: refundSource.optional() }),
  ),
  event(
    'OrderRefundFailed',
    z.object({
      ...ofRefund,
      code: z.string(),
      /** All that has been refunded of this payment: less than before when a refund bounced at the bank. */
      refundedTotal: moneySchema,
      /** It had succeeded before, and the bank returned the money. */
      bounced: z.literal(true).optional(),
      /** When the order requests the refund again; missing: an operator handles it. */
      retryAt: instantSchema.optional(),
      ...decisionsField,
    }),
  ),
  /** An ended order requests a refund again, under a new id. */
  event('OrderRefundRetried', z.object({ ...ofRefund, retry: z.int().min(1) })),
  /** Retries are exhausted: an operator has to refund in another way. */
  event('OrderRefundAbandoned', z.object({ ...ofRefund, code: z.string(), retries: z.int().min(0) })),
  /** The order has no personal data any more. */
  event('OrderPersonalDataErased', z.object({})),
])
export type OrderEvent = z.infer<typeof orderEvent>
/** The event of an order with this type. */
export type OrderEventOf<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>
