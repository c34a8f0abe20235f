import { z } from 'zod'
import { addressSchema } from '../core/address.ts'
import { event } from '../core/event.ts'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money.ts'
import { instantSchema } from '../core/time.ts'
import { shippingQuoteSchema } from '../delivery/events.ts'
import { allocationSchema } from '../inventory/events.ts'
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

/** One discount and how it is spread over the lines, in the order of the lines. */
export const discountSchema = z.object({
  source: z.enum(['product_promotion', 'order_promotion', 'loyalty', 'points', 'shipping_promotion']),
  code: z.string().optional(),
  amount: z.int().min(0),
  allocations: z.array(z.int().min(0)),
})
export type Discount = z.infer<typeof discountSchema>

/** The whole price of an order as `orderDiscountPolicy` worked it out; minor units of `currency`. */
export const pricingSchema = z.object({
  currency: z.string(),
  lines: z.array(orderLineSchema),
  subtotal: z.int().min(0),
  discounts: z.array(discountSchema),
  /** What shipping costs after its promotions. */
  shipping: z.int().min(0),
  total: z.int().min(0),
})
export type Pricing = z.infer<typeof pricingSchema>

/** A promotion code that was given, and what became of it. */
export const orderPromotionSchema = z.object({
  code: z.string(),
  applied: z.boolean(),
  reason: eligibilityReasonSchema.optional(),
})
export type OrderPromotion = z.infer<typeof orderPromotionSchema>

export const cancellationReasons = [
  'customer_request',
  'operator',
  'out_of_stock',
  'payment_failed',
  'promotion_refused',
  'points_unavailable',
  'fraud',
] as const

/** What each SKU lacked. */
export const shortageSchema = z.object({ sku: skuSchema, requested: z.int(), available: z.int() })

const ofPayment = { paymentId: z.string(), amount: moneySchema }
const ofDelivery = { deliveryId: z.string() }

export const orderEvent = z.discriminatedUnion('type', [
  event(
    'OrderCreated',
    z.object({
      customerId: z.string(),
      cartId: z.string().optional(),
      pricing: pricingSchema,
      promotions: z.array(orderPromotionSchema),
      /** The accepted promotions' terms: the quote is honoured until the order ends. */
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
    }),
  ),
  /** A claimed promotion. */
  event('PromotionApplied', z.object({ code: z.string() })),
  /** A promotion that was lost between quote and claim while `skipInvalidPromotions` was asked for. */
  event('OrderRepriced', z.object({ pricing: pricingSchema, promotions: z.array(orderPromotionSchema) })),
  event('OrderPointsRedeemed', z.object({ points: z.int().min(1) })),
  event(
    'OrderStockHeld',
    z.object({
      reservations: z.array(
        z.object({
          sku: skuSchema,
          quantity: z.int().min(1),
          allocations: z.array(allocationSchema),
          rule: z.string(),
        }),
      ),
      holdUntil: instantSchema,
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
    }),
  ),
  event('OrderPaymentFailed', z.object({ ...ofPayment, code: z.string(), detail: z.string() })),
  event('OrderPaid', z.object({ ...ofPayment })),
  event(
    'OrderConfirmed',
    z.object({ customerId: z.string(), total: moneySchema, by: z.enum(['process', 'operator']) }),
  ),
  event('OrderStockCommitted', z.object({ skus: z.array(skuSchema) })),
  /** `quote` where the delivery is not the one that the order was priced with. */
  event(
    'OrderDeliveryRequested',
    z.object({ ...ofDelivery, service: z.string(), quote: shippingQuoteSchema.optional() }),
  ),
  event('OrderDeliveryScheduled', z.object({ ...ofDelivery })),
  event('OrderShipped', z.object({ ...ofDelivery, trackingNumber: z.string() })),
  event('OrderDelivered', z.object({ ...ofDelivery })),
  event('OrderCompleted', z.object({ ...ofDelivery, customerId: z.string(), netPaid: moneySchema })),
  event(
    'OrderCancelled',
    z.object({
      customerId: z.string(),
      reason: z.enum(cancellationReasons),
      detail: z.string(),
      shortages: z.array(shortageSchema).optional(),
      /** What is given back, in full; missing when nothing was paid. */
      refund: moneySchema.optional(),
    }),
  ),
  event('OrderReturned', z.object({ ...ofDelivery, reason: z.string(), refund: moneySchema })),
  /** A delivery is on its way to the door of the warehouse: it has to agree before the order can end. */
  event(
    'OrderCancellationRequested',
    z.object({ ...ofDelivery, reason: z.enum(cancellationReasons), detail: z.string() }),
  ),
  event('OrderCancellationDeclined', z.object({ ...ofDelivery, code: z.string() })),
  /** The delivery was called off, by an operator or by the carrier; the order may get another. */
  event('OrderDeliveryCancelled', z.object({ ...ofDelivery, reason: z.string() })),
  /** Money that arrived for an order that no longer wants it, and goes back in full. */
  event('OrderPaymentReturned', z.object({ ...ofPayment })),
  event('OrderRefunded', z.object({ ...ofPayment, refundedTotal: moneySchema })),
])
export type OrderEvent = z.infer<typeof orderEvent>
