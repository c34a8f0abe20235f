import type { Decision } from '../core/refusal.ts'
import { refuse } from '../order/refusals.ts'
import type { WaitingOrder } from './events.ts'
import { waitingOrdersPolicy } from './policies.ts'

/**
 * The refusal of an order that may not wait beside those that do; `null` if it may. Refused:
 * `too_many_open_orders`, `too_many_units_held`.
 */
export function refuseToWait(waiting: readonly WaitingOrder[], order: WaitingOrder): Decision<never> | null {
  const decision = waitingOrdersPolicy(waiting, order)
  if (decision.allowed) return null
  if (decision.rule === 'too_many_open_orders') {
    const { open, limit } = decision.facts
    return refuse(
      decision.rule,
      `${open} orders wait for their payment; at most ${limit} may.`,
      decision.facts,
    )
  }
  const { sku, held, requested, limit } = decision.facts
  const detail = `${requested} of ${sku} would wait beside ${held} that do; at most ${limit} may.`
  return refuse(decision.rule, detail, decision.facts)
}
