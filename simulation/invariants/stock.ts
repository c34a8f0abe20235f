import { quantityBySku } from '../../shared/core/quantity.ts'
import { instantOf } from '../../shared/core/time.ts'
import type { InventoryEvent } from '../../shared/inventory/events.ts'
import { type Inventory, letGoAt } from '../../shared/inventory/state.ts'
import { REFUNDED } from '../../shared/order/events.ts'
import { always, atRest, finding } from './invariant.ts'
import { type Stream, stateOf, streamsOf } from './streams.ts'

export const noOversell = always(
  'onHand ≥ reserved ≥ 0',
  'At every location and version, no more units are promised or sold than there are.',
  function* (inspection) {
    for (const { name, entries } of streamsOf(inspection).inventory.values())
      for (const { version, event, state } of entries) {
        for (const { location, onHand, reserved } of state.locations) {
          if (onHand < reserved || reserved < 0)
            yield finding(
              `${name} has ${onHand} units and ${reserved} of them reserved at ${location} after version ${version} ` +
                `(${event.type}).`,
              name,
            )
          const held = heldAt(state, location)
          if (held !== reserved)
            yield finding(
              `${name} counts ${reserved} reserved units at ${location} after version ${version} (${event.type}), but ` +
                `its open holds are for ${held}.`,
              name,
            )
        }
      }
  },
)

export const stockOfOrders = atRest(
  'orders and stock agree',
  'A confirmed order has exactly its units, an order that has ended has none, and no hold outlives its end.',
  function* (inspection) {
    const { inventory, order } = streamsOf(inspection)
    const now = instantOf(inspection.now)
    const unitsOf = new Map([...inventory.values()].map((stream) => [stream.id, unitsByOrder(stream)]))
    for (const stream of inventory.values()) {
      for (const hold of stateOf(stream)?.held ?? [])
        if (letGoAt(hold) <= now)
          yield finding(
            `${stream.name} still holds ${hold.quantity} units for order ${hold.orderId}, whose hold ended at ${letGoAt(hold)}.`,
            stream.name,
            `order/${hold.orderId}`,
          )
      for (const [orderId, units] of unitsOf.get(stream.id) ?? []) {
        const status = stateOf(order.get(orderId) ?? { entries: [] })?.status
        if (
          units.committed > 0 &&
          (status === undefined || status === 'pending' || status === 'awaiting_payment')
        )
          yield finding(
            `${stream.name} has sold ${units.committed} units to order ${orderId}, which is ${status ?? 'unknown'}.`,
            stream.name,
            `order/${orderId}`,
          )
      }
    }
    for (const stream of order.values()) {
      const state = stateOf(stream)
      if (!state) continue
      const { status, pricing, stockCommitted } = state
      const isOver = status === 'cancelled' || (status === 'returned' && !isReturnedLater(stream))
      const hasStock = ['confirmed', 'shipped', 'delivered', 'completed'].includes(status)
      if (hasStock && !stockCommitted)
        yield finding(`${stream.name} is ${status}, but its stock was never committed.`, stream.name)
      for (const [sku, quantity] of quantityBySku(pricing.lines)) {
        const { held, committed } = unitsOf.get(sku)?.get(stream.id) ?? { held: 0, committed: 0 }
        if (isOver && held + committed > 0)
          yield finding(
            `${stream.name} is ${status}, but ${sku} still has ${held} held and ${committed} sold units for it.`,
            stream.name,
            `inventory/${sku}`,
          )
        // A shipped order goes on without units that an operator has put back.
        const released = stream.entries.some(
          ({ event }) => event.type === 'OrderStockReleased' && event.data.sku === sku,
        )
        if (hasStock && committed !== quantity && !released)
          yield finding(
            `${stream.name} is ${status} with ${quantity} units of ${sku}, but ${sku} has sold it ${committed}.`,
            stream.name,
            `inventory/${sku}`,
          )
      }
    }
  },
)

function heldAt({ held }: Inventory, location: string): number {
  const allocations = held.flatMap((hold) => hold.allocations)
  return allocations.reduce((total, one) => total + (one.location === location ? one.quantity : 0), 0)
}

/** The open holds and sold units of each order, from the whole log: the state drops old ones. */
function unitsByOrder({
  entries,
}: Stream<Inventory, InventoryEvent>): ReadonlyMap<string, { held: number; committed: number }> {
  const units = new Map<string, { held: number; committed: number }>()
  for (const { event } of entries) {
    switch (event.type) {
      case 'InventoryReserved':
        units.set(event.data.orderId, { held: event.data.quantity, committed: 0 })
        break
      case 'ReservationCommitted':
        units.set(event.data.orderId, { held: 0, committed: event.data.quantity })
        break
      case 'ReservationExpired':
      case 'InventoryReleased':
        units.delete(event.data.orderId)
        break
      default:
    }
  }
  return units
}

/** Whether the goods had reached the customer: they come back, if at all, in another way. */
function isReturnedLater({ entries }: Stream): boolean {
  return entries.some(
    ({ event }) => event.type === 'OrderReturned' && 'reason' in event.data && event.data.reason === REFUNDED,
  )
}
