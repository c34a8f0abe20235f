import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus } from '../core/time.ts'
import { delivery } from './aggregate.ts'
import type { DeliveryCommand } from './commands.ts'
import type { DeliveryEvent, ShippingQuote } from './events.ts'
import { DELIVERY } from './policies.ts'

const id = 'dlv_01939a2e-0000-7000-8000-00000000abcd'
const spec = specification(delivery, { id })

const ofOrder = { orderId: 'ord_1', customerId: 'cus_1' }
const address = { name: 'Ada', line1: '1 Main St', city: 'Springfield', postalCode: '62701', country: 'US' }
const promisedFrom = '2026-03-05T08:00:00.000Z'
const promisedTo = '2026-03-09T20:00:00.000Z'
const quote: ShippingQuote = {
  carrier: 'sandbox_post',
  service: 'standard',
  zone: 'domestic',
  price: { amount: 0, currency: 'USD' },
  promisedFrom,
  promisedTo,
  rules: ['cheapest', 'not_a_working_day'],
}
const schedule: DeliveryCommand = {
  type: 'ScheduleDelivery',
  ...ofOrder,
  address,
  weightGrams: 1200,
  quote,
}

const scheduled: DeliveryEvent = {
  type: 'DeliveryScheduled',
  data: { ...ofOrder, address, service: 'standard', promisedFrom, promisedTo, weightGrams: 1200 },
}
const assigned: DeliveryEvent = {
  type: 'CarrierAssigned',
  data: {
    ...ofOrder,
    carrier: 'sandbox_post',
    service: 'standard',
    zone: 'domestic',
    price: { amount: 0, currency: 'USD' },
    rules: ['cheapest', 'not_a_working_day'],
  },
}
const started: DeliveryEvent = { type: 'DeliveryStarted', data: { ...ofOrder, trackingNumber: 'TRACK-1' } }
const tracked: DeliveryEvent = { type: 'DeliveryTracked', data: { ...ofOrder, place: 'Chicago' } }
const failedAttempt = (attempt: number): DeliveryEvent => ({
  type: 'DeliveryAttemptFailed',
  data: { ...ofOrder, attempt, reason: 'nobody home' },
})
const failed: DeliveryEvent = {
  type: 'DeliveryFailed',
  data: { ...ofOrder, attempts: 3, reason: 'nobody home' },
}
const completed: DeliveryEvent = {
  type: 'DeliveryCompleted',
  data: { ...ofOrder, receivedBy: 'Ada', onTime: true },
}
const confirmed: DeliveryEvent = { type: 'DeliveryConfirmed', data: { ...ofOrder, by: 'customer' } }
const cancelled: DeliveryEvent = {
  type: 'DeliveryCancelled',
  data: { ...ofOrder, reason: 'order cancelled' },
}

const isScheduled = [scheduled, assigned]
const isUnderWay = [...isScheduled, started]
const isCompleted = [...isUnderWay, completed]
const isConfirmed = [...isCompleted, confirmed]
const hasFailed = [...isUnderWay, failedAttempt(1), failedAttempt(2), failedAttempt(3), failed]
const isCancelled = [...isScheduled, cancelled]

const start: DeliveryCommand = { type: 'StartDelivery' }
const track: DeliveryCommand = { type: 'TrackDelivery', place: 'Chicago' }
const delay: DeliveryCommand = { type: 'DelayDelivery', reason: 'snow', newDate: '2026-03-11T20:00:00.000Z' }
const failAttempt: DeliveryCommand = { type: 'FailAttempt', reason: 'nobody home' }
const complete: DeliveryCommand = { type: 'CompleteDelivery', receivedBy: 'Ada' }
const confirm: DeliveryCommand = { type: 'ConfirmDelivery', by: 'customer' }
const cancel: DeliveryCommand = { type: 'CancelDelivery', reason: 'order cancelled' }

/** What comes of a command on a delivery with this history. */
function on(history: readonly DeliveryEvent[], command: DeliveryCommand, context: { now?: string } = {}) {
  return spec.given(...history).when(command, context)
}

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
    const { rules: _, ...older } = quote
    const { decision } = on([], { ...schedule, quote: older })
    expect(decision.events[1]?.data).not.toHaveProperty('rules')
  })
  it('changes nothing the second time for the same order', () => {
    on(isScheduled, schedule).then()
    on(isUnderWay, schedule).then()
  })
  it('is refused when the delivery is that of another order', () => {
    on(isScheduled, { ...schedule, orderId: 'ord_2' }).thenRefused('delivery_exists')
  })
})

describe('a delivery that nobody scheduled', () => {
  it.each([start, track, delay, failAttempt, complete, confirm, cancel])('refuses $type', (command) => {
    on([], command).thenRefused('delivery_not_found')
  })
})

