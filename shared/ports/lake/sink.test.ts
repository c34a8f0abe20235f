import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { type CloudEvent, cloudEventSchema } from '../../core/cloud-event.ts'
import { serialized } from '../../core/wire/serialized-event.ts'
import { MemoryBucket, ORDER, orderEvent } from './lake.fixture.ts'
import { LakeSink } from './sink.ts'

const MIDNIGHT = '2026-03-02T00:00:00.000Z'

describe('LakeSink', () => {
  it('writes a batch as one gzipped NDJSON object for each hour', async () => {
    const bucket = new MemoryBucket()
    const events = [
      orderEvent(1),
      orderEvent(2, { type: 'OrderConfirmed' }),
      orderEvent(3, { time: MIDNIGHT }),
    ]
    expect(await new LakeSink(bucket).deliver(events.map(serialized))).toEqual(
      events.map(() => ({ delivered: true })),
    )
    expect(bucket.keys().map((key) => key.slice(0, key.lastIndexOf('/')))).toEqual([
      'ingest/dt=2026-03-01/hour=23',
      'ingest/dt=2026-03-02/hour=00',
    ])
    const lines = bucket.keys().flatMap((key) => bucket.lines(key))
    expect(lines.map((line) => cloudEventSchema.parse(JSON.parse(line)))).toEqual(events)
    for (const { contentType, contentEncoding } of bucket.objects.values())
      expect({ contentType, contentEncoding }).toEqual({
        contentType: 'application/x-ndjson',
        contentEncoding: 'gzip',
      })
  })

  it('writes events of a batch once, in the order in which they happened', async () => {
    const bucket = new MemoryBucket()
    const early = '2026-03-01T23:00:00.000Z'
    await new LakeSink(bucket).deliver([11, 10, 9, 9].map((version) => serialized(orderEvent(version))))
    await new LakeSink(bucket, 'other/').deliver(
      [orderEvent(2), orderEvent(3, { time: early })].map(serialized),
    )
    expect(bucket.ids('ingest/')).toEqual([9, 10, 11].map((version) => `${ORDER}/${version}`))
    expect(bucket.ids('other/')).toEqual([`${ORDER}/3`, `${ORDER}/2`])
  })

  it('writes what is sent once more into a folder of its own, under a name of its own', async () => {
    const bucket = new MemoryBucket()
    const sink = new LakeSink(bucket, 'replay/backfill/')
    await sink.deliver([serialized(orderEvent(1))])
    expect([...bucket.objects.keys()]).toEqual([
      expect.stringMatching(/^replay\/backfill\/ingest\/dt=2026-03-01\/hour=23\//),
    ])
    expect([sink.name, new LakeSink(bucket).name]).toEqual(['lake:replay/backfill/', 'lake'])
  })

  it('overwrites itself when the same batch comes again, in whatever order', async () => {
    const bucket = new MemoryBucket()
    const sink = new LakeSink(bucket)
    await sink.deliver([orderEvent(1), orderEvent(2)].map(serialized))
    const [[key, first] = []] = bucket.objects
    await sink.deliver([orderEvent(2), orderEvent(1)].map(serialized))
    expect([...bucket.objects.keys()]).toEqual([key])
    expect(bucket.objects.get(key ?? '')?.bytes).toEqual(first?.bytes)
  })

  it('retries only the events of an hour that could not be written', async () => {
    const bucket = new MemoryBucket()
    bucket.broken = (_, key) => key.includes('hour=00/')
    const events = [orderEvent(1), orderEvent(2, { time: MIDNIGHT }), orderEvent(3)]
    expect(await new LakeSink(bucket).deliver(events.map(serialized))).toEqual([
      { delivered: true },
      { delivered: false, kind: 'retry', error: 'TypeError: the network is down' },
      { delivered: true },
    ])
    expect(bucket.ids()).toEqual([`${ORDER}/1`, `${ORDER}/3`])
  })

  it('retries only the events of an hour whose write is not answered', async () => {
    vi.useFakeTimers()
    const bucket = new MemoryBucket()
    const put = bucket.put.bind(bucket)
    bucket.put = (key, ...rest) => (key.includes('hour=00/') ? new Promise(() => {}) : put(key, ...rest))
    const delivery = new LakeSink(bucket).deliver(
      [orderEvent(1), orderEvent(2, { time: MIDNIGHT })].map(serialized),
    )
    await vi.waitFor(() => expect(bucket.ids()).toEqual([`${ORDER}/1`]))
    await vi.advanceTimersByTimeAsync(20_000)
    expect(await delivery).toEqual([
      { delivered: true },
      { delivered: false, kind: 'retry', error: 'Error: a write took longer than 20000 ms' },
    ])
    vi.useRealTimers()
  })

  it('refuses an event that has no context, and delivers the rest', async () => {
    const bucket = new MemoryBucket()
    const [strange, usual] = await new LakeSink(bucket).deliver([
      serialized({ ...orderEvent(1), type: '../../secret' }),
      serialized(orderEvent(2)),
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
        const outcomes = await new LakeSink(bucket).deliver(events.map(serialized))
        expect(outcomes).toEqual(events.map(() => ({ delivered: true })))
        expect(bucket.ids().sort()).toEqual([...new Set(events.map(({ id }) => id))].sort())
      }),
      { numRuns: 50 },
    )
  })
})
