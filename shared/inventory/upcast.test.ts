import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { inventory } from './aggregate.ts'
import { allocationRuleOf, type InventoryEvent, inventoryEvent } from './events.ts'
import type { Inventory } from './state.ts'

/** Events as the first release stored them. */
const stored = [
  { type: 'InventoryUpdated', data: { sku: 'MUG', location: 'main', change: 9, onHand: 9, reorderPoint: 5 } },
  {
    type: 'InventoryReserved',
    data: {
      sku: 'MUG',
      orderId: 'ord_1',
      quantity: 6,
      allocations: [{ location: 'main', quantity: 6 }],
      expiresAt: '2026-03-01T12:30:00.000Z',
      available: 3,
      rule: 'single_location',
    },
  },
  {
    type: 'ReplenishmentRequested',
    data: { sku: 'MUG', available: 3, reorderPoint: 5, reorderQuantity: 5 },
  },
  { type: 'InventoryInsufficient', data: { sku: 'MUG', orderId: 'ord_2', quantity: 4, available: 3 } },
]

/** As the log reads an event of the first schema version. */
function read({ type, data }: { type: string; data: unknown }): InventoryEvent {
  const steps = Object.entries(inventory.upcasters ?? {}).find(([name]) => name === type)?.[1] ?? []
  return inventoryEvent.parse({ type, data: steps.reduce((older, step) => step(older), data) })
}
const [, reserved, requested, insufficient] = stored.map(read)

describe('stock events of the first release', () => {
  it('contain the rule by which stock was reserved as a decision', () => {
    expect(reserved?.data).toMatchObject({
      decisions: [
        {
          policy: 'allocationPolicy',
          rules: ['single_location'],
          inputs: { quantity: 6, available: 9 },
          outcome: 'single_location',
        },
      ],
    })
    expect(reserved?.data).not.toHaveProperty('rule')
    expect(reserved?.type === 'InventoryReserved' && allocationRuleOf(reserved.data)).toBe('single_location')
  })
  it('contain why stock was short and why it was reordered', () => {
    expect(insufficient?.type === 'InventoryInsufficient' && insufficient.data.decisions).toEqual([
      {
        policy: 'allocationPolicy',
        rules: ['insufficient_stock'],
        inputs: { quantity: 4, available: 3 },
        outcome: 'insufficient_stock',
      },
    ])
    expect(requested?.type === 'ReplenishmentRequested' && requested.data.decisions).toEqual([
      {
        policy: 'stockReplenishmentPolicy',
        rules: ['below_reorder_point'],
        inputs: { available: 3, reorderPoint: 5, reorderQuantity: 5 },
        outcome: 'requested',
      },
    ])
  })
  it('fold into the stock that they were', () => {
    const state = stored
      .map(read)
      .reduce<Inventory | null>((before, event) => inventory.evolve(before, event, NOW), null)
    expect(inventory.state.parse(state)).toMatchObject({
      locations: [{ location: 'main', onHand: 9, reserved: 6 }],
      held: [{ orderId: 'ord_1', quantity: 6, state: 'held' }],
      replenishmentRequested: true,
    })
  })
  it('cannot be read at all without what they always had', () => {
    const broken = { type: 'InventoryReserved', data: { sku: 'MUG', quantity: 6 } }
    expect(() => read(broken)).toThrow('rule')
  })
})

describe('the rule of an event', () => {
  it('is unknown where no decision was kept', () => {
    expect(allocationRuleOf({ decisions: [] })).toBe('unknown')
  })
})
