import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { CustomerCommandOf } from './commands.ts'
import type { CustomerEvent } from './events.ts'
import { type SpendingEntry, spending12m } from './loyalty.ts'
import type { Customer } from './state.ts'
import { after, segmentChange, statusChanges } from './status.ts'

/**
 * Counts what an order came to or gave back, then lets the policies decide tier and segment. A delivered
 * order that cost nothing counts as an order all the same. What is no news changes nothing.
 */
export function updateSpending(
  command: CustomerCommandOf<'UpdateSpending'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { now } = context
  const { orderId, refundedTotal } = command
  const known = state.loyalty.spending.find((entry) => entry.orderId === orderId)
  const delta = newsOf(command, known)
  if (delta === null) return accept()

  const counted = (spending: number): CustomerEvent => ({
    type: 'CustomerSpendingUpdated',
    data: { orderId, delta, ...(refundedTotal !== undefined && { refundedTotal }), spending12m: spending },
  })
  // The sum is what the fold makes of it, so that the event and the state can never differ.
  const total = spending12m(after(state, [counted(0)], now).loyalty, now)
  const events = [counted(total)]
  return accept(...events, ...statusChanges(after(state, events, now), context))
}

/** By how much the spending really changes (minor units); `null` for what has been counted. */
function newsOf(
  { delta, refundedTotal }: CustomerCommandOf<'UpdateSpending'>,
  known: SpendingEntry | undefined,
): number | null {
  if (delta >= 0) return known?.spent === undefined ? delta : null
  const { refunded } = known ?? {}
  if (refundedTotal === undefined) return refunded === undefined ? delta : null
  const more = refundedTotal - (refunded ?? 0)
  return more > 0 ? -more : null
}

/** Decides tier and segment anew, as time alone may change them. Changes nothing when neither does. */
export function reviewTier(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  return accept(...statusChanges(state, context))
}

/** Decides the segment anew, as time alone may change it. Changes nothing for one who is not verified yet. */
export function reviewSegment(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  return state.status === 'pending' ? accept() : accept(...segmentChange(state, context))
}
