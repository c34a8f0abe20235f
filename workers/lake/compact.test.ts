import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { pass, stopTime } from '../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { type CloudEvent, cloudEventSchema, eventVersion } from '../../shared/core/cloud-event.ts'
import { HOUR, instantOf } from '../../shared/core/time.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { orderEvent } from '../../shared/ports/lake/lake.fixture.ts'
import { LakeSink } from '../../shared/ports/lake/sink.ts'
import { keepCompacting } from './compact.ts'

async function keys(prefix: string): Promise<string[]> {
  const { objects } = await env.LAKE.list({ prefix })
  return objects.map(({ key }) => key)
}

async function eventsUnder(prefix: string): Promise<CloudEvent[]> {
  const texts = (await keys(prefix)).map(async (key) => {
    const object = await env.LAKE.get(key)
    return new Response(object?.body.pipeThrough(new DecompressionStream('gzip'))).text()
  })
  const lines = (await Promise.all(texts)).flatMap((text) => text.trimEnd().split('\n'))
  return lines.map((line) => cloudEventSchema.parse(JSON.parse(line)))
}

const logged: string[] = []
beforeEach(async () => {
  stopTime()
  logged.length = 0
  vi.spyOn(console, 'error').mockImplementation((line) => void logged.push(String(line)))
  const { objects } = await env.LAKE.list()
  await env.LAKE.delete(objects.map(({ key }) => key))
})
afterEach(() => vi.restoreAllMocks())

/** Two batches of this hour, of orders and payments. */
async function delivered(): Promise<CloudEvent[]> {
  const time = instantOf(Date.now())
  const events = [1, 2, 3, 4].map((version) =>
    orderEvent(version, { time, context: version % 2 ? 'order' : 'payment' }),
  )
  const sink = new LakeSink(env.LAKE)
  await sink.deliver(events.slice(0, 3).map(serialized))
  await sink.deliver(events.slice(2).map(serialized))
  return events
}

const sorted = (events: readonly CloudEvent[]) =>
  events.toSorted((one, other) => (eventVersion(one) ?? 0) - (eventVersion(other) ?? 0))

it('rewrites an hour once it is closed, and leaves dead letters and replays alone', async () => {
  const events = await delivered()
  await new LakeSink(env.LAKE, 'replay/again/').deliver(events.map(serialized))
  await env.LAKE.put('undelivered/dt=2026-03-01/x.json', '{}')
  const others = [...(await keys('replay/')), ...(await keys('undelivered/'))]
  await keepCompacting(env)
  expect(await keys('context=')).toEqual([])
  expect(await keys('ingest/')).toHaveLength(2)

  pass(2 * HOUR)
  await keepCompacting(env)
  expect(await keys('ingest/')).toEqual([])
  expect(await keys('context=')).toEqual([
    expect.stringMatching(/^context=order\/dt=[\d-]{10}\/hour=\d\d\/[0-9a-f]{32}\.ndjson\.gz$/),
    expect.stringMatching(/^context=payment\//),
  ])
  expect(sorted(await eventsUnder('context='))).toEqual(events)
  expect([...(await keys('replay/')), ...(await keys('undelivered/'))]).toEqual(others)
  expect(logged).toEqual([])
})

it('logs that the bucket fails, and goes on with the next schedule', async () => {
  const events = await delivered()
  pass(2 * HOUR)
  vi.spyOn(env.LAKE, 'delete').mockRejectedValueOnce(new Error('the bucket is down'))
  await keepCompacting(env)
  expect(logged).toEqual([expect.stringContaining('the lake was not compacted')])
  await keepCompacting(env)
  expect(await keys('ingest/')).toEqual([])
  expect(sorted(await eventsUnder('context='))).toEqual(events)
})

it('logs an object that cannot be read, and leaves it where it is', async () => {
  const events = await delivered()
  const [key = ''] = await keys('ingest/')
  const broken = key.replace(/[^/]+$/, 'broken.ndjson.gz')
  await env.LAKE.put(broken, 'not gzipped')
  pass(2 * HOUR)
  await keepCompacting(env)
  expect(logged.map((line) => JSON.parse(line))).toEqual([
    {
      level: 'error',
      message: 'an object of the lake cannot be read',
      key: broken,
      fault: expect.any(String),
    },
  ])
  expect(await keys('ingest/')).toEqual([broken])
  expect(sorted(await eventsUnder('context='))).toEqual(events)
})
