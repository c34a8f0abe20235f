import type { CommandOf, DecisionContext } from '../core/aggregate.ts'
import { type Effect, scheduleOrCancel, send } from '../core/effect.ts'
import { sum } from '../core/money/money.ts'
import { accept, type Decision, recorded } from '../core/refusal.ts'
import { earlier, type Instant, plus } from '../core/time.ts'
import { toOrder } from '../order/commands.ts'
import type { InventoryCommand } from './commands.ts'
import type { Allocation, InventoryEvent, InventoryEventData } from './events.ts'
import { allocationPolicy } from './policies.ts'
import { outOfStock, refuse } from './refusals.ts'
import { inventoryRules } from './rules.ts'
import {
  holdOf,
  type Inventory,
  type InventoryFeature,
  insertedByEnd,
  letGoAt,
  levelsOf,
  pruneClosed,
  type Reservation,
  reservationOf,
  withoutOrder,
} from './state.ts'
import { replenishment, shifted, stockLevelChanged } from './stock.ts'

/** Reservations: orders hold stock for a time, then commit or release it. Nothing is recorded for unknown stock. */
export const reservation = {
  evolve: {
    InventoryReserved: (state, data, at) => ({
      ...shifted(state, data.allocations, 0, 1),
      ...opened(state, data, at),
    }),
    ReservationExtended: extended,
    ReservationCommitted: (state, data, at) => ({
      ...shifted(state, data.allocations, -1, -1),
      ...closing(state, data, 'committed', at),
    }),
    ReservationExpired: (state, data, at) => ({
      ...shifted(state, data.allocations, 0, -1),
      ...closing(state, data, 'expired', at),
    }),
    InventoryReleased: released,
    InventoryInsufficient: (state) => state,
  },
  decide: { ReleaseReservation: releaseReservation },
  creation: {
    decide: {
      ReserveInventory: reserveInventory,
      ExtendReservation: extendReservation,
      CommitReservation: commitReservation,
      ExpireReservations: (_, state, context) => expireReservations(state, context),
      RecordOrderNotified: () => accept(),
    },
  },
  react: {
    InventoryReserved: (_, state) => [expiry(state)],
    ReservationExtended: (_, state) => [expiry(state)],
    ReservationCommitted: (_, state) => [expiry(state)],
    ReservationExpired: (_, state) => [expiry(state)],
    // An order is notified of a release that it did not request.
    InventoryReleased: (data, state) => (data.by ? [expiry(state), reportRelease(data)] : [expiry(state)]),
  },
} satisfies InventoryFeature

type Released = InventoryEventData<'InventoryReleased'>

function released(state: Inventory, data: Released, at: Instant): Inventory {
  const [onHand, reserved] = data.restocked ? ([1, 0] as const) : ([0, -1] as const)
  return {
    ...shifted(state, data.allocations, onHand, reserved),
    ...closing(state, data, 'released', at),
  }
}

function opened(
  state: Inventory,
  data: InventoryEventData<'InventoryReserved'>,
  reservedAt: Instant,
): Pick<Inventory, 'held' | 'closed'> {
  const { orderId, quantity, allocations, expiresAt, grace } = data
  return {
    held: insertedByEnd(state.held, {
      ...{ orderId, quantity, state: 'held', expiresAt, allocations, reservedAt },
      ...(grace !== undefined && { grace }),
    }),
    closed: withoutOrder(state.closed, orderId),
  }
}

function extended(state: Inventory, data: InventoryEventData<'ReservationExtended'>): Inventory {
  const present = state.held.find(({ orderId }) => orderId === data.orderId)
  if (!present) return state
  const others = withoutOrder(state.held, data.orderId)
  return { ...state, held: insertedByEnd(others, { ...present, expiresAt: data.expiresAt }) }
}

function closing(
  state: Inventory,
  data: { orderId: string; quantity: number; allocations: Allocation[] },
  as: Exclude<Reservation['state'], 'held'>,
  at: Instant,
): Pick<Inventory, 'held' | 'closed'> {
  const { orderId, quantity, allocations } = data
  // An order is in only one of the two, almost always in the holds.
  const present = holdOf(state, orderId)
  const earlier = present ? state.closed : withoutOrder(state.closed, orderId)
  const closed: Reservation = {
    orderId,
    quantity,
    state: as,
    // Restock of a pruned reservation: the end of its hold is no longer recorded.
    expiresAt: (present ?? reservationOf(state, orderId))?.expiresAt ?? at,
    allocations,
    closedAt: at,
  }
  return {
    held: withoutOrder(state.held, orderId),
    closed: pruneClosed([...earlier, closed], at),
  }
}

