import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { type DeliveryCommand, deliveryCommand } from './commands.ts'
import {
  address,
  assigned,
  booked,
  hasFailed,
  isBooked,
  isCancelled,
  isCompleted,
  isConfirmed,
  isReturning,
  isScheduled,
  isUnderWay,
  ofOrder,
  on,
  promisedFrom,
  promisedTo,
  quote,
  routing,
  schedule,
  scheduled,
  started,
  time,
} from './delivery.fixture.ts'
import type { DeliveryEvent } from './events.ts'
import { currentBooking } from './state.ts'

describe('ScheduleDelivery', () => {
  it('books the carrier and keeps the promise of the quote', () => {
    const outcome = on([], schedule).then(scheduled, assigned)
    expect(outcome.state).toMatchObject({
      status: 'scheduled',
      carrier: 'sandbox_post',
      zone: 'domestic',
      promisedFrom,
      promisedTo,
      expectedBy: promisedTo,
      attempts: 0,
      createdAt: NOW,
    })
  })
  it('honours a quote without reasons, made before reasons were kept', () => {
    const { decisions: _, ...older } = quote
    const { decision } = on([], { ...schedule, quote: older }).thenTypes(
      'DeliveryScheduled',
      'CarrierAssigned',
    )
    expect(decision.events.map(({ data }) => 'decisions' in data && data.decisions)).toEqual([[], []])
  })
  it('reads the bare rules of a quote that an order of the first release holds', () => {
    const { decisions: _, ...older } = quote
    const stored = { ...older, rules: ['cheapest', 'not_a_working_day'] }
    const { decision } = on([], { ...schedule, quote: stored })
    expect(decision.events.map(({ data }) => 'decisions' in data && data.decisions)).toMatchObject([
      [{ policy: 'deliveryTimePolicy', rules: ['not_a_working_day'] }],
      [{ policy: 'deliveryRoutingPolicy', rules: ['cheapest'], outcome: 'sandbox_post' }],
    ])
  })
  it('changes nothing the second time for the same order', () => {
    on(isScheduled, schedule).then()
    on(isUnderWay, schedule).then()
  })
  it('is refused when the delivery is that of another order', () => {
    on(isScheduled, { ...schedule, orderId: 'ord_2' }).thenRefused('delivery_exists')
  })
})

describe('RecordBooking', () => {
  const answer = (revision: number, outcome: object) => ({ type: 'RecordBooking', revision, outcome })
  const taken = { ok: true, value: { trackingNumber: 'TRACK-1' } }
  const refused = { ok: false, refusal: { code: 'parcel_too_long', detail: 'Over two metres.' } }
  const record = (revision: number, outcome: object) => deliveryCommand.parse(answer(revision, outcome))

  it('notes the number under which the carrier has the parcel', () => {
    const { state } = on(isScheduled, record(1, taken)).then(booked)
    expect(state?.booking).toEqual({ revision: 1, trackingNumber: 'TRACK-1' })
    expect(state?.trackingNumber).toBeUndefined()
  })
  it('notes that the carrier will not take it, and why', () => {
    const { state } = on(isScheduled, record(1, refused)).then({
      type: 'CarrierBookingFailed',
      data: { ...ofOrder, carrier: 'sandbox_post', revision: 1, code: 'parcel_too_long' },
    })
    expect(state?.booking).toEqual({ revision: 1, refusal: 'parcel_too_long' })
  })
  it('changes nothing the second time', () => {
    on(isBooked, record(1, taken)).then()
    on(isBooked, record(1, refused)).then()
  })
  it('makes nothing of an answer that comes after the start, or after the end', () => {
    on([...isScheduled, started], record(1, taken)).then()
    on(isCancelled, record(1, taken)).then()
  })
  it('makes nothing of an answer about the address before', () => {
    on([...isScheduled, moved, reassigned], record(1, taken)).then()
    on([...isScheduled, moved, reassigned], record(2, taken)).thenTypes('CarrierBooked')
  })
})

const elsewhere = { ...address, line1: '2 Side St', region: 'AK' }
const longer = { promisedFrom: '2026-03-06T08:00:00.000Z', promisedTo: '2026-03-11T20:00:00.000Z' }
const quoteElsewhere = { ...quote, zone: 'remote', ...longer }
const change: DeliveryCommand = { type: 'ChangeAddress', address: elsewhere, quote: quoteElsewhere }
const moved: DeliveryEvent = {
  type: 'DeliveryAddressChanged',
  data: { ...ofOrder, address: elsewhere, service: 'standard', ...longer, decisions: [time] },
}
const reassigned: DeliveryEvent = {
  type: 'CarrierAssigned',
  data: {
    ...ofOrder,
    carrier: 'sandbox_post',
    service: 'standard',
    zone: 'remote',
    price: { amount: 0, currency: 'USD' },
    decisions: [routing],
  },
}

describe('ChangeAddress', () => {
  it('sends the parcel elsewhere with a promise of its own, to be booked anew', () => {
    const { state } = on(isBooked, change).then(moved, reassigned)
    expect(state).toMatchObject({
      status: 'scheduled',
      address: elsewhere,
      zone: 'remote',
      revision: 2,
    })
    expect(state).toMatchObject({ ...longer, expectedBy: longer.promisedTo })
    expect(state && currentBooking(state)).toBeUndefined()
  })
  it('changes nothing for the address that it has, nor the second time', () => {
    on(isBooked, { ...change, address }).then()
    on([...isBooked, moved, reassigned], change).then()
  })
  it('is refused in another country, for which the payment was not screened', () => {
    for (const [country, postalCode] of [
      ['CA', 'M5V 3L9'],
      ['DE', '10115'],
      ['PR', '00901'],
    ] as const)
      expect(
        on(isBooked, { ...change, address: { ...address, postalCode, country } }).thenRefused(
          'address_country_fixed',
        ).decision.refusal?.facts,
      ).toEqual({ country: 'US' })
    // Nor one after another.
    on([...isBooked, moved, reassigned], {
      ...change,
      address: { ...elsewhere, postalCode: '06000', country: 'MX' },
    }).thenRefused('address_country_fixed')
  })
  it('is refused where no carrier goes', () => {
    on(isScheduled, { ...change, quote: null }).thenRefused('no_carrier')
  })
  it('is refused where the shipping would cost more than was paid', () => {
    const price = { amount: 1, currency: 'USD' }
    const { decision } = on(isScheduled, { ...change, quote: { ...quoteElsewhere, price } }).thenRefused(
      'address_price_changed',
    )
    expect(decision.refusal?.facts).toEqual({ price, paidPrice: { amount: 0, currency: 'USD' } })
  })
  it('keeps the price that was paid where the new zone costs less, so that the way back is open', () => {
    const price = { amount: 900, currency: 'USD' }
    const paid: DeliveryEvent = { ...assigned, data: { ...assigned.data, price } }
    const { state, decision } = on([scheduled, paid], change)
    expect(state?.price).toEqual(price)
    on([scheduled, paid, ...decision.events], {
      type: 'ChangeAddress',
      address,
      quote: { ...quote, price },
    }).thenTypes('DeliveryAddressChanged', 'CarrierAssigned')
  })
  it('is refused once the parcel has left', () => {
    on(isUnderWay, change).thenRefused('delivery_started')
  })
  it.each([
    ['completed', isCompleted],
    ['confirmed', isConfirmed],
    ['failed', hasFailed],
    ['returning', isReturning],
    ['cancelled', isCancelled],
  ])('is refused once it is %s', (_, history) => {
    on(history, change).thenRefused('delivery_ended')
  })
})
