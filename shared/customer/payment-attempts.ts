import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import { plus } from '../core/time.ts'
import { isDisposable } from '../email-address/disposable-domains.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { after, segmentChange } from './loyalty/segment.ts'
import { averageOrder } from './loyalty/state.ts'
import { customerRules } from './policies.ts'
import type { Customer } from './state.ts'

/**
 * Notes that a payment of this customer is about to be made, with what fraud detection wants to know of
 * them, once for a payment. An attempt to pay is an order on its way: it ends being at risk or lapsed.
 */
export function recordPaymentAttempt(
  { paymentId, orderId, amount }: CustomerCommandOf<'RecordPaymentAttempt'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { now } = context
  if (state.paymentAttempts.some((attempt) => attempt.paymentId === paymentId)) return accept()
  const since = plus(now, -customerRules.paymentAttempts.window)
  const earlier = state.paymentAttempts.filter(({ at }) => at > since)
  const average = averageOrder(state.loyalty, now)
  const recorded: CustomerEvent = {
    type: 'PaymentAttemptRecorded',
    data: {
      ...{ paymentId, orderId, amount },
      accountCreatedAt: state.registeredAt,
      paymentsInWindow: earlier.length + 1,
      ...(average !== null && { averageOrder: { amount: average, currency: context.currencies.base } }),
      disposableEmail: isDisposable(state.email),
    },
  }
  return accept(recorded, ...segmentChange(after(state, [recorded], now), context))
}
