import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.ts'
import { inventory } from './aggregate.ts'
import type { Allocation, InventoryEvent } from './events.ts'
import { inventoryRules } from './policies.ts'
import { levelsOf, reservationsOf } from './state.ts'

const spec = specification(inventory, { id: 'MUG' })
const LATER = '2026-03-01T12:30:00.000Z'
const order = { sku: 'MUG', orderId: 'ord_1', quantity: 5 }
/** Five units that no single location has. */
const allocations: Allocation[] = [
  { location: 'main', quantity: 4 },
  { location: 'east', quantity: 1 },
]

function counted(location: string, onHand: number): InventoryEvent {
  return { type: 'InventoryUpdated', data: { sku: 'MUG', location, change: onHand, onHand } }
}
const stock = [counted('main', 4), counted('east', 3)]
const reserved: InventoryEvent = {
  type: 'InventoryReserved',
  data: { ...order, allocations, expiresAt: LATER, available: 2, rule: 'fewest_locations' },
}
const committed: InventoryEvent = { type: 'ReservationCommitted', data: { ...order, allocations } }
const expired: InventoryEvent = {
  type: 'ReservationExpired',
  data: { ...order, allocations, available: 7 },
}
function released(restocked: boolean): InventoryEvent {
  return {
    type: 'InventoryReleased',
    data: { ...order, allocations, restocked, reason: 'cancelled', available: 7 },
  }
}

const reserve = { type: 'ReserveInventory', orderId: 'ord_1', quantity: 5 } as const
const commit = { type: 'CommitReservation', orderId: 'ord_1' } as const
const release = { type: 'ReleaseReservation', orderId: 'ord_1', reason: 'cancelled' } as const
const extend = {
  type: 'ExtendReservation',
  orderId: 'ord_1',
  expiresAt: '2026-03-01T12:45:00.000Z',
} as const

describe('ReserveInventory', () => {
  it('holds stock for 30 minutes and tells where it is', () => {
    const { state } = spec
      .given(...stock)
      .when(reserve)
      .then(reserved)
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 4, reserved: 4 },
      { location: 'east', onHand: 3, reserved: 1 },
    ])
    expect(state && reservationsOf(state)).toEqual([
      { orderId: 'ord_1', quantity: 5, state: 'held', expiresAt: LATER, allocations },
    ])
  })
  it('holds it for as long as the order says', () => {
    const { state } = spec.given(...stock).when({ ...reserve, expiresAt: '2026-03-01T13:00:00.000Z' })
    expect(state?.held[0]?.expiresAt).toBe('2026-03-01T13:00:00.000Z')
  })
  it('takes the location that is nearest to the order', () => {
    const placed: InventoryEvent[] = [
      {
        type: 'InventoryUpdated',
        data: { sku: 'MUG', location: 'paris', change: 9, onHand: 9, country: 'FR' },
      },
      {
        type: 'InventoryUpdated',
        data: { sku: 'MUG', location: 'rome', change: 9, onHand: 9, country: 'IT' },
      },
    ]
    const { state } = spec.given(...placed).when({ ...reserve, shipTo: { country: 'IT' } })
    expect(state?.held[0]?.allocations).toEqual([{ location: 'rome', quantity: 5 }])
  })
  it('takes the last unit', () => {
    const { state } = spec
      .given(...stock)
      .when({ ...reserve, quantity: 7 })
      .thenTypes('InventoryReserved')
    expect(state && levelsOf(state)).toEqual({ onHand: 7, reserved: 7, available: 0 })
  })
  it('is refused and recorded when stock is short, and holds nothing', () => {
    const { decision, state } = spec
      .given(...stock, reserved)
      .when({ ...reserve, orderId: 'ord_2', quantity: 3 })
      .thenRefused('out_of_stock', {
        type: 'InventoryInsufficient',
        data: { sku: 'MUG', orderId: 'ord_2', quantity: 3, available: 2 },
      })
    expect(decision.refusal?.facts).toEqual({ sku: 'MUG', requested: 3, available: 2 })
    expect(state).toEqual(spec.fold([...stock, reserved]))
  })
  it('is refused without a record for a SKU that has no stock at all', () => {
    const { decision } = spec.given().when(reserve).thenRefused('out_of_stock')
    expect(decision.refusal?.facts).toEqual({ sku: 'MUG', requested: 5, available: 0 })
  })
  it('changes nothing when the order holds this quantity already, or has it', () => {
    spec
      .given(...stock, reserved)
      .when(reserve)
      .then()
    spec
      .given(...stock, reserved, committed)
      .when(reserve)
      .then()
  })
  it('is refused when the order has a reservation of another quantity', () => {
    const { decision } = spec
      .given(...stock, reserved)
      .when({ ...reserve, quantity: 1 })
      .thenRefused('reservation_exists')
    expect(decision.refusal?.facts).toEqual({ quantity: 5, state: 'held', allocations, expiresAt: LATER })
    spec
      .given(...stock, reserved, committed)
      .when({ ...reserve, quantity: 1 })
      .thenRefused('reservation_exists')
  })
  it.each([
    { name: 'released', closing: released(false) },
    { name: 'expired', closing: expired },
  ])('holds anew for an order whose hold was $name', ({ closing }) => {
    const { state } = spec
      .given(...stock, reserved, closing)
      .when(reserve)
      .then(reserved)
    expect(state && reservationsOf(state)).toHaveLength(1)
  })
  it('is refused when the hold would be over already', () => {
    spec
      .given(...stock)
      .when({ ...reserve, expiresAt: NOW })
      .thenRefused('reservation_too_late')
  })
  it('is refused when too many orders hold the SKU', () => {
    const holds = Array.from({ length: inventoryRules.openReservations }, (_, index): InventoryEvent => {
      const quantity = 1
      const allocations = [{ location: 'main', quantity }]
      const orderId = `ord_many_${index}`
      return {
        type: 'InventoryReserved',
        data: {
          sku: 'MUG',
          orderId,
          quantity,
          allocations,
          expiresAt: LATER,
          available: 1,
          rule: 'single_location',
        },
      }
    })
    const crowded = [counted('main', 10_000), ...holds]
    const { decision } = spec
      .given(...crowded)
      .when(reserve)
      .thenRefused('too_many_reservations')
    expect(decision.refusal?.facts).toEqual({ sku: 'MUG', requested: 5, available: 5_000 })
    spec
      .given(...crowded.slice(0, -1))
      .when(reserve)
      .thenTypes('InventoryReserved')
  })
})

