import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { z } from 'zod'
import { type CloudEvent, eventVersion, unsequencedCloudEvent } from '../../shared/core/cloud-event.ts'
import { instantOf } from '../../shared/core/time.ts'
import { unsequencedMessage } from '../../shared/core/wire/queue-message.ts'
import { eventually } from '../support/api.ts'
import { type Moto, startMoto } from './support/aws/moto.ts'
import { startUnrulyAwsProxy, type UnrulyAwsProxy } from './support/aws/unruly-aws-proxy.ts'
import { type Arrival, reportOf } from './support/pipeline/arrivals.ts'
import { Pipeline } from './support/pipeline/pipeline.ts'
import { printResult, throughOutageAndCrash } from './support/pipeline/pipeline-trouble.ts'

const PLAN = { aggregates: 500, changes: 10, width: 40 }
const STREAM = 'petrel-events'
const BUCKET = 'petrel-lake'
/** What Firehose does at its worst; a lost answer is not among it, since what was sent then comes twice. */
const UNRULY = { seed: 4, throttled: 0.06, unavailable: 0.02, partly: 0.1 }
/** Nothing gets through. */
const AWAY = { seed: 4, cut: 1 }
/** Firehose takes 1,000 KiB a record. */
const TOO_LARGE = 1_100_000

let moto: Moto
let proxy: UnrulyAwsProxy
let pipeline: Pipeline

beforeAll(async () => {
  moto = await startMoto()
  await moto.createStream(STREAM, BUCKET)
  proxy = await startUnrulyAwsProxy(moto.url, UNRULY)
  const variables = {
    EVENT_SINK: 'firehose',
    STRICT_ORDER: 'true',
    // moto takes one call at a time: fewer forwarders make fewer and larger ones.
    FORWARDERS: '4',
    FIREHOSE_STREAM: STREAM,
    ...moto.bindings,
    AWS_ENDPOINT_URL: proxy.url,
  }
  pipeline = await Pipeline.start({ variables }, PLAN)
})
afterAll(async () => {
  await pipeline?.remove()
  await proxy?.stop()
  await moto?.stop()
})

it('stores a record over the limit as a dead letter, and the rest arrives', async () => {
  onTestFailed(() => console.error(pipeline.output()))
  const { api } = pipeline
  expect(await pipeline.deliver(view('too-large', 'x'.repeat(TOO_LARGE)))).toBe('acknowledged')
  expect(await pipeline.deliver(view('small', 'x'))).toBe('acknowledged')
  await eventually(
    () => moto.readEvents(BUCKET),
    (events) => events.some(({ id }) => id === 'small'),
  )
  const kept = z.object({
    data: z.array(z.object({ what: z.string(), reason: z.string(), from: z.string() })),
  })
  const setAside = () => api.ask(kept, 'GET', '/ops/set-aside?prefix=refused/', { token: api.ops })
  expect(await eventually(setAside, ({ data }) => data.length > 0)).toEqual({
    data: [
      {
        what: 'catalog.ProductViewed too-large',
        reason: expect.stringContaining('1024000 bytes'),
        from: `firehose:${STREAM}`,
      },
    ],
  })
  const events = await moto.readEvents(BUCKET)
  expect(events.map(({ id }) => id)).not.toContain('too-large')
  const told = z.object({ fault: z.literal('event_set_aside'), eventId: z.literal('too-large') })
  await eventually(
    () => moto.readEvents(BUCKET),
    (arrived) =>
      arrived.some(({ type, data }) => type === 'system.SystemError' && told.safeParse(data).success),
  )
}, 120_000)

it('brings every event to S3 in order through throttling, failures in part, an outage and a kill -9', async () => {
  onTestFailed(() => console.error(pipeline.output()))
  let before = reportOf([])
  const timeline = await throughOutageAndCrash(pipeline, {
    stopSink: async () => proxy.follow(AWAY),
    startSink: async () => proxy.follow(UNRULY),
    whileDead: async () => {
      before = reportOf(arrivalsOf(await moto.readEvents(BUCKET)))
    },
  })
  const all = reportOf(arrivalsOf(await moto.readEvents(BUCKET)))
  await printResult('Through Firehose into S3', pipeline, timeline, { before, all })

  expect(before.events).toBeLessThan(pipeline.load.events)
  expect(before).toMatchObject({ repeats: 0, gaps: [], jumps: [] })
  expect(all).toMatchObject({ gaps: [], jumps: [] })
  expect([...all.complete].filter(([, version]) => version !== pipeline.load.versions)).toEqual([])
  expect(all.aggregates).toBe(PLAN.aggregates)
  expect(all.events - all.repeats).toBe(pipeline.load.events)
  // From the kill alone: of each aggregate the one event that was under way.
  expect(all.rewindsOfOne).toBeLessThanOrEqual(1)
  expect(all.repeats).toBeLessThanOrEqual(PLAN.aggregates)
  for (const count of [proxy.count.throttled, proxy.count.partly, proxy.count.cut])
    expect(count).toBeGreaterThan(3)
}, 600_000)

/** An event of no log with so much in it. No event that comes through the API would be as large. */
/** The message of a view of a product. */
function view(id: string, sessionId: string): string {
  const event = unsequencedCloudEvent({
    origin: 'https://shop.example',
    id,
    context: 'catalog',
    type: 'ProductViewed',
    subject: 'LOAD-1',
    time: instantOf(Date.now()),
    category: 'business',
    trace: { correlationId: id },
    data: { sku: 'LOAD-1', sessionId },
  })
  return unsequencedMessage(event)
}

/** What a reader of the bucket sees of aggregates. */
function* arrivalsOf(events: readonly CloudEvent[]): Generator<Arrival> {
  for (const event of events) {
    const version = eventVersion(event)
    if (version !== undefined) yield { key: event.partitionkey, version }
  }
}
