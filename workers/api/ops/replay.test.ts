import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { eventually, stopTime } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { deliver } from '../../../durable-objects/forwarder/forwarders.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { HOUR } from '../../../shared/core/time.ts'
import { product } from '../../consumers/queue.fixture.ts'
import { operator, ops, send } from '../http/request.fixture.ts'

const resource = z.looseObject({ id: z.string(), status: z.string(), startedAt: z.string() })

afterEach(() => {
  vi.useRealTimers()
})

/** Products of two events each, which have been forwarded; returns the names of their streams. */
async function forwarded(...skus: readonly string[]): Promise<string[]> {
  for (const sku of skus) await product(sku, 1_100)
  await deliver(...skus.map((id) => ({ kind: 'product', id })))
  return skus.map((sku) => `product/${sku}`)
}

function start(body: object, headers: Record<string, string> = {}, path = '/ops/replay') {
  return send('POST', path, { as: ops, body, headers })
}

/** A replay once it has ended. */
function ended(id: string) {
  return eventually(async () => {
    const { body } = await send('GET', `/ops/replay/${id}`, { as: ops })
    expect(body).toMatchObject({ finishedAt: expect.any(String) })
    return body
  })
}

/** A replay whose alarm is years ahead, so that it does not progress; `after` (ms) orders several. */
async function pending(after = 0) {
  stopTime(after)
  const { body } = await start({ aggregateIds: ['product/STANDING'] })
  return resource.parse(body)
}

/** The events in the lake under a prefix. */
async function eventsUnder(prefix: string): Promise<unknown[]> {
  const { objects } = await env.LAKE.list({ prefix })
  const texts = objects.map(async ({ key }) => {
    const object = await env.LAKE.get(key)
    const lines = object?.body.pipeThrough(new DecompressionStream('gzip'))
    return (await new Response(lines).text()).trim().split('\n')
  })
  return (await Promise.all(texts)).flat().map((line) => JSON.parse(line))
}

describe('replayEvents', () => {
  it('sends the events of named aggregates to a folder of their own, under the same ids', async () => {
    const aggregateIds = await forwarded('REPLAY-1', 'REPLAY-2')
    const { status, body, headers } = await start({ aggregateIds, target: 'audit-1' })
    expect({ status, body }).toMatchObject({
      status: 202,
      body: {
        status: 'counting',
        dryRun: false,
        aggregateIds,
        target: 'audit-1',
        from: null,
        to: null,
        aggregates: { total: null, done: 0 },
        events: { total: null, sent: 0 },
        error: null,
      },
    })
    expect(headers.get('Location')).toBe(`/v1/ops/replay/${body.id}`)
    expect(await ended(String(body.id))).toMatchObject({
      status: 'finished',
      aggregates: { total: 2, done: 2 },
      events: { total: 4, sent: 4 },
      refused: 0,
    })
    const ids = (await eventsUnder('replay/audit-1/')).map(
      (event) => z.object({ id: z.string() }).parse(event).id,
    )
    expect(ids.toSorted()).toEqual(aggregateIds.flatMap((name) => [`${name}/1`, `${name}/2`]))
  })

  it.each([
    ['in the body', { dryRun: true }, '/ops/replay'],
    ['in the query', {}, '/ops/replay?dryRun=true'],
  ])('only counts with dryRun %s, and answers with the numbers', async (where, body, path) => {
    const aggregateIds = await forwarded(`COUNT-${where.length}`)
    const target = `count-${where.length}`
    const answer = await start({ ...body, aggregateIds, target }, {}, path)
    expect(answer).toMatchObject({
      status: 200,
      body: {
        status: 'finished',
        dryRun: true,
        aggregates: { total: 1, done: 0 },
        events: { total: 2, sent: 0 },
      },
    })
    expect((await env.LAKE.list({ prefix: `replay/${target}/` })).objects).toEqual([])
  })

  it('accepts a context, and times in UTC', async () => {
    await forwarded('CONTEXT-1')
    const dryRun = true
    const ofContext = await start({ context: 'catalog', dryRun })
    expect(ofContext.body).toMatchObject({ context: 'catalog', status: 'finished' })
    const events = z.object({ total: z.int() })
    expect(events.parse(ofContext.body.events).total).toBeGreaterThanOrEqual(2)
    const before = await start({ context: 'catalog', to: '2020-01-01T00:00:00Z', dryRun })
    expect(before.body).toMatchObject({ to: '2020-01-01T00:00:00.000Z', events: { total: 0 } })
    const since = await start({ from: '2020-01-01T00:00:00Z', dryRun })
    expect(events.parse(since.body.events).total).toBeGreaterThanOrEqual(2)
  })

  it('counts a duplicate name once, and an aggregate that does not exist not at all', async () => {
    const [name = ''] = await forwarded('TWICE-1')
    const { body } = await start({ aggregateIds: [name, name, newId('ord')], dryRun: true })
    expect(body).toMatchObject({ aggregates: { total: 1 }, events: { total: 2 } })
  })

  it.each([
    ['neither aggregates, nor a context, nor a time', { target: 'audit' }, ''],
    ['aggregates and a context', { aggregateIds: ['product/MUG'], context: 'order' }, '/context'],
    ['a name that cannot be an aggregate’s', { aggregateIds: ['product/MUG', 'MUG'] }, '/aggregateIds/1'],
    ['no names at all', { aggregateIds: [] }, '/aggregateIds'],
    ['too many names', { aggregateIds: Array.from({ length: 1_001 }, () => 'product/A') }, '/aggregateIds'],
    ['an unknown context', { context: 'weather' }, '/context'],
    [
      'a time that ends before it begins',
      { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' },
      '/to',
    ],
    ['a time without a zone', { from: '2026-01-01T00:00:00' }, '/from'],
    ['a target that leaves its folder', { context: 'order', target: '../orders' }, '/target'],
    ['a target of dots', { context: 'order', target: '..' }, '/target'],
    ['an unknown field', { context: 'order', colour: 'red' }, '/colour'],
  ])('refuses %s', async (_, body, pointer) => {
    expect(await start(body)).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer }] },
    })
  })

  it.each([
    ['kafka', '__consumer_offsets'],
    ['firehose', 'a'.repeat(65)],
  ])('refuses a target that %s does not allow', async (sink, target) => {
    const body = { context: 'order', target }
    const environment = { EVENT_SINK: sink }
    expect(await send('POST', '/ops/replay', { as: ops, body, environment })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/target', code: 'invalid_target' }] },
    })
  })

  it('is started once under one Idempotency-Key', async () => {
    const aggregateIds = await forwarded('KEY-1')
    const headers = { 'Idempotency-Key': 'replay-once' }
    const first = await start({ aggregateIds, target: 'key' }, headers)
    await ended(String(first.body.id))
    const again = await start({ target: 'key', aggregateIds }, headers)
    expect(again).toMatchObject({ status: 202, body: first.body })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(await start({ aggregateIds, target: 'other' }, headers)).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
  })

  it('is only for ops, like the other operations of replays', async () => {
    const body = { context: 'order', dryRun: true }
    const id = crypto.randomUUID()
    for (const [method, path] of [
      ['POST', '/ops/replay'],
      ['GET', '/ops/replay'],
      ['GET', `/ops/replay/${id}`],
      ['POST', `/ops/replay/${id}/cancel`],
    ] as const) {
      const sent = method === 'POST' ? { body } : {}
      expect((await send(method, path, sent)).status).toBe(401)
      expect((await send(method, path, { as: operator, ...sent })).status).toBe(403)
    }
  })
})