describe('ExtendReservation', () => {
  it('moves the end of a hold away', () => {
    const { state } = spec
      .given(...stock, reserved)
      .when(extend)
      .then({ type: 'ReservationExtended', data: { ...order, expiresAt: extend.expiresAt } })
    expect(state?.held.map(({ expiresAt }) => expiresAt)).toEqual([extend.expiresAt])
  })
  it.each([LATER, '2026-03-01T12:10:00.000Z'])('never brings it nearer: %s', (expiresAt) => {
    spec
      .given(...stock, reserved)
      .when({ ...extend, expiresAt })
      .then()
  })
  it('changes nothing once the goods are sold', () => {
    spec
      .given(...stock, reserved, committed)
      .when(extend)
      .then()
  })
  it.each([
    { name: 'no stock', history: [] },
    { name: 'no such order', history: stock },
    { name: 'a released hold', history: [...stock, reserved, released(false)] },
    { name: 'an expired hold', history: [...stock, reserved, expired] },
  ])('is refused for $name', ({ history }) => {
    spec
      .given(...history)
      .when(extend)
      .thenRefused('reservation_gone')
  })
})

describe('CommitReservation', () => {
  it('takes the goods off the shelf and out of the hold', () => {
    const { state } = spec
      .given(...stock, reserved)
      .when(commit)
      .then(committed)
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 0, reserved: 0 },
      { location: 'east', onHand: 2, reserved: 0 },
    ])
    expect(state && reservationsOf(state)).toEqual([
      { orderId: 'ord_1', quantity: 5, state: 'committed', expiresAt: LATER, allocations, closedAt: NOW },
    ])
  })
  it('changes nothing the second time', () => {
    spec
      .given(...stock, reserved, committed)
      .when(commit)
      .then()
  })
  it.each([
    { name: 'no stock', history: [] },
    { name: 'no such order', history: stock },
    { name: 'a released hold', history: [...stock, reserved, released(false)] },
    { name: 'an expired hold', history: [...stock, reserved, expired] },
  ])('is refused for $name', ({ history }) => {
    spec
      .given(...history)
      .when(commit)
      .thenRefused('reservation_gone')
  })
})

