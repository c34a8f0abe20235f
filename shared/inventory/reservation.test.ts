import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import type { InventoryEvent } from './events.ts'
import {
  allocations,
  commit,
  committed,
  counted,
  elsewhere,
  expired,
  extend,
  LATER,
  order,
  released,
  reserve,
  reserved,
  spec,
  stock,
} from './inventory.fixture.ts'
import { inventoryRules } from './rules.ts'
import { levelsOf, reservationsOf } from './state.ts'

describe('ReserveInventory', () => {
  it('holds stock for 30 minutes and reports its locations', () => {
    const { state } = spec
      .given(...stock)
      .when(reserve)
      .then(reserved)
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 4, reserved: 4 },
      { location: 'east', onHand: 3, reserved: 1 },
    ])
    expect(state && reservationsOf(state)).toEqual([
      { orderId: 'ord_1', quantity: 5, state: 'held', expiresAt: LATER, allocations, reservedAt: NOW },
    ])
  })
  it('holds it for as long as the order says', () => {
    const { state } = spec.given(...stock).when({ ...reserve, expiresAt: '2026-03-01T13:00:00.000Z' })
    expect(state?.held[0]?.expiresAt).toBe('2026-03-01T13:00:00.000Z')
    // Whatever is asked for, no hold is for ever.
    const { state: longest } = spec
      .given(...stock)
      .when({ ...reserve, expiresAt: '2099-01-01T00:00:00.000Z' })
    expect(longest?.held[0]?.expiresAt).toBe(plus(NOW, inventoryRules.maxHoldMs))
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
    const { state, decision } = spec.given(...placed).when({ ...reserve, shipTo: { country: 'IT' } })
    expect(state?.held[0]?.allocations).toEqual([{ location: 'rome', quantity: 5 }])
    expect(decision.events[0]?.data).toMatchObject({
      decisions: [
        {
          policy: 'allocationPolicy',
          rules: ['single_location', 'same_country'],
          inputs: {
            quantity: 5,
            country: 'IT',
            locations: [elsewhere('paris', 9), { location: 'rome', available: 9, distance: 'same_country' }],
          },
        },
      ],
    })
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
        data: {
          sku: 'MUG',
          orderId: 'ord_2',
          quantity: 3,
          available: 2,
          decisions: [
            {
              policy: 'allocationPolicy',
              rules: ['insufficient_stock'],
              inputs: { quantity: 3, locations: [elsewhere('main', 0), elsewhere('east', 2)] },
              outcome: 'insufficient_stock',
            },
          ],
        },
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
    const holds = Array.from({ length: inventoryRules.maxOpenReservations }, (_, index): InventoryEvent => {
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
          decisions: [],
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
  it('never keeps stock longer than it may be held, however often it is asked to', () => {
    const last = plus(NOW, inventoryRules.maxHoldMs)
    const extension = { ...extend, expiresAt: plus(last, 1) }
    const extended: InventoryEvent = { type: 'ReservationExtended', data: { ...order, expiresAt: last } }
    spec
      .given(...stock, reserved)
      .when(extension, { now: LATER })
      .then(extended)
    spec
      .given(...stock, reserved, extended)
      .when({ ...extend, expiresAt: plus(last, DAY) }, { now: plus(last, -1) })
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
