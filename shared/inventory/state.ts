import { z } from 'zod'
import { skuSchema } from '../core/ids.ts'
import { sum } from '../core/money/money.ts'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import { type Allocation, allocationSchema, type InventoryEvent } from './events.ts'
import { inventoryRules } from './rules.ts'
import {
  availableAt,
  isBelowReorderPoint,
  type StockLocation,
  stockLocationSchema,
} from './stock-location.ts'

export const reservationSchema = z.object({
  orderId: z.string(),
  quantity: z.int().min(1),
  state: z.enum(['held', 'committed', 'released', 'expired']),
  /** When the hold ends, or would have ended, by itself (UTC). */
  expiresAt: instantSchema,
  /** How long (ms) the stock stays after that, unseen: an extension that is under way still finds it. */
  grace: z.int().min(0).optional(),
  allocations: z.array(allocationSchema).min(1),
  /** When the hold began (UTC); forgotten once it has ended. */
  reservedAt: instantSchema.optional(),
  /** When it stopped being held; of goods that came back, when they came back (UTC). */
  closedAt: instantSchema.optional(),
})
export type Reservation = z.infer<typeof reservationSchema>

/** When the stock of a hold is let go (UTC). */
export function letGoAt({ expiresAt, grace = 0 }: Reservation): Instant {
  return grace === 0 ? expiresAt : plus(expiresAt, grace)
}

/**
 * Reservations stand in arrays, not in records by order: with thousands of holds a record takes a
 * hundred times as long to copy, and each event copies it.
 */
export const inventorySchema = z.object({
  sku: skuSchema,
  locations: z.array(stockLocationSchema),
  /** Open holds, the one that ends first in front. */
  held: z.array(reservationSchema),
  /** Those committed, released or expired not long ago, oldest first; at most one of each order. */
  closed: z.array(reservationSchema),
  reorderPoint: z.int().min(0).optional(),
  reorderQuantity: z.int().min(1).optional(),
  /** New stock was asked for, and has not lifted the level to the reorder point yet. */
  replenishmentRequested: z.boolean(),
  /** How many reservations an abridged copy leaves out; the state itself never has it. */
  omitted: z.int().min(0).optional(),
})
export type Inventory = z.infer<typeof inventorySchema>

/** Units over all locations. */
export interface StockLevels {
  readonly onHand: number
  readonly reserved: number
  readonly available: number
}

/** The levels of a SKU over all its locations. */
export function levelsOf({ locations }: Inventory): StockLevels {
  const onHand = sum(locations.map((location) => location.onHand))
  const reserved = sum(locations.map((location) => location.reserved))
  return { onHand, reserved, available: availableAt({ onHand, reserved }) }
}

/** The stock with only the holds that end first and the newest closed reservations, for readers. */
export function abridged(state: Inventory): Inventory {
  const held = state.held.slice(0, inventoryRules.listed)
  const closed = state.closed.slice(-inventoryRules.listed)
  const omitted = state.held.length + state.closed.length - held.length - closed.length
  return omitted === 0 ? state : { ...state, held, closed, omitted }
}

/** All reservations that are there: the open ones by their end, then the closed, oldest first. */
export function reservationsOf({ held, closed }: Inventory): Reservation[] {
  return [...held, ...closed]
}

/** What is remembered of an order's reservation. */
export function reservationOf({ held, closed }: Inventory, orderId: string): Reservation | undefined {
  return held[indexOf(held, orderId)] ?? closed[indexOf(closed, orderId)]
}

/** Folds one event into a SKU's stock; only `InventoryUpdated` may come first. */
export function evolve(state: Inventory | null, event: InventoryEvent, at: Instant): Inventory {
  if (event.type === 'InventoryUpdated') return updated(state ?? nothing(event.data.sku), event.data)
  if (!state) throw new Error(`${event.type} cannot be the first event of a SKU's stock`)
  switch (event.type) {
    case 'InventoryReserved':
      return { ...shifted(state, event.data.allocations, 0, 1), ...opened(state, event.data, at) }
    case 'ReservationExtended':
      return { ...state, held: extended(state.held, event.data) }
    case 'ReservationCommitted':
      return {
        ...shifted(state, event.data.allocations, -1, -1),
        ...closing(state, event.data, 'committed', at),
      }
    case 'ReservationExpired':
      return {
        ...shifted(state, event.data.allocations, 0, -1),
        ...closing(state, event.data, 'expired', at),
      }
    case 'InventoryReleased': {
      const [onHand, reserved] = event.data.restocked ? ([1, 0] as const) : ([0, -1] as const)
      return {
        ...shifted(state, event.data.allocations, onHand, reserved),
        ...closing(state, event.data, 'released', at),
      }
    }
    case 'ReplenishmentRequested':
      return { ...state, replenishmentRequested: true }
    case 'StockLevelChanged':
    case 'InventoryInsufficient':
      // The first sums up what the events before it have changed; the second changed nothing.
      return state
  }
}

