import { beforeEach, describe, expect, it } from 'vitest'
import { call, schedule } from '../../../shared/core/effect.ts'
import { HOUR, instantOf } from '../../../shared/core/time.ts'
import { write, writeMany } from '../notebook.fixture.ts'
import {
  eventually,
  fireAlarm,
  notebookOf,
  pass,
  RecordingQueue,
  rows,
  START,
  stopTimers,
  storedIn,
  tables,
} from '../object-lifetimes.fixture.ts'
import { storeInEarlierLayout } from './earlier-layout.fixture.ts'

// The lifetime whose storage is replaced does nothing any more.
beforeEach(() => stopTimers())

const LAYOUT_1 = ['commands', 'events', 'stream', 'timers']
const later = instantOf(START + HOUR)
const traced = { correlationId: 'test', causationId: 'cause', tracestate: 'vendor=1' }

/** A notebook with all that a log can hold, in layout 1; what clients and sinks saw of it. */
async function earlier(id: string, queue = new RecordingQueue()) {
  const book = notebookOf(id, { EVENTS: queue })
  const { live, envelope } = book
  const commands = {
    several: envelope(writeMany('one', 'two'), { commandId: 'several', fingerprint: 'f', trace: traced }),
    refused: envelope({ type: 'Tear', tried: false }, { commandId: 'refused' }),
    tried: envelope({ type: 'Tear', tried: true }, { commandId: 'tried' }),
    without: envelope(writeMany(), { commandId: 'without' }),
    last: envelope(write('three', schedule('later', later, write('reminded'))), { commandId: 'last' }),
  }
  const seen = async (object: Parameters<Parameters<typeof live>[0]>[0]) => ({
    view: await object.read({}),
    first: await object.read({ version: 2 }),
    history: await object.history({ after: 0, limit: 100 }),
    published: await object.published({ after: 1, limit: 2 }),
    repeated: await Promise.all(Object.values(commands).map((command) => object.execute(command))),
  })
  const before = await live(async (object, state) => {
    for (const command of Object.values(commands)) await object.execute(command)
    await object.execute(envelope(write('unrecorded')))
    await object.confirmPublished([1, 2])
    return seen(object).finally(() => storeInEarlierLayout(state))
  })
  return { ...book, queue, seen, before }
}

describe('an object that an earlier release stored in its layout', () => {
  it('is read as it is', async () => {
    const { live, seen, before } = await earlier('read')
    await live(async (object, state) => {
      expect(await seen(object)).toEqual(before)
      expect(tables(state)).toEqual(LAYOUT_1)
    })
  })
  it('moves with its first commit, and is what it was', async () => {
    const { live, seen, before, envelope } = await earlier('moved')
    const next = envelope(write('next'), { commandId: 'next' })
    await live(async (object, state) => {
      expect(await object.execute(next)).toMatchObject({ ok: true, view: { version: 6 } })
      expect(tables(state)).toEqual(['log'])
      // Two without events, the head, five commits.
      expect(rows(state, 'log').map(({ version }) => version)).toEqual([-2, -1, 0, 2, 3, 4, 5, 6])
    })
    await live(async (object) => {
      const after = await seen(object)
      expect(after.history.slice(0, 5)).toEqual(before.history)
      expect(after).toMatchObject({
        first: before.first,
        published: before.published,
        repeated: before.repeated,
      })
      expect(after.view).toMatchObject({
        version: 6,
        state: { texts: ['one', 'two', 'three', 'unrecorded', 'next'] },
      })
      expect(await object.execute(next)).toMatchObject({ ok: true, repeated: true, view: { version: 6 } })
    })
  })
  it('publishes what was not published, fires its timers, and goes on with its effects', async () => {
    const queue = new RecordingQueue()
    const { live, envelope } = await earlier('followed', queue)
    await live(async (object, state) => {
      await object.execute(envelope(write('a call', call('no such port', 'send', {}))))
      await eventually(() => expect(rows(state, 'effects')).toHaveLength(1))
    })
    queue.sends.length = 0
    await live(async (object, state) => {
      pass(HOUR)
      await fireAlarm(object, state)
      await eventually(async () => {
        await fireAlarm(object, state)
        expect(queue.versions).toEqual(expect.arrayContaining([3, 4, 5, 6, 7]))
      })
      expect(queue.versions).not.toContain(1)
      expect(await object.read({})).toMatchObject({ state: { texts: expect.arrayContaining(['reminded']) } })
      expect(storedIn(state).timers).toEqual([])
    })
  })
  it('moves all or nothing', async () => {
    const { live, seen, before, envelope } = await earlier('damaged')
    await live(
      async (_, state) => void state.storage.sql.exec("UPDATE timers SET at = '' WHERE id = 'later'"),
    )
    await live(async (object, state) => {
      await expect(object.execute(envelope(write('next')))).rejects.toThrow()
      expect(tables(state)).toEqual(LAYOUT_1)
      state.storage.sql.exec('UPDATE timers SET at = ?', later)
      expect(await seen(object)).toEqual(before)
      expect(await object.execute(envelope(write('next')))).toMatchObject({ view: { version: 6 } })
      expect(tables(state)).toEqual(['log'])
    })
  })
  it('moves however long it is, with its snapshot', async () => {
    const { live, envelope } = notebookOf('long')
    await live(async (object, state) => {
      for (let from = 0; from < 1_200; from += 4)
        await object.execute(
          envelope(writeMany(...[0, 1, 2, 3].map((page) => `${from + page}`)), { commandId: `from ${from}` }),
        )
      await fireAlarm(object, state)
      storeInEarlierLayout(state)
      // Records of commands that were pruned: their events stay.
      state.storage.sql.exec('DELETE FROM commands WHERE first < 500')
    })
    await live(async (object, state) => {
      await object.execute(envelope(write('next')))
      expect(rows(state, 'log')).toHaveLength(500 + 175 + 2)
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 1_200 }])
    })
    await live(async (object, state) => {
      const view = await object.read({})
      expect(view?.state.texts).toEqual([...Array.from({ length: 1_200 }, (_, page) => `${page}`), 'next'])
      const again = await object.execute(envelope(write('?'), { commandId: 'from 1000' }))
      expect(again).toMatchObject({ repeated: true, view: { version: 1_004 } })
      const plan = state.storage.sql.exec('EXPLAIN QUERY PLAN SELECT body FROM log WHERE command = ?', 'x')
      expect(JSON.stringify(plan.toArray())).toContain('log_commands')
    })
  })
})
