import { specification } from '../core/specification.fixture.ts'
import { inventory } from './aggregate.ts'
import type { Allocation, InventoryEvent } from './events.ts'

/** The stock of mugs. */
export const spec = specification(inventory, { id: 'MUG' })
/** When a hold made now ends. */
export const LATER = '2026-03-01T12:30:00.000Z'
/** The order's request. */
export const order = { sku: 'MUG', orderId: 'ord_1', quantity: 5 }
/** Five units that no single location has. */
export const allocations: Allocation[] = [
  { location: 'main', quantity: 4 },
  { location: 'east', quantity: 1 },
]

/** A location as decisions describe it. */
export function elsewhere(location: string, available: number) {
  return { location, available, distance: 'listed_order' }
}
export function counted(location: string, onHand: number): InventoryEvent {
  return { type: 'InventoryUpdated', data: { sku: 'MUG', location, change: onHand, onHand } }
}
export const stock = [counted('main', 4), counted('east', 3)]
export const reserved: InventoryEvent = {
  type: 'InventoryReserved',
  data: {
    ...order,
    allocations,
    expiresAt: LATER,
    available: 2,
    decisions: [
      {
        policy: 'allocationPolicy',
        rules: ['fewest_locations', 'listed_order'],
        inputs: { quantity: 5, locations: [elsewhere('main', 4), elsewhere('east', 3)] },
        outcome: 'fewest_locations',
      },
    ],
  },
}
export const committed: InventoryEvent = { type: 'ReservationCommitted', data: { ...order, allocations } }
export const expired: InventoryEvent = {
  type: 'ReservationExpired',
  data: { ...order, allocations, available: 7 },
}
export function released(restocked: boolean): InventoryEvent {
  return {
    type: 'InventoryReleased',
    data: { ...order, allocations, restocked, reason: 'cancelled', available: 7 },
  }
}

export const reserve = { type: 'ReserveInventory', orderId: 'ord_1', quantity: 5 } as const
export const commit = { type: 'CommitReservation', orderId: 'ord_1' } as const
export const release = { type: 'ReleaseReservation', orderId: 'ord_1', reason: 'cancelled' } as const
export const extend = {
  type: 'ExtendReservation',
  orderId: 'ord_1',
  expiresAt: '2026-03-01T12:45:00.000Z',
} as const
