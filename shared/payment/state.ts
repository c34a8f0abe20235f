import { z } from 'zod'
import type { Feature } from '../core/feature.ts'
import { moneySchema, sum } from '../core/money/money.ts'
import { disputeStatus } from '../ports/payment-gateway.ts'
import type { PaymentCommand } from './commands.ts'
import { type PaymentEvent, refundedLineSchema, refundSource, screeningSchema } from './events.ts'

const disputeSchema = z.object({
  disputeId: z.string(),
  reason: z.string(),
  /** Minor units of the payment's currency. */
  amount: moneySchema,
  status: disputeStatus,
})
/** A dispute by the cardholder and its stage. */
export type Dispute = z.infer<typeof disputeSchema>

const request = {
  orderId: z.string(),
  customerId: z.string(),
  /** The charged amount, and the maximum of all refunds. */
  amount: moneySchema,
  paymentMethod: z.string(),
  attempt: z.int().min(1),
  shippingCountry: z.string().optional(),
  failedTries: z.int().min(0),
  /** Missing until the payment was screened. */
  screening: screeningSchema.optional(),
  /** Including ended ones. One may be reported before the outcome of the charge is known. */
  disputes: z.array(disputeSchema).optional(),
  /** Free text about the customer is removed. */
  personalDataErased: z.literal(true).optional(),
}

/** One refund of a payment; `amount` in minor units of the payment's currency. */
const refundSchema = z.object({
  refundId: z.string(),
  amount: z.int().min(1),
  status: z.enum(['pending', 'succeeded', 'failed']),
  /** Its products and shipping costs; dropped when it fails, because they can be requested again. */
  lines: z.array(refundedLineSchema).optional(),
  shipping: z.int().min(0).optional(),
  /** Missing for one that was requested here. */
  source: refundSource.optional(),
  /** The gateway's own id of one that was requested here, once it is known. */
  gatewayRefundId: z.string().optional(),
})
export type Refund = z.infer<typeof refundSchema>

const pendingPaymentSchema = z.object({ ...request, status: z.enum(['requested', 'review']) })
const failedPaymentSchema = z.object({
  ...request,
  status: z.literal('failed'),
  failure: z.object({ code: z.string(), detail: z.string() }),
})
const chargedPaymentSchema = z.object({
  ...request,
  status: z.enum(['processed', 'partially_refunded', 'refunded', 'disputed']),
  charge: z.object({ gateway: z.string(), chargeId: z.string(), cardCountry: z.string().optional() }),
  /** Including failed ones: a refund id is never reused. Their number is limited by `paymentRules`. */
  refunds: z.array(refundSchema),
})
/** A payment that was charged. */
export type ChargedPayment = z.infer<typeof chargedPaymentSchema>

export const paymentSchema = z.discriminatedUnion('status', [
  pendingPaymentSchema,
  failedPaymentSchema,
  chargedPaymentSchema,
])
/** One attempt to charge an order. */
export type Payment = z.infer<typeof paymentSchema>

/** One feature of a payment. */
export type PaymentFeature = Feature<Payment, PaymentCommand, PaymentEvent>

/** The fields of every payment, whatever its status. */
export function requestOf(state: Payment) {
  const { orderId, customerId, amount, paymentMethod, attempt, failedTries } = state
  const { shippingCountry, screening, disputes, personalDataErased } = state
  return {
    ...{ orderId, customerId, amount, paymentMethod, attempt, failedTries },
    ...(shippingCountry !== undefined && { shippingCountry }),
    ...(screening && { screening }),
    ...(disputes && { disputes }),
    ...(personalDataErased && { personalDataErased }),
  }
}

/** The payment with the status that follows from its refunds and its dispute. */
export function withStatus(payment: ChargedPayment): ChargedPayment {
  if (openDispute(payment)) return { ...payment, status: 'disputed' }
  const refunded = refundedTotal(payment)
  if (refunded === 0) return { ...payment, status: 'processed' }
  return { ...payment, status: refunded === payment.amount.amount ? 'refunded' : 'partially_refunded' }
}

/** The ids in every event of a payment. */
export function aboutPayment({ orderId, customerId }: Payment): { orderId: string; customerId: string } {
  return { orderId, customerId }
}

/** Whether the payment was charged, whatever has been refunded since. */
export function isCharged(payment: Payment): payment is ChargedPayment {
  return 'charge' in payment
}

/**
 * The payment as a charged one.
 *
 * @throws Error when it is not charged, which no valid log leads to
 */
export function chargedPayment(payment: Payment): ChargedPayment {
  if (!isCharged(payment)) throw new Error(`a ${payment.status} payment has no refunds`)
  return payment
}

/** Every dispute of the payment, the one last reported at the end. */
export function disputesOf(payment: Payment): readonly Dispute[] {
  return payment.disputes ?? []
}

/** The dispute in which the bank has still to decide. */
export function openDispute(payment: Payment): Dispute | undefined {
  return disputesOf(payment).find(({ status }) => status === 'inquiry' || status === 'open')
}

/**
 * Refunded so far (minor units), lost disputes included; refunds under way do not count. Never more
 * than was charged: one refund may be reported before the failure of another that it replaced.
 */
export function refundedTotal(payment: ChargedPayment): number {
  const given = payment.refunds.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount)
  return Math.min(payment.amount.amount, sum(given))
}

/** The refunds that have reduced the charge, or are about to. */
export function standingRefunds(payment: ChargedPayment): Refund[] {
  return payment.refunds.filter(({ status }) => status !== 'failed')
}

/** The refundable rest (minor units): refunds under way count as refunded until they fail. */
export function refundable(payment: ChargedPayment): number {
  return Math.max(0, payment.amount.amount - sum(standingRefunds(payment).map(({ amount }) => amount)))
}

/** Whether nothing more happens automatically: the charge has an outcome, or awaits an operator's review. */
export function settled(payment: Payment): boolean {
  return payment.status !== 'requested'
}
