import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import type { CloudEvent } from '../../core/cloud-event.ts'
import { HOUR, MINUTE } from '../../core/time.ts'
import { inEarlierForm } from '../../core/wire/earlier-form.fixture.ts'
import { serialized } from '../../core/wire/serialized-event.ts'
import { compactLake } from './compaction.ts'
import { MemoryBucket, ORDER, orderEvent } from './lake.fixture.ts'
import { LakeSink } from './sink.ts'

/** When the hour of the events ends. */
const MIDNIGHT = Date.UTC(2026, 2, 2)
const LATER = MIDNIGHT + HOUR
const HOUR_23 = 'dt=2026-03-01/hour=23/'

/** A lake into which these batches were delivered. */
async function lakeOf(...batches: readonly (readonly CloudEvent[])[]): Promise<MemoryBucket> {
  const bucket = new MemoryBucket()
  for (const batch of batches) await new LakeSink(bucket).deliver(batch.map(serialized))
  return bucket
}

const idsOf = (...versions: readonly number[]) => versions.map((version) => `${ORDER}/${version}`)

describe('compactLake', () => {
  it('rewrites a closed hour into one object for each context, sorted by type and time', async () => {
    const at = (seconds: number) => ({ time: `2026-03-01T23:00:0${seconds}.000Z` })
    const bucket = await lakeOf(
      [orderEvent(4, { ...at(9), type: 'OrderCreated' }), orderEvent(2, { ...at(2), type: 'OrderPaid' })],
      [orderEvent(1, at(1)), orderEvent(3, { ...at(1), context: 'payment', type: 'PaymentFailed' })],
      [orderEvent(1, at(1))],
    )
    expect(bucket.keys()).toHaveLength(3)
    expect(await compactLake(bucket, LATER)).toEqual({ sources: 3, parts: 2, unreadable: [] })
    expect(bucket.keys().map((key) => key.slice(0, key.lastIndexOf('/') + 1))).toEqual([
      `context=order/${HOUR_23}`,
      `context=payment/${HOUR_23}`,
    ])
    expect(bucket.ids('context=order/')).toEqual(idsOf(1, 4, 2))
    expect(bucket.ids('context=payment/')).toEqual(idsOf(3))
    const [part = ''] = bucket.keys()
    expect(JSON.parse(bucket.lines(part)[0] ?? '')).toEqual(orderEvent(1, at(1)))
    expect(bucket.objects.get(part)).toMatchObject({
      contentType: 'application/x-ndjson',
      contentEncoding: 'gzip',
    })
  })

  it('leaves an hour alone until a quarter of an hour after its end', async () => {
    const bucket = await lakeOf([orderEvent(1)], [orderEvent(2, { time: '2026-03-02T00:00:00.000Z' })])
    const before = bucket.keys()
    await compactLake(bucket, MIDNIGHT + 15 * MINUTE - 1)
    expect(bucket.keys()).toEqual(before)
    await compactLake(bucket, MIDNIGHT + 15 * MINUTE)
    expect(bucket.ids('context=')).toEqual(idsOf(1))
    expect(bucket.ids('ingest/')).toEqual(idsOf(2))
  })

  it('makes a part of its own of what comes late, and reads no part again', async () => {
    const bucket = await lakeOf([orderEvent(1)])
    await compactLake(bucket, LATER)
    await new LakeSink(bucket).deliver([serialized(orderEvent(2))])
    bucket.calls.length = 0
    await compactLake(bucket, LATER)
    expect(bucket.keys(`context=order/${HOUR_23}`)).toHaveLength(2)
    expect(bucket.ids().sort()).toEqual(idsOf(1, 2))
    expect(
      bucket.calls.filter(({ operation, key }) => operation === 'get' && key.startsWith('context=')),
    ).toEqual([])
  })

  it('asks once, and changes nothing, where nothing is closed', async () => {
    const bucket = new MemoryBucket()
    await compactLake(bucket, LATER)
    expect(bucket.calls).toEqual([{ operation: 'list', key: 'ingest/' }])
  })

  it('touches nothing but what the sink has written', async () => {
    const bucket = await lakeOf([orderEvent(1)])
    await new LakeSink(bucket, 'replay/x/').deliver([serialized(orderEvent(2))])
    const others = [
      ...[
        'refused/sink=lake/context=order/type=OrderPaid/dt=2026-03-01/x.json',
        'invalid/dt=2026-03-01/x.json',
      ],
      ...['undelivered/dt=2026-03-01/x.json', 'ingest/note.txt', `ingest/${HOUR_23}x.json`],
      `context=order/type=OrderCreated/${HOUR_23}x.ndjson.gz`,
      ...bucket.keys('replay/'),
    ]
    for (const key of others) if (!bucket.objects.has(key)) bucket.store(key, [orderEvent(3)])
    await compactLake(bucket, LATER)
    expect(bucket.keys()).toEqual([...others, ...bucket.keys(`context=order/${HOUR_23}`)].sort())
  })

  it('keeps the newest form of an event that it finds in several', async () => {
    const form = (schemaVersion: number) => orderEvent(1, { schemaVersion })
    const bucket = new MemoryBucket()
    bucket.store(`ingest/${HOUR_23}a.ndjson.gz`, [form(9), form(10)])
    bucket.store(`ingest/${HOUR_23}b.ndjson.gz`, [form(2)])
    await compactLake(bucket, LATER)
    const [part = ''] = bucket.keys()
    expect(bucket.lines(part).map((line) => JSON.parse(line))).toEqual([form(10)])
  })

  it('sorts events of earlier releases among those of today, and keeps the later form of each', async () => {
    const bucket = new MemoryBucket()
    const events = Array.from({ length: 12 }, (_, index) => orderEvent(index + 1))
    const [first = expect.fail(), second = expect.fail()] = events
    const earlier = events.map((event, index) => (index % 3 === 0 ? event : inEarlierForm(event)))
    bucket.store(`ingest/${HOUR_23}a.ndjson.gz`, earlier.toReversed())
    // Sent again by a replay: by this release, and one by an earlier release that had a newer schema.
    const newer = inEarlierForm(orderEvent(1, { schemaVersion: 10 }))
    bucket.store(`ingest/${HOUR_23}b.ndjson.gz`, [second, newer])
    bucket.store(`ingest/${HOUR_23}c.ndjson.gz`, [inEarlierForm(second), first])
    await compactLake(bucket, LATER)
    const [part = ''] = bucket.keys()
    expect(bucket.lines(part).map((line) => JSON.parse(line))).toEqual([newer, second, ...earlier.slice(2)])
  })

  it('converts objects of the former layout that were moved to where the sink writes', async () => {
    const bucket = new MemoryBucket()
    bucket.store(`ingest/${HOUR_23}old.ndjson.gz`, [orderEvent(1)])
    bucket.store('ingest/dt=2026-03-01/hour=20/mixed.ndjson.gz', [orderEvent(2)])
    await compactLake(bucket, LATER)
    expect(bucket.ids(`context=order/${HOUR_23}`).sort()).toEqual(idsOf(1, 2))
  })

  it.each([
    ['not gzipped', new TextEncoder().encode('{}')],
    ['no CloudEvent', '{"id": "x"}'],
    ['no JSON', '{'],
    ['of a type without a context', JSON.stringify({ ...orderEvent(3), type: '../x' })],
  ])('leaves an object that is %s, says so, and goes on', async (_, content) => {
    const bucket = await lakeOf([orderEvent(1)])
    const key = `ingest/${HOUR_23}0.ndjson.gz`
    bucket.store(key, [])
    const whole = new Blob([content]).stream().pipeThrough(new CompressionStream('gzip'))
    const bytes =
      typeof content === 'string' ? new Uint8Array(await new Response(whole).arrayBuffer()) : content
    bucket.objects.set(key, { bytes, contentType: '', contentEncoding: 'gzip' })
    const { unreadable } = await compactLake(bucket, LATER)
    expect(unreadable).toEqual([{ key, reason: expect.any(String) }])
    expect(bucket.keys()).toEqual([expect.stringContaining(`context=order/${HOUR_23}`), key])
  })

  it('makes no more calls than an invocation may, and goes on the next time', async () => {
    const bucket = new MemoryBucket()
    bucket.pageSize = 500
    const versions = Array.from({ length: 1_500 }, (_, index) => index + 1)
    for (const version of versions)
      bucket.store(`ingest/${HOUR_23}${version}.ndjson.gz`, [orderEvent(version)])
    const runs: number[] = []
    while (bucket.keys('ingest/').length > 0) {
      bucket.calls.length = 0
      await compactLake(bucket, LATER)
      runs.push(bucket.calls.length)
    }
    expect(runs.length).toBe(2)
    expect(Math.max(...runs)).toBeLessThanOrEqual(900)
    expect(bucket.ids().sort()).toEqual(idsOf(...versions).sort())
  })

  it('limits its calls over many small hours too', async () => {
    const bucket = new MemoryBucket()
    for (let day = 1; day <= 28; day += 1)
      for (let hour = 0; hour < 24; hour += 1) {
        const time = new Date(Date.UTC(2026, 0, day, hour)).toISOString()
        await new LakeSink(bucket).deliver([serialized(orderEvent(day * 100 + hour, { time }))])
      }
    bucket.calls.length = 0
    await compactLake(bucket, LATER)
    expect(bucket.calls.length).toBeLessThanOrEqual(900)
    expect(bucket.keys('context=').length).toBeGreaterThan(200)
  })

  it('splits an hour that does not fit into memory', async () => {
    const bucket = new MemoryBucket()
    const note = 'x'.repeat(3 * 1024 * 1024)
    for (let version = 1; version <= 9; version += 1)
      bucket.store(`ingest/${HOUR_23}${version}.ndjson.gz`, [orderEvent(version, { note })])
    expect(await compactLake(bucket, LATER)).toMatchObject({ sources: 9, parts: 2 })
    expect(bucket.ids().sort()).toEqual(idsOf(1, 2, 3, 4, 5, 6, 7, 8, 9))
  })

  it('loses no event, wherever runs break off', async () => {
    // An event is what its id says: the same version is always of the same type, context and hour.
    const event = fc.integer({ min: 1, max: 30 }).map((version) =>
      orderEvent(version, {
        context: version % 3 ? 'order' : 'payment',
        type: version % 2 ? 'OrderCreated' : 'OrderConfirmed',
        time: new Date(Date.UTC(2026, 2, 1, version % 5, version)).toISOString(),
      }),
    )
    const batch = fc.array(event, { minLength: 1, maxLength: 12 })
    const breaks = fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 8 }), breaks, batch, async (batches, points, late) => {
        const bucket = await lakeOf(...batches)
        bucket.pageSize = 3
        const expected = new Set(batches.flat().map(({ id }) => id))
        const nothingIsMissing = () => expect(new Set(bucket.ids())).toEqual(expected)
        for (const [round, point] of points.entries()) {
          bucket.calls.length = 0
          // From this call on nothing happens any more: the runtime has died.
          bucket.broken = () => bucket.calls.length > point
          await compactLake(bucket, LATER).catch(() => {})
          nothingIsMissing()
          bucket.broken = () => false
          if (round > 0) continue
          await new LakeSink(bucket).deliver(late.map(serialized))
          for (const { id } of late) expected.add(id)
        }
        await compactLake(bucket, LATER)
        nothingIsMissing()
        expect(bucket.keys('ingest/')).toEqual([])
      }),
      { numRuns: 200 },
    )
  })

  it('writes the same objects again after a run that could not delete', async () => {
    const bucket = await lakeOf([orderEvent(1)], [orderEvent(2)])
    bucket.broken = (operation) => operation === 'delete'
    await expect(compactLake(bucket, LATER)).rejects.toThrow('the network is down')
    const written = bucket.keys('context=')
    bucket.broken = () => false
    await compactLake(bucket, LATER)
    expect(bucket.keys()).toEqual(written)
  })

  it('ends when the bucket does not answer', async () => {
    vi.useFakeTimers()
    try {
      const bucket = await lakeOf([orderEvent(1)])
      const compacted = compactLake(Object.assign(bucket, { get: () => new Promise(() => {}) }), LATER)
      const ended = expect(compacted).rejects.toThrow('took longer than 10000 ms')
      await vi.advanceTimersByTimeAsync(10_000)
      await ended
    } finally {
      vi.useRealTimers()
    }
  })

  it('deletes nothing that it could not write', async () => {
    const bucket = await lakeOf([orderEvent(1), orderEvent(2, { context: 'payment' })])
    const before = bucket.keys()
    bucket.broken = (operation, key) => operation === 'put' && key.startsWith('context=payment/')
    await expect(compactLake(bucket, LATER)).rejects.toThrow('the network is down')
    expect(bucket.keys('ingest/')).toEqual(before)
  })
})
