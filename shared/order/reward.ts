import { type Effect, schedule, send, sendEach, sendInOrder, unschedule } from '../core/effect.ts'
import { type Money, sum } from '../core/money/money.ts'
import { quantityBySku } from '../core/quantity.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import { toCustomer } from '../customer/commands.ts'
import { reviewIdOf, toReview } from '../review/commands.ts'
import { restorePoints } from './checkout/claims.ts'
import type { OrderEvent, OrderEventOf } from './events.ts'
import { orderRules } from './policies.ts'
import { countedAs, netPaid, type Order, type OrderFeature, type OrderPayment } from './state.ts'

/** The customer's rewards of an order: points, spending that counts for their tier, review requests. */
export const reward = {
  evolve: {
    OrderReviewsRequested: (state) => ({ ...state, reviewsRequested: true }),
  },
  decide: {
    RequestReviews: (_, state) => decideReviews(state),
  },
  react: {
    OrderReviewsRequested: (data, state, { id }) => [requestReviews(data, state, id)],
  },
} satisfies OrderFeature

/** Requests reviews from the customer, unless the goods were returned. */
function decideReviews(state: Order): Decision<OrderEvent> {
  if (state.status !== 'completed' || state.reviewsRequested || state.personalDataErased) return accept()
  const skus = quantityBySku(state.pricing.lines).map(([sku]) => sku)
  return accept({ type: 'OrderReviewsRequested', data: { skus } })
}

const REVIEW = 'review'

/** The points of the net paid are pending until the order is completed. */
export function accruePoints(state: Order, id: string): Effect {
  const { paidAtDelivery: amount = 0, customerId } = state
  const netPaid = { amount, currency: state.pricing.currency }
  return send(toCustomer(customerId, { type: 'AccruePoints', orderId: id, netPaid, ...countedAs(state) }))
}

/** The net paid counts for tier and points; reviews are requested some days later. */
export function countOrder(netPaid: Money, state: Order, at: Instant, id: string): Effect[] {
  const counted = { currency: netPaid.currency, ...countedAs(state) }
  return [
    sendInOrder([
      // A free order counts too: it can be the customer's first.
      toCustomer(state.customerId, {
        type: 'UpdateSpending',
        orderId: id,
        delta: netPaid.amount,
        ...counted,
      }),
      toCustomer(state.customerId, { type: 'EarnPoints', orderId: id, netPaid, ...countedAs(state) }),
    ]),
    schedule(REVIEW, plus(at, orderRules.reviewRequestDelayMs), { type: 'RequestReviews' }),
  ]
}

/**
 * Of a completed order, what goes back no longer counts, and what a bank sends back counts again: by so much
 * (minor units, negative for a refund). Before the completion, the points are those of the net paid.
 */
export function countRefund(payment: OrderPayment, delta: number, state: Order, id: string): Effect[] {
  const { customerId, paidAtCompletion: paid } = state
  if (paid === undefined || payment.status !== 'processed') return []
  // A refund before the completion was never counted, nor is its later failure.
  const refundedTotal = Math.max(0, paid - netPaid(state))
  const counted = {
    ...{ orderId: id, refundedTotal, revision: refundRevision(state) },
    ...{ currency: state.pricing.currency, ...countedAs(state) },
  }
  return [
    sendEach([
      toCustomer(customerId, { type: 'UpdateSpending', delta, ...counted }),
      toCustomer(customerId, { type: 'ClawBackPoints', paid, ...counted }),
    ]),
  ]
}

/** Grows with every result of a refund, so that the receiver recognises late and repeated messages. */
function refundRevision({ payments }: Order): number {
  const refunds = payments.flatMap((payment) => payment.refunds)
  return sum(refunds.map(({ status }) => (status === 'succeeded' ? 1 : 2)))
}

/**
 * An order that was refunded in full after its delivery: redeemed points are restored, pending points are
 * forfeited. Its promotions stay used. The warehouse restocks returned goods with `UpdateStock`.
 */
export function undoReward(state: Order, id: string): Effect[] {
  const { customerId, paidAtCompletion, paidAtDelivery: paid = 0 } = state
  const counted = { currency: state.pricing.currency, ...countedAs(state) }
  const clawBack = { type: 'ClawBackPoints', orderId: id, paid, refundedTotal: paid, ...counted } as const
  return [
    unschedule(REVIEW),
    ...(state.redeemPoints > 0 ? [restorePoints(state, id)] : []),
    ...(paidAtCompletion === undefined && paid > 0 ? [send(toCustomer(customerId, clawBack))] : []),
  ]
}

/** Each product of the order once. */
function requestReviews(
  { skus }: OrderEventOf<'OrderReviewsRequested'>['data'],
  { customerId, pricing }: Order,
  id: string,
): Effect {
  return sendEach(
    skus.map((sku) => {
      const productName = pricing.lines.find((line) => line.sku === sku)?.name ?? sku
      return toReview(reviewIdOf(id, sku), {
        type: 'RequestReview',
        orderId: id,
        customerId,
        sku,
        productName,
      })
    }),
  )
}
