import { z } from 'zod'
import type { Money } from '../core/money.ts'
import type { ChargeResult, RefundResult } from './payment-gateway.ts'
import { moneyOf } from './stripe-money.ts'
import {
  chargeResultOf,
  paymentIntentSchema,
  type Refund,
  refundResultOf,
  refundSchema,
} from './stripe-objects.ts'

/** What an event of Stripe's tells of one of our payments. Money in minor units. */
export type StripeNews =
  | { readonly about: 'charge'; readonly paymentId: string; readonly result: ChargeResult }
  | {
      readonly about: 'refund'
      readonly paymentId: string
      readonly refundId: string
      readonly result: RefundResult
    }
  | {
      readonly about: 'dispute'
      /** Whose charge it is, Stripe does not say: see `StripeGateway.keyOf`. */
      readonly paymentIntentId: string
      readonly disputeId: string
      readonly reason: string
      readonly amount: Money
    }

const eventSchema = z.object({
  /** The same whenever the event is delivered again. */
  id: z.string().min(1).max(255),
  type: z.string(),
  data: z.object({ object: z.unknown() }),
})

const refundedChargeSchema = z.object({
  refunds: z.object({ data: z.array(refundSchema) }).nullish(),
})

const disputeSchema = z.object({
  id: z.string().min(1).max(200),
  amount: z.int().min(0),
  currency: z.string().length(3),
  reason: z.string().min(1).max(200),
  payment_intent: z.string().nullish(),
})

/**
 * Reads an event (https://docs.stripe.com/api/events/types). What is none of ours, or tells nothing final, is no
 * news.
 *
 * @throws ZodError for what is no event, or an event whose object is not what its type says
 */
export function readStripeEvent(body: unknown): { id: string; news: StripeNews[] } {
  const { id, type, data } = eventSchema.parse(body)
  return { id, news: newsOf(type, data.object) }
}

function newsOf(type: string, object: unknown): StripeNews[] {
  switch (type) {
    case 'payment_intent.succeeded':
    case 'payment_intent.payment_failed':
    case 'payment_intent.canceled': {
      const intent = paymentIntentSchema.parse(object)
      const paymentId = intent.metadata?.paymentId
      const result = chargeResultOf(intent)
      return paymentId && result ? [{ about: 'charge', paymentId, result }] : []
    }
    case 'refund.created':
    case 'refund.updated':
    case 'refund.failed':
    case 'charge.refund.updated':
      return refundNews(refundSchema.parse(object))
    case 'charge.refunded':
      // Newer versions of the API leave the refunds out here, and send an event for each of them.
      return refundedChargeSchema.parse(object).refunds?.data.flatMap(refundNews) ?? []
    case 'charge.dispute.created': {
      const { id, amount, currency, reason, payment_intent } = disputeSchema.parse(object)
      if (!payment_intent) return []
      const about = { paymentIntentId: payment_intent, disputeId: id, reason }
      return [{ about: 'dispute', ...about, amount: moneyOf(amount, currency) }]
    }
    default:
      return []
  }
}

function refundNews(refund: Refund): StripeNews[] {
  const { paymentId, refundKey } = refund.metadata ?? {}
  const result = refundResultOf(refund)
  // Refunds that were made at Stripe's own dashboard carry no key of ours.
  if (!paymentId || !refundKey?.startsWith(`${paymentId}/`) || !result) return []
  return [{ about: 'refund', paymentId, refundId: refundKey.slice(paymentId.length + 1), result }]
}
