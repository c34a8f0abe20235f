import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { RecordingQueue, stopTime } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { messagesOf, PrivateForwarders } from '../../../durable-objects/forwarder/forwarders.fixture.ts'
import { inEarlierForm } from '../../../shared/core/wire/earlier-form.fixture.ts'
import { messageText } from '../../../shared/core/wire/queue-message.ts'
import { eventIn } from '../../../shared/core/wire/wire.fixture.ts'
import { storeDeadLetters } from '../../consumers/dead-letters.ts'
import { consumeQueue } from '../../consumers/index.ts'
import { batchOf, product, RecordingProjections } from '../../consumers/queue.fixture.ts'
import { operator, ops, send } from '../http/request.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

afterEach(async () => {
  vi.restoreAllMocks()
  const { objects } = await env.LAKE.list()
  await env.LAKE.delete(objects.map(({ key }) => key))
})

const page = z.object({
  data: z.array(z.looseObject({ key: z.string() })),
  nextCursor: z.string().nullable(),
})

/** The events of a product in a message each: the first in the form of an earlier release, the others in that of today. */
async function bodiesOf(sku: string): Promise<unknown[]> {
  const stream = { kind: 'product', id: sku }
  const published = await messagesOf(stream)
  return published.map(({ stream: position, event }, index) =>
    index === 0
      ? { stream: position, event: inEarlierForm(eventIn(event)) }
      : messageText([event], { stream, confirmed: 0 }).text,
  )
}

/** Stores messages of a queue as its consumer does after all retries. */
async function store(folder: 'undelivered' | 'unprojected', queue: string, bodies: readonly unknown[]) {
  const { messages } = batchOf(queue, bodies)
  await storeDeadLetters(
    env,
    folder,
    queue,
    messages.map((message) => ({ message, reason: 'all retries failed' })),
  )
}

async function list(query = ''): Promise<z.infer<typeof page>['data']> {
  return page.parse((await send('GET', `/ops/set-aside${query}`, { as: ops })).body).data
}

function retry(body: object, environment: Parameters<typeof send>[2] = {}) {
  return send('POST', '/ops/set-aside/retry', { as: ops, body, ...environment })
}

/** A product whose first event a private sink refuses. */
async function refusedProduct(sku: string) {
  await product(sku, 1_100)
  const forwarders = new PrivateForwarders(`dead letters ${sku}`)
  forwarders.sink().refused.add(`product/${sku}/1`)
  await forwarders.forward({ kind: 'product', id: sku })
  return forwarders
}

describe('listDeadLetters', () => {
  it('lists dead letters, with their reasons', async () => {
    await refusedProduct('LISTED')
    await consumeQueue(batchOf('petrel-events', [{ nonsense: true }]), env)
    await store('undelivered', 'petrel-events', await bodiesOf('LISTED'))
    await store('unprojected', 'petrel-projections', [
      { stream: { kind: 'order', id: 'o1' } },
      { rebuild: 'r1' },
    ])
    const entries = await list()
    expect(entries).toMatchObject([
      { reason: 'too large', what: 'catalog.ProductCreated product/LISTED/1', from: 'usual' },
      {
        reason: expect.stringContaining('event'),
        what: 'a message that cannot be read',
        from: 'petrel-events',
      },
      {
        reason: 'all retries failed',
        what: 'catalog.ProductCreated product/LISTED/1',
        from: 'petrel-events',
      },
      {
        reason: 'all retries failed',
        what: 'catalog.ProductPriceChanged product/LISTED/2',
        from: 'petrel-events',
      },
      { what: 'row of order/o1', from: 'petrel-projections' },
      { what: 'step of rebuild r1', from: 'petrel-projections' },
    ])
    for (const entry of entries)
      expect(entry).toMatchObject({ at: expect.any(String), size: expect.any(Number) })
    expect(await list('?prefix=unprojected/')).toEqual(entries.slice(4))
    expect(await list('?prefix=invalid/dt=1999')).toEqual([])
  })

  it('pages through all folders', async () => {
    await consumeQueue(batchOf('petrel-events', ['a', 'b', 'c']), env)
    await store('unprojected', 'petrel-projections', [{ rebuild: 'r1' }, { rebuild: 'r2' }])
    const all = await list()
    expect(all).toHaveLength(5)
    for (const limit of [1, 2, 3, 5]) {
      const found: unknown[] = []
      let path: string | null = `/ops/set-aside?limit=${limit}`
      while (path !== null) {
        const { body, headers } = await send('GET', path, { as: ops })
        const { data, nextCursor } = page.parse(body)
        expect(data.length).toBeLessThanOrEqual(limit)
        found.push(...data)
        const link: string | null = headers.get('Link')
        expect(link === null).toBe(nextCursor === null)
        path = link && (/^<\/v1([^>]+)>; rel="next"$/.exec(link)?.[1] ?? expect.fail(link))
      }
      expect(found, `pages of ${limit}`).toEqual(all)
    }
  })

  it('lists an object that is not a dead letter as unknown, and does not retry it', async () => {
    await env.LAKE.put('invalid/other.json', 'not JSON')
    expect(await list()).toMatchObject([{ key: 'invalid/other.json', what: 'unknown' }])
    expect(await retry({ prefix: 'invalid/' })).toMatchObject({
      body: { retried: 0, failed: [{ key: 'invalid/other.json' }], remaining: 1 },
    })
  })

  it.each(['context=order/', 'refuse', ''])('refuses the prefix %j', async (prefix) => {
    expect(await send('GET', `/ops/set-aside?prefix=${prefix}`, { as: ops })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ parameter: 'prefix' }] },
    })
  })

  it('refuses a cursor that it did not issue', async () => {
    for (const cursor of ['nonsense', btoa('[9,""]')])
      expect(await send('GET', `/ops/set-aside?cursor=${cursor}`, { as: ops })).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'cursor' }] },
      })
  })
})

