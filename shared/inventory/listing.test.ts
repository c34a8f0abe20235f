import { expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { inventory } from './aggregate.ts'
import { inventoryListing, inventoryListingSchema } from './listing.ts'

it('inventoryListing shows the levels over all locations, not who holds what', () => {
  const counted = (location: string, onHand: number) =>
    ({ type: 'InventoryUpdated', data: { sku: 'MUG', location, change: onHand, onHand } }) as const
  const state = specification(inventory).fold([
    counted('main', 10),
    counted('outlet', 5),
    {
      type: 'InventoryReserved',
      data: {
        sku: 'MUG',
        orderId: 'ord_1',
        quantity: 4,
        allocations: [{ location: 'main', quantity: 4 }],
        expiresAt: plus(NOW, DAY),
        available: 11,
        decisions: [],
      },
    },
  ])
  const about = { id: 'MUG', version: 3, createdAt: NOW, updatedAt: NOW }
  const listing = inventoryListing(state ?? expect.fail('there is no stock'), about)
  expect(listing).toMatchObject({
    ...{ ...about, sku: 'MUG', onHand: 15, reserved: 4, available: 11 },
    locations: [
      { location: 'main', onHand: 10, reserved: 4, available: 6 },
      { location: 'outlet', onHand: 5, reserved: 0, available: 5 },
    ],
  })
  expect(JSON.stringify(listing)).not.toContain('ord_1')
  expect(inventoryListingSchema.strict().parse(listing)).toEqual(listing)
})
