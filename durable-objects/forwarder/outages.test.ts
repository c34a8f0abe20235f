import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import {
  alarmInMs,
  eventually,
  fireAlarm,
  pass,
  START,
  stopTime,
} from '../aggregate/object-lifetimes.fixture.ts'
import { answering, forwarderLives, productOf, range, unsequencedMessage } from './object.fixture.ts'
import { RecordingSink } from './recording-sink.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const product = (id: string) => ({ kind: 'product', id })

describe('while the sink is down', () => {
  it('everything is recorded at once, and the sink is tried with growing waits', async () => {
    const sink = new RecordingSink()
    sink.isDown = true
    const messages = await productOf('D-DOWN', 6)
    await forwarderLives(1101, sink).live(async (object, state) => {
      await object.forward(messages.slice(0, 2))
      expect(sink.offers).toHaveLength(1)
      await object.forward(messages.slice(2, 4))
      await object.forward(messages.slice(4))
      expect(sink.offers).toHaveLength(1)
      pass(100)
      expect(await object.condition()).toMatchObject({
        owed: { events: 6, aggregates: 1, oldestAt: new Date(START).toISOString() },
        lagMilliseconds: 100,
        lastError: { error: 'the sink is down' },
      })
      const waits: number[] = []
      for (const _ of range(1, 10)) {
        const wait = (await alarmInMs(state)) ?? expect.fail()
        waits.push(wait)
        pass(wait)
        await fireAlarm(object, state)
      }
      expect(sink.offers).toHaveLength(11)
      expect(waits[0]).toBeLessThanOrEqual(500)
      expect(waits[9]).toBeGreaterThanOrEqual(4 * SECOND)
      expect(waits[9]).toBeLessThanOrEqual(8 * SECOND)
    })
  })

  it('nothing is lost by an eviction, and all arrives in order once the sink answers', async () => {
    const sink = new RecordingSink()
    sink.isDown = true
    const { live } = forwarderLives(1102, sink)
    const skus = range(1, 5).map((number) => `D-DRAIN-${number}`)
    for (const sku of skus) {
      const messages = await productOf(sku, 20)
      await live((object) => object.forward(messages.toReversed()))
    }
    sink.isDown = false
    await live(async (object, state) => {
      expect(await object.condition()).toMatchObject({ owed: { events: 100, aggregates: 5 } })
      await fireAlarm(object, state)
      for (const sku of skus) expect(sink.versions(sku)).toEqual(range(1, 20))
      expect(await object.condition()).toMatchObject({
        owed: { events: 0, aggregates: 0, oldestAt: null },
        total: { delivered: 100, filled: 100 },
        retryAt: null,
      })
      expect(await alarmInMs(state)).toBeNull()
    })
  })

  it('offers exactly what came back before anything else', async () => {
    const sink = new RecordingSink()
    sink.isDown = true
    const messages = await productOf('D-SAME', 5)
    await forwarderLives(1103, sink).live(async (object, state) => {
      await object.forward(messages.slice(0, 2))
      await object.forward([...messages.slice(2), unsequencedMessage('later')])
      pass(SECOND)
      await fireAlarm(object, state)
      sink.isDown = false
      pass(2 * SECOND)
      await fireAlarm(object, state)
      const [first, second, third] = sink.offers
      expect(second).toEqual(first)
      expect(third).toEqual(first)
      expect(sink.versions('D-SAME')).toEqual(range(1, 5))
    })
  })

  it('events of no log are stored whole, and arrive in the order they came', async () => {
    const sink = new RecordingSink()
    sink.isDown = true
    const { live } = forwarderLives(1104, sink)
    await live(async (object) => {
      await object.forward([unsequencedMessage('a'), unsequencedMessage('b')])
      await object.forward([unsequencedMessage('c')])
    })
    await live(async (object, state) => {
      expect(await object.condition()).toMatchObject({ owed: { events: 3, aggregates: 0 } })
      sink.isDown = false
      await object.forward([unsequencedMessage('d')])
      await fireAlarm(object, state)
      expect(sink.ids).toEqual(['a', 'b', 'c', 'd'])
      expect(await object.condition()).toMatchObject({ owed: { events: 0 } })
      expect(await alarmInMs(state)).toBeNull()
    })
  })
})

it('what a message brings while the backlog is read is not sent again in its turn', async () => {
  const sink = new RecordingSink()
  const skus = range(1, 9).map((number) => `D-SWEPT-${number}`)
  const messages = await Promise.all(skus.map((sku) => productOf(sku, 1)))
  const { promise: mayRead, resolve: read } = Promise.withResolvers<void>()
  let reads = 0
  const PRODUCT = new Proxy(env.PRODUCT, {
    get: () => (sku: string) => ({
      published: async (page: { after: number; limit: number }) => {
        reads += 1
        await mayRead
        return env.PRODUCT.getByName(sku).published(page)
      },
    }),
  })
  const { live } = forwarderLives(1109, sink, { PRODUCT })
  sink.isDown = true
  await live((object) => object.forward(messages.flat()))
  sink.isDown = false
  await live(async (object, state) => {
    const swept = fireAlarm(object, state)
    // So many logs are read at the same time: the last has to wait.
    await eventually(() => expect(reads).toBe(8))
    await object.forward(messages[8] ?? [])
    expect(sink.ids).toEqual(['product/D-SWEPT-9/1'])
    read()
    await swept
    expect(sink.ids.toSorted()).toEqual(skus.map((sku) => `product/${sku}/1`))
    expect(reads).toBe(8)
  })
})

