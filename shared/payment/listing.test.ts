import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { paymentListing, paymentListingSchema } from './listing.ts'
import type { Payment } from './state.ts'

const about = { id: 'pay_1', version: 3, createdAt: NOW, updatedAt: NOW }
const asked = {
  orderId: 'ord_1',
  customerId: 'cus_1',
  amount: { amount: 5_000, currency: 'USD' },
  paymentMethod: 'pm_card_visa',
  attempt: 2,
  failedTries: 1,
}
const charged: Payment = {
  ...asked,
  status: 'partially_refunded',
  charge: { gateway: 'sandbox', chargeId: 'ch_1' },
  refunds: [
    { refundId: 'a', amount: 1_000, status: 'succeeded' },
    { refundId: 'b', amount: 700, status: 'pending' },
    { refundId: 'c', amount: 500, status: 'failed' },
  ],
}

describe('paymentListing', () => {
  it('counts as refunded what has gone back, not what is under way', () => {
    expect(paymentListing(charged, about)).toEqual({
      id: 'pay_1',
      version: 3,
      orderId: 'ord_1',
      customerId: 'cus_1',
      status: 'partially_refunded',
      amount: { amount: 5_000, currency: 'USD' },
      refunded: { amount: 1_000, currency: 'USD' },
      attempt: 2,
      createdAt: NOW,
      updatedAt: NOW,
    })
  })
  it('says why it failed', () => {
    const failure = { code: 'card_declined', detail: 'The card was declined.' }
    const listing = paymentListing({ ...asked, status: 'failed', failure }, about)
    expect(listing).toMatchObject({ status: 'failed', failure, refunded: { amount: 0, currency: 'USD' } })
  })
  it('has the shape of the API, and nothing of the payment method', () => {
    const listing = paymentListing(charged, about)
    expect(paymentListingSchema.strict().parse(listing)).toEqual(listing)
    expect(JSON.stringify(listing)).not.toContain('pm_card')
  })
})
