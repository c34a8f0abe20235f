import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import {
  eventually,
  pass,
  RecordingQueue,
  stopTime,
} from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../../durable-objects/env.ts'
import {
  deliver,
  messagesOf,
  PrivateForwarders,
} from '../../../durable-objects/forwarder/forwarders.fixture.ts'
import { forwarderAt, shardOf } from '../../../durable-objects/forwarder/forwarders.ts'
import { newId } from '../../../shared/core/ids.ts'
import { product } from '../../consumers/queue.fixture.ts'
import { customer, operator, ops, send } from '../http/request.fixture.ts'

// Alarms are years ahead: nothing is published in the background.
beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(() => {
  vi.restoreAllMocks()
})

/** A binding of which every call throws. */
function broken<Binding extends object>(binding: Binding): Binding {
  return new Proxy(binding, {
    get() {
      throw new TypeError('broken')
    },
  })
}

/** All forwarders; one of them cannot be reached. */
function forwardersWithout(shard: number): Env['FORWARDER'] {
  return new Proxy(env.FORWARDER, {
    get: (forwarders) => (name: string) => {
      if (name === String(shard)) throw new Error('it is overloaded')
      return forwarders.getByName(name)
    },
  })
}

describe('a resource with ?delivery=true', () => {
  it('shows how far its events have been forwarded', async () => {
    await product('SHOWN', 1_100)
    const path = '/products/SHOWN?delivery=true'
    expect((await send('GET', path)).body).toMatchObject({
      sku: 'SHOWN',
      version: 2,
      delivery: { version: 2, delivered: 0, pending: 2, setAside: [], heldAt: null },
    })
    await deliver({ kind: 'product', id: 'SHOWN' })
    const { body, headers } = await send('GET', path)
    expect(body.delivery).toEqual({
      sink: expect.stringContaining('lake'),
      version: 2,
      delivered: 2,
      pending: 0,
      setAside: [],
      heldAt: null,
    })
    expect(headers.get('ETag')).toBe('"2"')
    expect((await send('GET', '/products/SHOWN?delivery=false')).body).not.toHaveProperty('delivery')
    expect((await send('GET', '/products/SHOWN')).body).not.toHaveProperty('delivery')
  })

  it('is sent in full although the version is unchanged', async () => {
    await product('ANEW')
    const headers = { 'If-None-Match': '"1"' }
    expect((await send('GET', '/products/ANEW', { headers })).status).toBe(304)
    const { status, body } = await send('GET', '/products/ANEW?delivery=true', { headers })
    expect({ status, body }).toMatchObject({ status: 200, body: { delivery: { pending: 1 } } })
  })

  it('describes the whole stream with an older version, too', async () => {
    await product('OLDER', 1_100, 1_200)
    await deliver({ kind: 'product', id: 'OLDER' })
    const path = '/products/OLDER?version=1&delivery=true'
    expect((await send('GET', path)).body).toMatchObject({
      version: 1,
      delivery: { version: 3, delivered: 3, pending: 0 },
    })
    expect(await send('GET', '/products/OLDER?version=9&delivery=true')).toMatchObject({
      status: 404,
      body: { code: 'version_not_found' },
    })
  })

  it('names the versions that the sink has refused', async () => {
    await product('REFUSED', 1_100)
    const forwarders = new PrivateForwarders('position')
    forwarders.sink().refused.add('product/REFUSED/1')
    await forwarders.forward({ kind: 'product', id: 'REFUSED' })
    const { environment } = forwarders
    expect((await send('GET', '/products/REFUSED?delivery=true', { environment })).body).toMatchObject({
      delivery: { sink: 'usual', delivered: 2, pending: 0, setAside: [1], heldAt: null },
    })
  })

  it('is available although its forwarder is not', async () => {
    await product('MUTE')
    const environment = { FORWARDER: broken(env.FORWARDER) }
    expect(await send('GET', '/products/MUTE?delivery=true', { environment })).toMatchObject({
      status: 200,
      body: { sku: 'MUTE', delivery: null },
    })
  })

  it('is found at its former forwarder after their number was reduced', async () => {
    await product('FORMER', 1_100)
    const stream = { kind: 'product', id: 'FORMER' }
    // No other stream belongs to so high a shard.
    const shard = 64 + shardOf('product/FORMER', 64)
    // As an earlier release left it.
    await runInDurableObject(env.PRODUCT.getByName('FORMER'), (_, state) => {
      state.storage.sql.exec(
        `UPDATE log SET body = json_set(body, '$.shard', NULL, '$.cursors.sent', 2, '$.cursors.published', 2)
        WHERE version = 0`,
      )
    })
    await evictDurableObject(env.PRODUCT.getByName('FORMER'))
    await forwarderAt(env, shard).forward(await messagesOf(stream))
    await eventually(async () => {
      const found = await env.DATABASE.prepare('SELECT shard FROM forwarders WHERE shard = ?')
        .bind(shard)
        .first()
      expect(found).not.toBeNull()
    })
    expect((await send('GET', '/products/FORMER?delivery=true')).body).toMatchObject({
      delivery: { delivered: 2, pending: 0 },
    })
  })

  it('is for everyone who may read it', async () => {
    const { body } = await send('POST', '/carts', { as: customer(await register()), body: {} })
    const path = `/carts/${body.id}?delivery=true`
    expect((await send('GET', path, { as: customer(newId('cus')) })).status).toBe(404)
    expect((await send('GET', path, { as: operator })).body).toMatchObject({ delivery: { pending: 1 } })
  })

  it('refuses anything but true and false', async () => {
    await product('MAYBE')
    expect(await send('GET', '/products/MAYBE?delivery=maybe')).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: 'delivery' }] },
    })
  })
})

