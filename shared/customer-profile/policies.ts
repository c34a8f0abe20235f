import { DAY } from '../core/time.ts'
import type { WaitingOrder } from './events.ts'

/** The limits of unpaid orders. */
export const profileRules = {
  /** Of one customer. */
  maxWaitingOrders: 3,
  /** Of one SKU, over all unpaid orders of a customer. */
  maxWaitingUnits: 50,
  /** No order waits this long: the end of an older one was not reported, so it no longer counts. */
  maxWaitMs: 2 * DAY,
  /** Recorded so that late messages of an ended order change nothing. */
  maxEndedOrders: 1_000,
} as const

/** Whether one more order may wait, and if not, by which rule. */
type WaitingDecision =
  | { readonly allowed: true }
  | {
      readonly allowed: false
      readonly rule: 'too_many_open_orders'
      readonly facts: { readonly open: number; readonly limit: number }
    }
  | {
      readonly allowed: false
      readonly rule: 'too_many_units_held'
      readonly facts: {
        readonly sku: string
        readonly held: number
        readonly requested: number
        readonly limit: number
      }
    }

/**
 * Whether an order may wait for its payment beside those that wait already, which limits denial of inventory
 * (OWASP OAT-021). `waiting` may name the order itself, which counts once.
 */
export function waitingOrdersPolicy(waiting: readonly WaitingOrder[], order: WaitingOrder): WaitingDecision {
  const others = waiting.filter(({ orderId }) => orderId !== order.orderId)
  if (others.length >= profileRules.maxWaitingOrders)
    return {
      allowed: false,
      rule: 'too_many_open_orders',
      facts: { open: others.length, limit: profileRules.maxWaitingOrders },
    }
  for (const { sku, quantity: requested } of order.units) {
    const held = others
      .flatMap(({ units }) => units)
      .reduce((total, unit) => (unit.sku === sku ? total + unit.quantity : total), 0)
    if (held + requested > profileRules.maxWaitingUnits)
      return {
        allowed: false,
        rule: 'too_many_units_held',
        facts: { sku, held, requested, limit: profileRules.maxWaitingUnits },
      }
  }
  return { allowed: true }
}
