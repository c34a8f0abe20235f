import type { DecisionContext } from '../core/aggregate.ts'
import { accept, type Decision } from '../core/refusal.ts'
import type { InventoryCommand } from './commands.ts'
import type { InventoryEvent } from './events.ts'
import { outOfStock, refuse } from './refusals.ts'
import {
  commitReservation,
  expireReservations,
  extendReservation,
  releaseReservation,
  reserveInventory,
} from './reservation.ts'
import type { Inventory } from './state.ts'
import { updateStock } from './stock.ts'

/** Decides one command on the stock of a SKU. Refusals: see `refusals.ts`. */
export function decide(
  command: InventoryCommand,
  state: Inventory | null,
  context: DecisionContext,
): Decision<InventoryEvent> {
  if (command.type === 'UpdateStock') return updateStock(command, state, context)
  if (!state) return decideUnknown(command, context)
  switch (command.type) {
    case 'ReserveInventory':
      return reserveInventory(command, state, context)
    case 'ExtendReservation':
      return extendReservation(command, state)
    case 'CommitReservation':
      return commitReservation(command, state)
    case 'ReleaseReservation':
      return releaseReservation(command, state, context)
    case 'ExpireReservations':
      return expireReservations(state, context)
    case 'RecordOrderNotified':
      return accept()
  }
}

/** Stock that was never counted: nothing can be recorded of it, so every answer is without events. */
function decideUnknown(
  command: Exclude<InventoryCommand, { type: 'UpdateStock' }>,
  context: DecisionContext,
): Decision<never> {
  const sku = context.id
  switch (command.type) {
    case 'ReserveInventory':
      return outOfStock({ sku, requested: command.quantity, available: 0 })
    case 'ExtendReservation':
    case 'CommitReservation':
      return refuse('reservation_gone', `Nothing of ${sku} is held for ${command.orderId}.`)
    case 'ReleaseReservation':
      return refuse('stock_not_found', `No stock is kept of ${sku}.`)
    case 'ExpireReservations':
    case 'RecordOrderNotified':
      return accept()
  }
}
