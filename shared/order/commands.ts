import { z } from 'zod'
import { productFactsSchema } from '../catalog/commands.ts'
import { addressSchema, completeAddressSchema } from '../core/address/address.ts'
import { command } from '../core/aggregate.ts'
import { type CommandStep, commandsOutcomeSchema } from '../core/effect.ts'
import { promotionCodeSchema, skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'
import { refusalSchema } from '../core/refusal.ts'
import { customerFactsSchema } from '../customer/commands.ts'
import { placedBySchema } from '../customer-profile/commands.ts'
import { waitingOrderSchema } from '../customer-profile/events.ts'
import { shippingQuoteSchema } from '../delivery/events.ts'
import { paymentMethodSchema } from '../payment/commands.ts'
import { disputeOutcome, refundSource } from '../payment/events.ts'
import { chargeRuleSchema } from '../ports/payment-gateway.ts'
import { eligibilityReasonSchema, promotionTermsSchema } from '../promotion/terms.ts'
import { requestableReasons } from './events.ts'

/** A promotion's answer to the dry run for this basket. */
const promotionQuoteSchema = z.union([
  z.object({ code: promotionCodeSchema, terms: promotionTermsSchema }),
  z.object({ code: promotionCodeSchema, reasons: z.array(eligibilityReasonSchema).min(1) }),
])
export type PromotionQuote = z.infer<typeof promotionQuoteSchema>

/** What the gateway can charge in the order's currency, `null` for nothing; missing where no payment is made. */
const chargeRule = chargeRuleSchema.nullable().optional()

export const orderCommand = z.discriminatedUnion('type', [
  command('CreateOrder', {
    customer: customerFactsSchema.nullable(),
    cartId: z.string().optional(),
    /**
     * Why the cart cannot become an order as it is. The order refuses with it: an attempt has one answer, given by one
     * object, however often and wherever at once it is made.
     */
    cartRefusal: refusalSchema.optional(),
    /** As requested, with the catalog's facts of each SKU (`null`: unknown). */
    lines: z.array(z.object({ sku: skuSchema, quantity: z.int(), product: productFactsSchema.nullable() })),
    shippingAddress: completeAddressSchema,
    /** The quote for the address and service; `null` when no carrier serves it. */
    shippingQuote: shippingQuoteSchema.nullable(),
    promotions: z.array(promotionQuoteSchema),
    redeemPoints: z.int().min(0),
    paymentMethod: paymentMethodSchema.optional(),
    chargeRule,
    skipInvalidPromotions: z.boolean(),
    /** Missing: the customer. */
    placedBy: placedBySchema.optional(),
    /** The customer's unpaid orders, from their profile; missing: none. */
    waiting: z.array(waitingOrderSchema).optional(),
  }),
  command('ConfirmOrder', {}),
  command('CancelOrder', { reason: z.enum(requestableReasons), detail: z.string().max(500) }),
  /** Another attempt with another method, during the hold. */
  command('SubmitPayment', { paymentMethod: paymentMethodSchema, chargeRule }),
  /** A delivery for a confirmed order that has none under way. */
  command('RequestDelivery', { quote: shippingQuoteSchema.nullable() }),

  /** Results of the process's own steps. */
  /** Whether the customer's profile allows the order to continue, or to wait for another payment. */
  command('RecordPlace', { outcome: commandsOutcomeSchema }),
  command('RecordClaims', { outcome: commandsOutcomeSchema }),
  command('RecordReservations', { outcome: commandsOutcomeSchema }),
  command('RecordPaymentSubmitted', { paymentId: z.string(), outcome: commandsOutcomeSchema }),
  command('RecordCartClosed', { outcome: commandsOutcomeSchema }),
  command('RecordCancellationAnswer', { deliveryId: z.string(), outcome: commandsOutcomeSchema }),
  command('RecordStockCommitted', { outcome: commandsOutcomeSchema }),
  command('RecordDeliveryRequested', { deliveryId: z.string(), outcome: commandsOutcomeSchema }),
  /** From the profile: the customer may no longer order. Paid orders continue. */
  command('EndUnpaid', { reason: z.enum(['customer_suspended', 'customer_erased']) }),
  /** From the timer: the order was not paid in time. */
  command('EndHold', {}),

  /** Reports of the payment and the delivery. */
  command('RecordPayment', {
    paymentId: z.string(),
    result: z.discriminatedUnion('status', [
      z.object({ status: z.literal('processed'), amount: moneySchema }),
      /** `score` and `rules` where `fraudDetectionPolicy` refused the charge. */
      z.object({
        status: z.literal('failed'),
        code: z.string(),
        detail: z.string(),
        score: z.int().optional(),
        rules: z.array(z.string()).optional(),
      }),
      /** Held by `fraudDetectionPolicy` until an operator has looked at it. */
      z.object({ status: z.literal('review'), score: z.int(), rules: z.array(z.string()) }),
    ]),
  }),
  command('RecordRefund', {
    paymentId: z.string(),
    refundId: z.string(),
    amount: moneySchema,
    refundedTotal: moneySchema,
    /** Missing for a refund that was requested here. */
    source: refundSource.optional(),
  }),
  /** Also of a refund that had succeeded, when the bank sent the money back. */
  command('RecordRefundFailed', {
    paymentId: z.string(),
    refundId: z.string(),
    amount: moneySchema,
    code: z.string(),
  }),
  /** The customer's bank takes the payment back, or asks about it. */
  command('RecordDispute', {
    paymentId: z.string(),
    /** Missing in reports of earlier releases. */
    disputeId: z.string().optional(),
    amount: moneySchema,
    reason: z.string(),
  }),
  /** Its outcome; the money that it moved is reported as a refund with the id of the dispute. */
  command('RecordDisputeClosed', {
    paymentId: z.string(),
    disputeId: z.string(),
    amount: moneySchema,
    outcome: disputeOutcome,
  }),
  command('RecordDelivery', {
    deliveryId: z.string(),
    progress: z.discriminatedUnion('status', [
      z.object({ status: z.literal('started'), trackingNumber: z.string() }),
      z.object({ status: z.literal('completed') }),
      z.object({ status: z.literal('confirmed') }),
      z.object({ status: z.literal('failed'), reason: z.string() }),
      z.object({ status: z.literal('cancelled'), reason: z.string() }),
    ]),
  }),
  /** Stock that was held for the order, or sold to it, was released from outside. Units of the SKU. */
  command('RecordReservationReleased', {
    sku: skuSchema,
    quantity: z.int().min(1),
    available: z.int().min(0),
  }),
  /** The delivery accepted another address before it started. */
  command('RecordAddressChanged', { deliveryId: z.string(), address: addressSchema }),

  /** The result of extending the hold for a payment that is under review. */
  command('RecordHoldExtended', { outcome: commandsOutcomeSchema }),
  /** From the timer: requests a failed refund of the order again. */
  command('RetryRefund', { paymentId: z.string() }),
  /** From the timer: some days after the completion. */
  command('RequestReviews', {}),
  /** Erases the personal data of an order that has ended. Refuses with `order_open`. */
  command('ErasePersonalData', {}),
])
export type OrderCommand = z.infer<typeof orderCommand>

/** A command to one order. */
export function toOrder(id: string, command: OrderCommand): CommandStep {
  return { to: { kind: 'order', id }, command }
}
