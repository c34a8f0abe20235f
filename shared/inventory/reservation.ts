import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { sum } from '../core/money/money.ts'
import { accept, type Decision, recorded } from '../core/refusal.ts'
import { earlier, plus } from '../core/time.ts'
import type { InventoryCommand } from './commands.ts'
import type { Allocation, InventoryEvent } from './events.ts'
import { allocationPolicy } from './policies.ts'
import { outOfStock, refuse } from './refusals.ts'
import { inventoryRules } from './rules.ts'
import { evolve, type Inventory, letGoAt, levelsOf, reservationOf } from './state.ts'
import { replenishment, stockLevelChanged } from './stock.ts'

/**
 * Holds stock for an order until a time (UTC), all of it or nothing, once per order: the same quantity
 * again changes nothing. An order whose hold has ended or was released may hold anew.
 * Refused: `out_of_stock` (recorded), `reservation_exists`, `reservation_too_late`, `too_many_reservations`.
 */
export function reserveInventory(
  command: CommandOf<InventoryCommand, 'ReserveInventory'>,
  state: Inventory,
  context: DecisionContext,
): Decision<InventoryEvent> {
  const { orderId, quantity, shipTo, grace } = command
  const { sku } = state
  const present = reservationOf(state, orderId)
  if (present?.state === 'held' || present?.state === 'committed') {
    if (present.quantity === quantity) return accept()
    const { allocations, expiresAt } = present
    return refuse('reservation_exists', `${orderId} has a reservation of ${present.quantity} ${sku}.`, {
      quantity: present.quantity,
      state: present.state,
      allocations,
      expiresAt,
    })
  }
  const asked = command.expiresAt ?? plus(context.now, inventoryRules.holdTime)
  const expiresAt = earlier(asked, plus(context.now, inventoryRules.longestHold))
  if (expiresAt <= context.now)
    return refuse('reservation_too_late', `The hold for ${orderId} would have ended at ${expiresAt}.`)

  const allocation = allocationPolicy(state.locations, quantity, shipTo)
  const { available } = allocation
  const decisions = [allocation.decision]
  if (allocation.rule === 'insufficient_stock')
    return recorded<InventoryEvent>(outOfStock({ sku, requested: quantity, available }), {
      type: 'InventoryInsufficient',
      data: { sku, orderId, quantity, available, decisions },
    })
  if (state.held.length >= inventoryRules.openReservations)
    return refuse('too_many_reservations', `${state.held.length} orders hold ${sku} now.`, {
      sku,
      requested: quantity,
      available,
    })

  const { allocations } = allocation
  const left = available - quantity
  return accept<InventoryEvent>(
    {
      type: 'InventoryReserved',
      data: {
        ...{ sku, orderId, quantity, allocations, expiresAt },
        ...(grace !== undefined && { grace }),
        ...{ available: left, decisions },
      },
    },
    ...replenishment(state, left),
  )
}

/**
 * Moves the end of a hold (UTC) further away; never nearer, and never past the longest time that stock is
 * held: an order that nobody pays cannot keep it for ever. Refused: `reservation_gone`.
 */
export function extendReservation(
  command: CommandOf<InventoryCommand, 'ExtendReservation'>,
  state: Inventory,
): Decision<InventoryEvent> {
  const { orderId } = command
  const present = reservationOf(state, orderId)
  // What is sold no longer ends, which is more than was asked for.
  if (present?.state === 'committed') return accept()
  if (present?.state !== 'held') return gone(state, orderId)
  const { quantity, reservedAt } = present
  const expiresAt = reservedAt
    ? earlier(command.expiresAt, plus(reservedAt, inventoryRules.longestHold))
    : command.expiresAt
  if (expiresAt <= present.expiresAt) return accept()
  return accept({ type: 'ReservationExtended', data: { sku: state.sku, orderId, quantity, expiresAt } })
}

/** Sells what is held: it leaves the shelf and the hold. Refused: `reservation_gone`. */
export function commitReservation(
  command: CommandOf<InventoryCommand, 'CommitReservation'>,
  state: Inventory,
): Decision<InventoryEvent> {
  const { orderId } = command
  const present = reservationOf(state, orderId)
  if (present?.state === 'committed') return accept()
  if (present?.state !== 'held') return gone(state, orderId)
  const { quantity, allocations } = present
  return accept({ type: 'ReservationCommitted', data: { sku: state.sku, orderId, quantity, allocations } })
}

/**
 * Gives a hold back, or puts sold goods back on their shelves. Refuses nothing: what is given back
 * already stays so, and of an order that is not remembered only `restock` can say what to put back.
 */
export function releaseReservation(
  command: CommandOf<InventoryCommand, 'ReleaseReservation'>,
  state: Inventory,
  context: DecisionContext,
): Decision<InventoryEvent> {
  const { orderId, reason, restock = [], by } = command
  const present = reservationOf(state, orderId)
  const { available } = levelsOf(state)
  const released = (allocations: Allocation[], restocked: boolean): InventoryEvent => {
    const quantity = sum(allocations.map((allocation) => allocation.quantity))
    return {
      type: 'InventoryReleased',
      data: {
        sku: state.sku,
        orderId,
        quantity,
        allocations,
        restocked,
        reason,
        available: available + quantity,
        ...(by && { by }),
      },
    }
  }
  if (present?.state === 'held') return accept(released(present.allocations, false))
  const goods = present?.state === 'committed' ? present.allocations : present ? [] : restock
  if (goods.length === 0) return accept()
  const restocked = released(goods, true)
  return accept(restocked, stockLevelChanged(evolve(state, restocked, context.now)))
}

/** Ends every hold whose time is over, the first so many of them; the next timer takes the rest. */
export function expireReservations(state: Inventory, context: DecisionContext): Decision<InventoryEvent> {
  let { available } = levelsOf(state)
  const over = state.held
    .slice(0, inventoryRules.expiriesAtOnce)
    .filter((reservation) => letGoAt(reservation) <= context.now)
  return accept(
    ...over.map(({ orderId, quantity, allocations }): InventoryEvent => {
      available += quantity
      return {
        type: 'ReservationExpired',
        data: { sku: state.sku, orderId, quantity, allocations, available },
      }
    }),
  )
}

function gone(state: Inventory, orderId: string): Decision<never> {
  return refuse('reservation_gone', `Nothing of ${state.sku} is held for ${orderId}.`)
}
