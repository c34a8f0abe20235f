import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.ts'
import { orderListing, orderListingSchema } from './listing.ts'
import {
  CUSTOMER_ID,
  cancelled,
  created,
  DELIVERY_ID,
  deliveryRequested,
  ORDER_ID,
  PAYMENT_ID,
  paid,
  paymentStarted,
  spec,
  stockHeld,
  usd,
} from './order.fixture.ts'
import type { Order } from './state.ts'

const about = { id: ORDER_ID, version: 9, createdAt: NOW, updatedAt: NOW }

function orderAfter(...events: Parameters<typeof spec.fold>[0]): Order {
  return spec.fold(events) ?? expect.fail('there is no order')
}

describe('orderListing', () => {
  const listing = orderListing(
    orderAfter(created(), stockHeld(), paymentStarted(), paid, deliveryRequested),
    about,
  )

  it('shows the order with its lines, in money', () => {
    expect(listing).toMatchObject({
      id: ORDER_ID,
      version: 9,
      customerId: CUSTOMER_ID,
      paymentStatus: 'paid',
      lines: [
        { sku: 'MUG', quantity: 2, unitPrice: usd(1_000), discount: usd(0), total: usd(2_000) },
        { sku: 'PEN', quantity: 1, unitPrice: usd(250), total: usd(250) },
      ],
      subtotal: usd(2_250),
      total: usd(2_250),
      payments: [PAYMENT_ID],
      deliveries: [DELIVERY_ID],
    })
    expect(listing.cancellation).toBeUndefined()
  })
  it('says why an order was cancelled', () => {
    const { status, cancellation } = orderListing(orderAfter(created(), cancelled()), about)
    expect(status).toBe('cancelled')
    expect(Object.keys(cancellation ?? {})).toEqual(['reason', 'detail'])
  })
  it('has the shape that the API tells, and nothing of address or payment method', () => {
    expect(orderListingSchema.strict().parse(listing)).toEqual(listing)
    expect(JSON.stringify(listing)).not.toMatch(/Main St|Springfield|pm_card/)
  })
})
