import { describe, expect, it } from 'vitest'
import { addressWithoutPerson } from '../core/address/address.ts'
import { delivery } from './aggregate.ts'
import { type DeliveryEvent, deliveryEvent } from './events.ts'
import { withoutPersonalData } from './redact.ts'

const ofOrder = { orderId: 'ord_1', customerId: 'cus_1' }
const address = {
  name: 'Ada Lovelace',
  line1: '1 Main St',
  line2: 'Flat 2',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
}
const anonymous = {
  name: 'erased',
  line1: 'erased',
  city: 'erased',
  region: 'IL',
  postalCode: 'erased',
  country: 'US',
}
const promised = { promisedFrom: '2026-03-05T08:00:00.000Z', promisedTo: '2026-03-09T20:00:00.000Z' }
const booking = { ...ofOrder, carrier: 'sandbox_post', revision: 1 }

/** One event of each type, with all that it may carry, and what is left of its data. */
const cases: { [Type in DeliveryEvent['type']]: [event: DeliveryEvent & { type: Type }, left?: object] } = {
  DeliveryScheduled: [
    {
      type: 'DeliveryScheduled',
      data: { ...ofOrder, address, service: 'standard', ...promised, weightGrams: 5, decisions: [] },
    },
    { ...ofOrder, address: anonymous, service: 'standard', ...promised, weightGrams: 5, decisions: [] },
  ],
  DeliveryAddressChanged: [
    {
      type: 'DeliveryAddressChanged',
      data: { ...ofOrder, address, service: 'standard', ...promised, decisions: [] },
    },
    { ...ofOrder, address: anonymous, service: 'standard', ...promised, decisions: [] },
  ],
  DeliveryTracked: [
    {
      type: 'DeliveryTracked',
      data: { ...ofOrder, place: 'ada_s_garage', note: 'left with Ada', newsId: 'scan-1' },
    },
    { ...ofOrder, place: 'free_text', newsId: 'scan-1' },
  ],
  DeliveryCompleted: [
    { type: 'DeliveryCompleted', data: { ...ofOrder, receivedBy: 'Ada', onTime: true } },
    { ...ofOrder, onTime: true },
  ],
  CarrierAssigned: [
    {
      type: 'CarrierAssigned',
      data: {
        ...ofOrder,
        carrier: 'sandbox_post',
        service: 'standard',
        zone: 'domestic',
        price: { amount: 0, currency: 'USD' },
        decisions: [],
      },
    },
  ],
  CarrierBooked: [{ type: 'CarrierBooked', data: { ...booking, trackingNumber: 'TRACK-1' } }],
  CarrierBookingFailed: [{ type: 'CarrierBookingFailed', data: { ...booking, code: 'parcel_too_long' } }],
  DeliveryStarted: [{ type: 'DeliveryStarted', data: { ...ofOrder, trackingNumber: 'TRACK-1' } }],
  DeliveryDelayed: [
    {
      type: 'DeliveryDelayed',
      data: {
        ...ofOrder,
        reason: 'snow',
        newDate: '2026-03-11T20:00:00.000Z',
        previousDate: promised.promisedTo,
      },
    },
    {
      ...ofOrder,
      reason: 'free_text',
      newDate: '2026-03-11T20:00:00.000Z',
      previousDate: promised.promisedTo,
    },
  ],
  DeliveryAttemptFailed: [
    { type: 'DeliveryAttemptFailed', data: { ...ofOrder, attempt: 1, reason: 'Ada is out', newsId: 'a-1' } },
    { ...ofOrder, attempt: 1, reason: 'free_text', newsId: 'a-1' },
  ],
  DeliveryFailed: [
    { type: 'DeliveryFailed', data: { ...ofOrder, attempts: 3, reason: 'ada_is_out' } },
    { ...ofOrder, attempts: 3, reason: 'free_text' },
  ],
  DeliveryConfirmed: [{ type: 'DeliveryConfirmed', data: { ...ofOrder, by: 'customer' } }],
  DeliveryCancelled: [
    { type: 'DeliveryCancelled', data: { ...ofOrder, reason: 'Ada moved' } },
    { ...ofOrder, reason: 'free_text' },
  ],
  DeliveryReturnStarted: [{ type: 'DeliveryReturnStarted', data: ofOrder }],
  DeliveryPersonalDataErased: [{ type: 'DeliveryPersonalDataErased', data: ofOrder }],
}

describe('without personal data', () => {
  it.each(Object.entries(cases))('%s keeps its schema and nothing of the person', (_, [event, left]) => {
    const redacted = withoutPersonalData(deliveryEvent.parse(event))
    expect(redacted).toEqual({ type: event.type, data: left ?? event.data })
    expect(deliveryEvent.parse(redacted)).toEqual(redacted)
    expect(withoutPersonalData(redacted)).toEqual(redacted)
    expect(JSON.stringify(redacted)).not.toMatch(/Ada|Main|Flat|Springfield|62701/)
  })
  it('an address is a country and, where there is one, a region', () => {
    expect(addressWithoutPerson(address)).toEqual(anonymous)
    const { region: _, ...elsewhere } = address
    expect(addressWithoutPerson(elsewhere)).not.toHaveProperty('region')
  })
  it('the log keeps its events once they were erased', () => {
    expect(delivery.personalData).toEqual({
      without: withoutPersonalData,
      erasedBy: ['DeliveryPersonalDataErased'],
    })
  })
})
