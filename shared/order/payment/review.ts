import type { CommandOf } from '../../core/aggregate.ts'
import { type Effect, send, sendInOrder } from '../../core/effect.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import { toPayment } from '../../payment/commands.ts'
import { askToWait } from '../checkout/claims.ts'
import { endHoldAt, extendHold } from '../checkout/stock.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent, OrderEventOf } from '../events.ts'
import { refusedSteps, stockGone } from '../facts.ts'
import { reviewHoldPolicy } from '../policies.ts'
import {
  changed,
  hasEnded,
  inCurrencyOf,
  type Order,
  type OrderFeature,
  type OrderPayment,
} from '../state.ts'

/**
 * The review of a payment that `fraudDetectionPolicy` holds: order and stock wait for an operator. Nothing is charged
 * until then.
 */
export const review = {
  evolve: {
    OrderPaymentHeld: held,
  },
  decide: {
    RecordHoldExtended: recordHoldExtended,
  },
  react: {
    OrderPaymentHeld: (data, state, { id }) => [...holdPayment(data, state, id), ...askToWait(state, id)],
  },
} satisfies OrderFeature

function held(
  state: Order,
  { paymentId, score, rules, holdUntil }: OrderEventOf<'OrderPaymentHeld'>['data'],
): Order {
  const payments = changed(state.payments, paymentId, { status: 'review', score, rules })
  const inReview = { ...state, payments, paymentStatus: 'in_review' } as const
  return hasEnded(state) ? inReview : { ...inReview, status: 'awaiting_payment', holdUntil }
}

/** The payment waits for an operator; its order and stock wait too. */
export function heldForReview(
  state: Order,
  payment: OrderPayment,
  { score, rules }: { score: number; rules: string[] },
  now: Instant,
): OrderEvent {
  return {
    type: 'OrderPaymentHeld',
    data: {
      paymentId: payment.id,
      amount: inCurrencyOf(state, payment.amount),
      score,
      rules,
      holdUntil: reviewHoldPolicy(state.createdAt, now),
      decisions: fraudDecision({ score, rules }, 'held_for_review'),
    },
  }
}

/** The hold could not be extended for the review: the order ends. */
function recordHoldExtended(
  command: CommandOf<OrderCommand, 'RecordHoldExtended'>,
  state: Order,
): Decision<OrderEvent> {
  const gone = refusedSteps(command.outcome)
  if (gone.length === 0 || state.status !== 'awaiting_payment') return accept()
  return accept(stockGone(state, gone))
}

/** Extends the hold during a review; the payment of an ended order is declined. */
function holdPayment(
  { paymentId, holdUntil }: OrderEventOf<'OrderPaymentHeld'>['data'],
  state: Order,
  id: string,
): Effect[] {
  if (hasEnded(state)) return [withdrawReview(paymentId, 'order_ended')]
  return [endHoldAt(holdUntil), sendInOrder(extendHold(holdUntil, state, id), { type: 'RecordHoldExtended' })]
}

/** Declines a payment that is under review; a payment that is not under review ignores it. */
export function withdrawReview(paymentId: string, reason: string): Effect {
  return send(toPayment(paymentId, { type: 'WithdrawReview', reason }))
}

/** What `fraudDetectionPolicy` decided about a payment. */
export type FraudVerdict = 'allowed' | 'held_for_review' | 'blocked'

/** The decision of `fraudDetectionPolicy`, as the payment reports it; none where it reports no score. */
export function fraudDecision(
  { score, rules = [] }: { score?: number | undefined; rules?: string[] | undefined },
  outcome: FraudVerdict,
): PolicyDecision[] {
  if (score === undefined) return []
  return [{ policy: 'fraudDetectionPolicy', rules, inputs: { score }, outcome }]
}
