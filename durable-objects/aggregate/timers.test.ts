import { beforeEach, describe, expect, it, vi } from 'vitest'
import { schedule, unschedule } from '../../shared/core/effect.ts'
import { DAY, HOUR, instantOf, LATEST, MINUTE, millisecondsOf, SECOND } from '../../shared/core/time.ts'
import { notebook, write } from './notebook.fixture.ts'
import {
  alarmInMs,
  fireAlarm,
  notebookOf,
  pass,
  START,
  stopTime,
  storedIn,
} from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** A timer that writes its own id, so many milliseconds after the start. */
function remind(id: string, after: number) {
  return schedule(id, instantOf(START + after), write(id))
}

describe('a timer', () => {
  it('sets the alarm, the earliest of several first, and fires once', async () => {
    const { live, envelope } = notebookOf('earliest')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind('later', DAY), remind('sooner', HOUR))))
      await fireAlarm(object, state)
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBe(HOUR)
      pass(HOUR - 1)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one'] } })
      pass(1)
      await fireAlarm(object, state)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'sooner'] } })
      expect(storedIn(state).timers).toMatchObject([{ id: 'later' }])
      await object.confirmPublished([2])
      expect(await alarmInMs(state)).toBe(DAY - HOUR)
    })
  })
  it.each(['2150-01-01T00:00:00.000Z', '2200-01-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z', 'no time'])(
    'that an older log holds for %s leaves the alarm set, and the others firing',
    async (at) => {
      const { live, envelope } = notebookOf(`far ${at}`)
      await live(async (object, state) => {
        const far = schedule('far', at, write('far'))
        await object.execute(envelope(write('one', far, remind('near', HOUR))))
        await fireAlarm(object, state)
        await object.confirmPublished([1])
        pass(HOUR)
        await fireAlarm(object, state)
        await object.confirmPublished([2])
        expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'near'] } })
        expect(storedIn(state).timers).toMatchObject([{ id: 'far' }])
        expect(await state.storage.getAlarm()).toBe(millisecondsOf(LATEST))
      })
    },
  )
  it('that was missed fires late, each in its order', async () => {
    const { live, envelope } = notebookOf('missed')
    await live((object) =>
      object.execute(envelope(write('one', remind('b', 2 * HOUR), remind('a', 2 * HOUR), remind('c', HOUR)))),
    )
    pass(DAY)
    await live(async (object, state) => {
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'c', 'a', 'b'] } })
      const [, fired] = await object.history({ after: 0, limit: 2 })
      expect(JSON.parse(fired ?? '')).toMatchObject({
        time: instantOf(START + DAY),
        correlationid: 'notebook/missed/1@c',
      })
    })
  })
  it('is set again by a restart, even if the alarm was lost', async () => {
    const { live, envelope } = notebookOf('restart')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind('reminder', HOUR))))
      await fireAlarm(object, state)
      await object.confirmPublished([1])
      await state.storage.deleteAlarm()
    })
    await live(async (object, state) => {
      await object.alarm()
      expect(await alarmInMs(state)).toBe(HOUR)
    })
  })
  it('that is moved fires at its new time only', async () => {
    const { live, envelope } = notebookOf('moved')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind('later', HOUR), remind('sooner', DAY))))
      await object.execute(envelope(write('two', remind('later', DAY), remind('sooner', HOUR))))
      expect(storedIn(state).timers).toHaveLength(2)
      pass(HOUR)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'two', 'sooner'] } })
      pass(DAY)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'two', 'sooner', 'later'] } })
    })
  })
  it('that is cancelled never fires; one that is not set is no error', async () => {
    const { live, envelope } = notebookOf('cancelled')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind('reminder', HOUR))))
      await object.execute(envelope(write('two', unschedule('reminder'), unschedule('unknown'))))
      expect(storedIn(state).timers).toEqual([])
      pass(DAY)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ version: 2 })
    })
    await live(async (object) => {
      await object.alarm()
      expect(await object.read({})).toMatchObject({ version: 2 })
    })
  })
  it('that does not change writes no row', async () => {
    const { live, envelope } = notebookOf('unchanged')
    await live(async (object) => {
      const rowsOf = async (...effects: Parameters<typeof write>[1][]) => {
        const before = object.meter.rowsWritten
        await object.execute(envelope(write('page', ...effects)))
        return object.meter.rowsWritten - before
      }
      await rowsOf(remind('reminder', HOUR))
      const plain = await rowsOf()
      expect(await rowsOf(remind('reminder', HOUR))).toBe(plain)
      expect(await rowsOf(remind('reminder', DAY))).toBe(plain + 1)
    })
  })
  it.each([
    ['the event that set it', (at: number) => [write('one', remind('r', at)), write('two')], 1],
    [
      'the event that moved it',
      (at: number) => [write('one', remind('r', DAY)), write('two', remind('r', at))],
      2,
    ],
    [
      'the first of those that set it alike',
      (at: number) => [write('one', remind('r', at)), write('two', remind('r', at))],
      1,
    ],
  ])('names %s as the cause of what it leads to', async (name, commands, cause) => {
    const { live, envelope } = notebookOf(`cause-${name.length}`)
    await live(async (object) => {
      for (const command of commands(HOUR)) await object.execute(envelope(command))
    })
    pass(HOUR)
    await live(async (object, state) => {
      await fireAlarm(object, state)
      const fired = (await object.history({ after: 2, limit: 1 })).map((text) => JSON.parse(text))
      expect(fired).toMatchObject([
        {
          causationid: expect.stringMatching(new RegExp(`cause-${name.length}/${cause}$`)),
          data: { text: 'r' },
        },
      ])
    })
  })
  it('of an earlier release fires without a cause, and new ones have one', async () => {
    const { live, envelope } = notebookOf('older')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind('old', HOUR), remind('moved', HOUR))))
      state.storage.sql.exec(
        `UPDATE log SET body = json_remove(body, '$.timers[0].cause', '$.timers[1].cause') WHERE version = 0`,
      )
    })
    await live(async (object, state) => {
      await object.execute(envelope(write('two', remind('new', HOUR), remind('moved', 2 * HOUR))))
      pass(2 * HOUR)
      await fireAlarm(object, state)
      const fired = (await object.history({ after: 2, limit: 5 })).map((text) => JSON.parse(text))
      expect(fired.map(({ data, causationid }) => [data.text, causationid])).toEqual([
        ['new', expect.stringMatching(/older\/2$/)],
        ['old', undefined],
        ['moved', expect.stringMatching(/older\/2$/)],
      ])
    })
  })
  it('may set itself again when it fires', async () => {
    const { live, envelope } = notebookOf('recurring')
    const again = write('tick', schedule('clock', instantOf(START + 2 * HOUR), write('tock')))
    await live(async (object, state) => {
      await object.execute(envelope(write('one', schedule('clock', instantOf(START + HOUR), again))))
      pass(HOUR)
      await fireAlarm(object, state)
      expect(storedIn(state).timers).toMatchObject([{ id: 'clock', at: instantOf(START + 2 * HOUR) }])
      pass(HOUR)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'tick', 'tock'] } })
      expect(storedIn(state).timers).toEqual([])
    })
  })
  it('fires with others 50 at a time, the next 50 right away', async () => {
    const { live, envelope } = notebookOf('slices')
    const timers = Array.from({ length: 60 }, (_, index) => remind(`timer ${index}`, HOUR))
    await live(async (object, state) => {
      await object.execute(envelope(write('one', ...timers)))
      pass(HOUR)
      await fireAlarm(object, state)
      expect(storedIn(state).timers).toHaveLength(10)
      expect(await alarmInMs(state)).toBeLessThanOrEqual(0)
      await fireAlarm(object, state)
      expect(storedIn(state).timers).toEqual([])
    })
  })
  it('with a defective command waits a minute and stops no other', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementationOnce(() => {})
    const { live, envelope } = notebookOf('defect')
    const failing: typeof notebook = {
      ...notebook,
      decide(command, ...rest) {
        if (command.type === 'Tear') throw new Error('a defect')
        return notebook.decide(command, ...rest)
      },
    }
    const tear = { type: 'Tear', tried: true }
    const defect = schedule('defect', instantOf(START + SECOND), tear)
    await live(async (object, state) => {
      await object.execute(envelope(write('one', defect, remind('sound', HOUR))))
      pass(HOUR)
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'sound'] } })
      expect(storedIn(state).timers).toMatchObject([
        { id: 'defect', at: instantOf(START + HOUR + MINUTE), command: tear },
      ])
      await object.confirmPublished([1, 2])
      expect(complaints).toHaveBeenCalledOnce()
      expect(complaints.mock.calls[0]?.[0]).toContain('timer defect')
    }, failing)
    pass(MINUTE)
    await live(async (object, state) => {
      await fireAlarm(object, state)
      expect(await object.read({})).toMatchObject({ version: 3 })
      expect(storedIn(state).timers).toEqual([])
    })
  })
})
