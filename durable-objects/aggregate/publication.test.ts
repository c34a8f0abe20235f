import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { HOUR, instantOf, MINUTE, SECOND } from '../../shared/core/time.ts'
import { write, writeMany } from './notebook.fixture.ts'
import {
  alarmInMs,
  elapse,
  fireAlarm,
  notebookOf,
  pass,
  RecordingQueue,
  START,
  stopTimers,
  storedIn,
} from './object-lifetimes.fixture.ts'

beforeEach(() => stopTimers())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

/** In production, unless it is said otherwise: the local queue is asked for what it has lost. */
function publishing(id: string, ENVIRONMENT = 'production') {
  const queue = new RecordingQueue()
  return { queue, ...notebookOf(id, { EVENTS: queue, ENVIRONMENT }) }
}

/** The whole numbers from one to another. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** What an object had in memory is gone, its timers too. */
function crash(): void {
  vi.clearAllTimers()
}

function silence(): void {
  vi.spyOn(console, 'error').mockImplementation(() => {})
}

describe('publication', () => {
  it('sends what was committed, in order and in one message, half a second later', async () => {
    const { queue, live, envelope } = publishing('order')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('one', 'two')))
      await elapse(400)
      await object.execute(envelope(write('three')))
      const { rowsWritten, alarmsSet } = object.meter
      await elapse(99)
      expect(queue.sends).toEqual([])
      await elapse(1)
      const stream = { kind: 'notebook', id: 'order' }
      expect(queue.messages).toMatchObject([
        { stream, events: Array(3).fill({ stream: { ...stream, shard: expect.any(Number), confirmed: 0 } }) },
      ])
      expect(queue.versions).toEqual([1, 2, 3])
      // From memory: nothing is written, and the alarm stays where it was.
      expect(object.meter).toMatchObject({ rowsWritten, alarmsSet, queueSends: 1 })
      expect(await alarmInMs(state)).toBe(29_500)
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
        sequence: '0000000001',
        correlationid: 'test',
        data: { text: 'one', effects: [] },
      })
    })
  })
  it('names the source and the schema by the address of the deployment', async () => {
    const queue = new RecordingQueue()
    const { live, envelope } = notebookOf('address', { EVENTS: queue, PUBLIC_URL: 'https://shop.example' })
    const named = {
      source: 'https://shop.example/petrel/stationery',
      dataschema: 'https://shop.example/schemas/stationery.Noted.v1.json',
    }
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      await elapse(500)
      expect(queue.events).toMatchObject([named])
      const texts = await object.history({ after: 0, limit: 10 })
      expect(texts.map((text) => JSON.parse(text))).toMatchObject([named])
    })
  })
  it('collects for longer while events are appended', async () => {
    const { queue, live, envelope } = publishing('gathers')
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      await elapse(500)
      expect(queue.versions).toEqual([1])
      await elapse(100)
      await object.execute(envelope(write('two')))
      await elapse(1_000)
      await object.execute(envelope(write('three')))
      await elapse(899)
      expect(queue.versions).toEqual([1])
      await elapse(1)
      expect(queue.sends.map((events) => events.length)).toEqual([1, 2])
      await object.confirmPublished([1, 2, 3])
      pass(MINUTE)
      await object.execute(envelope(write('four')))
      await elapse(500)
      expect(queue.versions).toEqual([1, 2, 3, 4])
    })
  })
  it('continues by the alarm after a crash that came before it', async () => {
    const { queue, live, envelope } = publishing('crash')
    await live((object) => object.execute(envelope(writeMany('one', 'two'))))
    crash()
    await live(async (object, state) => {
      expect(await alarmInMs(state)).toBe(30_000)
      pass(30_000)
      expect(await fireAlarm(object, state)).toBe(true)
      expect(queue.versions).toEqual([1, 2])
      expect(storedIn(state)).toMatchObject({ sent: 2, published: 0 })
    })
  })
  it('continues with the next command after a crash that came before it', async () => {
    const { queue, live, envelope } = publishing('next')
    await live((object) => object.execute(envelope(write('one'))))
    crash()
    await live(async (object) => {
      await object.execute(envelope(write('two')))
      await elapse(500)
      expect(queue.versions).toEqual([1, 2])
    })
  })
  it('waits for a queue that is down, and keeps the order', async () => {
    const { queue, live, envelope } = publishing('down')
    await live(async (object, state) => {
      silence()
      queue.takes = 0
      await object.execute(envelope(write('one')))
      await elapse(500)
      expect(queue.tries).toBe(1)
      await object.execute(envelope(write('two')))
      queue.takes = 1
      await elapse(2_000)
      expect(queue.versions).toEqual([1, 2])
      await object.confirmPublished([1, 2])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('leaves a queue that stays down to the alarm, which waits a minute at most', async () => {
    const { queue, live, envelope } = publishing('stays down')
    await live(async (object, state) => {
      silence()
      queue.takes = 0
      await object.execute(envelope(write('one')))
      await elapse(HOUR)
      // After 0.5, 2.5, 6.5, 14.5 and 30.5 s.
      expect(queue.tries).toBe(5)
      const waits: (number | null)[] = []
      for (const time of range(1, 3)) {
        await fireAlarm(object, state)
        expect(queue.tries).toBe(5 + time)
        waits.push(await alarmInMs(state))
        await elapse(waits.at(-1) ?? 0)
      }
      expect(waits).toEqual([60_000, 60_000, 60_000])
      queue.takes = 1
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1])
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('resumes where a queue failed half-way', async () => {
    const { queue, live, envelope } = publishing('half')
    await live(async (object) => {
      // About 140 KB: two messages, and two sends.
      await object.execute(envelope(writeMany(...range(1, 180).map((page) => `${page}`.padStart(1_000)))))
      silence()
      queue.takes = 1
      await elapse(500)
      expect(queue.sends).toHaveLength(1)
      const sent = queue.versions.length
      queue.takes = 2
      await elapse(2_000)
      expect(queue.versions).toEqual([...range(1, sent), ...range(1, 180)])
    })
  })
  it('publishes a long log in parts, one after another', async () => {
    const { queue, live, envelope } = publishing('parts')
    await live(async (object) => {
      await object.execute(envelope(writeMany(...range(1, 1_001).map(String))))
      await elapse(500)
      expect(queue.versions).toEqual(range(1, 1_000))
      await elapse(2_000)
      expect(queue.versions).toEqual(range(1, 1_001))
    })
  })
})

describe('a confirmation', () => {
  it('is stored in one commit with the removal of the alarm', async () => {
    const { live, envelope } = publishing('settled')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('one', 'two')))
      await elapse(500)
      const { rowsWritten, alarmsSet } = object.meter
      await object.confirmPublished([1, 2])
      expect(object.meter).toMatchObject({ rowsWritten: rowsWritten + 1, alarmsSet: alarmsSet + 1 })
      expect(storedIn(state)).toMatchObject({ sent: 2, published: 2, reacted: 2 })
      expect(await alarmInMs(state)).toBeNull()
      await elapse(HOUR)
      expect(object.meter).toMatchObject({ rowsWritten: rowsWritten + 1, alarmsSet: alarmsSet + 1 })
    })
  })
  it('removes an alarm that an earlier life has set', async () => {
    const { live, envelope } = publishing('inherited')
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      await elapse(500)
    })
    crash()
    await live(async (object, state) => {
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('leaves the alarm where it is while more events are unsent', async () => {
    const { queue, live, envelope } = publishing('meanwhile')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await elapse(SECOND)
      await object.execute(envelope(write('two')))
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBe(29_000)
      expect(storedIn(state)).toMatchObject({ published: 1 })
    })
    crash()
    await live(async (object, state) => {
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 2])
    })
  })
  it('that cannot be stored leaves the alarm, which stores it', async () => {
    silence()
    const { live, envelope } = publishing('full disk')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await elapse(500)
      state.storage.sql.exec(
        "CREATE TRIGGER full BEFORE INSERT ON log BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END",
      )
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBe(29_500)
      state.storage.sql.exec('DROP TRIGGER full')
      await fireAlarm(object, state)
      expect(storedIn(state)).toMatchObject({ published: 1 })
      expect(await alarmInMs(state)).toBeNull()
    })
  })
})

