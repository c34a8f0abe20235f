import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, type Instant, plus } from '../core/time.ts'
import { inventory } from './aggregate.ts'
import type { InventoryEvent } from './events.ts'
import { inventoryRules } from './rules.ts'
import { abridged, type Inventory, levelsOf, reservationOf, reservationsOf } from './state.ts'

type Ending = 'committed' | 'released' | 'expired'

const counted: InventoryEvent = {
  type: 'InventoryUpdated',
  data: { sku: 'MUG', location: 'main', change: 10_000, onHand: 10_000 },
}

/** The stock after one more order was held and its hold ended like this, both at a time. */
function after(state: Inventory, orderId: string, ending: Ending, at: Instant): Inventory {
  const of = { sku: 'MUG', orderId, quantity: 1, allocations: [{ location: 'main', quantity: 1 }] }
  const reserved: InventoryEvent = {
    type: 'InventoryReserved',
    data: { ...of, expiresAt: plus(at, DAY), available: 0, decisions: [] },
  }
  const endings: Record<Ending, InventoryEvent> = {
    committed: { type: 'ReservationCommitted', data: of },
    released: {
      type: 'InventoryReleased',
      data: { ...of, restocked: false, reason: 'cancelled', available: 0 },
    },
    expired: { type: 'ReservationExpired', data: { ...of, available: 0 } },
  }
  return inventory.evolve(inventory.evolve(state, reserved, at), endings[ending], at)
}

describe('closed reservations', () => {
  const empty = inventory.evolve(null, counted, NOW)

  it.each([
    { ending: 'committed', days: 30 },
    { ending: 'released', days: 1 },
    { ending: 'expired', days: 1 },
  ] as const)('are remembered for $days days when $ending', ({ ending, days }) => {
    const first = after(empty, 'ord_1', ending, NOW)
    const end = plus(NOW, days * DAY)
    const shortlyBefore = after(first, 'ord_2', 'committed', plus(end, -1))
    expect(reservationOf(shortlyBefore, 'ord_1')?.state).toBe(ending)
    const then = after(first, 'ord_2', 'committed', end)
    expect(reservationOf(then, 'ord_1')).toBeUndefined()
    expect(reservationOf(then, 'ord_2')?.state).toBe('committed')
  })
  it('are forgotten by age even behind one that is remembered longer', () => {
    const two = after(after(empty, 'ord_1', 'committed', NOW), 'ord_2', 'released', NOW)
    const then = after(two, 'ord_3', 'released', plus(NOW, 2 * DAY))
    expect(reservationsOf(then).map(({ orderId }) => orderId)).toEqual(['ord_1', 'ord_3'])
  })
  it('are never more than the limit: the oldest go first', () => {
    let state = empty
    for (let index = 0; index <= inventoryRules.maxClosedReservations; index += 1)
      state = after(state, `ord_${index}`, 'committed', plus(NOW, index))
    expect(state.closed).toHaveLength(inventoryRules.maxClosedReservations)
    expect(state.closed[0]?.orderId).toBe('ord_1')
    expect(state.closed.at(-1)?.orderId).toBe(`ord_${inventoryRules.maxClosedReservations}`)
    expect(levelsOf(state).onHand).toBe(10_000 - inventoryRules.maxClosedReservations - 1)
  })
})

describe('an abridged copy', () => {
  const one = (orderId: string) => ({
    orderId,
    quantity: 1,
    expiresAt: NOW,
    allocations: [{ location: 'main', quantity: 1 }],
  })
  function withMany(held: number, closed: number): Inventory {
    return {
      sku: 'MUG',
      locations: [],
      held: Array.from({ length: held }, (_, index) => ({ ...one(`held_${index}`), state: 'held' })),
      closed: Array.from({ length: closed }, (_, index) => ({ ...one(`sold_${index}`), state: 'committed' })),
      replenishmentRequested: false,
    }
  }

  it('is the whole where there is little', () => {
    const state = withMany(inventoryRules.maxListed, inventoryRules.maxListed)
    expect(abridged(state)).toBe(state)
  })
  it('has the holds that end first and what was closed last, and counts the rest', () => {
    const copy = abridged(withMany(inventoryRules.maxListed + 3, inventoryRules.maxListed + 2))
    expect([copy.held[0]?.orderId, copy.held.at(-1)?.orderId]).toEqual(['held_0', 'held_99'])
    expect([copy.closed[0]?.orderId, copy.closed.at(-1)?.orderId]).toEqual(['sold_2', 'sold_101'])
    expect(copy.omitted).toBe(5)
    expect(inventory.state.parse(copy)).toEqual(copy)
    expect(inventory.abridged).toBe(abridged)
  })
})

it('the largest usual state fits in one row of two megabytes', () => {
  const reservation = {
    orderId: 'ord_01939a2e-0000-7000-8000-000000000000',
    quantity: 100,
    expiresAt: NOW,
    allocations: [
      { location: 'warehouse-east', quantity: 50 },
      { location: 'warehouse-west', quantity: 50 },
    ],
  }
  const held = { ...reservation, state: 'held', reservedAt: NOW } as const
  const closed = { ...reservation, state: 'committed', closedAt: NOW } as const
  const state: Inventory = {
    sku: 'MUG',
    locations: [],
    held: Array.from({ length: inventoryRules.maxOpenReservations }, () => held),
    closed: Array.from({ length: inventoryRules.maxClosedReservations }, () => closed),
    replenishmentRequested: false,
  }
  expect(JSON.stringify(state).length).toBeLessThan(2_000_000)
})

it('no other event can come before the first stock', () => {
  const request: InventoryEvent = {
    type: 'ReplenishmentRequested',
    data: { sku: 'MUG', available: 0, reorderPoint: 1, reorderQuantity: 1, decisions: [] },
  }
  expect(() => inventory.evolve(null, request, NOW)).toThrow('ReplenishmentRequested')
})
