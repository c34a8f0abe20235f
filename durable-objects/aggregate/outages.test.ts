import { beforeEach, describe, expect, it, vi } from 'vitest'
import { call, schedule, send } from '../../shared/core/effect.ts'
import { HOUR, instantOf, MINUTE, SECOND } from '../../shared/core/time.ts'
import { write, writeMany } from './notebook.fixture.ts'
import {
  alarmInMs,
  createProduct,
  dropRegister,
  eventually,
  fireAlarm,
  layRegister,
  notebookOf,
  pass,
  productsBehind,
  RecordingQueue,
  rows,
  START,
  stopTime,
} from './object-lifetimes.fixture.ts'

beforeEach(async () => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
  await layRegister()
})

const hopeless = call('pigeons', 'send', {})

describe('a command succeeds', () => {
  it('while the queue is down', async () => {
    const queue = new RecordingQueue()
    queue.takes = 0
    const { live, envelope } = notebookOf('queue', { EVENTS: queue })
    await live(async (object, state) => {
      for (const version of [1, 2, 3]) {
        expect(await object.execute(envelope(write('page')))).toMatchObject({
          ok: true,
          view: { version },
        })
        await fireAlarm(object, state)
        pass(SECOND)
      }
    })
  })
  it('while the queue does not answer', async () => {
    const answer = Promise.withResolvers<void>()
    const queue = new RecordingQueue()
    const { live, envelope } = notebookOf('silence', {
      EVENTS: Object.assign(queue, {
        sendBatch: async (messages: Parameters<typeof queue.sendBatch>[0]) => {
          await answer.promise
          return RecordingQueue.prototype.sendBatch.call(queue, messages)
        },
      }),
    })
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      const alarm = object.alarm()
      expect(await object.execute(envelope(write('two')))).toMatchObject({
        ok: true,
        view: { version: 2 },
      })
      answer.resolve()
      await alarm
      await object.alarm()
      expect(queue.versions).toEqual([1, 2])
    })
  })
  it('while the read database is down', async () => {
    const { live, envelope } = notebookOf('database')
    await dropRegister()
    await live(async (object, state) => {
      await object.execute(envelope(write('one', hopeless)))
      await eventually(() => expect(rows(state, 'effects')).toMatchObject([{ parked: 1 }]))
      await fireAlarm(object, state)
      expect(await object.execute(envelope(write('two')))).toMatchObject({
        ok: true,
        view: { version: 2 },
      })
    })
  })
  it('while another aggregate does not answer', async () => {
    const answer = Promise.withResolvers<void>()
    const { live, envelope } = notebookOf('other', { PRODUCT: productsBehind(() => answer.promise) })
    await live(async (object) => {
      await object.execute(envelope(write('one', send(createProduct('SILENT'), { type: 'Hear' }))))
      expect(await object.execute(envelope(write('two')))).toMatchObject({ ok: true })
      answer.resolve()
      await eventually(async () => expect(await object.read({})).toMatchObject({ version: 3 }))
    })
  })
})

describe('an alarm ends', () => {
  it('although the queue never answers', async () => {
    const queue = Object.assign(new RecordingQueue(), { sendBatch: () => new Promise<never>(() => {}) })
    const { live, envelope } = notebookOf('hanging', { EVENTS: queue })
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'], now: START })
      const alarm = object.alarm()
      await vi.advanceTimersByTimeAsync(MINUTE)
      await alarm
    })
  })
})

describe('an alarm never throws', () => {
  it('and runs its other steps when the queue and the read database are down', async () => {
    const queue = new RecordingQueue()
    queue.takes = 0
    const { live, envelope } = notebookOf('all', { EVENTS: queue })
    const timer = schedule('timer', instantOf(START + HOUR), writeMany('reminded'))
    await live(async (object, state) => {
      const texts = Array.from({ length: 100 }, (_, index) => `${index}`)
      await object.execute(envelope(writeMany(...texts)))
      await object.execute(envelope(write('last', timer, hopeless)))
      await eventually(() => expect(rows(state, 'effects')).toHaveLength(1))
      await dropRegister()
      pass(HOUR)
      expect(await fireAlarm(object, state)).toBe(true)
      expect(await object.read({})).toMatchObject({ version: 102 })
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 102 }])
      expect(await alarmInMs(state)).toBe(5_000)
    })
  })
  it('not even with an unreadable log, and checks again', async () => {
    const queue = new RecordingQueue()
    const { live, envelope } = notebookOf('log', { EVENTS: queue })
    await live(async (object, state) => {
      await object.execute(envelope(write('one')))
      state.storage.sql.exec(`UPDATE log SET body = replace(body, '"Noted"', '"Unheard-of"')`)
    })
    await live(async (object, state) => {
      expect(await fireAlarm(object, state)).toBe(true)
      expect(await alarmInMs(state)).toBe(MINUTE)
      state.storage.sql.exec(`UPDATE log SET body = replace(body, '"Unheard-of"', '"Noted"')`)
      expect(await fireAlarm(object, state)).toBe(true)
      // However many of its steps have failed, the alarm raises one error.
      expect(queue.events.map(({ type }) => type)).toEqual(['system.SystemError', 'stationery.Noted'])
    })
  })
})
