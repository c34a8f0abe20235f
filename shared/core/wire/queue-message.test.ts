import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AnyCloudEvent,
  anyCloudEventSchema,
  eventCategories,
  eventVersion,
  sequenceOf,
} from '../cloud-event.ts'
import {
  messageText,
  publishedEventOf,
  readQueueMessage,
  textOf,
  unsequencedMessage,
  withoutListing,
} from './queue-message.ts'
import { isCloudEvent, readSerialized, serialized } from './serialized-event.ts'
import { anyEventIn, messageIn } from './wire.fixture.ts'

const sequence = fc.oneof(fc.integer({ min: 1 }), fc.integer({ min: 1, max: 9_999_999_999 }).map(sequenceOf))
const event: fc.Arbitrary<AnyCloudEvent> = fc.record(
  {
    specversion: fc.constant('1.0' as const),
    id: fc.string(),
    source: fc.string(),
    type: fc.string(),
    subject: fc.string(),
    time: fc
      .date({ min: new Date('1970-01-01'), max: new Date('9999-01-01'), noInvalidDate: true })
      .map((date) => date.toISOString()),
    datacontenttype: fc.constant('application/json' as const),
    dataschema: fc.string(),
    category: fc.constantFrom(...eventCategories),
    partitionkey: fc.string(),
    // Of this release, or of an earlier one.
    sequence,
    correlationid: fc.string(),
    causationid: fc.string(),
    traceparent: fc.string(),
    // A string of the log may be none that every reader takes.
    data: fc.oneof(
      fc.jsonValue(),
      fc.string({ unit: 'binary' }),
      fc.constantFrom('\ud800', 'a\u0000\n"\\ud800'),
    ),
  },
  {
    requiredKeys: [
      ...(['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype'] as const),
      ...(['dataschema', 'category', 'partitionkey', 'correlationid', 'data'] as const),
    ],
  },
)
const sequenced = fc.tuple(event, sequence).map(([one, of]) => ({ ...one, sequence: of }))
const listing = fc.record({
  version: fc.integer({ min: 1 }),
  text: fc.jsonValue().map((value) => JSON.stringify(value)),
})
const head = fc.record(
  {
    stream: fc.record({ kind: fc.string(), id: fc.string() }),
    shard: fc.nat(),
    confirmed: fc.nat(),
  },
  { requiredKeys: ['stream', 'confirmed'] },
)
const publication = fc.record(
  { head, events: fc.array(sequenced, { minLength: 1, maxLength: 3 }), listing },
  { requiredKeys: ['head', 'events'] },
)

const field = fc.oneof(
  fc.string(),
  fc.constantFrom('1.0', 'application/json', ...eventCategories, '2026-02-30T10:00:00.000Z'),
  fc.integer({ min: -2, max: 3 }),
  fc.constantFrom('1', '0000000000', '0000000001', '00000000001', '-000000001', ' 000000001'),
  fc.double(),
  fc.constant(null),
  fc.record({ kind: fc.string(), id: fc.string(), version: fc.integer({ min: -1, max: 3 }) }),
)
/** At most one field is left out, made something else, or there without having to be. */
const change = fc.record({
  name: fc.constantFrom(...Object.keys(anyCloudEventSchema.shape), 'extra'),
  to: fc.option(field, { nil: undefined }),
})

function changed(valid: object, { name, to }: { name: string; to: unknown }): unknown {
  const { [name]: _, ...others }: Record<string, unknown> = { ...valid }
  return JSON.parse(JSON.stringify(to === undefined ? others : { ...valid, [name]: to }))
}

describe('an event in its text', () => {
  it('is taken as the schema takes it, and its text stays', () => {
    fc.assert(
      fc.property(event, (valid) => {
        const { text, ...facts } = serialized(valid)
        expect(readSerialized(text)).toEqual({ text, ...facts })
        expect(anyEventIn({ text, ...facts })).toEqual(anyCloudEventSchema.parse(JSON.parse(text)))
        expect(facts.sequence).toBe(eventVersion(valid))
        expect(facts.bytes).toBe(new TextEncoder().encode(text).length)
        expect(text).not.toMatch(/\n|(?<!\\)(\\\\)*\\u(d[89a-f]|0000)/i)
      }),
    )
  })

  it('is refused, or made anew without what is unknown, as the schema does it', () => {
    fc.assert(
      fc.property(event, change, (valid, difference) => {
        const value = changed(valid, difference)
        const parsed = anyCloudEventSchema.safeParse(value)
        const text = JSON.stringify(value)
        if (isCloudEvent(value)) expect(parsed.data).toEqual(value)
        if (!parsed.success) expect(() => readSerialized(text)).toThrow(parsed.error)
        else expect(readSerialized(text)).toEqual(serialized(isCloudEvent(value) ? value : parsed.data))
      }),
      { numRuns: 2_000 },
    )
  })

  it('is made anew where it has what strict readers refuse', () => {
    const [valid] = fc.sample(event, { numRuns: 1, seed: 1 })
    if (!valid) return expect.fail()
    const { text } = readSerialized(JSON.stringify({ ...valid, data: 'half \ud800' }))
    expect(JSON.parse(text)).toEqual({ ...valid, data: 'half \ufffd' })
  })

  it.each(['', 'null', '"text"', '[]', '{}', '{"specversion":"1.0"'])('is not %j', (text) => {
    expect(() => readSerialized(text)).toThrow()
  })
})

