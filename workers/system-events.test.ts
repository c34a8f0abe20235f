import { createExecutionContext, createMessageBatch, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { pass, stopTime } from '../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../durable-objects/env.ts'
import { productListing } from '../shared/catalog/listing.ts'
import type { CloudEvent } from '../shared/core/cloud-event.ts'
import { systemEvents } from '../shared/core/system-events.ts'
import { eventsIn } from '../shared/core/wire/wire.fixture.ts'
import { CatalogCache } from './api/catalog/cache.ts'
import { warmUp } from './api/catalog/warm-up.ts'
import worker from './index.ts'

const traced = z.looseObject({ traceId: z.string() })
const AT = '2026-03-01T12:00:00.000Z'
const metrics = async () => ({ backlogCount: 0, backlogBytes: 0 })

/** A deployment whose queue records its messages, and whose other bindings may be broken. */
function deployment(broken: Partial<Env> = {}) {
  const events: CloudEvent[] = []
  const queue: Queue<string> = {
    metrics,
    send: async (message) => {
      events.push(...eventsIn(message))
      return { metadata: { metrics: await metrics() } }
    },
    sendBatch: async () => ({ metadata: { metrics: await metrics() } }),
  }
  const bindings: Env = { ...env, CLOCK_MODE: 'system', EVENTS: queue, ...broken }
  return {
    bindings,
    events,
    /** Runs a handler as the platform does, and waits for its `waitUntil` promises. */
    async run<Result>(work: (context: ExecutionContext) => Result | Promise<Result>): Promise<Result> {
      const context = createExecutionContext()
      const result = await work(context)
      await waitOnExecutionContext(context)
      return result
    },
    emitted: (type: keyof typeof systemEvents) =>
      events
        .filter((event) => event.type === `system.${type}`)
        .map(({ data }) => systemEvents[type].parse(data)),
  }
}

/** A read database that does not answer. */
const noDatabase: D1Database = new Proxy(env.DATABASE, {
  get() {
    throw new TypeError('D1_ERROR: ada@example.com')
  },
})

function request(path: string) {
  return new Request<unknown, IncomingRequestCfProperties>(`https://petrel.example${path}`)
}

async function list(
  sku: string,
  amount: number,
  createdAt: string,
  status: 'active' | 'discontinued' = 'active',
) {
  const product = { sku, name: sku, price: { amount, currency: 'USD' }, weightGrams: 10, status }
  const item = productListing(product, { id: sku, version: 1, createdAt, updatedAt: createdAt })
  await env.DATABASE.prepare('INSERT INTO products (id, version, item) VALUES (?, 1, ?)')
    .bind(sku, JSON.stringify(item))
    .run()
}

beforeEach(() => {
  stopTime()
  // The faults of these tests are intended.
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

describe('an isolate that starts', () => {
  it('opens the read database once, and preloads the catalog', async () => {
    const { bindings, run, events } = deployment()
    await run((context) => worker.fetch(request('/'), bindings, context))
    await run((context) => worker.fetch(request('/'), bindings, context))
    const types = events.map(({ type }) => type)
    expect(types.filter((type) => type === 'system.DatabaseConnected')).toHaveLength(1)
    expect(types.filter((type) => type === 'system.CacheWarmed')).toHaveLength(1)
  })
})

describe('warming up', () => {
  beforeEach(async () => {
    await env.DATABASE.prepare('DELETE FROM products').run()
  })

  it('preloads the newest products on sale, at most fifty', async () => {
    const { bindings, run, emitted } = deployment()
    for (let n = 0; n < 60; n += 1)
      await list(`P-${n}`, 1_000 + n, `2026-03-01T12:00:${String(n).padStart(2, '0')}.000Z`)
    await list('GONE', 1, '2026-03-01T13:00:00.000Z', 'discontinued')
    const cache = new CatalogCache()
    await run((context) => warmUp({ env: bindings, waitUntil: (work) => context.waitUntil(work) }, cache))
    expect(emitted('DatabaseConnected')).toEqual([{ database: 'read' }])
    expect(emitted('CacheWarmed')).toEqual([{ cache: 'catalog', entries: 50 }])
    const unread = async () => expect.fail('read again')
    expect(await cache.factsOf('P-59', unread)).toMatchObject({ price: { amount: 1_059 }, onSale: true })
    expect(await cache.factsOf('P-9', async () => null)).toBeNull()
    expect(await cache.factsOf('GONE', async () => null)).toBeNull()
  })
  it('preloads nothing if there are none, or if they cannot be read', async () => {
    await env.DATABASE.prepare(
      `INSERT INTO products (id, version, item) VALUES ('OLD', 1, '{"status":"active"}')`,
    ).run()
    const { bindings, run, emitted } = deployment()
    await run((context) =>
      warmUp({ env: bindings, waitUntil: (work) => context.waitUntil(work) }, new CatalogCache()),
    )
    expect(emitted('CacheWarmed')).toEqual([{ cache: 'catalog', entries: 0 }])
  })
  it('tolerates a read database that is down', async () => {
    const { bindings, run, events } = deployment({ DATABASE: noDatabase })
    await run((context) =>
      warmUp({ env: bindings, waitUntil: (work) => context.waitUntil(work) }, new CatalogCache()),
    )
    expect(events).toEqual([])
  })
})

describe('the health probe', () => {
  const controller = { scheduledTime: Date.parse(AT), cron: '*/5 * * * *', noRetry: () => {} }
  const healthy = { worker: 'ok', object: 'ok', database: 'ok' }

  it('emits an event for each success', async () => {
    const { bindings, run, emitted } = deployment()
    await run((context) => worker.scheduled(controller, bindings, context))
    await run((context) => worker.scheduled(controller, bindings, context))
    expect(emitted('HealthCheckPassed')).toEqual([
      { checks: healthy, probe: 'scheduled' },
      { checks: healthy, probe: 'scheduled' },
    ])
  })
  it('is also a request for /health, once a minute', async () => {
    const { bindings, run, emitted } = deployment()
    const ask = () => run((context) => worker.fetch(request('/health'), bindings, context))
    await ask()
    await ask()
    expect(emitted('HealthCheckPassed')).toEqual([{ checks: healthy, probe: 'request' }])
    pass(60_000)
    await ask()
    expect(emitted('HealthCheckPassed')).toHaveLength(2)
  })
  it('emits nothing if a part does not answer', async () => {
    const { bindings, run, emitted } = deployment({ DATABASE: noDatabase })
    pass(600_000)
    await run((context) => worker.scheduled(controller, bindings, context))
    const { status } = await run((context) => worker.fetch(request('/health'), bindings, context))
    expect(status).toBe(503)
    expect(emitted('HealthCheckPassed')).toEqual([])
  })
})

describe('SystemError', () => {
  const broken = new Proxy(env.PRODUCT, {
    get() {
      throw new TypeError('ada@example.com is not iterable')
    },
  })

  it('names the operation of an unexpected fault, under the id that the client got', async () => {
    const { bindings, run, events, emitted } = deployment({ PRODUCT: broken })
    const response = await run((context) => worker.fetch(request('/v1/products/MUG'), bindings, context))
    const problem = traced.parse(await response.json()).traceId
    expect(response.status).toBe(500)
    expect(emitted('SystemError')).toEqual([
      { fault: 'unhandled', operation: 'getProduct', error: 'TypeError' },
    ])
    const event = events.find(({ type }) => type === 'system.SystemError')
    expect(event).toMatchObject({ category: 'error', correlationid: problem })
    expect(JSON.stringify(event)).not.toContain('ada@')
  })
  it('names a queue without a consumer, whose messages stay in it', async () => {
    const { bindings, run, emitted } = deployment()
    const batch = createMessageBatch('petrel-unheard-of', [
      { id: 'm', timestamp: new Date(AT), attempts: 1, body: {} },
    ])
    await run((context) => expect(worker.queue(batch, bindings, context)).rejects.toThrow('no consumer'))
    expect(emitted('SystemError')).toEqual([
      { fault: 'unhandled', operation: 'queue petrel-unheard-of', error: 'RangeError' },
    ])
  })
})
