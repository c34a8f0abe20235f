import { expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { id, isCompleted, promisedTo, spec, tracked } from './delivery.fixture.ts'
import { deliveryListing, deliveryListingSchema } from './listing.ts'

it('deliveryListing shows how far the parcel is, neither where it goes nor where it was', () => {
  const state = spec.fold([...isCompleted, tracked])
  const listing = deliveryListing(state ?? expect.fail('there is no delivery'), {
    id,
    version: 5,
    createdAt: NOW,
    updatedAt: NOW,
  })
  expect(listing).toMatchObject({
    id,
    version: 5,
    orderId: 'ord_1',
    status: 'completed',
    trackingNumber: 'TRACK-1',
    expectedBy: promisedTo,
  })
  expect(deliveryListingSchema.strict().parse(listing)).toEqual(listing)
  for (const field of ['address', 'tracking', 'receivedBy', 'delays'])
    expect(listing).not.toHaveProperty(field)
})
