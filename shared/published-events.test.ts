import { readFileSync } from 'node:fs'
import { HTTP, CloudEvent as SdkEvent } from 'cloudevents'
import { describe, expect, it } from 'vitest'
import { exampleOf } from '../scripts/support/example.ts'
import { neededSamples, storedEventTypes, upcast } from '../scripts/support/samples.ts'
import { eventTypes } from '../workers/api/http/openapi/event-types.ts'
import {
  type CloudEvent,
  cloudEventOf,
  eventVersion,
  sequenceOf,
  unsequencedCloudEvent,
} from './core/cloud-event.ts'
import { inEarlierForm, inFormOfToday } from './core/wire/earlier-form.fixture.ts'
import { serialized } from './core/wire/serialized-event.ts'
import { registry } from './registry.ts'

const origin = 'https://shop.example'
const trace = {
  correlationId: '4bf92f3577b34da6a3ce929d0e0e4736',
  causationId: 'ord_01939a2e-0000-7000-8000-000000000001/1',
  traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
  tracestate: 'vendor=1',
}
const about = { origin, time: '2026-03-01T12:00:00.000Z', category: 'business', trace } as const

/** What reads an event from the text that sinks get, as a reader of HTTP in structured mode does. */
function readBySdk(text: string): unknown {
  const message = { headers: { 'content-type': 'application/cloudevents+json' }, body: text }
  const read = HTTP.toEvent(message)
  if (Array.isArray(read)) throw new TypeError('it is a batch')
  // Reading does not validate; making an event does.
  return new SdkEvent({ ...read }).toJSON()
}

/** A stored event of a version, published for the first time or once more. */
const published = neededSamples(storedEventTypes(registry)).map(({ type, version, file }, index) => {
  const stored: unknown = JSON.parse(readFileSync(file, 'utf8'))
  const data = type.without(upcast(type, version, stored))
  const subject = 'ord_01939a2e-0000-7000-8000-000000000001'
  const { context, name: eventName } = type
  const event = { type: eventName, schemaVersion: type.upcasters.length + 1, data }
  return {
    file,
    event: cloudEventOf({ ...about, stream: subject, context, id: subject, version: index + 1, event }),
  }
})
const unsequenced = [...eventTypes.values()]
  .filter(({ logged }) => !logged)
  .map(({ context, name, category, version, data }) =>
    unsequencedCloudEvent({
      ...{ ...about, id: `${name}/x`, subject: 'petrel', context, type: name, category },
      ...{ schemaVersion: version, data: exampleOf(data) },
    }),
  )

describe('published events', () => {
  it.each(published)('are CloudEvents by the official SDK: $file', ({ event }) => {
    expect(readBySdk(serialized(event).text)).toEqual(JSON.parse(JSON.stringify(event)))
  })

  it.each(unsequenced)('are CloudEvents by the official SDK: $type', (event) => {
    expect(readBySdk(serialized(event).text)).toEqual(JSON.parse(JSON.stringify(event)))
    expect(event).not.toHaveProperty('sequence')
  })

  it('of earlier releases are not', () => {
    expect(published.length).toBeGreaterThan(150)
    for (const { event } of published)
      expect(() => readBySdk(serialized(inEarlierForm(event)).text)).toThrow('invalid payload')
  })

  it('name their deployment', () => {
    const [first] = published
    const { source, dataschema } = first?.event ?? expect.fail()
    expect(source).toMatch(/^https:\/\/shop\.example\/petrel\/[a-z]+$/)
    expect(dataschema).toMatch(/^https:\/\/shop\.example\/schemas\/[a-z]+\.\w+\.v\d+\.json$/)
  })
})

describe('a sequence', () => {
  const ofVersion = (version: number): CloudEvent => ({
    ...(published[0]?.event ?? expect.fail()),
    sequence: sequenceOf(version),
  })

  it('sorts as text, in the order of the versions', () => {
    const versions = [1, 9, 10, 99, 100, 65_536, 999_999_999, 1_000_000_000, 9_999_999_999]
    const events = versions.map(ofVersion)
    expect(events.toSorted((a, b) => ((a.sequence ?? '') < (b.sequence ?? '') ? -1 : 1))).toEqual(events)
    expect(events.map(eventVersion)).toEqual(versions)
  })

  it('is read in the form of earlier releases, too', () => {
    const earlier = inEarlierForm(ofVersion(12))
    expect(earlier).toMatchObject({ sequence: 12, source: expect.stringMatching(/^\/petrel\//) })
    expect(eventVersion(earlier)).toBe(12)
    expect(serialized(earlier)).toMatchObject({
      sequence: 12,
      text: expect.stringContaining('"sequence":12,'),
    })
    expect(inFormOfToday(earlier, origin)).toEqual(ofVersion(12))
    expect(eventVersion({})).toBeUndefined()
  })
})
