import { z } from 'zod'
import { command } from '../core/aggregate.ts'
import { type CommandStep, callOutcomeSchema, type PortRequest } from '../core/effect.ts'
import { skuSchema } from '../core/ids.ts'
import { moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import {
  chargeResultSchema,
  countrySchema,
  disputeStatus,
  refundResultSchema,
} from '../ports/payment-gateway.ts'

/** The gateway's token for a card or account (`pm_…`), never the card itself. */
export const paymentMethodSchema = z
  .string()
  .regex(/^pm_[A-Za-z0-9_]{1,120}$/, 'must be a payment method token that starts with pm_')

/** The request of the port operation `payments.screen`, which looks up facts before anything is charged. */
export const screeningRequestSchema = z.object({
  paymentId: z.string(),
  orderId: z.string(),
  customerId: z.string(),
  amount: moneySchema,
  paymentMethod: z.string(),
})
export type ScreeningRequest = z.infer<typeof screeningRequestSchema>

/** The answer of `payments.screen`: the gateway's facts about the card, and the shop's about the customer. */
export const screeningFactsSchema = z.object({
  /** ISO 3166-1 alpha-2 of the card's issuer, where the gateway reports it. */
  cardCountry: countrySchema.optional(),
  /** `null` for a customer without data, such as an erased one. */
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

/** The facts, or why they cannot be had for good. */
const screeningOutcomeSchema = callOutcomeSchema(screeningFactsSchema)
export type ScreeningOutcome = z.infer<typeof screeningOutcomeSchema>

const refundIdSchema = z.string().min(1).max(200)
const refundReasonSchema = z.string().min(1).max(200)

/** Refunded units of one product. */
const refundLineSchema = z.strictObject({ sku: skuSchema, quantity: z.int().min(1).max(99_900) })
/** The maximum number of lines in one refund: as many as an order may have. */
const MAX_REFUND_LINES = 100

export const paymentCommand = z.discriminatedUnion('type', [
  /**
   * One attempt to charge an order. Repeated for the same order and amount, it changes nothing. With `facts` it is
   * screened at once; without, the payment asks for them.
   */
  command('ProcessPayment', {
    orderId: z.string(),
    customerId: z.string(),
    amount: moneySchema,
    paymentMethod: paymentMethodSchema,
    attempt: z.int().min(1),
    /** The destination country: ISO 3166-1 alpha-2. */
    shippingCountry: countrySchema,
    /** Failed payments of this order so far. */
    failedTries: z.int().min(0),
    facts: screeningOutcomeSchema.optional(),
  }),
  /** The facts about the card and the customer; decides whether the charge is made. */
  command('RecordScreening', { outcome: screeningOutcomeSchema }),
  /** An operator approves a payment that is held for review. */
  command('ApproveReview', {}),
  /** An operator rejects a payment that is held for review. */
  command('RejectReview', { reason: z.string().min(1).max(200) }),
  /** The customer is erased: staff's free text is removed too. */
  command('ErasePersonalData', {}),
  /** The order has ended: rejects a payment that is held for review; changes nothing on any other. */
  command('WithdrawReview', { reason: z.string().min(1).max(200) }),
  /** The gateway's answer to the charge. */
  command('RecordCharge', { outcome: callOutcomeSchema(chargeResultSchema) }),
  /**
   * The outcome of the charge from a verified notification of the gateway. The first outcome counts, notification or
   * answer; later ones, in any order and number, change nothing.
   */
  command('RecordGatewayCharge', { result: chargeResultSchema }),
  /**
   * Refunds `amount` (minor units), or units of `lines` and the `shipping` costs, or all that is
   * left when none is named. `refundId` distinguishes repeated requests from further refunds. `basis` is what the
   * order records as paid for each product and for shipping (minor units), needed with `lines` or `shipping`.
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
  /** Refunds all that is left; changes nothing when nothing is, or while a dispute is open. */
  command('RefundRemainder', { refundId: refundIdSchema, reason: refundReasonSchema }),
  /** The gateway's answer to the refund. */
  command('RecordRefund', { refundId: z.string(), outcome: callOutcomeSchema(refundResultSchema) }),
  /**
   * The outcome of a refund from a verified notification (gateway key: `<payment id>/<refundId>`). A refund that
   * succeeded may still fail later, when the bank returns the money; one that failed stays failed.
   */
  command('RecordGatewayRefund', { refundId: z.string(), result: refundResultSchema }),
  /**
   * A refund that began at the gateway, with the gateway's own id, from a verified notification. Reported any
   * number of times and in any order it is recorded once; like any other it may fail after it succeeded.
   */
  command('RecordOutsideRefund', {
    gatewayRefundId: refundIdSchema,
    amount: moneySchema.extend({ amount: moneySchema.shape.amount.min(1) }),
    result: refundResultSchema,
  }),
  /**
   * From a verified notification of the gateway: the cardholder disputes the charge, or the outcome of the dispute
   * (missing: it is open). An outdated report of the same `disputeId` changes nothing.
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

/** Asks for the facts by which a payment is screened. */
export function screeningFacts(
  paymentId: string,
  { orderId, customerId, amount, paymentMethod }: Omit<ScreeningRequest, 'paymentId'>,
): PortRequest {
  const input: ScreeningRequest = { paymentId, orderId, customerId, amount, paymentMethod }
  return { port: 'payments', operation: 'screen', input }
}