describe('an event that was sent', () => {
  it('is not sent again while the queue is slow, whatever becomes of its object', async () => {
    const { queue, live, envelope } = publishing('slow queue')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      const { rowsWritten } = object.meter
      await elapse(5_500)
      // It may leave memory now, and what it knows is stored once.
      expect(vi.getTimerCount()).toBe(0)
      expect(object.meter.rowsWritten).toBe(rowsWritten + 1)
      expect(storedIn(state)).toMatchObject({ sent: 1, published: 0, reacted: 1 })
      expect(await alarmInMs(state)).toBe(5 * MINUTE - 5 * SECOND)
    })
    await live(async (object, state) => {
      await object.alarm()
      expect(queue.versions).toEqual([1])
      expect(await alarmInMs(state)).toBe(5 * MINUTE - 5 * SECOND)
    })
  })
  it('is sent again until it is confirmed, at growing intervals of an hour at most', async () => {
    const { queue, live, envelope } = publishing('again')
    await live((object) => object.execute(envelope(write('one'))))
    crash()
    const waits: (number | null)[] = []
    for (const instance of range(1, 6)) {
      await live(async (object, state) => {
        await fireAlarm(object, state)
        expect(queue.versions).toEqual(Array(instance).fill(1))
        const wait = await alarmInMs(state)
        waits.push(wait)
        pass(wait ?? 0)
      })
    }
    expect(waits.map((wait) => (wait ?? 0) / MINUTE)).toEqual([5, 10, 20, 40, 60, 60])
  })
  it('waits at growing intervals when the queue does not take it again', async () => {
    const { queue, live, envelope } = publishing('refused again')
    silence()
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await fireAlarm(object, state)
      queue.takes = 0
      pass(5 * MINUTE)
      const waits: (number | null)[] = []
      for (let tries = 0; tries < 3; tries += 1) {
        await fireAlarm(object, state)
        waits.push(await alarmInMs(state))
        pass(waits.at(-1) ?? 0)
      }
      expect(waits).toEqual([30_000, 60_000, 60_000])
      queue.takes = 1
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 1])
      expect(await alarmInMs(state)).toBe(10 * MINUTE)
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
      pass(5 * MINUTE)
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
        await elapse(MINUTE)
        await fireAlarm(object, state)
        if (version > 1) await object.confirmPublished([version])
      }
      expect(queue.versions).toEqual([1, 2, 3, 4, 5, 1, 6, 7, 8])
    })
  })
})

describe('in development, an event that was sent', () => {
  it('is sent again after half a minute if the queue is empty: its process has ended', async () => {
    const { queue, live, envelope } = publishing('lost queue', 'development')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await elapse(5_500)
      expect(await alarmInMs(state)).toBe(25_000)
    })
    queue.backlogCount = 0
    pass(25_000)
    await live(async (object, state) => {
      await fireAlarm(object, state)
      expect(queue.versions).toEqual([1, 1])
      // Where the queue takes it and it is never confirmed, it is sent less and less often.
      await elapse(5_000)
      expect(await alarmInMs(state)).toBe(55_000)
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBeNull()
    })
  })
  it('is not sent again while others wait in the queue, for five minutes', async () => {
    const { queue, live, envelope } = publishing('crowded queue', 'development')
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      await elapse(5_500)
      const waits: (number | null)[] = []
      for (; queue.versions.length === 1; await fireAlarm(object, state)) {
        waits.push(await alarmInMs(state))
        pass(waits.at(-1) ?? 0)
      }
      expect(waits).toEqual([25_000, ...Array(9).fill(30_000)])
    })
  })
})