describe('retryDeadLetters', () => {
  it('sends a refused event to its sink again', async () => {
    const forwarders = await refusedProduct('MENDED')
    const { environment } = forwarders
    const prefix = 'refused/'
    expect(await retry({ prefix }, { environment })).toMatchObject({
      status: 200,
      body: { retried: 0, failed: [{ reason: expect.stringContaining('too large') }], remaining: 1 },
    })
    forwarders.sink().refused.clear()
    expect(await retry({ prefix }, { environment })).toMatchObject({
      body: { retried: 1, failed: [], remaining: 0, next: null },
    })
    expect(forwarders.sink().ids).toEqual(['product/MENDED/2', 'product/MENDED/1'])
    const { body } = await send('GET', '/products/MENDED?delivery=true', { environment })
    expect(body).toMatchObject({ delivery: { delivered: 2, setAside: [] } })
    expect((await retry({ prefix }, { environment })).body).toMatchObject({ retried: 0, failed: [] })
  })

  it('reports an event that no forwarder has a record of', async () => {
    await refusedProduct('FORGOTTEN')
    const { environment } = new PrivateForwarders('dead letters elsewhere')
    expect((await retry({ prefix: 'refused/' }, { environment })).body).toMatchObject({
      retried: 0,
      failed: [{ reason: expect.stringContaining('no forwarder') }],
      remaining: 1,
    })
  })

  it('sends messages whole to their queues, and deletes the dead letters', async () => {
    await product('QUEUED', 1_100)
    const messages = await messagesOf({ kind: 'product', id: 'QUEUED' })
    await store('undelivered', 'petrel-events-undelivered', await bodiesOf('QUEUED'))
    await store('unprojected', 'petrel-projections-unprojected', [{ rebuild: 'r1' }])
    const events = new RecordingQueue()
    const projections = new RecordingProjections()
    const environment = { EVENTS: events, PROJECTIONS: projections }
    expect((await retry({ prefix: 'undelivered/' }, { environment })).body).toMatchObject({
      retried: 2,
      failed: [],
      remaining: 0,
    })
    expect(events.events.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(
      messages.map(({ event }, index) => (index === 0 ? inEarlierForm(eventIn(event)) : eventIn(event))),
    )
    const [{ key } = { key: '' }] = await list('?prefix=unprojected/')
    expect((await retry({ prefix: key }, { environment })).body).toMatchObject({ retried: 1, remaining: 0 })
    expect(projections.sent).toEqual([{ rebuild: 'r1' }])
    expect(await list()).toEqual([])
  })

  it('keeps a dead letter that cannot be sent', async () => {
    await store('unprojected', 'petrel-projections', [{ rebuild: 'r1' }])
    const projections = new RecordingProjections()
    projections.isDown = true
    const environment = { PROJECTIONS: projections }
    expect((await retry({ prefix: 'unprojected/' }, { environment })).body).toMatchObject({
      retried: 0,
      failed: [{ reason: expect.stringContaining('the queue is down') }],
      remaining: 1,
    })
  })

  it('continues after failed ones', async () => {
    await consumeQueue(batchOf('petrel-events', ['a', 'b', 'c']), env)
    const first = await retry({ prefix: 'invalid/', limit: 2 })
    const { next, failed } = z
      .object({ next: z.string(), failed: z.array(z.object({ key: z.string(), reason: z.string() })) })
      .parse(first.body)
    expect(failed.map(({ reason }) => reason)).toEqual(['it is not an event', 'it is not an event'])
    expect(next).toBe(failed[1]?.key)
    expect((await retry({ prefix: 'invalid/', limit: 2, after: next })).body).toMatchObject({
      failed: [{}],
      next: null,
      remaining: 3,
    })
  })

  it.each([
    ['no prefix', {}, '/prefix'],
    ['a prefix outside its folders', { prefix: 'context=order/' }, '/prefix'],
    ['a limit of 0', { prefix: 'refused/', limit: 0 }, '/limit'],
    ['a limit of 101', { prefix: 'refused/', limit: 101 }, '/limit'],
    ['an unknown field', { prefix: 'refused/', colour: 'red' }, '/colour'],
  ])('refuses %s', async (_, body, pointer) => {
    expect(await retry(body)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer }] },
    })
  })

  it('is only for ops, like the list', async () => {
    const body = { prefix: 'refused/' }
    expect((await send('POST', '/ops/set-aside/retry', { body })).status).toBe(401)
    expect((await send('POST', '/ops/set-aside/retry', { as: operator, body })).status).toBe(403)
    expect((await send('GET', '/ops/set-aside')).status).toBe(401)
    expect((await send('GET', '/ops/set-aside', { as: operator })).status).toBe(403)
  })
})
