import { describe, expect, it } from 'vitest'
import { type InventoryEvent, inventoryEvent } from './events.ts'
import { personalData, withoutPersonalData } from './redact.ts'

const counted = (reason?: string): InventoryEvent => ({
  type: 'InventoryUpdated',
  data: { sku: 'MUG', location: 'main', change: 1, onHand: 1, ...(reason !== undefined && { reason }) },
})
const released = (reason: string): InventoryEvent => ({
  type: 'InventoryReleased',
  data: {
    ...{ sku: 'MUG', orderId: 'o', quantity: 1, allocations: [{ location: 'main', quantity: 1 }] },
    ...{ restocked: false, reason, available: 1 },
  },
})

describe('what sinks get of stock', () => {
  it.each([counted, released])('has no free words', (event) => {
    for (const typed of ['Ada dropped it', 'ada_dropped_it', 'ada'])
      expect(inventoryEvent.parse(withoutPersonalData(event(typed)))).toEqual(event('free_text'))
  })
  it('keeps codes, and what has no reason', () => {
    for (const event of [counted('recount'), counted(), released('order_ended')])
      expect(withoutPersonalData(event)).toEqual(event)
  })
  it('is never erased: it has no personal data', () => {
    expect(personalData.erasedBy).toEqual([])
  })
})
