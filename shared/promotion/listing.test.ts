import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'
import type { PromotionEvent } from './events.ts'
import { promotionListing, promotionListingSchema } from './listing.ts'
import type { PromotionTerms } from './terms.ts'

const spec = specification(promotion)
const about = { id: 'SPRING', version: 2, createdAt: NOW, updatedAt: NOW }
const terms: PromotionTerms = {
  code: 'SPRING',
  gift: { kind: 'percentage', value: { percent: 10 } },
  class: 'order',
  combinesWith: ['shipping'],
  exclusive: false,
  priority: 3,
}
const startsAt = plus(NOW, DAY)
const created: PromotionEvent = {
  type: 'PromotionCreated',
  data: { terms, conditions: {}, startsAt, usageLimit: 10, perCustomerLimit: 1 },
}
const applied: PromotionEvent = {
  type: 'PromotionApplied',
  data: {
    code: 'SPRING',
    orderId: 'ord_1',
    customerId: 'cus_1',
    terms,
    discount: { amount: 100, currency: 'USD' },
    uses: 1,
    decisions: [],
  },
}

function listingAfter(events: readonly PromotionEvent[], updatedAt = NOW) {
  const state = spec.fold(events) ?? expect.fail('there is no promotion')
  return promotionListing(state, { ...about, updatedAt })
}

describe('promotionListing', () => {
  it('shows the terms and how often it was used, not by whom', () => {
    const listing = listingAfter([created, applied], startsAt)
    expect(listing).toMatchObject({
      ...{ id: 'SPRING', version: 2, code: 'SPRING', status: 'active' },
      ...{ kind: 'percentage', value: { percent: 10 } },
      ...{ class: 'order', combinesWith: ['shipping'], exclusive: false, priority: 3 },
      ...{ startsAt, usageLimit: 10, perCustomerLimit: 1, uses: 1 },
    })
    expect(promotionListingSchema.strict().parse(listing)).toEqual(listing)
    expect(JSON.stringify(listing)).not.toMatch(/ord_1|cus_1/)
  })
  it('has the status of its last change', () => {
    expect(listingAfter([created]).status).toBe('scheduled')
    expect(listingAfter([created], startsAt).status).toBe('active')
  })
})
