import {
  createExecutionContext,
  evictDurableObject,
  runInDurableObject,
  waitOnExecutionContext,
} from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Env } from '../../../durable-objects/env.ts'
import { forwarderOf } from '../../../durable-objects/forwarder/forwarders.ts'
import { app } from '../app.ts'
import { operator, send } from './request.fixture.ts'

afterEach(() => vi.restoreAllMocks())

/** Asks the API with some of its bindings broken. */
async function ask(path: string, broken: Partial<Env>, headers: Record<string, string> = {}) {
  const context = createExecutionContext()
  const request = new Request(`https://petrel.example${path}`, { headers })
  const response = await app.fetch(request, { ...env, ...broken }, context)
  await waitOnExecutionContext(context)
  const text = await response.text()
  return { response, text, body: JSON.parse(text) }
}

/** A binding that throws whatever is asked of it, with a text that must go nowhere. */
function brokenBinding<Binding extends object>(binding: Binding): Binding {
  return new Proxy(binding, {
    get() {
      throw new TypeError('ada@example.com is not iterable')
    },
  })
}

/** Objects that fail with a text of the platform, whatever they are asked. */
function failingBinding<Namespace extends object>(namespace: Namespace, text: string): Namespace {
  return new Proxy(namespace, {
    get: () => () => new Proxy({}, { get: () => () => Promise.reject(new Error(text)) }),
  })
}

