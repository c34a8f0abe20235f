import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import type { SinkOutcome } from '../../shared/ports/event-sink.ts'
import { eventOf, eventOfBytes } from '../../shared/ports/firehose/firehose.fixture.ts'
import { type Moto, startMoto } from './support/aws/moto.ts'
import { startUnrulyAwsProxy, type UnrulyAwsProxy, type UnrulyPlan } from './support/aws/unruly-aws-proxy.ts'
import { type SinkRuntime, startSinkRuntime } from './support/sink/sink-runtime.ts'

const AGGREGATES = 60
const VERSIONS = 20
const BATCH = 100
/** Deliveries of one batch, of which an unruly Firehose needs two at times. */
const DELIVERIES = 10

let moto: Moto
let runtime: SinkRuntime
let proxy: UnrulyAwsProxy
beforeAll(async () => {
  moto = await startMoto()
  ;[runtime, proxy] = await Promise.all([
    startSinkRuntime('firehose'),
    startUnrulyAwsProxy(moto.url, { seed: 0 }),
  ])
})
afterAll(() => Promise.all([runtime?.stop(), proxy?.stop(), moto?.stop()]))

/** Bindings of a sink for a new delivery stream, with the proxy in between, and what it did since then. */
async function unruly(stream: string, plan: UnrulyPlan, more: Readonly<Record<string, string>> = {}) {
  await moto.createStream(stream, `${stream}-bucket`)
  proxy.follow(plan)
  const before = { ...proxy.count }
  const since = (what: keyof typeof before) => proxy.count[what] - before[what]
  const bindings = {
    ...moto.bindings,
    AWS_ENDPOINT_URL: proxy.url,
    FIREHOSE_STREAM: stream,
    ...more,
  }
  return { bindings, since, arrived: () => moto.readEvents(`${stream}-bucket`) }
}

/** Offers events as a forwarder does: what comes back as `retry` again before anything else, in its order. */
async function deliverAll(
  name: string,
  bindings: Readonly<Record<string, string>>,
  events: readonly CloudEvent[],
): Promise<void> {
  for (let start = 0; start < events.length; start += BATCH) {
    let due = events.slice(start, start + BATCH)
    for (let delivery = 0; due.length > 0; delivery += 1) {
      if (delivery === DELIVERIES) throw new Error(`${due.length} events were never taken`)
      const outcomes = await runtime.deliver(name, bindings, due)
      expect(outcomes.filter(wasRefused)).toEqual([])
      due = due.filter((_, place) => outcomes[place]?.delivered !== true)
    }
  }
}

function wasRefused(outcome: SinkOutcome): boolean {
  return !outcome.delivered && outcome.kind === 'refused'
}

/** Events of all aggregates, version after version: a batch holds more than one of some of them. */
function manyEvents(): CloudEvent[] {
  return Array.from({ length: VERSIONS }, (_, before) =>
    Array.from({ length: AGGREGATES }, (_, number) => eventOf(`aggregate-${number}`, before + 1, 200)),
  ).flat()
}

const sortedIds = (events: readonly CloudEvent[]) => events.map(({ id }) => id).sort()

/** Aggregates of which an event arrived after a later one. */
function outOfOrder(events: readonly CloudEvent[]): string[] {
  const newest = new Map<string, number>()
  return events.flatMap((event) => {
    const { partitionkey } = event
    const version = eventVersion(event) ?? 0
    const before = newest.get(partitionkey) ?? 0
    newest.set(partitionkey, version)
    return version <= before ? [partitionkey] : []
  })
}

describe('a Firehose that throttles, takes calls in part, and cuts lines', () => {
  const plan: UnrulyPlan = { seed: 4, throttled: 0.12, unavailable: 0.08, partly: 0.3, cut: 0.1 }

  it('has every event exactly once in the end', async () => {
    const { bindings, since, arrived } = await unruly('unruly', plan)
    await deliverAll('unruly', bindings, manyEvents())
    expect(sortedIds(await arrived())).toEqual(sortedIds(manyEvents()))
    for (const mischief of ['throttled', 'unavailable', 'partly', 'failedRecords', 'cut'] as const)
      expect(since(mischief), mischief).toBeGreaterThan(0)
  })

  it('has them in the order of each aggregate, in strict order', async () => {
    const { bindings, since, arrived } = await unruly('strict', plan, { STRICT_ORDER: 'true' })
    await deliverAll('strict', bindings, manyEvents())
    const events = await arrived()
    expect(sortedIds(events)).toEqual(sortedIds(manyEvents()))
    expect(outOfOrder(events)).toEqual([])
    expect(since('failedRecords')).toBeGreaterThan(0)
  })

  it('has twice what it took without saying so, and nothing else', async () => {
    const { bindings, since, arrived } = await unruly('untold', { seed: 4, answerLost: 0.3 })
    await deliverAll('untold', bindings, manyEvents())
    const events = await arrived()
    expect([...new Set(sortedIds(events))]).toEqual(sortedIds(manyEvents()))
    expect(since('untoldRecords')).toBeGreaterThan(0)
    expect(events.length - manyEvents().length).toBe(since('untoldRecords'))
  })
})

