import { z } from 'zod'
import { moneySchema, sum } from '../core/money.ts'
import type { PaymentEvent } from './events.ts'

const request = {
  orderId: z.string(),
  customerId: z.string(),
  /** What is charged, and the ceiling of all refunds. */
  amount: moneySchema,
  paymentMethod: z.string(),
  attempt: z.int().min(1),
}

/** One refund of a payment; `amount` in minor units of the payment's currency. */
const refundSchema = z.object({
  refundId: z.string(),
  amount: z.int().min(1),
  status: z.enum(['pending', 'succeeded', 'failed']),
})
export type Refund = z.infer<typeof refundSchema>

const requestedPaymentSchema = z.object({ ...request, status: z.literal('requested') })
const failedPaymentSchema = z.object({
  ...request,
  status: z.literal('failed'),
  failure: z.object({ code: z.string(), detail: z.string() }),
})
const chargedPaymentSchema = z.object({
  ...request,
  status: z.enum(['processed', 'partially_refunded', 'refunded']),
  charge: z.object({ gateway: z.string(), chargeId: z.string(), cardCountry: z.string().optional() }),
  /** Failed ones too: a refund id that was used is never used again. Their number is limited by `paymentRules`. */
  refunds: z.array(refundSchema),
})
/** A payment whose money was taken. */
export type ChargedPayment = z.infer<typeof chargedPaymentSchema>

export const paymentSchema = z.discriminatedUnion('status', [
  requestedPaymentSchema,
  failedPaymentSchema,
  chargedPaymentSchema,
])
/** One try to charge an order. */
export type Payment = z.infer<typeof paymentSchema>

/** Folds one event into a payment; only `PaymentRequested` may come first. */
export function evolve(state: Payment | null, event: PaymentEvent): Payment {
  if (event.type === 'PaymentRequested') return { ...event.data, status: 'requested' }
  if (!state) throw new Error(`${event.type} cannot be a payment's first event`)
  switch (event.type) {
    case 'PaymentProcessed': {
      const { gateway, chargeId, cardCountry } = event.data
      const charge = { gateway, chargeId, ...(cardCountry && { cardCountry }) }
      return { ...requestOf(state), status: 'processed', charge, refunds: [] }
    }
    case 'PaymentFailed': {
      const { code, detail } = event.data
      return { ...requestOf(state), status: 'failed', failure: { code, detail } }
    }
    case 'PaymentRefundRequested': {
      const payment = chargedPayment(state)
      const { refundId, amount } = event.data
      const refund: Refund = { refundId, amount: amount.amount, status: 'pending' }
      return { ...payment, refunds: [...payment.refunds, refund] }
    }
    case 'PaymentRefunded': {
      const payment = withRefund(state, event.data.refundId, 'succeeded')
      return { ...payment, status: event.data.full ? 'refunded' : 'partially_refunded' }
    }
    case 'RefundFailed':
      return withRefund(state, event.data.refundId, 'failed')
  }
}

function requestOf({ orderId, customerId, amount, paymentMethod, attempt }: Payment) {
  return { orderId, customerId, amount, paymentMethod, attempt }
}

function withRefund(state: Payment, refundId: string, status: Refund['status']): ChargedPayment {
  const payment = chargedPayment(state)
  const refunds = payment.refunds.map((refund) =>
    refund.refundId === refundId ? { ...refund, status } : refund,
  )
  return { ...payment, refunds }
}

/** Whether money was taken, whatever has been given back since. */
export function isCharged(payment: Payment): payment is ChargedPayment {
  return 'charge' in payment
}

/**
 * The payment as one whose money was taken.
 *
 * @throws Error when it is not, which no log that was decided here can lead to
 */
export function chargedPayment(payment: Payment): ChargedPayment {
  if (!isCharged(payment)) throw new Error(`a ${payment.status} payment has no refunds`)
  return payment
}

/** What has been given back so far (minor units); refunds under way do not count. */
export function refundedTotal(payment: ChargedPayment): number {
  return sum(payment.refunds.filter(({ status }) => status === 'succeeded').map(({ amount }) => amount))
}

/** What may still be refunded (minor units): refunds under way count as given back until they fail. */
export function refundable(payment: ChargedPayment): number {
  const taken = payment.refunds.filter(({ status }) => status !== 'failed').map(({ amount }) => amount)
  return payment.amount.amount - sum(taken)
}

/** Whether it is known what the charge came to. */
export function settled(payment: Payment): boolean {
  return payment.status !== 'requested'
}
