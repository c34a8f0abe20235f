import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { plus } from '../core/time.ts'
import {
  cancel,
  complete,
  completed,
  confirm,
  delay,
  failAttempt,
  failed,
  failedAttempt,
  goBack,
  hasFailed,
  isCancelled,
  isCompleted,
  isConfirmed,
  isReturning,
  isScheduled,
  isUnderWay,
  ofOrder,
  on,
  promisedTo,
  returnStarted,
  spec,
  start,
  track,
  tracked,
} from './delivery.fixture.ts'
import type { DeliveryEvent } from './events.ts'
import { DELIVERY } from './policies.ts'

describe('what can be reported only of a parcel under way', () => {
  const reports = [track, delay, failAttempt, complete]

  it.each(reports)('$type is refused before the start', (report) => {
    on(isScheduled, report).thenRefused('delivery_not_started')
  })
  it.each(reports)('$type is refused after a failure or a cancellation', (report) => {
    if (report !== track) on(hasFailed, report).thenRefused('delivery_ended')
    if (report !== track) on(isReturning, report).thenRefused('delivery_ended')
    on(isCancelled, report).thenRefused('delivery_ended')
  })
  it.each([track, delay, failAttempt])('$type is refused after the arrival', (report) => {
    on(isCompleted, report).thenRefused('delivery_ended')
    on(isConfirmed, report).thenRefused('delivery_ended')
  })
})

describe('TrackDelivery', () => {
  it('records where the parcel is', () => {
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
  it('records a repeated report once, and a return to the same place as another entry', () => {
    on([...isUnderWay, tracked], track).then()
    on([...isUnderWay, tracked], { ...track, note: 'sorted' }).thenTypes('DeliveryTracked')
    const boston: DeliveryEvent = { type: 'DeliveryTracked', data: { ...ofOrder, place: 'Boston' } }
    on([...isUnderWay, tracked, boston], track).then(tracked)
  })
  it('recognises a carrier report by its id, however late it is repeated', () => {
    const told = { ...track, newsId: 'scan-1' }
    const { decision, state } = on(isUnderWay, told).then({
      type: 'DeliveryTracked',
      data: { ...ofOrder, place: 'Chicago', newsId: 'scan-1' },
    })
    expect(state?.newsIds).toEqual(['scan-1'])
    const boston: DeliveryEvent = { type: 'DeliveryTracked', data: { ...ofOrder, place: 'Boston' } }
    on([...isUnderWay, ...decision.events, boston], told).then()
  })
  it('keeps the newest entries in the state, and no more than the cap', () => {
    const many = Array.from(
      { length: DELIVERY.maxEntries + 5 },
      (_, index): DeliveryEvent => ({
        type: 'DeliveryTracked',
        data: { ...ofOrder, place: `stop ${index}` },
      }),
    )
    const { state } = spec.given(...isUnderWay, ...many)
    expect(state?.tracking).toHaveLength(DELIVERY.maxEntries)
    expect(state?.tracking[0]?.place).toBe('stop 5')
    expect(state?.tracking.at(-1)?.place).toBe(`stop ${DELIVERY.maxEntries + 4}`)
  })
})

describe('DelayDelivery', () => {
  const delayed: DeliveryEvent = {
    type: 'DeliveryDelayed',
    data: { ...ofOrder, reason: 'snow', newDate: '2026-03-11T20:00:00.000Z', previousDate: promisedTo },
  }

  it('records the new and the previous date, and leaves the promise unchanged', () => {
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
  it('counts an attempt once that the carrier reports twice', () => {
    const told = { ...failAttempt, newsId: 'attempt-1' }
    const { decision } = on(isUnderWay, told).thenTypes('DeliveryAttemptFailed')
    on([...isUnderWay, ...decision.events], told).then()
    on([...isUnderWay, ...decision.events], { ...told, newsId: 'attempt-2' }).thenTypes(
      'DeliveryAttemptFailed',
    )
    on([...isUnderWay, ...decision.events, completed], told).then()
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

describe('the way back', () => {
  it('begins with the first sign of a parcel that has failed', () => {
    const { state } = on(hasFailed, track).then(returnStarted, tracked)
    expect(state).toMatchObject({ status: 'returning', tracking: [{ place: 'Chicago' }] })
  })
  it('begins with it even where the parcel was seen last', () => {
    const failedInChicago = [...isUnderWay, tracked, ...hasFailed.slice(isUnderWay.length)]
    on(failedInChicago, track).then(returnStarted, tracked)
  })
  it('does not begin with a repeated report from before the failure', () => {
    const scan: DeliveryEvent = { type: 'DeliveryTracked', data: { ...tracked.data, newsId: 'scan-1' } }
    const history = [...isUnderWay, scan, ...hasFailed.slice(isUnderWay.length)]
    on(history, { ...track, newsId: 'scan-1' }).then()
  })
  it('begins when the carrier says so, with or without a place', () => {
    on(hasFailed, goBack).then(returnStarted)
    on(hasFailed, { ...goBack, place: 'Chicago' }).then(returnStarted, tracked)
  })
  it('is tracked like the way there, and begins once', () => {
    on(isReturning, track).then(tracked)
    on([...isReturning, tracked], track).then()
    on(isReturning, goBack).then()
    on(isReturning, { ...goBack, place: 'Chicago' }).then(tracked)
    on([...isReturning, tracked], { ...goBack, place: 'Chicago' }).then()
  })
  it('is refused to a parcel that has not failed', () => {
    on(isScheduled, goBack).thenRefused('delivery_not_started')
    const { decision } = on([...isUnderWay, failedAttempt(1)], goBack).thenRefused('delivery_not_failed')
    expect(decision.refusal?.facts).toEqual({ attempts: 1 })
    for (const history of [isCompleted, isConfirmed, isCancelled])
      on(history, goBack).thenRefused('delivery_ended')
  })
  it('is all that can follow: nothing arrives, starts or is called off any more', () => {
    for (const command of [start, complete, confirm]) on(isReturning, command).thenRefused('delivery_ended')
    on(isReturning, cancel).thenRefused('delivery_started')
  })
})