describe('with a part of the deployment broken', () => {
  it('an unexpected fault is a problem document without details of the fault', async () => {
    const { response, text, body } = await ask('/v1/products/MUG', { PRODUCT: brokenBinding(env.PRODUCT) })
    expect(response.status).toBe(500)
    expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/)
    expect(body).toMatchObject({ code: 'internal', traceId: response.headers.get('X-Request-Id') })
    expect(text).not.toMatch(/ada@example|iterable|\.ts:/)
  })

  it.each([
    'database or disk is full: SQLITE_FULL',
    'disk I/O error: SQLITE_IOERR_WRITE',
    'internal error; reference = sbvpl09qbq0jbmeu8d4v1niu',
    'Network connection lost.',
    'Queue sendBatch failed: Internal Server Error',
  ])('what passes by itself (%s) is unavailable, and says when to ask again', async (text) => {
    const { response, body } = await ask('/v1/products/MUG', { PRODUCT: failingBinding(env.PRODUCT, text) })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('1')
    expect(body).toMatchObject({ code: 'unavailable' })
    expect(JSON.stringify(body)).not.toContain(text)
  })

  it.each([
    ['broken', brokenBinding(env.INVENTORY)],
    ['unavailable', failingBinding(env.INVENTORY, 'disk I/O error: SQLITE_IOERR_READ')],
    [
      'damaged',
      failingBinding(env.INVENTORY, 'damaged: {"kind":"inventory","id":"LAMP","lastSeenVersion":1}'),
    ],
  ])('a product whose stock is %s is read without it, and that answer is not kept', async (_, INVENTORY) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const body = { sku: 'LAMP', name: 'Lamp', price: { amount: 1, currency: 'USD' } }
    await send('POST', '/products', { as: operator, body })
    const answer = await ask('/v1/products/LAMP', { INVENTORY })
    expect(answer.response.status).toBe(200)
    expect(answer.response.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.body).toMatchObject({ sku: 'LAMP', version: 1 })
    expect(answer.body).not.toHaveProperty('available')
    expect((await send('GET', '/products/LAMP')).body).toMatchObject({ available: 0 })
  })

  it('a read database that never answers is unavailable after a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const statement: object = new Proxy(
      {},
      { get: (_, name) => () => (name === 'bind' ? statement : new Promise(() => {})) },
    )
    const silent = new Proxy(env.DATABASE, { get: () => () => statement })
    const answer = ask('/v1/products', { DATABASE: silent })
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
    await vi.advanceTimersByTimeAsync(60_000)
    vi.useRealTimers()
    const { response, body } = await answer
    expect(response.status).toBe(503)
    expect(body).toMatchObject({ code: 'unavailable' })
  })

  it('an object whose disk is full refuses for now, stores nothing, and goes on when there is room', async () => {
    const stub = env.PRODUCT.getByName('FULL')
    const sql = (statement: string) =>
      runInDurableObject(stub, (_, { storage }) => void storage.sql.exec(statement))
    const price = (amount: number) => ({ price: { amount, currency: 'USD' } })
    const made = { sku: 'FULL', name: 'Full', ...price(1) }
    expect(await send('POST', '/products', { as: operator, body: made })).toMatchObject({ status: 201 })
    await sql(
      "CREATE TRIGGER no_room BEFORE INSERT ON log BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
    )
    const headers = { 'Idempotency-Key': 'full' }
    const change = () => send('POST', '/products/FULL/price', { as: operator, body: price(2), headers })
    for (let time = 0; time < 3; time += 1) {
      const { status, body, headers: answered } = await change()
      expect({ status, code: body.code, retry: answered.get('Retry-After') }).toEqual({
        status: 503,
        code: 'unavailable',
        retry: '1',
      })
    }
    expect((await send('GET', '/products/FULL')).body).toMatchObject({ version: 1, price: { amount: 1 } })
    await sql('DROP TRIGGER no_room')
    expect(await change()).toMatchObject({ status: 200, body: { version: 2 } })
  })

  it('an aggregate that has lost its log is damaged, not absent, and says how much was forwarded', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const stub = env.PRODUCT.getByName('LOST-LOG')
    const body = { sku: 'LOST-LOG', name: 'Lost', price: { amount: 1, currency: 'USD' } }
    await send('POST', '/products', { as: operator, body })
    const events = (await stub.history({ after: 0, limit: 1 })).map((text) => JSON.parse(text))
    const stream = { kind: 'product', id: 'LOST-LOG', version: 1 }
    await forwarderOf(env, stream).forward(events.map((event) => ({ stream, event })))
    // With nothing left to publish, which would keep it in memory.
    await stub.confirmPublished([1])
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAll())
    await evictDurableObject(stub)
    for (const answer of [
      await send('GET', '/products/LOST-LOG'),
      await send('GET', '/products/LOST-LOG/events', { as: operator }),
      await send('POST', '/products', { as: operator, body }),
      await send('POST', '/products/LOST-LOG/discontinue', { as: operator, body: {} }),
    ])
      expect(answer).toMatchObject({
        status: 503,
        body: { code: 'damaged', kind: 'product', id: 'LOST-LOG', lastSeenVersion: 1 },
      })
  })

  it.each([
    ['a list has no table', 'ALTER TABLE reviews RENAME TO other', 'ALTER TABLE other RENAME TO reviews'],
    [
      'a migration is missing',
      "UPDATE d1_migrations SET name = 'other' WHERE name = '0003_lists.sql'",
      "UPDATE d1_migrations SET name = '0003_lists.sql' WHERE name = 'other'",
    ],
    [
      'nothing was ever applied',
      'ALTER TABLE d1_migrations RENAME TO x',
      'ALTER TABLE x RENAME TO d1_migrations',
    ],
  ])('/health is not ok where %s', async (_, damage, cure) => {
    await env.DATABASE.prepare(damage).run()
    const { response, body } = await ask('/health', {})
    await env.DATABASE.prepare(cure).run()
    expect(response.status).toBe(503)
    expect(body).toMatchObject({ checks: { database: 'failing', object: 'ok', lake: 'ok' } })
    expect((await ask('/health', {})).response.status).toBe(200)
  })

  it('/health says so where the lake or a queue is missing', async () => {
    for (const [part, broken] of [
      ['lake', { LAKE: brokenBinding(env.LAKE) }],
      ['queues', { EVENTS: brokenBinding(env.EVENTS) }],
      ['queues', { PROJECTIONS: brokenBinding(env.PROJECTIONS) }],
    ] as const)
      expect((await ask('/health', broken)).body).toMatchObject({ checks: { [part]: 'failing' } })
  })

  it('/health says which part does not answer', async () => {
    const { response, body } = await ask('/health', { DATABASE: brokenBinding(env.DATABASE) })
    expect(response.status).toBe(503)
    expect(response.headers.get('Retry-After')).toBe('5')
    expect(body).toMatchObject({
      code: 'unhealthy',
      checks: { worker: 'ok', object: 'ok', database: 'failing', queues: 'ok', lake: 'ok' },
    })
  })

  it('a rate-limited caller gets Retry-After', async () => {
    const none: RateLimit = { limit: async () => ({ success: false }) }
    const { response, body } = await ask('/v1/products/MUG', { RATE_LIMIT: none })
    expect(response.status).toBe(429)
    expect(body).toMatchObject({ code: 'rate_limited' })
    expect(response.headers.get('Retry-After')).toBe('60')
    expect(response.headers.get('RateLimit')).toBe('"caller";r=0;t=60')
    expect(response.headers.get('RateLimit-Policy')).toBe('"caller";q=6000;w=60')
  })
})