describe('getDelivery', () => {
  const page = z.looseObject({
    summary: z.looseObject({
      sinks: z.array(z.string()),
      forwarders: z.object({ configured: z.int(), known: z.int(), silent: z.int() }),
      total: z.looseObject({ delivered: z.int() }),
    }),
    forwarders: z.array(z.looseObject({ shard: z.int(), silent: z.boolean() })),
  })
  const ask = async (environment: Partial<Env> = {}) => {
    const { status, body } = await send('GET', '/ops/delivery', { as: ops, environment })
    expect(status).toBe(200)
    return page.parse(body)
  }

  it('describes every forwarder, and all together', async () => {
    await product('SUMMED-1', 1_100)
    await product('SUMMED-2')
    const forwarders = new PrivateForwarders('condition', { count: 3, STRICT_ORDER: 'true' })
    const { environment } = forwarders
    await forwarders.forward({ kind: 'product', id: 'SUMMED-1' })
    expect((await ask(environment)).summary).toEqual({
      sinks: ['usual'],
      strictOrder: true,
      forwarders: { configured: 3, known: expect.any(Number), silent: 0 },
      owed: { events: 0, aggregates: 0, oldestAt: null },
      lagMilliseconds: 0,
      total: { delivered: 2, dropped: 0, filled: 0, setAside: 0 },
      rate: { minute: expect.any(Number), quarterHour: expect.any(Number) },
      lastDeliveredAt: expect.any(String),
      lastError: null,
      held: 0,
    })
    forwarders.sink().isDown = true
    await forwarders.forward({ kind: 'product', id: 'SUMMED-2' })
    pass(5_000)
    const { summary, forwarders: each } = await ask(environment)
    expect(summary).toMatchObject({
      owed: { events: 1, aggregates: 1, oldestAt: expect.any(String) },
      lagMilliseconds: 5_000,
      lastError: { error: 'the sink is down' },
    })
    expect(each.slice(0, 3)).toMatchObject([
      { shard: 0, silent: false, sink: 'usual' },
      { shard: 1, silent: false },
      { shard: 2, silent: false },
    ])
    const [failing, ...others] = each.filter((one) => one.retryAt !== null)
    expect(others).toEqual([])
    expect(failing).toMatchObject({ owed: { events: 1 }, lastError: { error: 'the sink is down' } })
  })

  it('describes the lists and the backlogs of the queues', async () => {
    const queue = new RecordingQueue()
    queue.metrics = async () => ({ backlogCount: 7, backlogBytes: 700 })
    expect(await ask({ EVENTS: queue })).toMatchObject({
      queue: { messages: 7, bytes: 700, oldestAt: null },
      projections: {
        models: expect.arrayContaining([
          expect.objectContaining({ kind: 'order', rows: expect.any(Number) }),
        ]),
        rebuild: null,
      },
    })
  })

  it('is available although a forwarder, the queue or the read database is not', async () => {
    const { summary, forwarders } = await ask({ FORWARDER: forwardersWithout(3) })
    expect(summary.forwarders).toMatchObject({ silent: 1 })
    expect(forwarders[3]).toEqual({ shard: 3, silent: true, error: expect.stringContaining('overloaded') })
    expect(await ask({ EVENTS: broken(env.EVENTS) })).toMatchObject({ queue: null })
    const without = await ask({ DATABASE: broken(env.DATABASE) })
    expect(without).toMatchObject({ projections: null })
    expect(without.forwarders).toHaveLength(8)
  })

  it('is only for ops', async () => {
    expect((await send('GET', '/ops/delivery')).status).toBe(401)
    expect((await send('GET', '/ops/delivery', { as: operator })).status).toBe(403)
  })
})
