import { z } from 'zod'
import { event } from '../core/event.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { disputeStatus } from '../ports/payment-gateway.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }

/** What the fraud score came to, and the ids of the rules that added to it, the weightiest first. */
export const screeningSchema = z.object({ score: z.int().min(0), rules: z.array(z.string()) })
export type Screening = z.infer<typeof screeningSchema>

/** Units of one product in a refund; `amount` is what they come to in minor units. */
export const refundedLineSchema = z.object({
  sku: z.string(),
  quantity: z.int().min(1),
  amount: z.int().min(0),
})
export type RefundedLine = z.infer<typeof refundedLineSchema>

/** Where a refund began that was not requested here: at the gateway itself, or in a dispute that was lost. */
export const refundSource = z.enum(['gateway', 'dispute'])

/** How a dispute ended: only `lost` gives the money back. `reinstated` takes a loss back. */
export const disputeOutcome = disputeStatus.exclude(['inquiry', 'open'])
export type DisputeOutcome = z.infer<typeof disputeOutcome>

const ofDispute = { disputeId: z.string(), reason: z.string(), amount: moneySchema }

export const paymentEvent = z.discriminatedUnion('type', [
  event(
    'PaymentRequested',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      /** A token of the gateway, never a card number. */
      paymentMethod: z.string(),
      /** 1 for the first try on this order. */
      attempt: z.int().min(1),
      /** Where the goods go (ISO 3166-1 alpha-2); missing in payments of earlier releases. */
      shippingCountry: z.string().optional(),
      /** Failed payments of this order so far. */
      failedTries: z.int().min(0),
      ...decisionsField,
    }),
  ),
  /** The payment may be charged. */
  event('PaymentScreened', z.object({ ...ofOrder, ...screeningSchema.shape, ...decisionsField })),
  /** Nothing is charged until an operator has looked at it. */
  event(
    'PaymentHeldForReview',
    z.object({ ...ofOrder, amount: moneySchema, ...screeningSchema.shape, ...decisionsField }),
  ),
  event('PaymentReviewApproved', z.object(ofOrder)),
  event('PaymentReviewRejected', z.object({ ...ofOrder, reason: z.string() })),
  event(
    'PaymentProcessed',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      gateway: z.string(),
      chargeId: z.string(),
      cardCountry: z.string().optional(),
    }),
  ),
  event(
    'PaymentFailed',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      /** `card_declined`, `insufficient_funds`, `authentication_required`, `fraud_blocked`, `review_rejected`, … */
      code: z.string(),
      detail: z.string(),
      /** The fraud score, when the payment came so far as to have one. */
      screening: screeningSchema.optional(),
      ...decisionsField,
    }),
  ),
  event(
    'PaymentRefundRequested',
    z.object({
      ...ofOrder,
      refundId: z.string(),
      amount: moneySchema,
      reason: z.string(),
      /** What is given back, when it was asked for by product. */
      lines: z.array(refundedLineSchema).optional(),
      /** Shipping costs among the amount, in minor units, when they were asked for. */
      shipping: z.int().min(0).optional(),
      ...decisionsField,
    }),
  ),
  event(
    'PaymentRefunded',
    z.object({
      ...ofOrder,
      refundId: z.string(),
      amount: moneySchema,
      /** All that has been refunded of this payment so far. */
      refundedTotal: moneySchema,
      full: z.boolean(),
      /** Missing for a refund that was requested here. `refundId` is then the gateway's id of refund or dispute. */
      source: refundSource.optional(),
      /** The gateway's own id of a refund that was requested here. */
      gatewayRefundId: z.string().optional(),
    }),
  ),
  /** The money is still ours, or has come back: it may be refunded in another way. */
  event(
    'RefundFailed',
    z.object({
      ...ofOrder,
      refundId: z.string(),
      amount: moneySchema,
      code: z.string(),
      detail: z.string(),
      source: refundSource.optional(),
    }),
  ),
  /** While it is open nothing is refunded. `inquiry`: the bank only asks, and has taken nothing back yet. */
  event('PaymentDisputed', z.object({ ...ofOrder, ...ofDispute, status: z.literal('inquiry').optional() })),
  /** Nothing here holds what somebody wrote of the customer; ids, amounts and codes stay for the books. */
  event('PaymentPersonalDataErased', z.object(ofOrder)),
  event('PaymentDisputeClosed', z.object({ ...ofOrder, ...ofDispute, outcome: disputeOutcome })),
])
export type PaymentEvent = z.infer<typeof paymentEvent>
/** The data of one event by its name. */
export type PaymentEventData<Type extends PaymentEvent['type']> = Extract<
  PaymentEvent,
  { type: Type }
>['data']