describe('ReleaseReservation', () => {
  const restock = [
    { location: 'main', quantity: 2 },
    { location: 'west', quantity: 1 },
  ]

  it('gives a hold back', () => {
    const { state } = spec
      .given(...stock, reserved)
      .when(release)
      .then(released(false))
    expect(state && levelsOf(state)).toEqual({ onHand: 7, reserved: 0, available: 7 })
  })
  it('gives a hold back as it was, whatever is offered to restock', () => {
    spec
      .given(...stock, reserved)
      .when({ ...release, restock })
      .then(released(false))
  })
  it('puts sold goods back where they came from', () => {
    const { state } = spec
      .given(...stock, reserved, committed)
      .when(release)
      .then(released(true), {
        type: 'StockLevelChanged',
        data: { sku: 'MUG', onHand: 7, reserved: 0, available: 7 },
      })
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 4, reserved: 0 },
      { location: 'east', onHand: 3, reserved: 0 },
    ])
    expect(state && reservationsOf(state)).toEqual([
      { orderId: 'ord_1', quantity: 5, state: 'released', expiresAt: LATER, allocations, closedAt: NOW },
    ])
  })
  it('puts back what it is told when the sale is forgotten', () => {
    const { state } = spec
      .given(...stock)
      .when({ ...release, restock })
      .then(
        {
          type: 'InventoryReleased',
          data: {
            ...order,
            quantity: 3,
            allocations: restock,
            restocked: true,
            reason: 'cancelled',
            available: 10,
          },
        },
        { type: 'StockLevelChanged', data: { sku: 'MUG', onHand: 10, reserved: 0, available: 10 } },
      )
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 6, reserved: 0 },
      { location: 'east', onHand: 3, reserved: 0 },
      { location: 'west', onHand: 1, reserved: 0 },
    ])
  })
  it('changes nothing when nothing is known of the order', () => {
    spec
      .given(...stock)
      .when(release)
      .then()
    spec
      .given(...stock)
      .when({ ...release, restock: [] })
      .then()
  })
  it.each([
    { name: 'was released', closing: [released(false)] },
    { name: 'was sold and put back', closing: [committed, released(true)] },
    { name: 'has ended', closing: [expired] },
  ])('changes nothing when the hold $name, whatever is offered to restock', ({ closing }) => {
    const after = spec.given(...stock, reserved, ...closing)
    after.when(release).then()
    after.when({ ...release, restock }).then()
  })
  it('puts forgotten goods back only once', () => {
    const first = spec.given(...stock).when({ ...release, restock })
    spec
      .given(...stock, ...first.decision.events)
      .when({ ...release, restock })
      .then()
  })
  it('is refused for a SKU that has no stock at all', () => {
    spec.given().when(release).thenRefused('stock_not_found')
  })
})

describe('ExpireReservations', () => {
  const expire = { type: 'ExpireReservations' } as const
  function hold(orderId: string, expiresAt: string): InventoryEvent {
    const quantity = 1
    return {
      type: 'InventoryReserved',
      data: {
        sku: 'MUG',
        orderId,
        quantity,
        allocations: [{ location: 'main', quantity }],
        expiresAt,
        available: 0,
        rule: 'single_location',
      },
    }
  }
  function expiry(orderId: string, available: number): InventoryEvent {
    const allocations = [{ location: 'main', quantity: 1 }]
    return { type: 'ReservationExpired', data: { sku: 'MUG', orderId, quantity: 1, allocations, available } }
  }

  it('ends each hold whose time is over, the earliest first, and no other', () => {
    const { state } = spec
      .given(
        counted('main', 3),
        hold('ord_late', '2026-03-01T12:30:00.001Z'),
        hold('ord_second', LATER),
        hold('ord_first', '2026-03-01T12:29:00.000Z'),
      )
      .when(expire, { now: LATER })
      .then(expiry('ord_first', 1), expiry('ord_second', 2))
    expect(state?.held.map(({ orderId }) => orderId)).toEqual(['ord_late'])
    expect(state && levelsOf(state)).toEqual({ onHand: 3, reserved: 1, available: 2 })
  })
  it('ends a hold that was extended only at its new end', () => {
    const extended: InventoryEvent = {
      type: 'ReservationExtended',
      data: { sku: 'MUG', orderId: 'ord_1', quantity: 1, expiresAt: extend.expiresAt },
    }
    const long = spec.given(counted('main', 1), hold('ord_1', LATER), extended)
    long.when(expire, { now: LATER }).then()
    long.when(expire, { now: extend.expiresAt }).then(expiry('ord_1', 1))
  })
  it('leaves what is too much for one time to the next', () => {
    const orders = Array.from({ length: inventoryRules.expiriesAtOnce + 1 }, (_, index) => `ord_${index}`)
    const { decision, state } = spec
      .given(counted('main', 1_000), ...orders.map((orderId) => hold(orderId, LATER)))
      .when(expire, { now: LATER })
    expect(decision.events).toHaveLength(inventoryRules.expiriesAtOnce)
    expect(state?.held.map(({ orderId }) => orderId)).toEqual([orders.at(-1)])
  })
  it('changes nothing when no hold is over, or there is none', () => {
    spec.given(counted('main', 1), hold('ord_1', LATER)).when(expire).then()
    spec.given(counted('main', 1)).when(expire).then()
    spec.given().when(expire).then()
  })
})
