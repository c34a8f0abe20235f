import { expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { cart } from './aggregate.ts'
import { cartListing, cartListingSchema } from './listing.ts'

const about = { id: 'crt_1', version: 3, createdAt: NOW, updatedAt: NOW }
const usd = (amount: number) => ({ amount, currency: 'USD' })

it('cartListing shows the whole cart, with what its lines come to', () => {
  const line = { sku: 'MUG', name: 'Mug', quantity: 3, unitPrice: usd(250) }
  const state = specification(cart).fold([
    { type: 'CartCreated', data: { currency: 'USD' } },
    { type: 'ProductAddedToCart', data: { line, added: 3 } },
    { type: 'PromotionApplied', data: { code: 'TEN', discount: usd(75), decisions: [] } },
  ])
  const listing = cartListing(state ?? expect.fail('there is no cart'), about)
  expect(listing).toEqual({
    ...{
      ...about,
      status: 'open',
      currency: 'USD',
      customerId: undefined,
      orderId: undefined,
      intoCartId: undefined,
    },
    lines: [{ ...line, total: usd(750) }],
    subtotal: usd(750),
    promotions: [{ code: 'TEN', discount: usd(75), outdated: false }],
  })
  expect(cartListingSchema.strict().parse(listing)).toEqual(listing)
})
