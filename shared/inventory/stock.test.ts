import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
import { inventory } from './aggregate.ts'
import type { InventoryEvent } from './events.ts'
import { inventoryRules } from './rules.ts'

const spec = specification(inventory, { id: 'MUG' })

function counted(location: string, onHand: number, more: object = {}): InventoryEvent {
  return { type: 'InventoryUpdated', data: { sku: 'MUG', location, change: onHand, onHand, ...more } }
}
function levels(onHand: number, reserved: number): InventoryEvent {
  return { type: 'StockLevelChanged', data: { sku: 'MUG', onHand, reserved, available: onHand - reserved } }
}
function held(orderId: string, quantity: number, location = 'main'): InventoryEvent {
  return {
    type: 'InventoryReserved',
    data: {
      sku: 'MUG',
      orderId,
      quantity,
      allocations: [{ location, quantity }],
      expiresAt: '2026-03-01T12:30:00.000Z',
      available: 0,
      decisions: [],
    },
  }
}

describe('UpdateStock', () => {
  it('begins the stock of a SKU', () => {
    spec
      .given()
      .when({ type: 'UpdateStock', location: 'main', set: 10 })
      .then(counted('main', 10), levels(10, 0))
  })
  it('begins it empty too', () => {
    spec
      .given()
      .when({ type: 'UpdateStock', location: 'main', adjust: 0 })
      .then(counted('main', 0), levels(0, 0))
  })
  it('sets the count of a location, and reports the difference', () => {
    const { state } = spec
      .given(counted('main', 10))
      .when({ type: 'UpdateStock', location: 'main', set: 4, reason: 'stocktaking' })
      .then(counted('main', 4, { change: -6, reason: 'stocktaking' }), levels(4, 0))
    expect(state?.locations).toEqual([{ location: 'main', onHand: 4, reserved: 0 }])
  })
  it('adjusts the count of a location', () => {
    spec
      .given(counted('main', 10))
      .when({ type: 'UpdateStock', location: 'main', adjust: -3 })
      .then(counted('main', 7, { change: -3 }), levels(7, 0))
  })
  it('sums the levels over all locations', () => {
    const { state } = spec
      .given(counted('main', 10), held('ord_1', 2))
      .when({ type: 'UpdateStock', location: 'east', set: 5, country: 'US', region: 'NY' })
      .then(counted('east', 5, { country: 'US', region: 'NY' }), levels(15, 2))
    expect(state?.locations).toEqual([
      { location: 'main', onHand: 10, reserved: 2 },
      { location: 'east', onHand: 5, reserved: 0, country: 'US', region: 'NY' },
    ])
  })
  it('keeps the country in capitals, and takes nothing that is none', () => {
    const { state } = spec.given().when({ type: 'UpdateStock', location: 'main', set: 1, country: ' us ' })
    expect(state?.locations[0]?.country).toBe('US')
    const command = { type: 'UpdateStock', location: 'main', set: 1, country: 'U5' }
    expect(inventory.command.safeParse(command).success).toBe(false)
  })
  it.each([{}, { set: 1, adjust: 1 }])(
    'is refused unless exactly one of set and adjust is given: %j',
    (change) => {
      spec
        .given(counted('main', 10))
        .when({ type: 'UpdateStock', location: 'main', ...change })
        .thenRefused('stock_change_unclear')
    },
  )
  it.each([{ set: 2 }, { adjust: -8 }])('is refused below what is reserved there: %j', (change) => {
    const { decision } = spec
      .given(counted('main', 10), counted('east', 50), held('ord_1', 3))
      .when({ type: 'UpdateStock', location: 'main', ...change })
      .thenRefused('stock_below_reserved')
    expect(decision.refusal?.facts).toEqual({ location: 'main', onHand: 10, reserved: 3 })
  })
  it('goes down to exactly what is reserved', () => {
    spec
      .given(counted('main', 10), held('ord_1', 3))
      .when({ type: 'UpdateStock', location: 'main', set: 3 })
      .then(counted('main', 3, { change: -7 }), levels(3, 3))
  })
  it('is refused below zero, at a location that is new too', () => {
    spec
      .given(counted('main', 1))
      .when({ type: 'UpdateStock', location: 'main', adjust: -2 })
      .thenRefused('stock_below_reserved')
    spec
      .given()
      .when({ type: 'UpdateStock', location: 'main', adjust: -1 })
      .thenRefused('stock_below_reserved')
  })
  it('is refused above what a location can have', () => {
    spec
      .given()
      .when({ type: 'UpdateStock', location: 'main', set: inventoryRules.maxOnHand })
      .thenTypes('InventoryUpdated', 'StockLevelChanged')
    const full = counted('main', inventoryRules.maxOnHand)
    spec.given(full).when({ type: 'UpdateStock', location: 'main', adjust: 1 }).thenRefused('stock_too_high')
    spec
      .given(full)
      .when({ type: 'UpdateStock', location: 'main', adjust: -1 })
      .thenTypes('InventoryUpdated', 'StockLevelChanged')
  })
  it('is refused for one location too many', () => {
    const names = Array.from({ length: inventoryRules.maxLocations }, (_, index) => `shelf-${index}`)
    const everywhere = spec.given(...names.map((name) => counted(name, 1)))
    everywhere.when({ type: 'UpdateStock', location: 'main', set: 1 }).thenRefused('too_many_locations')
    everywhere
      .when({ type: 'UpdateStock', location: 'shelf-0', set: 2 })
      .thenTypes('InventoryUpdated', 'StockLevelChanged')
  })
  it('changes nothing when all of it is known', () => {
    const known = { country: 'US', region: 'NY', reorderPoint: 3, reorderQuantity: 9 }
    spec
      .given(counted('main', 10, known))
      .when({ type: 'UpdateStock', location: 'main', set: 10, ...known })
      .then()
    spec
      .given(counted('main', 10, known))
      .when({ type: 'UpdateStock', location: 'main', adjust: 0 })
      .then()
  })
  it.each([{ country: 'CA' }, { region: 'NJ' }, { reorderPoint: 4 }, { reorderQuantity: 8 }])(
    'takes in what else it says, with the same count: %j',
    (news) => {
      const known = { country: 'US', region: 'NY', reorderPoint: 3, reorderQuantity: 9 }
      const { state } = spec
        .given(counted('main', 10, known))
        .when({ type: 'UpdateStock', location: 'main', set: 10, ...news })
        .then(counted('main', 10, { change: 0, ...news }), levels(10, 0))
      const { country, region, reorderPoint, reorderQuantity } = { ...state, ...state?.locations[0] }
      expect({ country, region, reorderPoint, reorderQuantity }).toEqual({ ...known, ...news })
    },
  )
})

