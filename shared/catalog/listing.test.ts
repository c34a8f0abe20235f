import { expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { product } from './aggregate.ts'
import { productListing, productListingSchema } from './listing.ts'

it('productListing shows the product in the shape of the API', () => {
  const price = { amount: 1_999, currency: 'USD' }
  const state = specification(product).fold([
    { type: 'ProductCreated', data: { sku: 'MUG', name: 'Mug', price, weightGrams: 300 } },
    { type: 'ProductDiscontinued', data: { sku: 'MUG' } },
  ])
  const listing = productListing(state ?? expect.fail('there is no product'), {
    id: 'MUG',
    version: 2,
    createdAt: NOW,
    updatedAt: NOW,
  })
  expect(listing).toMatchObject({ id: 'MUG', version: 2, name: 'Mug', price, status: 'discontinued' })
  expect(productListingSchema.strict().parse(listing)).toEqual(listing)
})
