import { at, customerId, orderId, usd } from './shop.ts'

const cancelled = { reason: 'Ordered twice', detail: 'Cancelled by the customer.', code: 'customer_request' }

/**
 * How the answer to an operation differs from the example of its resource, by operation id: a cancelled order is
 * cancelled. `undefined` takes a member away.
 */
export const afterCommands: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  createProduct: { version: 1, price: usd(1599), updatedAt: at('08:00', '01') },
  discontinueProduct: { version: 3, status: 'discontinued' },
  createPromotion: { version: 1, uses: 0, updatedAt: at('08:00', '01') },
  expirePromotion: { version: 4, status: 'expired' },
  releaseReservation: { version: 6, reserved: 0, available: 40, reservations: [], reservationsTotal: 0 },
  registerCustomer: {
    ...{ version: 1, status: 'pending', phone: undefined, addresses: [], segment: 'new' },
    loyalty: { tier: 'bronze', points: { pending: 0, available: 0 }, spending12m: 0 },
    updatedAt: at('09:00', '01'),
  },
  suspendCustomer: { version: 5, status: 'suspended' },
  eraseCustomer: {
    ...{ id: customerId, version: 5, status: 'erased', email: '', name: '', addresses: [] },
    ...{ phone: undefined, birthDate: undefined, marketingConsent: false },
  },
  createCart: {
    ...{ version: 1, lines: [], subtotal: usd(0), promotions: [], updatedAt: at('09:50') },
  },
  removePromotionFromCart: { version: 5, promotions: [] },
  cancelOrder: {
    ...{ version: 13, status: 'cancelled', paymentStatus: 'refunded', fulfilmentStatus: 'cancelled' },
    cancellation: cancelled,
    updatedAt: at('11:00'),
  },
  reviewPayment: {
    ...{ version: 3, status: 'requested', refunded: usd(0), refundable: usd(0), refunds: [] },
    updatedAt: at('10:20'),
  },
  scheduleDelivery: {
    ...{ orderId, version: 2, status: 'scheduled', service: 'express', price: usd(1500) },
    ...{ trackingNumber: undefined, booking: undefined, tracking: [], updatedAt: at('10:01') },
  },
  changeDeliveryAddress: {
    ...{ version: 5, status: 'scheduled', revision: 2, trackingNumber: undefined, booking: undefined },
    tracking: [],
    address: {
      ...{ name: 'Ada Lovelace', line1: '2 Engine Street', line2: 'Floor 3', city: 'Springfield' },
      ...{ region: 'IL', postalCode: '62701', country: 'US' },
    },
  },
  completeDelivery: { version: 6, status: 'completed', receivedBy: 'A. Lovelace', onTime: true },
  confirmDelivery: {
    ...{ version: 7, status: 'confirmed', receivedBy: 'A. Lovelace', onTime: true, confirmedBy: 'customer' },
  },
  cancelDelivery: {
    ...{ version: 5, status: 'cancelled', reason: 'The parcel was damaged before it left' },
    ...{ trackingNumber: undefined, tracking: [] },
  },
  failDeliveryAttempt: { version: 5, attempts: 1 },
  cancelReplay: { status: 'cancelled', finishedAt: at('12:05') },
}