describe('the reorder point', () => {
  const point = { reorderPoint: 5, reorderQuantity: 20 }
  function request(available: number): InventoryEvent {
    const decision = {
      policy: 'stockReplenishmentPolicy',
      rules: ['below_reorder_point'],
      inputs: { available, ...point },
      outcome: 'requested',
    }
    return {
      type: 'ReplenishmentRequested',
      data: { sku: 'MUG', available, ...point, decisions: [decision] },
    }
  }

  it('asks for stock when an update goes below it', () => {
    spec
      .given(counted('main', 10, point))
      .when({ type: 'UpdateStock', location: 'main', set: 4 })
      .then(counted('main', 4, { change: -6 }), levels(4, 0), request(4))
  })
  it('asks for stock when a reservation goes below it', () => {
    const { decision } = spec
      .given(counted('main', 6, point))
      .when({ type: 'ReserveInventory', orderId: 'ord_1', quantity: 2 })
      .thenTypes('InventoryReserved', 'ReplenishmentRequested')
    expect(decision.events[1]).toEqual(request(4))
  })
  it('asks for stock when it is set above what there is', () => {
    spec
      .given(counted('main', 4))
      .when({ type: 'UpdateStock', location: 'main', set: 4, ...point })
      .then(counted('main', 4, { change: 0, ...point }), levels(4, 0), request(4))
  })
  it('asks for nothing exactly at it', () => {
    spec
      .given(counted('main', 6, point))
      .when({ type: 'ReserveInventory', orderId: 'ord_1', quantity: 1 })
      .thenTypes('InventoryReserved')
  })
  it('asks once while stock stays below it', () => {
    spec
      .given(counted('main', 4, point), request(4))
      .when({ type: 'ReserveInventory', orderId: 'ord_1', quantity: 1 })
      .thenTypes('InventoryReserved')
    spec
      .given(counted('main', 3, point), request(3))
      .when({ type: 'UpdateStock', location: 'main', set: 4 })
      .thenTypes('InventoryUpdated', 'StockLevelChanged')
  })
  it('asks again after stock was back at it', () => {
    const back = [counted('main', 4, point), request(4), counted('main', 5, { change: 1 })]
    spec
      .given(...back)
      .when({ type: 'ReserveInventory', orderId: 'ord_1', quantity: 1 })
      .thenTypes('InventoryReserved', 'ReplenishmentRequested')
  })
  it('asks again after a hold that went below it was given back', () => {
    const { state } = spec
      .given(counted('main', 5, point), held('ord_1', 1), request(4))
      .when({ type: 'ReleaseReservation', orderId: 'ord_1', reason: 'cancelled' })
    expect(state?.replenishmentRequested).toBe(false)
  })
})
