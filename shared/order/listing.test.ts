import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
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
  it('shows why an order was cancelled', () => {
    const { status, cancellation } = orderListing(orderAfter(created(), cancelled()), about)
    expect(status).toBe('cancelled')
    expect(cancellation?.code).toBe('customer_request')
  })
  it.each([
    ['customer_request', 'too late for the party', 'too late for the party', ''],
    ['operator', 'fraud desk', 'fraud desk', ''],
    ['customer_request', '', 'customer_request', ''],
    ['operator', 'All that was paid has been refunded.', 'operator', 'All that was paid has been refunded.'],
    ['out_of_stock', 'MUG: 2 wanted, 1 available', 'out_of_stock', 'MUG: 2 wanted, 1 available'],
    ['payment_failed', 'No payment succeeded.', 'payment_failed', 'No payment succeeded.'],
  ] as const)('shows %s, "%s" with the reason "%s"', (code, given, reason, detail) => {
    const { cancellation } = orderListing(
      orderAfter(created(), cancelled({ reason: code, detail: given })),
      about,
    )
    expect(cancellation).toEqual({ reason, detail, code })
  })
  it('has the shape of the API, and nothing of address or payment method', () => {
    expect(orderListingSchema.strict().parse(listing)).toEqual(listing)
    expect(JSON.stringify(listing)).not.toMatch(/Main St|Springfield|pm_card/)
  })
})
