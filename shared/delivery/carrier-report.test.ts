import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { HOUR, plus } from '../core/time.ts'
import { delivery } from './aggregate.ts'
import { type CarrierReport, carrierReportSchema, reportCommands } from './carrier-report.ts'
import { booked, id, isScheduled, promisedTo, spec } from './delivery.fixture.ts'
import { type Delivery, deliveryStatuses } from './state.ts'

const deliveryId = 'dlv_01939a2e-0000-7000-8000-00000000abcd'
const later = '2026-03-11T20:00:00.000Z'

/** News as a carrier writes it. */
function news(more: object): CarrierReport {
  return carrierReportSchema.parse({ deliveryId, eventId: 'news-1', ...more })
}
const inTransit = news({ status: 'in_transit', place: 'Chicago', note: 'sorted' })
const delayed = news({ status: 'delayed', reason: 'snow', newDate: later })
const attemptFailed = news({ status: 'attempt_failed', reason: 'nobody home' })
const delivered = news({ status: 'delivered', receivedBy: 'Ada' })
const returning = news({ status: 'returning', place: 'Chicago' })
const everything = [inTransit, delayed, attemptFailed, delivered, returning]

/** The commands for a delivery with this status, which is expected when it was promised. */
function commandsFor(status: Delivery['status'], told: CarrierReport, now = NOW) {
  return reportCommands(told, { status, expectedBy: promisedTo }, now)
}
const track = { type: 'TrackDelivery', place: 'Chicago', note: 'sorted', newsId: 'news-1' }
const complete = { type: 'CompleteDelivery', receivedBy: 'Ada' }

describe('what a carrier writes', () => {
  it.each([
    ['no parcel', { deliveryId: undefined, status: 'delivered' }],
    ['a delay without a date', { status: 'delayed', reason: 'snow' }],
    ['no status', {}],
    ['a status of its own', { status: 'lost' }],
    ['a field of its own', { status: 'delivered', weather: 'snow' }],
  ])('is not taken with %s', (_, more) => {
    expect(carrierReportSchema.safeParse({ deliveryId, eventId: 'news-1', ...more }).success).toBe(false)
  })
  it('may name the parcel by its tracking number, and times in any offset', () => {
    const told = { trackingNumber: 'T-1', deliveryId: undefined, status: 'delayed' }
    expect(news({ ...told, newDate: '2026-03-11T22:00:00+02:00' }).newDate).toBe(later)
  })
})

describe('news of a parcel under way', () => {
  it('stands for what an operator would report', () => {
    expect(commandsFor('started', inTransit)).toEqual([track])
    expect(commandsFor('started', delayed)).toEqual([
      { type: 'DelayDelivery', reason: 'snow', newDate: later },
    ])
    expect(commandsFor('started', attemptFailed)).toEqual([
      { type: 'FailAttempt', reason: 'nobody home', newsId: 'news-1' },
    ])
    expect(commandsFor('started', delivered)).toEqual([complete])
    expect(commandsFor('started', returning)).toEqual([
      { type: 'StartReturn', place: 'Chicago', newsId: 'news-1' },
    ])
  })
  it('does with less', () => {
    expect(commandsFor('started', news({ status: 'in_transit' }))).toEqual([])
    expect(commandsFor('started', news({ status: 'delayed', newDate: later }))).toMatchObject([
      { reason: 'delayed by the carrier' },
    ])
    expect(commandsFor('started', news({ status: 'attempt_failed' }))).toMatchObject([
      { reason: 'nobody took the parcel' },
    ])
    expect(commandsFor('started', news({ status: 'delivered' }))).toEqual([{ type: 'CompleteDelivery' }])
    expect(commandsFor('started', news({ status: 'returning', note: 'torn' }))).toEqual([
      { type: 'StartReturn', note: 'torn', newsId: 'news-1' },
    ])
  })
  it('passes over a delay that a later one has overtaken, or that is over', () => {
    expect(commandsFor('started', news({ status: 'delayed', newDate: promisedTo }))).toEqual([])
    expect(commandsFor('started', delayed, later)).toEqual([])
  })
})

