import type { DecisionContext } from '../../core/aggregate.ts'
import { type Effect, scheduleOrCancel } from '../../core/effect.ts'
import { type Counting, countingAsNoted, explainCounting, toBase } from '../../core/money/exchange.ts'
import type { Money } from '../../core/money/money.ts'
import type { PolicyDecision } from '../../core/policy-decision.ts'
import { accept, type Decision } from '../../core/refusal.ts'
import type { Instant } from '../../core/time.ts'
import type { CustomerCommandOf } from '../commands.ts'
import type { CustomerEvent, CustomerEventData } from '../events.ts'
import { customerLoyaltyPolicy, explainLoyalty, tierKeptUntil } from '../policies.ts'
import { reportStanding } from '../standing.ts'
import { type Customer, type CustomerFeature, timers } from '../state.ts'
import { segmentChange, segmentTimer } from './segment.ts'
import { inLoyalty, type Loyalty, type SpendingEntry, spending12m, tierEndsAt } from './state.ts'

const withSpending = inLoyalty(spent)
const withTier = inLoyalty(
  (loyalty, { tier, keptUntil }: CustomerEventData<'LoyaltyStatusUpdated'>): Loyalty => ({
    ...loyalty,
    tier,
    keptUntil,
  }),
)

/** A customer's spending and the tier that it qualifies for. */
export const tier = {
  evolve: {
    CustomerSpendingUpdated: withSpending,
    LoyaltyStatusUpdated: withTier,
  },
  decide: {
    UpdateSpending: updateSpending,
    ReviewTier: (_, state, context) => accept(...statusChanges(state, context)),
  },
  react: {
    CustomerSpendingUpdated: (_, state, { at }) => [tierTimer(state), segmentTimer(state, at)],
    LoyaltyStatusUpdated: (_, state, { id, at }) => [
      tierTimer(state),
      segmentTimer(state, at),
      reportStanding('tier', state, at, id),
    ],
  },
} satisfies CustomerFeature

function spent(loyalty: Loyalty, data: CustomerEventData<'CustomerSpendingUpdated'>, at: Instant): Loyalty {
  const { orderId, delta, revision, uncounted, currency = loyalty.currency } = data
  const known = loyalty.spending.find((entry) => entry.orderId === orderId)
  const others = loyalty.spending.filter((entry) => entry !== known)
  const before = { orderId, tier: loyalty.tier, ...known }
  const inCurrency = currency === undefined ? loyalty : { ...loyalty, currency }
  if (delta < 0 || revision !== undefined) {
    const refunded = Math.max(0, (known?.refunded ?? 0) - delta)
    const entry = { ...before, at: known?.at ?? at, refunded, ...(revision !== undefined && { revision }) }
    return { ...inCurrency, spending: [...others, entry] }
  }
  const entry: SpendingEntry = { ...before, at, spent: delta, ...(uncounted && { uncounted }) }
  return {
    ...inCurrency,
    spending: [...others, entry],
    deliveredOrders: loyalty.deliveredOrders + 1,
    lastOrderAt: at,
  }
}

/**
 * Counts an order's amount or refund, then lets the policies decide tier and segment. A delivered
 * order without cost counts as an order, and so does one in a currency without a rate, of
 * which no spending is counted. A repeated report changes nothing.
 */
function updateSpending(
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
  const delta = changeOf({ delta: inBase(command.delta), refundedTotal, revision }, isOrder, known)
  // Nothing is counted for a currency without a rate, whatever arrived first.
  if (delta === null || (delta === 0 && !isOrder && counting === null)) return accept()

  const counted: CustomerEventData<'CustomerSpendingUpdated'> = {
    currency: base,
    orderId,
    delta,
    ...(refundedTotal !== undefined && { refundedTotal }),
    ...(revision !== undefined && { revision }),
    spending12m: 0,
    ...(counting === null && isOrder && { uncounted: true }),
    decisions: explainSpending({ amount: command.delta, currency }, counting),
  }
  const after = withSpending(state, counted, now)
  // The fold computes the sum, so that event and state cannot differ.
  const data = { ...counted, spending12m: spending12m(after.loyalty, now) }
  return accept({ type: 'CustomerSpendingUpdated', data }, ...statusChanges(after, context))
}

/**
 * An amount in minor units of the base currency. Without a rate it is 0; but a refund of an order
 * that predates rates is counted one to one, as the order was.
 */
function countedSpending(money: Money, counting: Counting, known: SpendingEntry | undefined): number {
  return toBase(money, counting) ?? ((known?.spent ?? 0) > 0 ? money.amount : 0)
}

/** How an amount in a currency other than the base currency was converted; none for the base currency. */
function explainSpending(money: Money, counting: Counting): PolicyDecision[] {
  if (counting === undefined) return []
  const rules = [counting === null ? 'no_rate' : 'rate_of_order']
  const outcome = counting === null ? 'uncounted' : 'counted'
  return [{ policy: 'spendingPolicy', rules, inputs: explainCounting(money, counting), outcome }]
}

/** The actual change of the spending (minor units); `null` for a repeated report. */
function changeOf(
  { delta, refundedTotal, revision }: ReportedSpending,
  isOrder: boolean,
  known: SpendingEntry | undefined,
): number | null {
  if (isOrder) return known?.spent === undefined ? delta : null
  const { refunded } = known ?? {}
  if (refundedTotal === undefined) return refunded === undefined && delta < 0 ? delta : null
  const more = refundedTotal - (refunded ?? 0)
  // Also when it changes nothing: an older report may still arrive, and must not count.
  if (revision !== undefined) return revision > (known?.revision ?? 0) ? 0 - more : null
  return more > 0 ? -more : null
}

interface ReportedSpending {
  readonly delta: number
  readonly refundedTotal: number | undefined
  readonly revision: number | undefined
}

/** The events that bring tier and segment up to date; none when both are current. */
function statusChanges(state: Customer, context: DecisionContext): CustomerEvent[] {
  const { now, currencies } = context
  const { tier: previousTier, keptUntil } = state.loyalty
  const currency = currencies.base
  const facts = { tier: previousTier, keptUntil, spending12m: spending12m(state.loyalty, now), currency, now }
  const decision = customerLoyaltyPolicy(facts)
  if (decision.tier === previousTier) return segmentChange(state, context)
  const data = {
    previousTier,
    tier: decision.tier,
    keptUntil: tierKeptUntil(now),
    spending12m: facts.spending12m,
    decisions: [explainLoyalty(facts, decision)],
  }
  const after = withTier(state, data, now)
  return [{ type: 'LoyaltyStatusUpdated', data }, ...segmentChange(after, context)]
}

/** The end of the tier without further spending. */
function tierTimer({ loyalty }: Customer): Effect {
  return scheduleOrCancel(timers.tier, tierEndsAt(loyalty), { type: 'ReviewTier' })
}
