import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { earlier, type Instant, plus } from '../core/time.ts'
import type { OrderCommand } from './commands.ts'
import type { OrderEvent } from './events.ts'
import { cancelled, confirmed, inCurrencyOf, paymentStarted, refusedSteps, stockGone } from './facts.ts'
import { chargeabilityPolicy, orderRules, paymentTriesPolicy, reviewHoldPolicy } from './policies.ts'
import { refuse } from './refusals.ts'
import { hasEnded, isUnpaid, type Order, type OrderPayment, openPayment } from './state.ts'

/**
 * Another payment while the order waits for one. Refuses with `order_ended`, `order_not_ready`,
 * `order_not_awaiting_payment`, `payment_in_progress`, `payment_not_chargeable` or `payment_tries_exceeded`.
 */
export function submitPayment(
  command: CommandOf<OrderCommand, 'SubmitPayment'>,
  state: Order,
  context: DecisionContext,
): Decision<OrderEvent> {
  if (hasEnded(state)) return refuse('order_ended', `The order is ${state.status}.`)
  if (openPayment(state)) return refuse('payment_in_progress', 'A payment for this order is under way.')
  if (state.status === 'pending') return refuse('order_not_ready', 'Stock is not held for this order yet.')
  const { holdUntil } = state
  if (state.status !== 'awaiting_payment' || holdUntil === undefined)
    return refuse('order_not_awaiting_payment', `The order is ${state.status}.`)
  if (command.chargeRule !== undefined) {
    const errors = chargeabilityPolicy(inCurrencyOf(state, state.pricing.total), command.chargeRule)
    if (errors.length > 0)
      return refuse('payment_not_chargeable', errors.map(({ detail }) => detail).join(' '), {
        errors: errors.map((error) => ({ ...error, pointer: '/paymentMethod' })),
      })
  }
  const { allowed, tries } = paymentTriesPolicy(state.payments, context.now)
  if (!allowed)
    return refuse('payment_tries_exceeded', `${tries} payments were tried within the last hour.`, {
      tries,
      limit: orderRules.paymentTries,
    })
  const { paymentMethod } = command
  const paymentId = context.newId('pay')
  const decisions = [
    {
      policy: 'paymentTriesPolicy',
      rules: [],
      inputs: { tries, limit: orderRules.paymentTries },
      outcome: 'allowed',
    },
  ]
  return accept(paymentStarted(state, { paymentId, paymentMethod, holdUntil, now: context.now, decisions }))
}

/**
 * The payment could not even be asked for. When that is because the stock was gone the order ends: another
 * try would charge for what is not there.
 */
export function recordPaymentSubmitted(
  command: CommandOf<OrderCommand, 'RecordPaymentSubmitted'>,
  state: Order,
): Decision<OrderEvent> {
  const refused = command.outcome.find((step) => !step.ok)
  if (!refused || openPayment(state)?.id !== command.paymentId) return accept()
  const { code, detail } = refused.refusal
  const amount = inCurrencyOf(state, state.pricing.total)
  const failed: OrderEvent = {
    type: 'OrderPaymentFailed',
    data: { paymentId: command.paymentId, amount, code, detail, decisions: [] },
  }
  if (refused.to.kind !== 'inventory' || hasEnded(state)) return accept(failed)
  return accept<OrderEvent>(failed, stockGone(state, [refused]))
}

/**
 * What the payment came to. Money for an order that has ended goes back in full; a payment under review
 * keeps the order, and its stock, waiting.
 */
export function recordPayment(
  command: CommandOf<OrderCommand, 'RecordPayment'>,
  state: Order,
  { now }: DecisionContext,
): Decision<OrderEvent> {
  const { paymentId, result } = command
  const payment = state.payments.find((known) => known.id === paymentId)
  if (payment?.status !== 'pending' && payment?.status !== 'review') return accept()
  const amount = inCurrencyOf(state, payment.amount)
  switch (result.status) {
    case 'review':
      return payment.status === 'review' ? accept() : accept(held(state, payment, result, now))
    case 'failed':
      return accept(failed(state, payment, result, now))
    case 'processed':
      if (!isUnpaid(state)) return accept({ type: 'OrderPaymentReturned', data: { paymentId, amount } })
      return accept<OrderEvent>(
        { type: 'OrderPaid', data: { paymentId, amount } },
        confirmed(state, 'process'),
      )
  }
}

type Result<Status extends string> = Extract<
  CommandOf<OrderCommand, 'RecordPayment'>['result'],
  { status: Status }