/**
 * Holds stock for an order until a time (UTC), all or nothing, once per order: the same quantity
 * again changes nothing. An order whose hold has ended or was released may reserve again.
 * Refused: `out_of_stock` (recorded), `reservation_exists`, `reservation_too_late`, `too_many_reservations`.
 */
function reserveInventory(
  command: CommandOf<InventoryCommand, 'ReserveInventory'>,
  state: Inventory | null,
  context: DecisionContext,
): Decision<InventoryEvent> {
  const { orderId, quantity, shipTo, grace } = command
  const sku = context.id
  if (!state) return outOfStock({ sku, requested: quantity, available: 0 })
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
  const requestedEnd = command.expiresAt ?? plus(context.now, inventoryRules.holdMs)
  const expiresAt = earlier(requestedEnd, plus(context.now, inventoryRules.maxHoldMs))
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
  if (state.held.length >= inventoryRules.maxOpenReservations)
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
 * Extends a hold (UTC), never shortens it, and never beyond the maximum duration of a
 * hold: an unpaid order cannot hold stock for ever. Refused: `reservation_gone`.
 */
function extendReservation(
  command: CommandOf<InventoryCommand, 'ExtendReservation'>,
  state: Inventory | null,
  { id: sku }: DecisionContext,
): Decision<InventoryEvent> {
  const { orderId } = command
  const present = state && reservationOf(state, orderId)
  // Committed stock has no end, which is more than requested.
  if (present?.state === 'committed') return accept()
  if (present?.state !== 'held') return gone(sku, orderId)
  const { quantity, reservedAt } = present
  const expiresAt = reservedAt
    ? earlier(command.expiresAt, plus(reservedAt, inventoryRules.maxHoldMs))
    : command.expiresAt
  if (expiresAt <= present.expiresAt) return accept()
  return accept({ type: 'ReservationExtended', data: { sku, orderId, quantity, expiresAt } })
}

/** Commits the held units: they leave on-hand stock and the hold. Refused: `reservation_gone`. */
function commitReservation(
  { orderId }: CommandOf<InventoryCommand, 'CommitReservation'>,
  state: Inventory | null,
  { id: sku }: DecisionContext,
): Decision<InventoryEvent> {
  const present = state && reservationOf(state, orderId)
  if (present?.state === 'committed') return accept()
  if (present?.state !== 'held') return gone(sku, orderId)
  const { quantity, allocations } = present
  return accept({ type: 'ReservationCommitted', data: { sku, orderId, quantity, allocations } })
}

/**
 * Releases a hold, or restocks committed goods. Refuses nothing: a repeated release changes
 * nothing, and for a pruned reservation only `restock` names the goods.
 */
function releaseReservation(
  command: CommandOf<InventoryCommand, 'ReleaseReservation'>,
  state: Inventory,
  context: DecisionContext,
): Decision<InventoryEvent> {
  const { orderId, reason, restock = [], by } = command
  const present = reservationOf(state, orderId)
  const { available } = levelsOf(state)
  const release = (allocations: Allocation[], restocked: boolean): Released => {
    const quantity = sum(allocations.map((allocation) => allocation.quantity))
    return {
      sku: state.sku,
      orderId,
      quantity,
      allocations,
      restocked,
      reason,
      available: available + quantity,
      ...(by && { by }),
    }
  }
  if (present?.state === 'held')
    return accept({ type: 'InventoryReleased', data: release(present.allocations, false) })
  const goods = present?.state === 'committed' ? present.allocations : present ? [] : restock
  if (goods.length === 0) return accept()
  const data = release(goods, true)
  return accept({ type: 'InventoryReleased', data }, stockLevelChanged(released(state, data, context.now)))
}

/** Expires overdue holds, up to a limit; the next timer handles the rest. */
function expireReservations(state: Inventory | null, context: DecisionContext): Decision<InventoryEvent> {
  if (!state) return accept()
  let { available } = levelsOf(state)
  const over = state.held
    .slice(0, inventoryRules.expiriesPerTimer)
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

function gone(sku: string, orderId: string): Decision<never> {
  return refuse('reservation_gone', `Nothing of ${sku} is held for ${orderId}.`)
}

const EXPIRY = 'expiry'
const expire = { type: 'ExpireReservations' } as const satisfies InventoryCommand

/** One timer for all holds of a SKU, at the earliest end: most events do not change it. */
function expiry({ held: [first] }: Inventory): Effect {
  return scheduleOrCancel(EXPIRY, first ? letGoAt(first) : null, expire)
}

/** An operator may hold stock for an order that does not exist here: a refusal is not an error. */
function reportRelease({ sku, orderId, quantity, available }: Released): Effect {
  return send(toOrder(orderId, { type: 'RecordReservationReleased', sku, quantity, available }), {
    type: 'RecordOrderNotified',
  })
}
