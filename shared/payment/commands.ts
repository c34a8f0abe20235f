import { z } from 'zod'
import { type CommandStep, callOutcomeSchema } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import {
  chargeResultSchema,
  countrySchema,
  disputeStatus,
  refundResultSchema,
} from '../ports/payment-gateway.ts'

/** A token that the gateway gave out for a card or account (`pm_…`), never the card itself. */
export const paymentMethodSchema = z
  .string()
  .regex(/^pm_[A-Za-z0-9_]{1,120}$/, 'must be a payment method token that starts with pm_')

/** What a payment asks the port operation `payments.screen` to look up before anything is charged. */
export const screeningRequestSchema = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  amount: moneySchema,
  paymentMethod: z.string(),
})
export type ScreeningRequest = z.infer<typeof screeningRequestSchema>

/** What `payments.screen` answers: what the gateway knows of the card, and the shop of the customer. */
export const screeningFactsSchema = z.object({
  /** ISO 3166-1 alpha-2 of the card's issuer, where the gateway reports it. */
  cardCountry: countrySchema.optional(),
  /** `null` for a customer of whom nothing is kept any more. */
  customer: z
    .object({
      accountCreatedAt: instantSchema,
      /** Payments of the customer in the last 10 minutes, this one included. */
      paymentsInWindow: z.int().min(0),
      /** Net paid per delivered order, in the base currency; missing before the first. */
      averageOrder: moneySchema.optional(),
      disposableEmail: z.boolean(),
    })
    .nullable(),
})
export type ScreeningFacts = z.infer<typeof screeningFactsSchema>

const refundIdSchema = z.string().min(1).max(200)
const refundReasonSchema = z.string().min(1).max(200)

/** Units of one product that are given back. */
export const refundLineSchema = z.strictObject({ sku: skuSchema, quantity: z.int().min(1).max(99_900) })
/** At most so many lines in one refund: as many as an order has. */
export const MAX_REFUND_LINES = 100

export const paymentCommand = z.discriminatedUnion('type', [
  /** One try to charge an order. Repeated for the same order and amount, it changes nothing. */
  command('ProcessPayment', {
    orderId: z.string(),
    customerId: z.string(),
    amount: moneySchema,
    paymentMethod: paymentMethodSchema,
    attempt: z.int().min(1),
    /** Where the goods go: ISO 3166-1 alpha-2. */
    shippingCountry: countrySchema,
    /** Failed payments of this order so far. */
    failedTries: z.int().min(0),
  }),
  /** What is known of the card and the customer; decides whether the charge is made. */
  command('RecordScreening', { outcome: callOutcomeSchema(screeningFactsSchema) }),
  /** An operator lets a payment that is held for review through. */
  command('ApproveReview', {}),
  /** An operator turns a payment down that is held for review. */
  command('RejectReview', { reason: z.string().min(1).max(200) }),
  /** The customer is erased: free text that staff wrote is removed too. */
  command('ErasePersonalData', {}),
  /** The order of a payment has ended: it is turned down if it is held for review; changes nothing on any other. */
  command('WithdrawReview', { reason: z.string().min(1).max(200) }),
  /** What the gateway answered to the charge. */
  command('RecordCharge', { outcome: callOutcomeSchema(chargeResultSchema) }),
  /**
   * The outcome of the charge, as the gateway notifies it, verified. The first outcome counts, be it a notification or
   * the answer; later ones, in any order and number, change nothing.
   */
  command('RecordGatewayCharge', { result: chargeResultSchema }),
  /**
   * Gives money back: `amount` (minor units), or units of `lines` and the `shipping` costs, or all that is
   * left when none is named. `refundId` distinguishes repeated requests from further refunds. `basis` is what the
   * order says that was paid for each product and for shipping (minor units), needed with `lines` or `shipping`.
   */
  command('RefundPayment', {
    refundId: refundIdSchema,
    amount: z.int().min(1).optional(),
    reason: refundReasonSchema,
    lines: z.array(refundLineSchema).min(1).max(MAX_REFUND_LINES).optional(),
    shipping: z.boolean().optional(),
    basis: z
      .strictObject({
        lines: z.array(refundLineSchema.extend({ total: z.int().min(0) })),
        shipping: z.int().min(0),
      })
      .optional(),
  }),
  /** Gives back all that is left; changes nothing when nothing is, or while the bank decides on a dispute. */
  command('RefundRemainder', { refundId: refundIdSchema, reason: refundReasonSchema }),
  /** What the gateway answered to the refund. */
  command('RecordRefund', { refundId: z.string(), outcome: callOutcomeSchema(refundResultSchema) }),
  /**
   * The outcome of a refund, as the gateway notifies it, verified (the gateway's key is `<payment id>/<refundId>`). A refund that had
   * succeeded may still fail later, when the bank sends the money back; one that failed stays failed.
   */
  command('RecordGatewayRefund', { refundId: z.string(), result: refundResultSchema }),
  /**
   * A refund that began at the gateway, under the gateway's own id, as a verified notification reports it. Reported any
   * number of times and in any order it is booked once; like any other it may fail after it had succeeded.
   */
  command('RecordOutsideRefund', {
    gatewayRefundId: refundIdSchema,
    amount: moneySchema.extend({ amount: moneySchema.shape.amount.min(1) }),
    result: refundResultSchema,
  }),
  /**
   * From a verified notification of the gateway: the card's owner disputes the charge at the bank, or how that stands
   * (missing: it is open). A report of the same `disputeId` that is older than what is known changes nothing.
   */
  command('RecordDispute', {
    disputeId: z.string().min(1).max(200),
    reason: z.string().min(1).max(200),
    amount: moneySchema,
    status: disputeStatus.optional(),
  }),
])
export type PaymentCommand = z.infer<typeof paymentCommand>

/** A command for one payment. */
export function toPayment(id: string, command: PaymentCommand): CommandStep {
  return { to: { kind: 'payment', id }, command }
}