describe('StartDelivery', () => {
  it('takes the tracking number that it is given', () => {
    on(isScheduled, { type: 'StartDelivery', trackingNumber: 'TRACK-1' }).then(started)
  })
  it('else has the one that the sandbox carrier gives this delivery', () => {
    on(isScheduled, start).then({
      type: 'DeliveryStarted',
      data: { ...ofOrder, trackingNumber: 'SBX01939A2E00007000800000000000ABCD' },
    })
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

describe('what can be reported only of a parcel under way', () => {
  const reports = [track, delay, failAttempt, complete]

  it.each(reports)('$type is refused before the start', (report) => {
    on(isScheduled, report).thenRefused('delivery_not_started')
  })
  it.each(reports)('$type is refused after a failure or a cancellation', (report) => {
    on(hasFailed, report).thenRefused('delivery_ended')
    on(isCancelled, report).thenRefused('delivery_ended')
  })
  it.each([track, delay, failAttempt])('$type is refused after the arrival', (report) => {
    on(isCompleted, report).thenRefused('delivery_ended')
    on(isConfirmed, report).thenRefused('delivery_ended')
  })
})

describe('TrackDelivery', () => {
  it('tells where the parcel is', () => {
    const outcome = on(isUnderWay, track).then(tracked)
    expect(outcome.state?.tracking).toEqual([{ at: NOW, place: 'Chicago' }])
  })
  it('keeps the note', () => {
    const outcome = on(isUnderWay, { type: 'TrackDelivery', place: 'Chicago', note: 'sorted' }).then({
      type: 'DeliveryTracked',
      data: { ...ofOrder, place: 'Chicago', note: 'sorted' },
    })
    expect(outcome.state?.tracking).toEqual([{ at: NOW, place: 'Chicago', note: 'sorted' }])
  })
  it('keeps the newest entries in the state, and no more than the cap', () => {
    const many = Array.from(
      { length: DELIVERY.keptEntries + 5 },
      (_, index): DeliveryEvent => ({
        type: 'DeliveryTracked',
        data: { ...ofOrder, place: `stop ${index}` },
      }),
    )
    const { state } = spec.given(...isUnderWay, ...many)
    expect(state?.tracking).toHaveLength(DELIVERY.keptEntries)
    expect(state?.tracking[0]?.place).toBe('stop 5')
    expect(state?.tracking.at(-1)?.place).toBe(`stop ${DELIVERY.keptEntries + 4}`)
  })
})

describe('DelayDelivery', () => {
  const delayed: DeliveryEvent = {
    type: 'DeliveryDelayed',
    data: { ...ofOrder, reason: 'snow', newDate: '2026-03-11T20:00:00.000Z', previousDate: promisedTo },
  }

  it('tells the new and the previous date, and leaves the promise as it was', () => {
    const outcome = on(isUnderWay, delay).then(delayed)
    expect(outcome.state).toMatchObject({
      promisedTo,
      expectedBy: '2026-03-11T20:00:00.000Z',
      delays: [{ at: NOW, reason: 'snow', newDate: '2026-03-11T20:00:00.000Z' }],
    })
  })
  it('counts a further delay from the last one', () => {
    on([...isUnderWay, delayed], {
      type: 'DelayDelivery',
      reason: 'more snow',
      newDate: '2026-03-12T20:00:00.000Z',
    }).then({
      type: 'DeliveryDelayed',
      data: {
        ...ofOrder,
        reason: 'more snow',
        newDate: '2026-03-12T20:00:00.000Z',
        previousDate: '2026-03-11T20:00:00.000Z',
      },
    })
  })
  it('changes nothing the second time, even when the date has passed since', () => {
    on([...isUnderWay, delayed], delay).then()
    on([...isUnderWay, delayed], delay, { now: '2026-03-12T00:00:00.000Z' }).then()
  })
  it('is another delay when the date or the reason differs', () => {
    on([...isUnderWay, delayed], { ...delay, reason: 'ice' }).thenTypes('DeliveryDelayed')
    on([...isUnderWay, delayed], { ...delay, newDate: '2026-03-11T20:00:00.001Z' }).thenTypes(
      'DeliveryDelayed',
    )
  })
  it('is refused to now or a time before', () => {
    on(isUnderWay, { ...delay, newDate: NOW }).thenRefused('delay_not_in_future')
    on(isUnderWay, { ...delay, newDate: plus(NOW, 1) }).thenTypes('DeliveryDelayed')
  })
})

describe('FailAttempt', () => {
  it('counts the attempts', () => {
    on(isUnderWay, failAttempt).then(failedAttempt(1))
    on([...isUnderWay, failedAttempt(1)], failAttempt).then(failedAttempt(2))
  })
  it('fails the delivery at the third', () => {
    const outcome = on([...isUnderWay, failedAttempt(1), failedAttempt(2)], failAttempt).then(
      failedAttempt(3),
      failed,
    )
    expect(outcome.state).toMatchObject({ status: 'failed', attempts: 3, reason: 'nobody home' })
  })
  it('leaves room for an arrival after two', () => {
    on([...isUnderWay, failedAttempt(1), failedAttempt(2)], complete).then(completed)
  })
})

describe('CompleteDelivery', () => {
  it('tells who took the parcel', () => {
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
  it('is measured against the promise, whatever delay was told since', () => {
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
