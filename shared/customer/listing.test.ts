import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { customer } from './aggregate.ts'
import { CUSTOMER_ID, earned, registered, spent, started } from './customer.fixture.ts'
import { customerListing, customerListingSchema } from './listing.ts'

const spec = specification(customer, { id: CUSTOMER_ID })
const about = { id: CUSTOMER_ID, version: 5, createdAt: NOW, updatedAt: NOW }

describe('customerListing', () => {
  const soon = plus(NOW, DAY)
  const events = [started, registered, spent('o1', 900, 900), earned('o1', 150), earned('o2', 300, soon)]
  const state = customer.state.parse(spec.fold(events))
  const listing = customerListing(state, about)

  it('shows status, segment and loyalty as they were at the last change', () => {
    expect(listing).toEqual({
      id: CUSTOMER_ID,
      version: 5,
      status: 'active',
      loyalty: { tier: 'bronze', points: { pending: 300, available: 150 }, spending12m: 900 },
      segment: 'new',
      createdAt: NOW,
      updatedAt: NOW,
      search: expect.stringMatching(/^Ada .*@example\.com/),
    })
    const later = customerListing(state, { ...about, updatedAt: soon })
    expect(later.loyalty.points).toEqual({ pending: 0, available: 450 })
  })
  it('has the shape of the API, and no personal data beside the words to search for', () => {
    const { search: _, ...shown } = listing
    expect(customerListingSchema.strict().parse(shown)).toEqual(shown)
    expect(JSON.stringify(shown)).not.toMatch(/Ada|example\.com|emailHash/)
  })
  it('has no words to search for once the customer is erased', () => {
    const gone = spec.fold([...events, { type: 'CustomerErased', data: { emailHash: 'x' } }])
    const erased = customerListing(customer.state.parse(gone), about)
    expect(erased).not.toHaveProperty('search')
    expect(JSON.stringify(erased)).not.toMatch(/Ada|example\.com/)
  })
})