describe('Firehose', () => {
  it('is not sent a record that is over its limit, and has the rest', async () => {
    const { bindings, arrived } = await unruly('large', { seed: 0 })
    const events = [eventOf('a', 1), eventOfBytes('a', 2, 1_024_000), eventOfBytes('a', 3, 1_023_999)]
    expect(await runtime.deliver('large', bindings, events)).toEqual([
      { delivered: true },
      { delivered: false, kind: 'refused', error: 'larger than the 1024000 bytes that Firehose takes' },
      { delivered: true },
    ])
    expect((await arrived()).map(({ id }) => id)).toEqual(['a/1', 'a/3'])
  })

  it('is put to with the credentials of a role, which are renewed when they expire', async () => {
    const role = await moto.createRole('sink')
    const plan = { seed: 0, expired: [2] }
    const { bindings, since, arrived } = await unruly('role', plan, { AWS_ROLE_ARN: role })
    for (const version of [1, 2, 3])
      expect(await runtime.deliver('role', bindings, [eventOf('a', version)])).toEqual([{ delivered: true }])
    expect((await arrived()).map(({ id }) => id)).toEqual(['a/1', 'a/2', 'a/3'])
    expect(since('expired')).toBe(1)
    // STS was asked twice for three deliveries: at first, and when the credentials had expired.
    expect(since('others')).toBe(2)
  })

  it('is put to in another delivery stream', async () => {
    const { bindings, arrived } = await unruly('another', { seed: 0 })
    const own = { ...bindings, FIREHOSE_STREAM: 'own' }
    await runtime.deliver('another', own, [eventOf('a', 1)], 'another')
    expect((await arrived()).map(({ id }) => id)).toEqual(['a/1'])
  })

  it('without the delivery stream takes nothing until an operator has made it', async () => {
    const bindings = { ...moto.bindings, FIREHOSE_STREAM: 'forgotten' }
    const deliver = () => runtime.deliver('forgotten', bindings, [eventOf('a', 1)])
    expect(await deliver()).toEqual([
      {
        delivered: false,
        kind: 'retry',
        error:
          'there is no delivery stream FIREHOSE_STREAM in AWS_REGION (ResourceNotFoundException, HTTP 400)',
      },
    ])
    await moto.createStream('forgotten', 'forgotten-bucket')
    expect(await deliver()).toEqual([{ delivered: true }])
  })
})

describe('signatures, which botocore computes again in moto', () => {
  let strict: Moto
  beforeAll(async () => {
    strict = await startMoto()
    await strict.createStream('signed', 'signed-bucket')
  })
  afterAll(() => strict?.stop())

  it('are right for keys and for a role, and wrong with another secret', async () => {
    const role = await strict.createRole('sink')
    const bindings = { ...(await strict.requireSignatures()), FIREHOSE_STREAM: 'signed' }
    const text = 'Grüße aus Köln 🚢'
    const event = { ...eventOf('a', 1), data: { text } }
    expect(await runtime.deliver('keys', bindings, [event])).toEqual([{ delivered: true }])
    const asRole = { ...bindings, AWS_ROLE_ARN: role }
    expect(await runtime.deliver('as-role', asRole, [eventOf('a', 2)])).toEqual([{ delivered: true }])
    const wrong = { ...bindings, AWS_SECRET_ACCESS_KEY: 'wrong' }
    expect(await runtime.deliver('wrong', wrong, [eventOf('a', 3)])).toMatchObject([{ kind: 'retry' }])
    const arrived = await strict.readEvents('signed-bucket')
    expect(arrived.map(({ id }) => id)).toEqual(['a/1', 'a/2'])
    expect(arrived[0]?.data).toEqual({ text })
  })
})
