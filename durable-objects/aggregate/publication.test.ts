import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { product } from '../../shared/catalog/aggregate.ts'
import { HOUR, instantOf, MINUTE, SECOND } from '../../shared/core/time.ts'
import { write, writeMany } from './notebook.fixture.ts'
import {
  alarmInMs,
  bindings,
  envelope,
  fireAlarm,
  live,
  notebookOf,
  pass,
  RecordingQueue,
  START,
  stopTime,
} from './object-lifetimes.fixture.ts'
import { sendsOf } from './publisher.ts'

beforeEach(() => stopTime())
afterEach(() => vi.restoreAllMocks())

function publishing(id: string) {
  const queue = new RecordingQueue()
  return { queue, ...notebookOf(id, { EVENTS: queue }) }
}

/** The whole numbers from one to another. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

describe('publication', () => {
  it('sends what was committed, in order, a second later at most', async () => {
    const { queue, live, envelope } = publishing('order')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('one', 'two')))
      pass(400)
      await object.execute(envelope(write('three')))
      expect(await alarmInMs(state)).toBe(600)
      await fireAlarm(object, state)
      expect(queue.sends).toHaveLength(1)
      expect(queue.versions).toEqual([1, 2, 3])
      expect(queue.events[0]).toEqual({
        specversion: '1.0',
        id: 'notebook/order/1',
        source: '/petrel/stationery',
        type: 'stationery.Noted',
        subject: 'order',
        time: instantOf(START),
        datacontenttype: 'application/json',
        dataschema: '/schemas/stationery.Noted.v1.json',
        category: 'business',
        partitionkey: 'notebook/order',
        sequence: 1,
        correlationid: 'test',
        data: { text: 'one', effects: [] },
      })
    })
  })
  it('collects for longer while events are appended', async () => {
    const { queue, live, envelope } = publishing('gathers')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await fireAlarm(object, state)
      pass(SECOND)
      await object.execute(envelope(write('two')))
      expect(await alarmInMs(state)).toBe(4_000)
      pass(3 * SECOND)
      await object.execute(envelope(write('three')))
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 2, 3])
      await object.confirmPublished([1, 2, 3])
      pass(MINUTE)
      await object.execute(envelope(write('four')))
      expect(await alarmInMs(state)).toBe(1_000)
    })
  })
  it('continues after a crash that came before it', async () => {
    const { queue, live, envelope } = publishing('crash')
    await live((object) => object.execute(envelope(writeMany('one', 'two'))))
    await live(async (object, state) => {
      expect(await fireAlarm(object, state)).toBe(true)
      expect(queue.versions).toEqual([1, 2])
    })
  })
  it('continues after an eviction', async () => {
    const stub = env.PRODUCT.getByName('MUG')
    const price = { amount: 1999, currency: 'USD' }
    await stub.execute(envelope('MUG', { type: 'CreateProduct', sku: 'MUG', name: 'Mug', price }))
    await evictDurableObject(stub)
    const queue = new RecordingQueue()
    await live(product, stub, bindings({ EVENTS: queue }), fireAlarm)
    expect(queue.events).toMatchObject([{ id: 'product/MUG/1', type: 'catalog.ProductCreated' }])
  })
  it('waits for a queue that is down, and keeps the order', async () => {
    const { queue, live, envelope } = publishing('down')
    await live(async (object, state) => {
      vi.spyOn(console, 'error').mockImplementation(() => {})
      queue.takes = 0
      await object.execute(envelope(write('one')))
      await fireAlarm(object, state)
      expect(await alarmInMs(state)).toBe(1_000)
      await object.execute(envelope(write('two')))
      queue.takes = 1
      pass(SECOND)
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 2])
    })
  })
  it.each([
    ['a queue that is down', 0, [1, 2, 4], () => {}],
    [
      'a disk that is full',
      Number.POSITIVE_INFINITY,
      [30, 60, 120],
      (state: DurableObjectState) =>
        void state.storage.sql.exec(
          "CREATE TRIGGER full BEFORE UPDATE ON stream BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
        ),
    ],
  ])('retries at growing intervals %s, and continues when it is back', async (name, takes, first, fill) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const queue = new RecordingQueue()
    const { live, envelope } = notebookOf(`busy-${name.length}`, { EVENTS: queue })
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      queue.takes = takes
      fill(state)
      const waits: (number | null)[] = []
      for (let time = 0; time < 9; time += 1) {
        pass((await alarmInMs(state)) ?? 0)
        await fireAlarm(object, state)
        waits.push(await alarmInMs(state))
      }
      const seconds = waits.map((wait) => (wait ?? 0) / SECOND)
      expect(seconds).toEqual(seconds.toSorted((a, b) => a - b))
      expect(seconds.slice(0, 3)).toEqual(first)
      expect(seconds.at(-1)).toBeGreaterThanOrEqual(60)
      queue.takes = Number.POSITIVE_INFINITY
      state.storage.sql.exec('DROP TRIGGER IF EXISTS full')
      pass(HOUR)
      await fireAlarm(object, state)
      expect(queue.versions.at(-1)).toBe(1)
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('resumes where a queue failed half-way', async () => {
    const { queue, live, envelope } = publishing('half')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany(...range(1, 250).map(String))))
      vi.spyOn(console, 'error').mockImplementation(() => {})
      queue.takes = 1
      await fireAlarm(object, state)
      expect(queue.versions).toEqual(range(1, 100))
      queue.takes = 3
      await fireAlarm(object, state)
      expect(queue.sends.slice(1).map((events) => events.length)).toEqual([100, 100, 50])
      expect(queue.versions.slice(100)).toEqual(range(1, 250))
    })
  })
  it('publishes a long log in parts, one after another', async () => {
    const { queue, live, envelope } = publishing('parts')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany(...range(1, 1_001).map(String))))
      await fireAlarm(object, state)
      expect(queue.versions).toEqual(range(1, 1_000))
      expect(await alarmInMs(state)).toBe(1_000)
      await fireAlarm(object, state)
      expect(queue.versions).toEqual(range(1, 1_001))
    })
  })

  it('stores confirmations with the next send where more events are unsent', async () => {
    const { queue, live, envelope } = publishing('meanwhile')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      pass(SECOND)
      await fireAlarm(object, state)
      pass(SECOND)
      await object.execute(envelope(write('two')))
      const { rowsWritten } = object.meter
      await object.confirmPublished([1])
      expect(object.meter.rowsWritten).toBe(rowsWritten)
      expect(await alarmInMs(state)).toBe(4 * SECOND)
      pass(4 * SECOND)
      await fireAlarm(object, state)
      expect(queue.sends.map((send) => send.length)).toEqual([1, 1])
    })
    // The next instance has the confirmations from before the send.
    await live(async (object) => {
      await object.confirmPublished([2])
      expect(queue.versions).toEqual([1, 2])
    })
  })
})

describe('an event that was sent', () => {
  it('is sent again until it is confirmed, at growing intervals of an hour at most', async () => {
    const { queue, live, envelope } = publishing('again')
    await live((object) => object.execute(envelope(write('one'))))
    const waits: (number | null)[] = []
    for (const instance of range(1, 9)) {
      await live(async (object, state) => {
        await fireAlarm(object, state)
        expect(queue.versions).toEqual(Array(instance).fill(1))
        const wait = await alarmInMs(state)
        waits.push(wait)
        pass(wait ?? 0)
      })
    }
    expect(waits.map((wait) => (wait ?? 0) / SECOND)).toEqual([
      30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600,
    ])
  })
  it('waits at growing intervals when the queue does not take it again', async () => {
    const { queue, live, envelope } = publishing('refused again')
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await fireAlarm(object, state)
      queue.takes = 0
      pass(30 * SECOND)
      const waits: (number | null)[] = []
      for (let tries = 0; tries < 3; tries += 1) {
        await fireAlarm(object, state)
        waits.push(await alarmInMs(state))
        pass(waits.at(-1) ?? 0)
      }
      expect(waits).toEqual([1_000, 2_000, 4_000])
      queue.takes = 1
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 1])
      expect(await alarmInMs(state)).toBe(60_000)
    })
  })
  it('is not sent again once it is confirmed', async () => {
    const { queue, live, envelope } = publishing('confirmed')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('one', 'two')))
      await fireAlarm(object, state)
      await object.confirmPublished([1, 2])
      expect(await alarmInMs(state)).toBeNull()
    })
    await live(async (object) => {
      pass(HOUR)
      await object.alarm()
      expect(queue.versions).toEqual([1, 2])
      await object.execute(envelope(write('three')))
      await object.alarm()
      expect(queue.versions).toEqual([1, 2, 3])
    })
  })
  it('is sent again alone when only its neighbours are confirmed', async () => {
    const { queue, live, envelope } = publishing('gap')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('one', 'two', 'three')))
      await fireAlarm(object, state)
      await object.confirmPublished([3])
      await object.confirmPublished([1])
      pass(MINUTE)
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 2, 3, 2])
      await object.confirmPublished([2])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('is sent again although the aggregate is never idle', async () => {
    const { queue, live, envelope } = publishing('busy')
    await live(async (object, state) => {
      // The first is lost on its way; all that come after it arrive.
      for (const version of range(1, 8)) {
        await object.execute(envelope(write(`at ${version}`)))
        pass(5 * SECOND)
        await fireAlarm(object, state)
        if (version > 1) await object.confirmPublished([version])
      }
      expect(queue.versions).toEqual([1, 2, 3, 4, 5, 6, 1, 7, 8])
    })
  })
})

describe('batches', () => {
  const message = (length: number) => ({
    event: {
      specversion: '1.0' as const,
      id: 'x',
      source: '/petrel/test',
      type: 'test.Tested',
      subject: 'x',
      time: instantOf(START),
      datacontenttype: 'application/json' as const,
      dataschema: '/schemas/test.Tested.v1.json',
      category: 'business' as const,
      partitionkey: 'x',
      correlationid: 'x',
      data: 'a'.repeat(length),
    },
  })

  it('hold 100 messages at most, in their order', () => {
    const messages = range(1, 201).map(message)
    expect(sendsOf(messages).map((batch) => batch.length)).toEqual([100, 100, 1])
    expect(sendsOf(messages).flat()).toEqual(messages)
    expect(sendsOf([])).toEqual([])
  })
  it('stay below the byte limit of a queue', () => {
    const lengths = [60_000, 30_000, 60_000, 200_000, 10]
    expect(sendsOf(lengths.map(message)).map((batch) => batch.length)).toEqual([2, 1, 1, 1])
  })
})
