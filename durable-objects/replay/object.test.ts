import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { instantOf, MINUTE, SECOND } from '../../shared/core/time.ts'
import { envelope, fireAlarm, pass, stopTime, tables } from '../aggregate/object-lifetimes.fixture.ts'
import { PrivateForwarders } from '../forwarder/forwarders.fixture.ts'
import { ReplayObject } from './object.ts'
import type { ReplayRequest } from './replay.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})

/** A product with so many events, each a second after the one before; returns its stream. */
async function product(id: string, events: number) {
  const object = env.PRODUCT.getByName(id)
  const price = (amount: number) => ({ amount, currency: 'USD' })
  await object.execute(envelope(id, { type: 'CreateProduct', sku: id, name: 'Mug', price: price(100) }))
  for (let version = 2; version <= events; version += 1) {
    pass(SECOND)
    await object.execute(envelope(id, { type: 'ChangePrice', price: price(100 + version) }))
  }
  pass(SECOND)
  return { kind: 'product', id }
}

/** Ids of the events of a product. */
function idsOf(sku: string, events: number): string[] {
  return Array.from({ length: events }, (_, index) => `product/${sku}/${index + 1}`)
}

/** A replay in as many lives as a test gives it. */
function replayOf(forwarders: PrivateForwarders, id: string) {
  const stub = env.REPLAY.getByName(id)
  const live = <Result>(
    work: (object: ReplayObject, state: DurableObjectState) => Promise<Result>,
  ): Promise<Result> =>
    runInDurableObject(stub, (_, state) => work(new ReplayObject(state, forwarders.environment), state))
  return {
    live,
    start: (request: Omit<ReplayRequest, 'id' | 'dryRun'> & { dryRun?: boolean }) =>
      live((object) => object.start({ dryRun: false, ...request, id })),
    /** Rings as often as it asks for, each time in a new life; returns how it stands then. */
    run: async (most = 20) => {
      for (let rings = 0; rings < most; rings += 1) if (!(await live(fireAlarm))) break
      return live(async (object) => (await object.read())?.progress)
    },
    progress: () => live(async (object) => (await object.read())?.progress),
  }
}

