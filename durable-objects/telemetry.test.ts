import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import type { CloudEvent } from '../shared/core/cloud-event.ts'
import { systemEvents } from '../shared/core/system-events.ts'
import { eventsIn } from '../shared/core/wire/wire.fixture.ts'
import { pass, START, stopTime } from './aggregate/object-lifetimes.fixture.ts'
import { Telemetry } from './telemetry.ts'

beforeEach(() => stopTime())

/** An isolate with a queue that records its events, or is down. */
function isolate({ down = false } = {}) {
  const events: CloudEvent[] = []
  const work: Promise<unknown>[] = []
  const queue: Queue<string> = {
    metrics: async () => ({ backlogCount: 0, backlogBytes: 0 }),
    send: async (message) => {
      if (down) throw new Error('the queue is down')
      events.push(...eventsIn(message))
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }
    },
    sendBatch: async () => ({ metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } }),
  }
  return {
    telemetry: new Telemetry(),
    source: {
      env: { ...env, CLOCK_MODE: 'system', EVENTS: queue },
      waitUntil: (one: Promise<unknown>) => void work.push(one),
    },
    /** Its events, once all are sent. */
    emitted: async () => {
      await Promise.all(work)
      return events
    },
  }
}

describe('an isolate', () => {
  it('emits its start once, from the first caller', async () => {
    const { telemetry, source, emitted } = isolate()
    telemetry.started(source, 'object')
    telemetry.started(source, 'worker')
    expect(await emitted()).toEqual([
      expect.objectContaining({
        specversion: '1.0',
        type: 'system.ApplicationStarted',
        subject: 'petrel',
        category: 'system',
        time: new Date(START).toISOString(),
        data: { runtime: 'object', environment: 'development' },
      }),
    ])
  })
  it('emits all events of its start under one correlation id', async () => {
    const { telemetry, source, emitted } = isolate()
    // Even if an object opens its storage before anything else.
    telemetry.storageOpened(source, 'order', () => 'open')
    telemetry.started(source, 'worker')
    telemetry.readDatabaseAnswered(source)
    telemetry.cacheWarmed(source, 3)
    const events = await emitted()
    expect(events.map(({ type }) => type)).toEqual([
      'system.DatabaseConnected',
      'system.ApplicationStarted',
      'system.DatabaseConnected',
      'system.CacheWarmed',
    ])
    expect(new Set(events.map(({ correlationid }) => correlationid)).size).toBe(1)
    expect(new Set(events.map(({ id }) => id)).size).toBe(4)
    expect(events.at(-1)?.data).toEqual({ cache: 'catalog', entries: 3 })
  })
  it('emits the first and every hundredth opening of a storage', async () => {
    const { telemetry, source, emitted } = isolate()
    let opened = 0
    const open = () => {
      opened += 1
    }
    for (let n = 0; n < 250; n += 1) telemetry.storageOpened(source, 'cart', open)
    expect((await emitted()).map(({ data }) => systemEvents.DatabaseConnected.parse(data))).toEqual([
      { database: 'object', kind: 'cart', openings: 1 },
      { database: 'object', kind: 'cart', openings: 101 },
      { database: 'object', kind: 'cart', openings: 201 },
    ])
    // No storage is opened only to emit it.
    expect(opened).toBe(3)
  })
  it('emits nothing for a storage that does not open, and does not fail', async () => {
    const { telemetry, source, emitted } = isolate()
    telemetry.storageOpened(source, 'cart', () => {
      throw new Error('unreadable')
    })
    expect(await emitted()).toEqual([])
  })
  it('continues when the queue is down', async () => {
    const { telemetry, source, emitted } = isolate({ down: true })
    telemetry.started(source, 'worker')
    telemetry.faulted(source, 'createOrder', new Error('x'))
    expect(await emitted()).toEqual([])
  })
})

describe('an unhandled fault', () => {
  it('is emitted with its class, place and trace, without its message', async () => {
    const { telemetry, source, emitted } = isolate()
    const fault = new TypeError('ada@example.com is not a function')
    telemetry.faulted(source, 'createOrder', fault, {
      id: 'request/fault',
      trace: { correlationId: 'trace' },
    })
    const [event] = await emitted()
    expect(event).toMatchObject({
      id: 'request/fault',
      type: 'system.SystemError',
      category: 'error',
      correlationid: 'trace',
      data: { fault: 'unhandled', operation: 'createOrder', error: 'TypeError' },
    })
    expect(systemEvents.SystemError.safeParse(event?.data).success).toBe(true)
    expect(JSON.stringify(event)).not.toContain('ada@')
  })
  it('is emitted twenty times a minute at most; the next one has the number of suppressed ones', async () => {
    const { telemetry, source, emitted } = isolate()
    for (let n = 0; n < 25; n += 1) telemetry.faulted(source, 'createOrder', new Error('x'))
    expect(await emitted()).toHaveLength(20)
    pass(60_000)
    telemetry.faulted(source, 'createOrder', 'not even an error')
    telemetry.faulted(source, 'createOrder', new Error('x'))
    expect((await emitted()).slice(20).map(({ data }) => data)).toEqual([
      { fault: 'unhandled', operation: 'createOrder', error: 'unknown', suppressed: 5 },
      { fault: 'unhandled', operation: 'createOrder', error: 'Error' },
    ])
  })
})
