import { z } from 'zod'
import { type Money, sum } from '../../core/money/money.ts'
import type { ChargeResult, DisputeStatus, RefundResult } from '../payment-gateway.ts'
import { moneyOf } from './money.ts'
import { chargeResultOf, paymentIntentSchema, type Refund, refundResultOf, refundSchema } from './objects.ts'

/** What an event of Stripe's reports about one of our payments. Money in minor units. */
export type StripeNews =
  | { readonly about: 'charge'; readonly paymentId: string; readonly result: ChargeResult }
  | {
      readonly about: 'refund'
      readonly paymentId: string
      readonly refundId: string
      readonly result: RefundResult
    }
  | {
      /** Made at Stripe itself, without the key of the charge: see `StripeGateway.keyOf`. */
      readonly about: 'outside_refund'
      readonly paymentIntentId: string
      readonly gatewayRefundId: string
      readonly amount: Money
      readonly result: RefundResult
    }
  | {
      readonly about: 'dispute'
      readonly paymentIntentId: string
      readonly status: DisputeStatus
      readonly disputeId: string
      readonly reason: string
      readonly amount: Money
    }

const eventSchema = z.object({
  /** The same in every delivery of the event. */
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
  status: z.string().nullish(),
  payment_intent: z.string().nullish(),
  /** What the dispute took from the account (negative) and brought back. */
  balance_transactions: z.array(z.object({ amount: z.int() })).nullish(),
})

/** https://docs.stripe.com/api/disputes/object; a dispute without a status is open. */
const disputeStatuses: ReadonlyMap<string, DisputeStatus> = new Map([
  ['warning_needs_response', 'inquiry'],
  ['warning_under_review', 'inquiry'],
  ['warning_closed', 'inquiry_closed'],
  // Settled before it began, by a refund that Stripe reports separately.
  ['prevented', 'inquiry_closed'],
  ['needs_response', 'open'],
  ['under_review', 'open'],
  ['won', 'won'],
  ['lost', 'lost'],
])

/**
 * Reads an event (https://docs.stripe.com/api/events/types). Events about other payments, or without a final
 * result, give no news.
 *
 * @throws ZodError for a malformed event, or an object that does not match the event's type
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
    case 'charge.dispute.created':
    case 'charge.dispute.updated':
    case 'charge.dispute.closed':
    case 'charge.dispute.funds_withdrawn':
    case 'charge.dispute.funds_reinstated': {
      const dispute = disputeSchema.parse(object)
      const { id, amount, currency, reason, payment_intent } = dispute
      const status = disputeStatusOf(type, dispute)
      if (!payment_intent || !status) return []
      const about = { paymentIntentId: payment_intent, disputeId: id, reason, status }
      return [{ about: 'dispute', ...about, amount: moneyOf(amount, currency) }]
    }
    default:
      return []
  }
}

/**
 * Funds may return in part, if the charge was partly refunded before the dispute was lost: the outcome stays
 * (https://support.stripe.com/questions/dispute-for-full-charge-amount-after-a-partial-refund-was-issued).
 */
function disputeStatusOf(
  type: string,
  { status, balance_transactions }: z.infer<typeof disputeSchema>,
): DisputeStatus | undefined {
  const known = disputeStatuses.get(status ?? 'needs_response')
  if (type !== 'charge.dispute.funds_reinstated' || known !== 'lost') return known
  const balance = sum((balance_transactions ?? []).map(({ amount }) => amount))
  return balance < 0 ? 'lost' : 'reinstated'
}

function refundNews(refund: Refund): StripeNews[] {
  const { paymentId, refundKey } = refund.metadata ?? {}
  const result = refundResultOf(refund)
  if (!result) return []
  if (paymentId && refundKey?.startsWith(`${paymentId}/`))
    return [{ about: 'refund', paymentId, refundId: refundKey.slice(paymentId.length + 1), result }]
  // Made at Stripe's own dashboard: it carries no key of ours.
  const { id: gatewayRefundId, amount, currency, payment_intent: paymentIntentId } = refund
  if (!paymentIntentId || !currency || !amount) return []
  const money = moneyOf(amount, currency)
  return [{ about: 'outside_refund', paymentIntentId, gatewayRefundId, amount: money, result }]
}