describe('a replay', () => {
  it('counts, then sends what was delivered before, in order and under the same ids', async () => {
    const forwarders = new PrivateForwarders('whole')
    const streams = [await product('WHOLE-1', 3), await product('WHOLE-2', 2)]
    await forwarders.forward(...streams)
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'whole')
    expect(await replay.start({})).toMatchObject({ ok: true, replay: { progress: { status: 'counting' } } })
    expect(await replay.run(1)).toMatchObject({
      status: 'running',
      isCounted: true,
      counted: { aggregates: 2, events: 5 },
      sent: { events: 0 },
    })
    expect(forwarders.sink().ids).toEqual([])
    expect(await replay.run()).toMatchObject({
      status: 'finished',
      sent: { aggregates: 2, events: 5 },
      refused: 0,
      error: null,
      finishedAt: instantOf(Date.now()),
    })
    const { ids } = forwarders.sink()
    expect(ids.filter((one) => one.includes('WHOLE-1'))).toEqual(idsOf('WHOLE-1', 3))
    expect(ids.filter((one) => one.includes('WHOLE-2'))).toEqual(idsOf('WHOLE-2', 2))
  })

  it('only counts when it is asked to', async () => {
    const forwarders = new PrivateForwarders('dry')
    await forwarders.forward(await product('DRY', 3))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'dry')
    await replay.start({ dryRun: true })
    expect(await replay.run()).toMatchObject({
      status: 'finished',
      counted: { aggregates: 1, events: 3 },
      sent: { events: 0 },
    })
    expect(forwarders.sink().ids).toEqual([])
  })

  it('takes named aggregates, kinds, and times', async () => {
    const forwarders = new PrivateForwarders('some')
    const early = instantOf(Date.now())
    const streams = [await product('SOME-1', 3), await product('SOME-2', 1)]
    await forwarders.forward(...streams)
    const counted = async (name: string, request: Parameters<ReturnType<typeof replayOf>['start']>[0]) => {
      const replay = replayOf(forwarders, `some ${name}`)
      await replay.start({ ...request, dryRun: true })
      return (await replay.run())?.counted
    }
    expect(await counted('named', { streams: [{ kind: 'product', id: 'SOME-1' }] })).toEqual({
      aggregates: 1,
      events: 3,
    })
    expect(await counted('unknown', { streams: [{ kind: 'product', id: 'SOME-9' }] })).toEqual({
      aggregates: 0,
      events: 0,
    })
    expect(await counted('kind', { kinds: ['product'] })).toEqual({ aggregates: 2, events: 4 })
    expect(await counted('other kind', { kinds: ['order', 'cart'] })).toEqual({ aggregates: 0, events: 0 })
    // The first event of the first product, inclusive, up to its third, exclusive.
    const third = instantOf(Date.parse(early) + 2 * SECOND)
    expect(await counted('time', { from: early, to: third })).toEqual({ aggregates: 1, events: 2 })
    expect(await counted('later', { from: third })).toEqual({ aggregates: 2, events: 2 })
  })

  it('leaves out what has happened since it began', async () => {
    const forwarders = new PrivateForwarders('since')
    await forwarders.forward(await product('SINCE', 2))
    const replay = replayOf(forwarders, 'since')
    await replay.start({})
    await forwarders.forward(await product('SINCE', 4))
    forwarders.sink().delivered.length = 0
    expect(await replay.run()).toMatchObject({ status: 'finished', sent: { events: 2 } })
    expect(forwarders.sink().ids).toEqual(idsOf('SINCE', 2))
  })

  it('sends to another place when it is told to', async () => {
    const forwarders = new PrivateForwarders('elsewhere')
    await forwarders.forward(await product('ELSEWHERE', 2))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'elsewhere')
    await replay.start({ target: 'audit' })
    expect(await replay.run()).toMatchObject({ status: 'finished', sent: { events: 2 } })
    expect(forwarders.sink().ids).toEqual([])
    expect(forwarders.sink('audit').ids).toEqual(idsOf('ELSEWHERE', 2))
  })

  it('waits while the sink is down, tells so, and goes on where it stood', async () => {
    const forwarders = new PrivateForwarders('down')
    await forwarders.forward(await product('DOWN-1', 2), await product('DOWN-2', 2))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'down')
    await replay.start({})
    await replay.run(1)
    forwarders.sink().isDown = true
    for (let tries = 0; tries < 12; tries += 1) {
      expect(await replay.run(1)).toMatchObject({
        status: 'running',
        error: expect.stringContaining('the sink is down'),
        sent: { events: 0 },
      })
      // The longest wait.
      pass(MINUTE)
    }
    forwarders.sink().isDown = false
    pass(MINUTE)
    expect(await replay.run()).toMatchObject({ status: 'finished', sent: { events: 4 }, error: null })
    expect(forwarders.sink().ids.toSorted()).toEqual([...idsOf('DOWN-1', 2), ...idsOf('DOWN-2', 2)])
  })

  it('waits longer from failure to failure, up to a minute', async () => {
    const forwarders = new PrivateForwarders('patience', { count: 1 })
    await forwarders.forward(await product('PATIENCE', 1))
    const replay = replayOf(forwarders, 'patience')
    await replay.start({})
    await replay.run(1)
    forwarders.sink().isDown = true
    const waits: number[] = []
    for (let tries = 0; tries < 12; tries += 1) {
      await replay.run(1)
      const wait = await replay.live(async (_, state) => ((await state.storage.getAlarm()) ?? 0) - Date.now())
      waits.push(wait)
      pass(wait)
    }
    expect(waits[0]).toBeLessThanOrEqual(200)
    expect(waits.at(-1)).toBeGreaterThanOrEqual(30 * SECOND)
    expect(Math.max(...waits)).toBeLessThanOrEqual(MINUTE)
  })

  it('counts what the sink refuses for good, and sends the rest', async () => {
    const forwarders = new PrivateForwarders('refused')
    await forwarders.forward(await product('REPLAY-REFUSED', 3))
    forwarders.sink().delivered.length = 0
    forwarders.sink().refused.add('product/REPLAY-REFUSED/2')
    const replay = replayOf(forwarders, 'refused')
    await replay.start({})
    expect(await replay.run()).toMatchObject({
      status: 'finished',
      sent: { aggregates: 1, events: 2 },
      refused: 1,
    })
    expect(forwarders.sink().ids).toEqual(['product/REPLAY-REFUSED/1', 'product/REPLAY-REFUSED/3'])
  })

  it('goes page by page through a long log, and after an eviction from the page where it stood', async () => {
    const forwarders = new PrivateForwarders('long')
    await forwarders.forward(await product('LONG', 620))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'long')
    await replay.start({})
    await replay.run(1)
    // The sink fails at the second page, of which nothing counts.
    const sink = forwarders.sink()
    const deliver = sink.deliver.bind(sink)
    sink.deliver = async (events) => {
      sink.isDown = events.some(({ sequence }) => sequence === 501)
      return deliver(events)
    }
    expect(await replay.run(1)).toMatchObject({ status: 'running', sent: { events: 500 } })
    sink.deliver = deliver
    sink.isDown = false
    pass(MINUTE)
    expect(await replay.run()).toMatchObject({ status: 'finished', sent: { aggregates: 1, events: 620 } })
    expect(forwarders.sink().ids).toEqual(idsOf('LONG', 620))
  })

  it('is not held up by one aggregate that cannot be read', async () => {
    const readable = env.PRODUCT
    const PRODUCT = new Proxy(readable, {
      get: (products) => (name: string) =>
        name === 'BROKEN'
          ? { published: () => Promise.reject(new Error('its log is broken')) }
          : products.getByName(name),
    })
    const forwarders = new PrivateForwarders('broken', { count: 1 })
    await forwarders.forward(await product('BROKEN', 2), await product('CHEERFUL', 2))
    forwarders.sink().delivered.length = 0
    const after = new PrivateForwarders('broken', { count: 1, PRODUCT })
    const replay = replayOf(after, 'broken')
    await replay.start({})
    let progress = await replay.run(1)
    for (let tries = 0; tries < 12; tries += 1) {
      pass(MINUTE)
      progress = await replay.run(1)
    }
    expect(progress).toMatchObject({
      status: 'running',
      uncounted: 1,
      counted: { aggregates: 1, events: 2 },
      sent: { events: 2 },
      error: expect.stringMatching(/^product\/BROKEN: .*its log is broken/),
    })
    expect(after.sink().ids).toEqual(idsOf('CHEERFUL', 2))
  })

  it('finds what only a forwarder of a former, larger number knows, and nothing twice', async () => {
    const streams = [await product('FORMER-1', 1), await product('FORMER-2', 1), await product('FORMER-3', 1)]
    const before = new PrivateForwarders('former', { count: 8 })
    await before.forward(...streams)
    // Every forwarder that there ever was has entered itself.
    await env.DATABASE.batch(
      [0, 1, 2, 3, 4, 5, 6, 7].map((shard) =>
        env.DATABASE.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)').bind(shard),
      ),
    )
    const now = new PrivateForwarders('former', { count: 2 })
    const [first] = streams
    // One of them has had events since: it stays with its forwarder.
    if (first) await before.forward(first)
    for (const [name, request] of Object.entries({ all: {}, named: { streams } })) {
      const replay = replayOf(now, `former ${name}`)
      await replay.start({ ...request, dryRun: true })
      expect(await replay.run(), name).toMatchObject({ counted: { aggregates: 3, events: 3 } })
    }
  })

  it('waits while the register of forwarders does not answer', async () => {
    const forwarders = new PrivateForwarders('register')
    await forwarders.forward(await product('REPLAY-REGISTER', 1))
    const replay = replayOf(forwarders, 'register')
    await replay.start({ dryRun: true })
    await env.DATABASE.prepare('ALTER TABLE forwarders RENAME TO forwarders_elsewhere').run()
    expect(await replay.run(1)).toMatchObject({
      status: 'counting',
      error: expect.stringContaining('forwarders'),
    })
    await env.DATABASE.prepare('ALTER TABLE forwarders_elsewhere RENAME TO forwarders').run()
    pass(MINUTE)
    expect(await replay.run()).toMatchObject({ status: 'finished', counted: { events: 1 }, error: null })
  })

  it('that is cancelled ends where it stands, and does not ring again', async () => {
    const forwarders = new PrivateForwarders('cancelled')
    await forwarders.forward(await product('CANCELLED', 1))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'cancelled')
    await replay.start({})
    await replay.run(1)
    const cancel = () => replay.live(async (object) => (await object.cancel())?.progress)
    const cancelled = await cancel()
    expect(cancelled).toMatchObject({ status: 'cancelled', finishedAt: expect.any(String) })
    pass(SECOND)
    expect(await cancel()).toEqual(cancelled)
    expect(await replay.live((_, state) => state.storage.getAlarm())).toBeNull()
    expect(await replay.run()).toEqual(cancelled)
    expect(forwarders.sink().ids).toEqual([])
  })

  it('is started once, and answers each time as it did first', async () => {
    const forwarders = new PrivateForwarders('once')
    await forwarders.forward(await product('ONCE', 1))
    forwarders.sink().delivered.length = 0
    const replay = replayOf(forwarders, 'once')
    const first = await replay.start({ kinds: ['product'] })
    expect(first).toMatchObject({ ok: true, replayed: false })
    await replay.run()
    expect(await replay.start({ kinds: ['product'] })).toEqual({ ...first, replayed: true })
    expect(await replay.start({ kinds: ['order'] })).toEqual({ ok: false })
    await replay.run()
    expect(forwarders.sink().ids).toEqual(idsOf('ONCE', 1))
  })

  it('that nobody started is none, and stores nothing', async () => {
    const replay = replayOf(new PrivateForwarders('none'), 'none')
    await replay.live(async (object, state) => {
      expect(await object.read()).toBeNull()
      expect(await object.cancel()).toBeNull()
      await object.alarm()
      expect(tables(state)).toEqual([])
    })
  })
})
