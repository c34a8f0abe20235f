import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { review } from './aggregate.ts'
import type { ReviewEvent } from './events.ts'
import { reviewListing, reviewListingSchema } from './listing.ts'

const spec = specification(review)
const purchase = { orderId: 'ord_1', customerId: 'cus_1', sku: 'MUG' }
const requested: ReviewEvent = { type: 'ReviewRequested', data: { ...purchase, productName: 'Mug' } }
const submitted: ReviewEvent = { type: 'ReviewSubmitted', data: { ...purchase, rating: 4, text: 'Good.' } }
const erased: ReviewEvent = { type: 'ReviewPersonalDataErased', data: purchase }
const later = plus(NOW, DAY)

function listingAfter(...events: Parameters<typeof spec.fold>[0]) {
  const state = spec.fold(events) ?? expect.fail('there is no review')
  return reviewListing(state, { id: 'rev_1', version: 2, createdAt: NOW, updatedAt: later })
}

describe('reviewListing', () => {
  it('shows what was written, and when, but neither by whom nor about which order', () => {
    const listing = listingAfter(requested, [submitted, later])
    expect(listing).toEqual({
      ...{ id: 'rev_1', version: 2, sku: 'MUG', status: 'submitted', rating: 4, text: 'Good.' },
      ...{ submittedAt: later, updatedAt: later },
    })
    expect(reviewListingSchema.strict().parse(listing)).toEqual(listing)
  })
  it('has no date while it is only asked for', () => {
    expect(listingAfter(requested).submittedAt).toBeUndefined()
  })
  it('keeps its place when the words are erased', () => {
    const listing = listingAfter([submitted, NOW], [erased, later])
    expect(listing).toMatchObject({ rating: 4, submittedAt: NOW })
    expect(listing.text).toBeUndefined()
  })
})
