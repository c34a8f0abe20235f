import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  cloudEventSchema,
  eventCategories,
  publicationSchema,
  publishedMessageSchema,
} from './cloud-event.ts'
import { readCloudEvent, readQueueMessage } from './cloud-event-reading.ts'

const field = fc.oneof(
  fc.string(),
  fc.constantFrom('1.0', 'application/json', ...eventCategories, '2026-02-30T10:00:00.000Z'),
  fc.integer({ min: -2, max: 3 }),
  fc.double(),
  fc.constant(null),
  fc.record({ kind: fc.string(), id: fc.string(), version: fc.integer({ min: -1, max: 3 }) }),
)
const event = fc.record(
  {
    specversion: fc.constant('1.0'),
    id: fc.string(),
    source: fc.string(),
    type: fc.string(),
    subject: fc.string(),
    time: fc
      .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    datacontenttype: fc.constant('application/json'),
    dataschema: fc.string(),
    category: fc.constantFrom(...eventCategories),
    partitionkey: fc.string(),
    sequence: fc.integer({ min: 1 }),
    correlationid: fc.string(),
    causationid: fc.string(),
    traceparent: fc.string(),
    data: fc.jsonValue(),
  },
  {
    requiredKeys: [
      ...(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype'] as const),
      ...(['dataschema', 'category', 'partitionkey', 'correlationid', 'data'] as const),
    ],
  },
)
const stream = fc.record(
  { kind: fc.string(), id: fc.string(), version: fc.integer({ min: 1 }), confirmed: fc.nat() },
  { requiredKeys: ['kind', 'id', 'version'] },
)
const message = fc.record({ event, stream }, { requiredKeys: ['event'] })
const publication = fc.record(
  {
    stream: fc.record({ kind: fc.string(), id: fc.string() }),
    shard: fc.nat(),
    confirmed: fc.nat(),
    events: fc
      .array(fc.tuple(event, fc.integer({ min: 1 })), { minLength: 1, maxLength: 3 })
      .map((events) => events.map(([one, sequence]) => ({ ...one, sequence }))),
    listing: fc.record({ version: fc.integer({ min: 1 }), text: fc.string() }),
  },
  { requiredKeys: ['stream', 'confirmed', 'events'] },
)
/** At most one field is left out, made something else, or there without having to be. */
const change = fc.record({
  name: fc.constantFrom(...Object.keys(cloudEventSchema.shape), 'kind', 'version', 'confirmed', 'extra'),
  to: fc.option(field, { nil: undefined }),
  of: fc.constantFrom('event', 'stream', 'message'),
})

function changed(valid: object, { name, to, of }: { name: string; to: unknown; of: string }): unknown {
  const altered: Record<string, unknown> = structuredClone({ ...valid })
  const target = of === 'message' ? altered : altered[of]
  if (typeof target === 'object' && target !== null) {
    if (to === undefined) Reflect.deleteProperty(target, name)
    else Object.assign(target, { [name]: to })
  }
  return JSON.parse(JSON.stringify(altered))
}

describe('messages and events that are read by hand', () => {
  it('are taken as the schema takes them', () => {
    fc.assert(
      fc.property(message, (valid) => {
        expect(readQueueMessage(valid)).toEqual({ success: true, data: valid })
        expect(readCloudEvent(JSON.stringify(valid.event))).toEqual(
          cloudEventSchema.parse(JSON.parse(JSON.stringify(valid.event))),
        )
      }),
    )
  })

  it('are taken with all events of a publication', () => {
    fc.assert(
      fc.property(publication, (valid) => {
        expect(readQueueMessage(valid)).toEqual({ success: true, data: valid })
        expect(publicationSchema.parse(valid)).toEqual(valid)
      }),
    )
  })

  it.each(['stream', 'confirmed', 'events', 'shard', 'listing', 'extra'])(
    'are refused, or stripped, as the schema does it with the %s of a publication',
    (name) => {
      fc.assert(
        fc.property(publication, fc.oneof(field, fc.constant([]), fc.constant([{}])), (valid, value) => {
          const body = { ...valid, [name]: value }
          const parsed = publicationSchema.safeParse(body)
          const read = readQueueMessage(body)
          expect(read.success).toBe(parsed.success)
          expect(read.data).toEqual(parsed.data)
        }),
      )
    },
  )

  it('are refused, or stripped, as the schema does it', () => {
    fc.assert(
      fc.property(message, change, (valid, difference) => {
        const body = changed(valid, difference)
        const read = readQueueMessage(body)
        const parsed = publishedMessageSchema.safeParse(body)
        expect(read.success).toBe(parsed.success)
        expect(read.data).toEqual(parsed.data)
        expect(read.error?.issues).toEqual(parsed.error?.issues)
      }),
      { numRuns: 2_000 },
    )
  })

  it.each([null, 'text', [], { event: null }, { stream: { kind: 'order', id: 'x', version: 1 } }])(
    'are neither if they are %j',
    (body) => {
      expect(readQueueMessage(body).success).toBe(false)
      expect(() => readCloudEvent(JSON.stringify(body))).toThrow()
    },
  )
})
