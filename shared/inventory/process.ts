import { type Effect, schedule, unschedule } from '../core/effect.ts'
import type { InventoryCommand } from './commands.ts'
import type { InventoryEvent } from './events.ts'
import type { Inventory } from './state.ts'

/**
 * Keeps one timer for all holds of a SKU, at the end (UTC) of the one that ends first: however many
 * orders hold it, most of them change nothing about the timer.
 */
export function react(event: InventoryEvent, state: Inventory): readonly Effect[] {
  switch (event.type) {
    case 'InventoryReserved':
    case 'ReservationExtended':
    case 'ReservationCommitted':
    case 'ReservationExpired':
    case 'InventoryReleased': {
      const [first] = state.held
      return [first ? schedule(EXPIRY, first.expiresAt, expire) : unschedule(EXPIRY)]
    }
    case 'InventoryUpdated':
    case 'StockLevelChanged':
    case 'InventoryInsufficient':
    case 'ReplenishmentRequested':
      return []
  }
}

const EXPIRY = 'expiry'
const expire = { type: 'ExpireReservations' } as const satisfies InventoryCommand
