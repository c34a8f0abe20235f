import { DAY } from '../core/time.ts'
import type { WaitingOrder } from './events.ts'

/** The constants of orders that wait for their payment; spans of time in milliseconds. */
export const profileRules = {
  /** How many orders of one customer wait unpaid at a time. */
  maxWaitingOrders: 3,
  /** How many units of one SKU all of them hold together. */
  maxWaitingUnits: 50,
  /** No order waits this long: one that is still noted then was not told of, and counts no more. */
  maxWaitMs: 2 * DAY,
  /** How many ended orders are remembered, so that late news of one changes nothing. */
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
 * Whether an order may wait for its payment beside those that wait already: goods that nobody pays for are
 * kept from others (OWASP OAT-021). `waiting` may name the order itself, which counts once.
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