type DataOf<Type extends InventoryEvent['type']> = Extract<InventoryEvent, { type: Type }>['data']
type Closed = Exclude<Reservation['state'], 'held'>

function nothing(sku: string): Inventory {
  return { sku, locations: [], held: [], closed: [], replenishmentRequested: false }
}

function updated(state: Inventory, data: DataOf<'InventoryUpdated'>): Inventory {
  const { location, onHand, country, region, reorderPoint, reorderQuantity } = data
  return refilled({
    ...state,
    ...(reorderPoint !== undefined && { reorderPoint }),
    ...(reorderQuantity !== undefined && { reorderQuantity }),
    locations: withLocation(state.locations, location, (present) => ({
      ...present,
      ...(country !== undefined && { country }),
      ...(region !== undefined && { region }),
      onHand,
    })),
  })
}

/** Adds the allocated quantities, times a sign each, to what their locations have on hand and reserved. */
function shifted(
  state: Inventory,
  allocations: readonly Allocation[],
  onHand: 1 | 0 | -1,
  reserved: 1 | 0 | -1,
): Inventory {
  const locations = allocations.reduce<readonly StockLocation[]>(
    (changed, { location, quantity }) =>
      withLocation(changed, location, (present) => ({
        ...present,
        onHand: present.onHand + onHand * quantity,
        reserved: present.reserved + reserved * quantity,
      })),
    state.locations,
  )
  return refilled({ ...state, locations: [...locations] })
}

function withLocation(
  locations: readonly StockLocation[],
  name: string,
  change: (present: StockLocation) => StockLocation,
): StockLocation[] {
  const index = locations.findIndex(({ location }) => location === name)
  const present = locations[index] ?? { location: name, onHand: 0, reserved: 0 }
  return index < 0 ? [...locations, change(present)] : locations.with(index, change(present))
}

/** Once stock stands at the reorder point again, the next fall below it is a crossing of its own. */
function refilled(state: Inventory): Inventory {
  if (!state.replenishmentRequested) return state
  if (isBelowReorderPoint(levelsOf(state).available, state.reorderPoint)) return state
  return { ...state, replenishmentRequested: false }
}

function opened(
  state: Inventory,
  data: DataOf<'InventoryReserved'>,
  reservedAt: Instant,
): Pick<Inventory, 'held' | 'closed'> {
  const { orderId, quantity, allocations, expiresAt, grace } = data
  return {
    held: insertedByEnd(state.held, {
      ...{ orderId, quantity, state: 'held', expiresAt, allocations, reservedAt },
      ...(grace !== undefined && { grace }),
    }),
    closed: without(state.closed, orderId),
  }
}

function extended(held: Reservation[], data: DataOf<'ReservationExtended'>): Reservation[] {
  const present = held.find(({ orderId }) => orderId === data.orderId)
  if (!present) return held
  return insertedByEnd(without(held, data.orderId), { ...present, expiresAt: data.expiresAt })
}

/** From the back, where a new hold nearly always belongs. */
function insertedByEnd(held: readonly Reservation[], reservation: Reservation): Reservation[] {
  const end = letGoAt(reservation)
  const before = held.findLastIndex((other) => letGoAt(other) <= end)
  return held.toSpliced(before + 1, 0, reservation)
}

function closing(
  state: Inventory,
  data: { orderId: string; quantity: number; allocations: Allocation[] },
  as: Closed,
  at: Instant,
): Pick<Inventory, 'held' | 'closed'> {
  const { orderId, quantity, allocations } = data
  // An order is in one of the two only, and nearly always comes from the holds.
  const present = state.held[indexOf(state.held, orderId)]
  const earlier = present ? state.closed : without(state.closed, orderId)
  const closed: Reservation = {
    orderId,
    quantity,
    state: as,
    // Goods of a forgotten reservation that come back: when its hold ended is forgotten too.
    expiresAt: (present ?? reservationOf(state, orderId))?.expiresAt ?? at,
    allocations,
    closedAt: at,
  }
  return {
    held: without(state.held, orderId),
    closed: remembered([...earlier, closed], at),
  }
}

/** Drops what was closed too long ago, and the oldest of too many. */
function remembered(closed: readonly Reservation[], at: Instant): Reservation[] {
  const { committed, released, expired } = inventoryRules.closedKeptFor
  const since = {
    held: at,
    committed: plus(at, -committed),
    released: plus(at, -released),
    expired: plus(at, -expired),
  }
  return closed
    .filter(({ state, closedAt = at }) => closedAt > since[state])
    .slice(-inventoryRules.closedKept)
}

function without(reservations: Reservation[], orderId: string): Reservation[] {
  const index = indexOf(reservations, orderId)
  return index < 0 ? reservations : reservations.toSpliced(index, 1)
}

/** From the back, where the orders are that something still happens to; -1 if there is none. */
function indexOf(reservations: readonly Reservation[], orderId: string): number {
  return reservations.findLastIndex((reservation) => reservation.orderId === orderId)
}