>

function held(state: Order, payment: OrderPayment, result: Result<'review'>, now: Instant): OrderEvent {
  const { score, rules } = result
  return {
    type: 'OrderPaymentHeld',
    data: {
      paymentId: payment.id,
      amount: inCurrencyOf(state, payment.amount),
      score,
      rules,
      holdUntil: reviewHoldPolicy(state.createdAt, now),
      decisions: fraudDecision(result, 'held_for_review'),
    },
  }
}

function failed(state: Order, payment: OrderPayment, result: Result<'failed'>, now: Instant): OrderEvent {
  const { code, detail } = result
  // The stock was held for the review, which is over: what follows is the time for another try.
  const isReviewed = payment.status === 'review' && !hasEnded(state)
  const nextTry = plus(now, orderRules.hold)
  const holdUntil = isReviewed ? earlier(nextTry, state.holdUntil ?? nextTry) : undefined
  return {
    type: 'OrderPaymentFailed',
    data: {
      paymentId: payment.id,
      amount: inCurrencyOf(state, payment.amount),
      code,
      detail,
      ...(holdUntil !== undefined && { holdUntil }),
      decisions: fraudDecision(result, verdictOn(payment, result)),
    },
  }
}

type FraudVerdict = 'allowed' | 'held_for_review' | 'blocked'

/** A payment that was let through, or held, may have failed for another reason. */
function verdictOn({ status }: OrderPayment, { code, rules = [] }: Result<'failed'>): FraudVerdict {
  if (status === 'review') return 'held_for_review'
  // The gateway has a fraud check of its own, which knows nothing of our rules.
  return code === 'fraud_blocked' && rules.length > 0 ? 'blocked' : 'allowed'
}

/** What `fraudDetectionPolicy` decided about a payment, as the payment tells it. */
function fraudDecision(
  { score, rules = [] }: { score?: number | undefined; rules?: string[] | undefined },
  outcome: FraudVerdict,
): PolicyDecision[] {
  if (score === undefined) return []
  return [{ policy: 'fraudDetectionPolicy', rules, inputs: { score }, outcome }]
}

/** The stock could not be held for the time of a review: there is nothing left to pay for. */
export function recordHoldExtended(
  command: CommandOf<OrderCommand, 'RecordHoldExtended'>,
  state: Order,
): Decision<OrderEvent> {
  const gone = refusedSteps(command.outcome)
  if (gone.length === 0 || state.status !== 'awaiting_payment') return accept()
  return accept(stockGone(state, gone))
}

/** The customer's bank takes a payment back, or asks about it; each dispute is told once. */
export function recordDispute(
  command: CommandOf<OrderCommand, 'RecordDispute'>,
  state: Order,
): Decision<OrderEvent> {
  const { paymentId, disputeId, amount, reason } = command
  const payment = state.payments.find((known) => known.id === paymentId)
  if (!payment || payment.status === 'failed') return accept()
  const isKnown =
    disputeId === undefined ? payment.disputed : payment.disputes.some(({ id }) => id === disputeId)
  if (isKnown) return accept()
  return accept({
    type: 'OrderPaymentDisputed',
    data: { paymentId, amount, reason, ...(disputeId !== undefined && { disputeId }) },
  })
}

/** The bank has decided. What it gave back after a loss is its last word. */
export function recordDisputeClosed(
  { paymentId, disputeId, amount, outcome }: CommandOf<OrderCommand, 'RecordDisputeClosed'>,
  state: Order,
): Decision<OrderEvent> {
  const payment = state.payments.find((known) => known.id === paymentId)
  if (!payment || payment.status === 'failed') return accept()
  const known = payment.disputes.find(({ id }) => id === disputeId)?.outcome
  if (known === outcome || known === 'won' || known === 'reinstated') return accept()
  return accept({ type: 'OrderDisputeClosed', data: { paymentId, amount, disputeId, outcome } })
}

/** Nobody has paid while the stock was held. */
export function endHold(state: Order): Decision<OrderEvent> {
  if (!isUnpaid(state)) return accept()
  return accept(cancelled(state, 'payment_failed', 'No payment succeeded while the stock was held.'))
}

/** Whose customer may order no more, waits for no payment; one that is under way goes back if it succeeds. */
export function endUnpaid(
  { reason }: CommandOf<OrderCommand, 'EndUnpaid'>,
  state: Order,
): Decision<OrderEvent> {
  return isUnpaid(state) ? accept(cancelled(state, reason, '')) : accept()
}
