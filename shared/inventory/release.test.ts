import { describe, expect, it } from 'vitest'
import { schedule } from '../core/effect.ts'
import { NOW } from '../core/specification.fixture.ts'
import { MINUTE, plus } from '../core/time.ts'
import type { InventoryEvent } from './events.ts'
import {
  allocations,
  committed,
  counted,
  expired,
  extend,
  LATER,
  order,
  release,
  released,
  reserve,
  reserved,
  spec,
  stock,
} from './inventory.fixture.ts'
import { inventoryRules } from './rules.ts'
import { levelsOf, reservationsOf } from './state.ts'

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
  it('restocks the given units when the sale is no longer recorded', () => {
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
        decisions: [],
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
    const orders = Array.from({ length: inventoryRules.expiriesPerTimer + 1 }, (_, index) => `ord_${index}`)
    const { decision, state } = spec
      .given(counted('main', 1_000), ...orders.map((orderId) => hold(orderId, LATER)))
      .when(expire, { now: LATER })
    expect(decision.events).toHaveLength(inventoryRules.expiriesPerTimer)
    expect(state?.held.map(({ orderId }) => orderId)).toEqual([orders.at(-1)])
  })
  it('changes nothing when no hold is over, or there is none', () => {
    spec.given(counted('main', 1), hold('ord_1', LATER)).when(expire).then()
    spec.given(counted('main', 1)).when(expire).then()
    spec.given().when(expire).then()
  })
})

describe('the grace of a hold', () => {
  const expire = { type: 'ExpireReservations' } as const
  const graced: InventoryEvent =
    reserved.type === 'InventoryReserved'
      ? { ...reserved, data: { ...reserved.data, grace: MINUTE } }
      : reserved
  const given = spec.given(...stock, graced)

  it('is not shown as a part of it, and lets the stock go later', () => {
    const made = spec.given(...stock).when({ ...reserve, grace: MINUTE })
    expect(made.decision.events[0]).toEqual(graced)
    expect(made.effects).toEqual([schedule('expiry', plus(LATER, MINUTE), expire)])
    given.when(expire, { now: LATER }).then()
    given.when(expire, { now: plus(LATER, MINUTE - 1) }).then()
    given.when(expire, { now: plus(LATER, MINUTE) }).then(expired)
  })
  it('lets an extension find the stock that comes late, and no one else take it', () => {
    const late = plus(LATER, 1)
    const longer = plus(LATER, 30 * MINUTE)
    given.when({ ...extend, expiresAt: longer }, { now: late }).thenTypes('ReservationExtended')
    given.when({ ...reserve, orderId: 'ord_2' }, { now: late }).thenRefused('out_of_stock', {
      type: 'InventoryInsufficient',
      data: expect.objectContaining({ orderId: 'ord_2', available: 2 }),
    })
  })
})
