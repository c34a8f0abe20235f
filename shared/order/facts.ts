import type { CommandsOutcome } from '../core/effect.ts'
import type { Money } from '../core/money.ts'
import { type InventoryEvent, inventoryEvent } from '../inventory/events.ts'
import type { OrderEvent } from './events.ts'
import { netPaid, type Order } from './state.ts'

type EventOf<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>

/** An amount in the order's currency. */
export function inCurrencyOf(order: Order, amount: number): Money {
  return { amount, currency: order.pricing.currency }
}

/** The event of an order that is confirmed as it stands. */
export function confirmed(order: Order, by: 'process' | 'operator'): EventOf<'OrderConfirmed'> {
  const { customerId, pricing } = order
  return { type: 'OrderConfirmed', data: { customerId, total: inCurrencyOf(order, pricing.total), by } }
}

/** The event of an order that ends now; what was paid goes back in full. */
export function cancelled(
  order: Order,
  reason: EventOf<'OrderCancelled'>['data']['reason'],
  detail: string,
  shortages?: EventOf<'OrderCancelled'>['data']['shortages'],
): EventOf<'OrderCancelled'> {
  const paid = netPaid(order)
  return {
    type: 'OrderCancelled',
    data: {
      customerId: order.customerId,
      reason,
      detail,
      ...(shortages && { shortages }),
      ...(paid > 0 && { refund: inCurrencyOf(order, paid) }),
    },
  }
}

/** The events that stock objects appended for an order, read back from their answers. */
export function inventoryEventsOf(outcome: CommandsOutcome): InventoryEvent[] {
  return outcome.flatMap((step) =>
    step.ok ? step.events.flatMap((event) => inventoryEvent.safeParse(event).data ?? []) : [],
  )
}

/** The steps that were refused. */
export function refusedSteps(outcome: CommandsOutcome) {
  return outcome.filter((step) => !step.ok)
}
