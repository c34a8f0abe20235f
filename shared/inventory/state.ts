import { z } from 'zod'
import type { Feature } from '../core/feature.ts'
import { skuSchema } from '../core/ids.ts'
import { sum } from '../core/money/money.ts'
import { type Instant, instantSchema, plus } from '../core/time.ts'
import type { InventoryCommand } from './commands.ts'
import { allocationSchema, type InventoryEvent } from './events.ts'
import { inventoryRules } from './rules.ts'
import { availableAt, stockLocationSchema } from './stock-location.ts'

export const reservationSchema = z.object({
  orderId: z.string(),
  quantity: z.int().min(1),
  state: z.enum(['held', 'committed', 'released', 'expired']),
  /** When the hold expires, or would have expired (UTC). */
  expiresAt: instantSchema,
  /** How long (ms) the stock stays held after that, for an extension that is still under way. */
  grace: z.int().min(0).optional(),
  allocations: z.array(allocationSchema).min(1),
  /** When the hold began (UTC); dropped once it has ended. */
  reservedAt: instantSchema.optional(),
  /** When the hold ended; for restocked goods, when they were restocked (UTC). */
  closedAt: instantSchema.optional(),
})
export type Reservation = z.infer<typeof reservationSchema>

/** When the stock of a hold is released (UTC). */
export function letGoAt({ expiresAt, grace = 0 }: Reservation): Instant {
  return grace === 0 ? expiresAt : plus(expiresAt, grace)
}

/**
 * Reservations are arrays, not records by order: with thousands of holds a record takes a
 * hundred times as long to copy, and each event copies it.
 */
export const inventorySchema = z.object({
  sku: skuSchema,
  locations: z.array(stockLocationSchema),
  /** Open holds, earliest end first. */
  held: z.array(reservationSchema),
  /** Recently committed, released or expired ones, oldest first; at most one per order. */
  closed: z.array(reservationSchema),
  reorderPoint: z.int().min(0).optional(),
  reorderQuantity: z.int().min(1).optional(),
  /** New stock was requested, and the level is still below the reorder point. */
  replenishmentRequested: z.boolean(),
  /** How many reservations an abridged copy omits; missing in the state itself. */
  omitted: z.int().min(0).optional(),
})
export type Inventory = z.infer<typeof inventorySchema>

/** Units over all locations. */
interface StockLevels {
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
  const held = state.held.slice(0, inventoryRules.maxListed)
  const closed = state.closed.slice(-inventoryRules.maxListed)
  const omitted = state.held.length + state.closed.length - held.length - closed.length
  return omitted === 0 ? state : { ...state, held, closed, omitted }
}

/** All reservations: open ones by their end, then closed ones, oldest first. */
export function reservationsOf({ held, closed }: Inventory): Reservation[] {
  return [...held, ...closed]
}

/** The open hold of an order. */
export function holdOf({ held }: Inventory, orderId: string): Reservation | undefined {
  return held[indexOf(held, orderId)]
}

/** The reservation of an order, open or recently closed. */
export function reservationOf(state: Inventory, orderId: string): Reservation | undefined {
  return holdOf(state, orderId) ?? state.closed[indexOf(state.closed, orderId)]
}

/** One feature of a SKU's stock. */
export type InventoryFeature = Feature<Inventory, InventoryCommand, InventoryEvent>

/** Searches from the back, where a new hold almost always belongs. */
export function insertedByEnd(held: readonly Reservation[], reservation: Reservation): Reservation[] {
  const end = letGoAt(reservation)
  const before = held.findLastIndex((other) => letGoAt(other) <= end)
  return held.toSpliced(before + 1, 0, reservation)
}

/** Drops reservations closed too long ago, and the oldest beyond the limit. */
export function pruneClosed(closed: readonly Reservation[], at: Instant): Reservation[] {
  const { committed, released, expired } = inventoryRules.closedRetentionMs
  const since = {
    held: at,
    committed: plus(at, -committed),
    released: plus(at, -released),
    expired: plus(at, -expired),
  }
  return closed
    .filter(({ state, closedAt = at }) => closedAt > since[state])
    .slice(-inventoryRules.maxClosedReservations)
}

export function withoutOrder(reservations: Reservation[], orderId: string): Reservation[] {
  const index = indexOf(reservations, orderId)
  return index < 0 ? reservations : reservations.toSpliced(index, 1)
}

/** Searches from the back, where the active orders are; -1 if there is none. */
function indexOf(reservations: readonly Reservation[], orderId: string): number {
  return reservations.findLastIndex((reservation) => reservation.orderId === orderId)
}
