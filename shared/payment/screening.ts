import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { send } from '../core/effect.ts'
import { countingOf } from '../core/money/exchange.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { toOrder } from '../order/commands.ts'
import { containsCardNumber } from './card-number/card-number.ts'
import { requestCharge } from './charge.ts'
import type { PaymentCommand, ScreeningOutcome } from './commands.ts'
import type { PaymentEvent } from './events.ts'
import { fraudDetectionPolicy } from './policies.ts'
import { refuse, refuseCardNumber } from './refusals.ts'
import { aboutPayment, type Payment, type PaymentFeature, requestOf } from './state.ts'

/** The fraud screening before the charge, and the review by an operator. */
export const screening = {
  evolve: {
    PaymentScreened: (state, { score, rules }) => ({
      ...requestOf(state),
      screening: { score, rules },
      status: 'requested',
    }),
    PaymentHeldForReview: (state, { score, rules }) => ({
      ...requestOf(state),
      screening: { score, rules },
      status: 'review',
    }),
    PaymentReviewApproved: (state) => ({ ...requestOf(state), status: 'requested' }),
    // Its outcome is the `PaymentFailed` right after.
    PaymentReviewRejected: (state) => state,
  },
  decide: {
    RecordScreening: recordScreening,
    ApproveReview: (_, state) => approveReview(state),
    RejectReview: rejectReview,
    WithdrawReview: withdrawReview,
  },
  react: {
    PaymentScreened: (_, state, { id }) => [requestCharge(state, id)],
    PaymentReviewApproved: (_, state, { id }) => [requestCharge(state, id)],
    PaymentHeldForReview: ({ orderId, score, rules }, _, { id }) => {
      const result = { status: 'review', score, rules } as const
      return [send(toOrder(orderId, { type: 'RecordPayment', paymentId: id, result }))]
    },
  },
} satisfies PaymentFeature

/** The facts that the payment has asked for. Changes nothing on a payment that was screened before. */
function recordScreening(
  { outcome }: CommandOf<PaymentCommand, 'RecordScreening'>,
  state: Payment,
  context: DecisionContext,
): Decision<PaymentEvent> {
  return state.status !== 'requested' || state.screening
    ? accept()
    : accept(screened(state, outcome, context))
}

/**
 * Decides by the facts about the card and the customer whether the charge is made, held for review or refused. Without
 * the facts (permanently unavailable) the payment itself decides.
 */
export function screened(
  payment: Payment,
  facts: ScreeningOutcome,
  { now, currencies }: DecisionContext,
): PaymentEvent {
  const { amount, shippingCountry, failedTries } = payment
  const counting = countingOf(currencies, amount.currency)
  const known = facts.ok ? facts.value : null
  const fraud = fraudDetectionPolicy({ amount, counting, shippingCountry, failedTries, facts: known, now })
  const about = aboutPayment(payment)
  const screening = { score: fraud.score, rules: [...fraud.rules] }
  const decisions = [fraud.decision]
  switch (fraud.verdict) {
    case 'allowed':
      return { type: 'PaymentScreened', data: { ...about, ...screening, decisions } }
    case 'held_for_review':
      return { type: 'PaymentHeldForReview', data: { ...about, amount, ...screening, decisions } }
    case 'blocked':
      return {
        type: 'PaymentFailed',
        data: {
          ...about,
          amount,
          code: 'fraud_blocked',
          detail: 'The payment was refused as probable fraud; nothing was charged.',
          screening,
          decisions,
        },
      }
  }
}

/** Approves a payment that is held for review. Refuses with `payment_not_in_review`. */
function approveReview(state: Payment): Decision<PaymentEvent> {
  if (state.status !== 'review') return notInReview(state)
  return accept({ type: 'PaymentReviewApproved', data: aboutPayment(state) })
}

/** Rejects a payment that is held for review. Refuses with `payment_not_in_review` or `card_number_rejected`. */
function rejectReview(
  { reason }: CommandOf<PaymentCommand, 'RejectReview'>,
  state: Payment,
): Decision<PaymentEvent> {
  if (state.status !== 'review') return notInReview(state)
  if (containsCardNumber(reason)) return refuseCardNumber('The reason', ['card_number'])
  return turnedDown(state, reason)
}

/** Rejects a payment of an ended order; one that is not held for review does not change. */
function withdrawReview(
  { reason }: CommandOf<PaymentCommand, 'WithdrawReview'>,
  state: Payment,
): Decision<PaymentEvent> {
  return state.status === 'review' ? turnedDown(state, reason) : accept()
}

function notInReview({ status }: Payment): Decision<never> {
  return refuse('payment_not_in_review', `The payment is ${status}.`)
}

function turnedDown(state: Payment, reason: string): Decision<PaymentEvent> {
  const about = aboutPayment(state)
  const { amount, screening } = state
  return accept<PaymentEvent>(
    { type: 'PaymentReviewRejected', data: { ...about, reason } },
    {
      type: 'PaymentFailed',
      data: {
        ...about,
        amount,
        code: 'review_rejected',
        detail: 'The payment was held for review and turned down; nothing was charged.',
        ...(screening && { screening }),
        decisions: [],
      },
    },
  )
}
