import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import {
  cancel,
  cancelled,
  complete,
  completed,
  confirm,
  confirmed,
  delay,
  erase,
  erased,
  failAttempt,
  goBack,
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
  spec,
  start,
  started,
  track,
  tracked,
} from './delivery.fixture.ts'
import type { DeliveryEvent } from './events.ts'
import { expectedWindow } from './state.ts'

describe('a delivery that was not scheduled', () => {
  it.each([start, track, delay, failAttempt, complete, confirm, cancel, goBack, erase])(
    'refuses $type',
    (command) => {
      on([], command).thenRefused('delivery_not_found')
    },
  )
})

describe('StartDelivery', () => {
  it('takes the tracking number that it is given', () => {
    on(isScheduled, { type: 'StartDelivery', trackingNumber: 'TRACK-1' }).then(started)
    on(isBooked, { type: 'StartDelivery', trackingNumber: 'TRACK-2' }).thenTypes('DeliveryStarted')
  })
  it('else goes under the number of the booking', () => {
    on(isBooked, start).then(started)
  })
  it('is refused while the carrier has not answered, or has refused the parcel', () => {
    const { decision } = on(isScheduled, start).thenRefused('delivery_not_booked')
    expect(decision.refusal?.facts).toEqual({})
    const refused: DeliveryEvent = {
      type: 'CarrierBookingFailed',
      data: { ...ofOrder, carrier: 'sandbox_post', revision: 1, code: 'parcel_too_long' },
    }
    const { decision: then } = on([...isScheduled, refused], start).thenRefused('delivery_not_booked')
    expect(then.refusal?.facts).toEqual({ reason: 'parcel_too_long' })
    on([...isScheduled, refused], { ...start, trackingNumber: 'TRACK-1' }).then(started)
  })
  it('changes nothing the second time', () => {
    on(isUnderWay, start).then()
    on(isUnderWay, { type: 'StartDelivery', trackingNumber: 'TRACK-1' }).then()
  })
  it('is refused with another tracking number', () => {
    on(isUnderWay, { type: 'StartDelivery', trackingNumber: 'TRACK-2' }).thenRefused('delivery_started')
  })
  it.each([
    ['completed', isCompleted],
    ['confirmed', isConfirmed],
    ['failed', hasFailed],
    ['cancelled', isCancelled],
  ])('is refused once it is %s', (_, history) => {
    on(history, start).thenRefused('delivery_ended')
  })
})

describe('CompleteDelivery', () => {
  it('records who accepted the parcel', () => {
    const outcome = on(isUnderWay, complete).then(completed)
    expect(outcome.state).toMatchObject({ status: 'completed', receivedBy: 'Ada', onTime: true })
  })
  it('does without a name', () => {
    on(isUnderWay, { type: 'CompleteDelivery' }).then({
      type: 'DeliveryCompleted',
      data: { ...ofOrder, onTime: true },
    })
  })
  it('is on time to the last moment of the promise, and late after it', () => {
    const { decision: last } = on(isUnderWay, complete, { now: promisedTo })
    expect(last.events[0]?.data).toMatchObject({ onTime: true })
    const { decision: late } = on(isUnderWay, complete, { now: plus(promisedTo, 1) })
    expect(late.events[0]?.data).toMatchObject({ onTime: false })
  })
  it('is measured against the promise, whatever delay was reported since', () => {
    const delayed: DeliveryEvent = {
      type: 'DeliveryDelayed',
      data: { ...ofOrder, reason: 'snow', newDate: plus(promisedTo, 2 * DAY), previousDate: promisedTo },
    }
    const { decision } = on([...isUnderWay, delayed], complete, { now: plus(promisedTo, DAY) })
    expect(decision.events[0]?.data).toMatchObject({ onTime: false })
  })
  it('changes nothing the second time', () => {
    for (const history of [isCompleted, isConfirmed]) {
      on(history, complete).then()
      on(history, { type: 'CompleteDelivery' }).then()
    }
  })
  it('is refused when somebody else is said to have taken it', () => {
    on(isCompleted, { type: 'CompleteDelivery', receivedBy: 'Bob' }).thenRefused('delivery_ended')
  })
})

