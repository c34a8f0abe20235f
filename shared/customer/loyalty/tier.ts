import type { DecisionContext } from '../../core/aggregate.ts'
import { type Counting, countingAsNoted, explainCounting, toBase } from '../../core/money/exchange.ts'
import type { Money } from '../../core/money/money.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent } from '../events.ts'
import type { Customer } from '../state.ts'
import { after, segmentChange, statusChanges } from './segment.ts'
import { type SpendingEntry, spending12m } from './state.ts'

/**
 * Counts what an order came to or gave back, then lets the policies decide tier and segment. A delivered
 * order that cost nothing counts as an order all the same, and so does one in a currency without a rate, of
 * which nothing is spent. What is no news changes nothing.
 */
export function updateSpending(
  command: CustomerCommandOf<'UpdateSpending'>,
  state: Customer,
  context: DecisionContext,
): Decision<CustomerEvent> {
  const { now } = context
  const { orderId, exchange } = command
  const { base } = context.currencies
  const currency = command.currency ?? base
  const known = state.loyalty.spending.find((entry) => entry.orderId === orderId)
  const counting = countingAsNoted(exchange, context.currencies, currency)
  const inBase = (amount: number) => countedSpending({ amount, currency }, counting, known)
  const { refundedTotal: refunded } = command
  const refundedTotal = refunded === undefined ? undefined : inBase(refunded)
  const { revision } = command
  const isOrder = command.delta >= 0 && revision === undefined
  const delta = newsOf({ delta: inBase(command.delta), refundedTotal, revision }, isOrder, known)
  // Of a currency without a rate nothing is counted, whatever came first.
  if (delta === null || (delta === 0 && !isOrder && counting === null)) return accept()

  const counted = (spending: number): CustomerEvent => ({
    type: 'CustomerSpendingUpdated',
    data: {
      currency: base,
      orderId,
      delta,
      ...(refundedTotal !== undefined && { refundedTotal }),
      ...(revision !== undefined && { revision }),
      spending12m: spending,
      ...(counting === null && isOrder && { uncounted: true }),
      decisions: explainSpending({ amount: command.delta, currency }, counting),
    },
  })
  // The sum is what the fold makes of it, so that the event and the state can never differ.
  const total = spending12m(after(state, [counted(0)], now).loyalty, now)
  const events = [counted(total)]
  return accept(...events, ...statusChanges(after(state, events, now), context))
}

/**
 * An amount in minor units of the base currency. Without a rate it is nothing; but what goes back of an order
 * that was counted one to one, before there were rates, goes back like that.
 */
function countedSpending(money: Money, counting: Counting, known: SpendingEntry | undefined): number {
  return toBase(money, counting) ?? ((known?.spent ?? 0) > 0 ? money.amount : 0)
}

/** How an amount in another currency than the base currency was counted; nothing was decided on others. */
function explainSpending(money: Money, counting: Counting): PolicyDecision[] {
  if (counting === undefined) return []
  const rules = [counting === null ? 'no_rate' : 'rate_of_order']
  const outcome = counting === null ? 'uncounted' : 'counted'
  return [{ policy: 'spendingPolicy', rules, inputs: explainCounting(money, counting), outcome }]
}

/** By how much the spending really changes (minor units); `null` for what has been counted. */
function newsOf(
  { delta, refundedTotal, revision }: SpendingNews,
  isOrder: boolean,
  known: SpendingEntry | undefined,
): number | null {
  if (isOrder) return known?.spent === undefined ? delta : null
  const { refunded } = known ?? {}
  if (refundedTotal === undefined) return refunded === undefined && delta < 0 ? delta : null
  const more = refundedTotal - (refunded ?? 0)
  // Also when it changes nothing: older news may still come, and must not count.
  if (revision !== undefined) return revision > (known?.revision ?? 0) ? 0 - more : null
  return more > 0 ? -more : null
}

interface SpendingNews {
  readonly delta: number
  readonly refundedTotal: number | undefined
  readonly revision: number | undefined
}

/** Decides tier and segment anew, as time alone may change them. Changes nothing when neither does. */
export function reviewTier(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  return accept(...statusChanges(state, context))
}

/** Decides the segment anew, as time alone may change it. Changes nothing for one who is not verified yet. */
export function reviewSegment(state: Customer, context: DecisionContext): Decision<CustomerEvent> {
  return state.status === 'pending' ? accept() : accept(...segmentChange(state, context))
}