describe('reports of a parcel that was not reported as started', () => {
  it('starts it, under the number that the carrier names', () => {
    expect(commandsFor('scheduled', inTransit)).toEqual([{ type: 'StartDelivery' }, track])
    expect(commandsFor('scheduled', { ...delivered, trackingNumber: 'T-1' })).toEqual([
      { type: 'StartDelivery', trackingNumber: 'T-1' },
      complete,
    ])
  })
  it('starts nothing that is said to come back', () => {
    expect(commandsFor('scheduled', returning)).toMatchObject([{ type: 'StartReturn' }])
  })
})

describe('news that comes late', () => {
  it('changes nothing of what has arrived or was called off', () => {
    for (const status of ['completed', 'confirmed', 'cancelled'] as const)
      for (const told of everything) expect(commandsFor(status, told)).toEqual([])
  })
  it('starts no way back: only the word of the carrier does', () => {
    expect(everything.map((told) => commandsFor('failed', told).length)).toEqual([0, 0, 0, 0, 1])
  })
  it('records only the location of a returning parcel', () => {
    expect(commandsFor('returning', inTransit)).toEqual([track])
    expect(commandsFor('returning', returning)).toEqual([
      { type: 'TrackDelivery', place: 'Chicago', newsId: 'news-1' },
    ])
    for (const told of [delayed, attemptFailed, delivered]) expect(commandsFor('returning', told)).toEqual([])
  })
})

describe('a journey reported by the carrier', () => {
  const told = fc.oneof(
    fc.constantFrom('Chicago', 'Boston').map((place) => ({ status: 'in_transit', place })),
    fc
      .integer({ min: 1, max: 300 })
      .map((hours) => ({ status: 'delayed', newDate: plus(NOW, hours * HOUR) })),
    fc
      .constantFrom('attempt_failed', 'attempt_failed', 'delivered', 'returning')
      .map((status) => ({ status })),
  )
  /** Each piece of news has an id of its own, and is told as often as it stands in the order of telling. */
  const journey = fc.array(told, { minLength: 1, maxLength: 8 }).chain((all) =>
    fc.record({
      all: fc.constant(all.map((one, index) => news({ ...one, eventId: `news-${index}` }))),
      order: fc.array(fc.nat(all.length - 1), { maxLength: 20 }),
    }),
  )

  function tell(state: Delivery, one: CarrierReport): Delivery {
    let after = state
    for (const command of reportCommands(one, after, NOW)) {
      const { events } = delivery.decide(
        delivery.command.parse(command),
        after,
        specificationContext({ id, now: NOW }),
      )
      for (const event of events) after = delivery.evolve(after, event, NOW)
    }
    return after
  }

  it('is the same however often each report is repeated', () => {
    fc.assert(
      fc.property(journey, ({ all, order }) => {
        let state = spec.given(...isScheduled, booked).state ?? expect.fail()
        for (const index of order) {
          const one = all[index] ?? expect.fail()
          state = tell(state, one)
          const again = tell(state, one)
          // A refusal for news that is too early changes nothing either.
          expect(again).toEqual(state)
        }
        expect(deliveryStatuses).toContain(state.status)
        const attempts = new Set(order.filter((index) => all[index]?.status === 'attempt_failed'))
        expect(state.attempts).toBeLessThanOrEqual(attempts.size)
      }),
    )
  })
  it('never goes back in time: the latest reported date counts', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1 }), (hours) => {
        const dates = hours.map((count) => plus(NOW, count * HOUR))
        let state = spec.given(...isScheduled, booked).state ?? expect.fail()
        for (const [index, newDate] of dates.entries())
          state = tell(state, news({ status: 'delayed', newDate, eventId: `news-${index}` }))
        expect(state.expectedBy).toBe([promisedTo, ...dates].sort().at(-1))
      }),
    )
  })
})