describe('ConfirmDelivery', () => {
  it.each(['customer', 'timer', 'operator'] as const)('takes the word of the %s', (by) => {
    const outcome = on(isCompleted, { type: 'ConfirmDelivery', by }).then({
      type: 'DeliveryConfirmed',
      data: { ...ofOrder, by },
    })
    expect(outcome.state).toMatchObject({ status: 'confirmed', confirmedBy: by })
  })
  it('changes nothing the second time', () => {
    on(isConfirmed, { type: 'ConfirmDelivery', by: 'timer' }).then()
  })
  it('is refused before the arrival', () => {
    on(isScheduled, confirm).thenRefused('delivery_not_completed')
    on(isUnderWay, confirm).thenRefused('delivery_not_completed')
  })
  it('is refused when the parcel never arrived', () => {
    on(hasFailed, confirm).thenRefused('delivery_ended')
    on(isCancelled, confirm).thenRefused('delivery_ended')
  })
})

describe('CancelDelivery', () => {
  it('calls the delivery off before the start', () => {
    const outcome = on(isScheduled, cancel).then(cancelled)
    expect(outcome.state).toMatchObject({ status: 'cancelled', reason: 'order cancelled' })
  })
  it('changes nothing the second time', () => {
    on(isCancelled, { type: 'CancelDelivery', reason: 'again' }).then()
  })
  it.each([
    ['started', isUnderWay],
    ['completed', isCompleted],
    ['confirmed', isConfirmed],
    ['failed', hasFailed],
  ])('is refused once it is %s', (_, history) => {
    on(history, cancel).thenRefused('delivery_started')
  })
})

describe('the fold', () => {
  it('starts with DeliveryScheduled and nothing else', () => {
    expect(() => spec.given(started)).toThrow('DeliveryStarted')
  })
  it('notes when the delivery last changed', () => {
    const later = '2026-03-02T08:00:00.000Z'
    const { state } = spec.given(...isScheduled, [started, later])
    expect(state).toMatchObject({ createdAt: NOW, updatedAt: later, trackingNumber: 'TRACK-1' })
  })
})

describe('ErasePersonalData', () => {
  it.each([
    ['completed', isCompleted],
    ['confirmed', isConfirmed],
    ['failed', hasFailed],
    ['returning', isReturning],
    ['cancelled', isCancelled],
  ])('leaves nothing of the person in a delivery that is %s', (_, history) => {
    const noted: DeliveryEvent = {
      type: 'DeliveryTracked',
      data: { ...ofOrder, place: 'Chicago', note: 'gate code 1234' },
    }
    const { state } = on(
      [...history.slice(0, isUnderWay.length), noted, ...history.slice(isUnderWay.length)],
      erase,
    ).then(erased)
    expect(state?.personalDataErased).toBe(true)
    expect(JSON.stringify(state)).not.toMatch(/Ada|Main St|Springfield|62701|1234/)
    expect(state?.address.country).toBe('US')
  })
  it('changes nothing the second time', () => {
    on([...isCompleted, erased], erase).then()
  })
  it('is refused while the parcel needs its address', () => {
    on(isScheduled, erase).thenRefused('delivery_open')
    on(isUnderWay, erase).thenRefused('delivery_open')
  })
  it('lets the rest go on, and nothing personal come back', () => {
    on([...isCompleted, erased], confirm).then(confirmed)
    on([...isCompleted, erased], complete).then()
    const seen = { ...tracked, data: { ...tracked.data, place: 'free_text' } }
    on([...isReturning, erased], { ...track, note: 'gate code 1234' }).then(seen)
    on([...isReturning, erased, seen], { ...track, note: 'gate code 1234' }).then()
  })
})

describe('the window in which a parcel is expected', () => {
  it('is the one that was promised, until a delay is reported', () => {
    const { state } = spec.given(...isUnderWay)
    expect(state && expectedWindow(state)).toEqual({ from: promisedFrom, to: promisedTo })
  })
  it.each([
    ['2026-03-11T20:00:00.000Z', '2026-03-11T08:00:00.000Z'],
    ['2026-03-11T07:00:00.000Z', '2026-03-11T07:00:00.000Z'],
  ])('ends at the new date %s, and begins on its morning', (newDate, from) => {
    const delayed: DeliveryEvent = {
      type: 'DeliveryDelayed',
      data: { ...ofOrder, reason: 'snow', newDate, previousDate: promisedTo },
    }
    const { state } = spec.given(...isUnderWay, delayed)
    expect(state && expectedWindow(state)).toEqual({ from, to: newDate })
  })
})
