import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { derivedId } from '../../core/ids.ts'
import { bookingSchema } from '../carrier/carrier.ts'
import { deliveryOfSandboxNumber, sandboxCarrier, sandboxTrackingNumber } from './carrier.ts'

const address = {
  name: 'Ada',
  line1: '1 Main St',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
}
const deliveryId = 'dlv_01939a2e-0000-7000-8000-00000000abcd'

describe('the sandbox carrier', () => {
  it('gives a booked parcel the tracking number of its delivery, every time', async () => {
    const parcel = {
      deliveryId,
      revision: 1,
      carrier: 'sandbox_post',
      service: 'standard',
      address,
      weightGrams: 500,
    }
    const booking = await sandboxCarrier.book(parcel)
    expect(bookingSchema.parse(booking)).toEqual({ trackingNumber: 'SBX01939A2E00007000800000000000ABCD' })
    expect(await sandboxCarrier.book(parcel)).toEqual(booking)
    expect(booking.trackingNumber).toBe(sandboxTrackingNumber(deliveryId))
  })
  it('knows the delivery by its own numbers, and by no others', () => {
    expect(deliveryOfSandboxNumber(sandboxTrackingNumber(deliveryId))).toBe(deliveryId)
    for (const foreign of ['1Z999AA10123456784', 'SBX0193', `${sandboxTrackingNumber(deliveryId)}0`])
      expect(deliveryOfSandboxNumber(foreign)).toBeNull()
  })
  it('gives no two deliveries the same number', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one !== other)
        const number = sandboxTrackingNumber(derivedId('dlv', one))
        expect(number).toMatch(/^SBX[0-9A-F]{32}$/)
        expect(number).not.toBe(sandboxTrackingNumber(derivedId('dlv', other)))
      }),
    )
  })
})
