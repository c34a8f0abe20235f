import { z } from 'zod'
import { event } from '../core/aggregate.ts'
import { moneySchema } from '../core/money/money.ts'
import { decisionsField } from '../core/policy-decision.ts'
import { disputeStatus } from '../ports/payment-gateway.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }

/** The fraud score and the ids of the rules that added to it, highest weight first. */
export const screeningSchema = z.object({ score: z.int().min(0), rules: z.array(z.string()) })
export type Screening = z.infer<typeof screeningSchema>

/** Units of one product in a refund; `amount` is their total in minor units. */
export const refundedLineSchema = z.object({
  sku: z.string(),
  quantity: z.int().min(1),
  amount: z.int().min(0),
})
export type RefundedLine = z.infer<typeof refundedLineSchema>

/** The origin of a refund that was not requested here: the gateway itself, or a lost dispute. */
export const refundSource = z.enum(['gateway', 'dispute'])

/** How a dispute ended: only `lost` returns the money to the cardholder. `reinstated` reverses a loss. */
export const disputeOutcome = disputeStatus.exclude(['inquiry', 'open'])

const ofDispute = { disputeId: z.string(), reason: z.string(), amount: moneySchema }

export const paymentEvent = z.discriminatedUnion('type', [
  event(
    'PaymentRequested',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      /** A token of the gateway, never a card number. */
      paymentMethod: z.string(),
      /** 1 for the first attempt on this order. */
      attempt: z.int().min(1),
      /** The destination country (ISO 3166-1 alpha-2); missing in payments of earlier releases. */
      shippingCountry: z.string().optional(),
      /** Failed payments of this order so far. */
      failedTries: z.int().min(0),
      /** The screening is the next event, of the same commit; missing: its facts were not at hand yet. */
      screened: z.literal(true).optional(),
      ...decisionsField,
    }),
  ),
  /** The payment may be charged. */
  event('PaymentScreened', z.object({ ...ofOrder, ...screeningSchema.shape, ...decisionsField })),
  /** Nothing is charged until an operator has reviewed it. */
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
      /** The fraud score, if the payment was screened. */
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
      /** The refunded products, when the refund was requested by product. */
      lines: z.array(refundedLineSchema).optional(),
      /** Shipping costs within the amount, in minor units, when they were requested. */
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
      /** Missing for a refund requested here; otherwise `refundId` is the gateway's id of the refund or dispute. */
      source: refundSource.optional(),
      /** The gateway's own id of a refund that was requested here. */
      gatewayRefundId: z.string().optional(),
    }),
  ),
  /** The money was not refunded, or was returned: it may be refunded in another way. */
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
  /** While it is open nothing is refunded. `inquiry`: the bank has not withdrawn any money yet. */
  event('PaymentDisputed', z.object({ ...ofOrder, ...ofDispute, status: z.literal('inquiry').optional() })),
  /** Free text about the customer is removed; ids, amounts and codes stay for accounting. */
  event('PaymentPersonalDataErased', z.object(ofOrder)),
  event('PaymentDisputeClosed', z.object({ ...ofOrder, ...ofDispute, outcome: disputeOutcome })),
])
export type PaymentEvent = z.infer<typeof paymentEvent>
/** The data of one event by its name. */
export type PaymentEventData<Type extends PaymentEvent['type']> = Extract<
  PaymentEvent,
  { type: Type }
>['data']
