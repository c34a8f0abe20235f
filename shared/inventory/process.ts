import { type Effect, schedule, send, unschedule } from '../core/effect.ts'
import { toOrder } from '../order/commands.ts'
import type { InventoryCommand } from './commands.ts'
import type { InventoryEvent } from './events.ts'
import { type Inventory, letGoAt } from './state.ts'

/**
 * Keeps one timer for all holds of a SKU, at the end (UTC) of the one that ends first: however many
 * orders hold it, most of them change nothing about the timer. A hold that somebody else gives back is reported to
 * its order.
 */
export function react(event: InventoryEvent, state: Inventory): readonly Effect[] {
  switch (event.type) {
    case 'InventoryReserved':
    case 'ReservationExtended':
    case 'ReservationCommitted':
    case 'ReservationExpired':
      return [expiry(state)]
    case 'InventoryReleased':
      return event.data.by ? [expiry(state), reportRelease(event.data)] : [expiry(state)]
    case 'InventoryUpdated':
    case 'StockLevelChanged':
    case 'InventoryInsufficient':
    case 'ReplenishmentRequested':
      return []
  }
}

const EXPIRY = 'expiry'
const expire = { type: 'ExpireReservations' } as const satisfies InventoryCommand

function expiry({ held: [first] }: Inventory): Effect {
  return first ? schedule(EXPIRY, letGoAt(first), expire) : unschedule(EXPIRY)
}

type Released = Extract<InventoryEvent, { type: 'InventoryReleased' }>['data']

/** An operator may hold stock for what is no order here: that it knows of nothing is no fault. */
function reportRelease({ sku, orderId, quantity, available }: Released): Effect {
  return send(toOrder(orderId, { type: 'RecordReservationReleased', sku, quantity, available }), {
    type: 'RecordOrderNotified',
  })
}