describe('a replay', () => {
  it.each([crypto.randomUUID(), 'nonsense'])('%s that does not exist is not found', async (id) => {
    expect(await send('GET', `/ops/replay/${id}`, { as: ops })).toMatchObject({
      status: 404,
      body: { code: 'not_found' },
    })
    expect(await send('POST', `/ops/replay/${id}/cancel`, { as: ops, body: {} })).toMatchObject({
      status: 404,
    })
  })

  it('can be cancelled repeatedly', async () => {
    const { id } = await pending()
    for (const _ of [1, 2]) {
      const cancelled = await send('POST', `/ops/replay/${id}/cancel`, { as: ops, body: {} })
      expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled', events: { total: null } } })
    }
  })

  it('that has finished cannot be cancelled', async () => {
    const { body } = await start({ aggregateIds: await forwarded('ENDED-1'), target: 'ended' })
    await ended(String(body.id))
    expect(await send('POST', `/ops/replay/${body.id}/cancel`, { as: ops, body: {} })).toMatchObject({
      status: 409,
      body: { code: 'replay_finished' },
    })
  })
})

describe('listReplays', () => {
  it('lists them newest first, page by page', async () => {
    const ids: string[] = []
    for (const hour of [1, 2, 3]) ids.unshift((await pending(hour * HOUR)).id)
    const page = z.object({ data: z.array(resource), nextCursor: z.string().nullable() })
    const found: string[] = []
    let path: string | null = '/ops/replay?limit=2'
    while (path !== null) {
      const { body, headers } = await send('GET', path, { as: ops })
      const { data, nextCursor } = page.parse(body)
      expect(data.length).toBeLessThanOrEqual(2)
      found.push(...data.map(({ id }) => id))
      const link: string | null = headers.get('Link')
      expect(link === null).toBe(nextCursor === null)
      path = link && (/^<\/v1([^>]+)>; rel="next"$/.exec(link)?.[1] ?? expect.fail(link))
    }
    expect(found.slice(0, 3)).toEqual(ids)
    expect(new Set(found).size).toBe(found.length)
  })

  it('refuses a cursor that it did not issue', async () => {
    expect(await send('GET', '/ops/replay?cursor=nonsense', { as: ops })).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: 'cursor' }] },
    })
  })
})
