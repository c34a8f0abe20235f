import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type CloudEvent, cloudEventOf, cloudEventSchema } from '../../core/cloud-event.ts'
import { type LakeBucket, LakeSink, lakeObject, partitionOf } from './sink.ts'

const ORDER = 'ord_01939a2e-0000-7000-8000-000000000001'

function orderEvent(version: number, { type = 'OrderCreated', time = '2026-03-01T23:59:59.999Z' } = {}) {
  return cloudEventOf({
    stream: ORDER,
    context: 'order',
    id: ORDER,
    version,
    time,
    event: { type, schemaVersion: 1, data: { note: 'line\nbreak' } },
    category: 'business',
    trace: { correlationId: 'test' },
  })
}

/** A bucket in memory; keys for which `broken` holds cannot be written. */
class MemoryBucket implements LakeBucket {
  readonly objects = new Map<string, { bytes: Uint8Array; contentType: string; contentEncoding: string }>()
  readonly #broken: (key: string) => boolean

  constructor(broken: (key: string) => boolean = () => false) {
    this.#broken = broken
  }

  async put(
    key: string,
    bytes: Uint8Array,
    { httpMetadata }: { httpMetadata: { contentType: string; contentEncoding: string } },
  ): Promise<void> {
    if (this.#broken(key)) throw new TypeError('the network is down')
    this.objects.set(key, { bytes, ...httpMetadata })
  }

  lines(): string[] {
    return [...this.objects.values()].flatMap(({ bytes }) =>
      gunzipSync(bytes).toString('utf8').trimEnd().split('\n'),
    )
  }

  ids(): string[] {
    return this.lines().map((line) => String(JSON.parse(line).id))
  }
}

describe('partitionOf', () => {
  it('is made of context, event name, and the hour of the event in UTC', () => {
    expect(partitionOf(orderEvent(1))).toBe('context=order/type=OrderCreated/dt=2026-03-01/hour=23/')
    expect(partitionOf(orderEvent(1, { time: '2026-03-02T00:00:00.000Z' }))).toBe(
      'context=order/type=OrderCreated/dt=2026-03-02/hour=00/',
    )
  })
  it.each(['OrderCreated', 'order.', 'order.Order/../Created', '../order.OrderCreated', 'order.A.B', ''])(
    'does not exist for the type %j',
    (type) => {
      expect(partitionOf({ ...orderEvent(1), type })).toBeNull()
    },
  )
})

describe('lakeObject', () => {
  it('has a name that depends on nothing but the ids in it', async () => {
    const { name } = await lakeObject([orderEvent(1), orderEvent(2)])
    expect(name).toMatch(/^[0-9a-f]{32}\.ndjson\.gz$/)
    expect((await lakeObject([orderEvent(2), orderEvent(1), orderEvent(2)])).name).toBe(name)
    expect((await lakeObject([orderEvent(1)])).name).not.toBe(name)
    expect((await lakeObject([orderEvent(1), orderEvent(3)])).name).not.toBe(name)
  })
  it('holds each event once, in the order in which they happened', async () => {
    const later = '2026-03-02T00:00:00.000Z'
    const members = [orderEvent(11, { time: later }), orderEvent(10), orderEvent(9), orderEvent(9)]
    const { events } = await lakeObject(members)
    expect(events.map(({ sequence }) => sequence)).toEqual([9, 10, 11])
  })
})

describe('LakeSink', () => {
  it('writes one gzipped NDJSON object for each partition', async () => {
    const bucket = new MemoryBucket()
    const events = [orderEvent(1), orderEvent(2), orderEvent(3, { type: 'OrderConfirmed' })]
    expect(await new LakeSink(bucket).deliver(events)).toEqual(events.map(() => ({ delivered: true })))
    // Objects are written side by side: which of them is done first is nobody's business.
    expect([...bucket.objects.keys()].map((key) => key.slice(0, key.lastIndexOf('/'))).toSorted()).toEqual([
      'context=order/type=OrderConfirmed/dt=2026-03-01/hour=23',
      'context=order/type=OrderCreated/dt=2026-03-01/hour=23',
    ])
    const lines = bucket.lines().map((line) => cloudEventSchema.parse(JSON.parse(line)))
    expect(lines.toSorted((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0))).toEqual(events)
    for (const { contentType, contentEncoding } of bucket.objects.values())
      expect({ contentType, contentEncoding }).toEqual({
        contentType: 'application/x-ndjson',
        contentEncoding: 'gzip',
      })
  })

  it('writes what is sent once more into a folder of its own, under a name of its own', async () => {
    const bucket = new MemoryBucket()
    const sink = new LakeSink(bucket, 'replay/backfill/')
    await sink.deliver([orderEvent(1)])
    expect([...bucket.objects.keys()]).toEqual([
      expect.stringMatching(/^replay\/backfill\/context=order\/type=OrderCreated\/dt=2026-03-01\//),
    ])
    expect([sink.name, new LakeSink(bucket).name]).toEqual(['lake:replay/backfill/', 'lake'])
  })

  it('overwrites itself when the same batch comes again, in whatever order', async () => {
    const bucket = new MemoryBucket()
    const sink = new LakeSink(bucket)
    await sink.deliver([orderEvent(1), orderEvent(2)])
    const [[key, first] = []] = bucket.objects
    await sink.deliver([orderEvent(2), orderEvent(1)])
    expect([...bucket.objects.keys()]).toEqual([key])
    expect(bucket.objects.get(key ?? '')?.bytes).toEqual(first?.bytes)
  })

  it('retries only the events of a partition that could not be written', async () => {
    const bucket = new MemoryBucket((key) => key.includes('type=OrderConfirmed/'))
    const events = [orderEvent(1), orderEvent(2, { type: 'OrderConfirmed' }), orderEvent(3)]
    expect(await new LakeSink(bucket).deliver(events)).toEqual([
      { delivered: true },
      { delivered: false, kind: 'retry', error: 'TypeError: the network is down' },
      { delivered: true },
    ])
    expect(bucket.ids()).toEqual([`${ORDER}/1`, `${ORDER}/3`])
  })

  it('refuses an event that has no partition, and delivers the rest', async () => {
    const bucket = new MemoryBucket()
    const [strange, usual] = await new LakeSink(bucket).deliver([
      { ...orderEvent(1), type: '../../secret' },
      orderEvent(2),
    ])
    expect(strange).toMatchObject({ delivered: false, kind: 'refused' })
    expect(usual).toEqual({ delivered: true })
    expect(bucket.ids()).toEqual([`${ORDER}/2`])
  })

  it('keeps every event of any batch exactly once', async () => {
    // An event is what its id says: the same version is always of the same type and hour.
    const event: fc.Arbitrary<CloudEvent> = fc.integer({ min: 1, max: 30 }).map((version) =>
      orderEvent(version, {
        type: version % 2 ? 'OrderCreated' : 'OrderConfirmed',
        time: new Date(Date.UTC(2026, 2, 1, version)).toISOString(),
      }),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 40 }), async (events) => {
        const bucket = new MemoryBucket()
        const outcomes = await new LakeSink(bucket).deliver(events)
        expect(outcomes).toEqual(events.map(() => ({ delivered: true })))
        expect(bucket.ids().sort()).toEqual([...new Set(events.map(({ id }) => id))].sort())
      }),
      { numRuns: 50 },
    )
  })
})