it('a sink that is slow keeps nobody waiting for long', async () => {
  const sink = new RecordingSink()
  const messages = await productOf('D-SLOW', 2)
  await forwarderLives(1105, sink).live(
    async (object, state) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      sink.before = () => promise
      await object.forward([...messages, unsequencedMessage('slow')])
      expect(await object.condition()).toMatchObject({ owed: { events: 3, aggregates: 1 } })
      expect(await alarmInMs(state)).toBe(SECOND)
      resolve()
      pass(SECOND)
      await fireAlarm(object, state)
      expect(sink.ids).toEqual(['slow', 'product/D-SLOW/1', 'product/D-SLOW/2'])
      expect(await object.condition()).toMatchObject({ owed: { events: 0 } })
    },
    { ackTimeoutMs: 10 },
  )
})

it('a sink that hangs does not make its forwarder read on and on', async () => {
  const sink = new RecordingSink()
  sink.limits = { events: 2, bytes: 1_000_000 }
  const skus = range(1, 6).map((number) => `D-HANGS-${number}`)
  const last = await Promise.all(skus.map(async (sku) => (await productOf(sku, 3)).slice(2)))
  const read: string[] = []
  const PRODUCT = answering(env.PRODUCT, (name) => read.push(name) > 0)
  await forwarderLives(1110, sink, { PRODUCT }).live(
    async (object, state) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      sink.before = () => promise
      await object.forward(last.flat())
      // In as much time every log could have been read.
      for (const sku of skus) await env.PRODUCT.getByName(sku).published({ after: 0, limit: 3 })
      expect(read).toHaveLength(1)
      resolve()
      await eventually(async () => {
        pass(SECOND)
        await fireAlarm(object, state)
        expect(skus.map((sku) => sink.versions(sku))).toEqual(skus.map(() => [1, 2, 3]))
      })
    },
    { maxBufferBytes: 2_000, ackTimeoutMs: 10 },
  )
})

it('a sink that throws has taken nothing that one may count on, and is opened anew', async () => {
  const sink = new RecordingSink()
  const messages = await productOf('D-THROWS', 2)
  const open = vi.fn(async () => sink)
  await forwarderLives(1106, sink).live(
    async (object, state) => {
      sink.before = () => Promise.reject(new Error('gone'))
      await object.forward(messages)
      expect((await object.condition()).lastError?.error).toBe('Error: gone')
      expect(sink.closed).toBe(1)
      sink.before = async () => {}
      pass(SECOND)
      await fireAlarm(object, state)
      expect(sink.versions('D-THROWS')).toEqual([1, 2])
      expect(open).toHaveBeenCalledTimes(2)
    },
    { open },
  )
})

it('a sink that cannot be opened is like one that is down, and says why', async () => {
  const sink = new RecordingSink()
  const { live } = forwarderLives(1107, sink)
  const messages = await productOf('D-CLOSED', 2)
  const open = vi.fn(() => Promise.reject(new Error('KAFKA_BROKERS is missing')))
  await live(
    async (object, state) => {
      await object.forward(messages)
      await object.forward([unsequencedMessage('closed')])
      expect(open).toHaveBeenCalledTimes(1)
      expect(await object.position(product('D-CLOSED'))).toMatchObject({ delivered: 0, owed: 2 })
      expect(await object.condition()).toMatchObject({
        owed: { events: 3 },
        lastError: { error: 'Error: KAFKA_BROKERS is missing' },
      })
      expect(await alarmInMs(state)).toBeGreaterThan(0)
    },
    { open },
  )
  await live(async (object, state) => {
    await fireAlarm(object, state)
    expect(sink.versions('D-CLOSED')).toEqual([1, 2])
    expect(sink.delivered).toHaveLength(3)
  })
})

it('events take no more memory than they may; the others are read when their turn comes', async () => {
  const sink = new RecordingSink()
  sink.isDown = true
  const [one, two] = [await productOf('D-BIG-1', 10), await productOf('D-BIG-2', 10)]
  const maxBufferBytes = 5 * (one[1]?.event.bytes ?? expect.fail())
  await forwarderLives(1108, sink).live(
    async (object, state) => {
      await object.forward([...one.toReversed(), ...two])
      expect(await object.condition()).toMatchObject({ owed: { events: 20, aggregates: 2 } })
      sink.isDown = false
      pass(MINUTE)
      await fireAlarm(object, state)
      expect(sink.versions('D-BIG-1')).toEqual(range(1, 10))
      expect(sink.versions('D-BIG-2')).toEqual(range(1, 10))
      expect((await object.condition()).total.filled).toBeGreaterThanOrEqual(15)
    },
    { maxBufferBytes },
  )
})