describe('a message', () => {
  it('brings each event with its text and position, and the listing', () => {
    fc.assert(
      fc.property(publication, ({ head: about, events, listing: entry }) => {
        const texts = events.map(serialized)
        const { text, bytes } = messageText(texts, about, entry)
        const { stream, shard, confirmed } = about
        expect(messageIn(text)).toEqual({
          stream,
          ...(entry && { listing: entry }),
          events: texts.map((one) => ({
            stream: { ...stream, version: one.sequence, confirmed, shard },
            event: one,
          })),
        })
        expect(bytes).toBe(new TextEncoder().encode(text).length)
        expect(textOf(messageIn(text))).toBe(text)
        expect(withoutListing(text)).toBe(messageText(texts, about).text)
      }),
    )
  })

  it('brings an event that belongs to no log', () => {
    fc.assert(
      fc.property(event, ({ sequence: _, ...valid }) => {
        const text = unsequencedMessage(valid)
        expect(messageIn(text)).toEqual({ events: [{ event: serialized(valid) }] })
        expect(textOf(messageIn(text))).toBe(text)
      }),
    )
  })

  it.each([
    ['nothing', '', 'body: invalid_type'],
    ['no JSON', 'text', 'body: invalid_type'],
    ['another form', '{"form":3}\n{}', 'form: invalid_value'],
    ['no event', '{"form":2}', 'events: too_small'],
    ['a listing alone', '{"form":2,"listing":1}\n{}', 'events: too_small'],
    ['an event that is cut off', '{"form":2}\n{"specversion":"1.0', 'events.0: invalid_json'],
    ['a stream without a kind', '{"form":2,"stream":{"id":"x"}}\n{}', 'stream.kind: invalid_type'],
  ])('is refused with %s', (_, text, reason) => {
    expect(readQueueMessage(text)).toEqual({ success: false, reason })
  })

  it('is refused with an event of a stream that has no version', () => {
    const [valid] = fc.sample(sequenced, { numRuns: 1, seed: 1 })
    if (!valid) return expect.fail()
    const { sequence: _, ...unsequenced } = valid
    const { text } = messageText([valid, unsequenced].map(serialized), {
      stream: { kind: 'order', id: 'x' },
      confirmed: 0,
    })
    expect(readQueueMessage(text)).toEqual({ success: false, reason: 'events.1.sequence: invalid_type' })
  })
})

describe('a message of an earlier release', () => {
  const position = fc.record(
    {
      kind: fc.string(),
      id: fc.string(),
      version: fc.integer({ min: 1 }),
      confirmed: fc.nat(),
      shard: fc.nat(),
    },
    { requiredKeys: ['kind', 'id', 'version'] },
  )
  const single = fc.record({ stream: position, event }, { requiredKeys: ['event'] })

  it('of one event brings what it would bring today', () => {
    fc.assert(
      fc.property(single, (body) => {
        const { stream, event: value } = body
        expect(messageIn(body)).toEqual({
          ...(stream && { stream: { kind: stream.kind, id: stream.id } }),
          events: [{ ...(stream && { stream }), event: serialized(value) }],
        })
        expect(publishedEventOf(body)).toEqual({ stream, event: serialized(value) })
        expect(publishedEventOf({ stream, event: serialized(value) })).toEqual(publishedEventOf(body))
      }),
    )
  })

  it('of a publication brings what it would bring today', () => {
    fc.assert(
      fc.property(publication, ({ head: about, events, listing: entry }) => {
        const body = { ...about, events, ...(entry && { listing: entry }) }
        expect(messageIn(body)).toEqual(messageIn(messageText(events.map(serialized), about, entry).text))
        expect(messageIn(withoutListing(body)).events).toEqual(messageIn(body).events)
        expect(withoutListing(body)).not.toHaveProperty('listing')
      }),
    )
  })

  it.each(['stream', 'confirmed', 'events', 'shard', 'listing'])('is refused with another %s', (name) => {
    fc.assert(
      fc.property(publication, fc.constantFrom([], [{}], 1.5, 'x', {}), (valid, value) => {
        const { head: about, events } = valid
        expect(readQueueMessage({ ...about, events, [name]: value }).success).toBe(false)
      }),
    )
  })

  it('says which of its fields is invalid', () => {
    expect(readQueueMessage({ event: { specversion: '0.3' } })).toMatchObject({
      reason: expect.stringContaining('event.specversion: invalid_value'),
    })
  })

  it.each([null, [], { event: null }, { stream: { kind: 'order', id: 'x', version: 1 } }])(
    'is not %j',
    (body) => {
      expect(readQueueMessage(body).success).toBe(false)
    },
  )
})
