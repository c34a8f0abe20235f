import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { type Instant, plus } from '../core/time.ts'
import { isDisposable } from '../email-address/disposable-domains.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent, PaymentAttempt } from './events.ts'
import { segmentChange, segmentTimer } from './loyalty/segment.ts'
import { averageOrder } from './loyalty/state.ts'
import { customerRules } from './policies.ts'
import type { Customer, CustomerFeature } from './state.ts'

/** Payment attempts, with the customer's facts for fraud detection. */
export const paymentAttempts = {
  evolve: { PaymentAttemptRecorded: withAttempt },
  decide: { RecordPaymentAttempt: recordPaymentAttempt },
  react: { PaymentAttemptRecorded: (_, state, { at }) => [segmentTimer(state, at)] },
} satisfies CustomerFeature

function withAttempt(state: Customer, attempt: PaymentAttempt, at: Instant): Customer {
  const attempts = [...state.paymentAttempts, { ...attempt, at }]
  return { ...state, paymentAttempts: attempts.slice(-customerRules.paymentAttempts.maxRetained) }
}

/**
 * Records that a payment of this customer is about to be made, once per payment. An attempt to pay counts as an order:
 * the customer is no longer at risk or lapsed.
 */
function recordPaymentAttempt(
  { paymentId, orderId, amount }: CustomerCommandOf<'RecordPaymentAttempt'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { now } = context
  if (state.paymentAttempts.some((attempt) => attempt.paymentId === paymentId)) return accept()
  const since = plus(now, -customerRules.paymentAttempts.windowMs)
  const earlier = state.paymentAttempts.filter(({ at }) => at > since)
  const average = averageOrder(state.loyalty, now)
  const data: PaymentAttempt = {
    ...{ paymentId, orderId, amount },
    accountCreatedAt: state.registeredAt,
    paymentsInWindow: earlier.length + 1,
    ...(average !== null && { averageOrder: { amount: average, currency: context.currencies.base } }),
    disposableEmail: isDisposable(state.email),
  }
  const segment = segmentChange(withAttempt(state, data, now), context)
  return accept({ type: 'PaymentAttemptRecorded', data }, ...segment)
}
