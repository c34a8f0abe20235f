import { beforeEach, describe, expect, it, vi } from 'vitest'
import { schedule } from '../../shared/core/effect.ts'
import { DAY, instantOf } from '../../shared/core/time.ts'
import { notebook, write } from './notebook.fixture.ts'
import { alarmInMs, notebookOf, START, stopTime, storedIn, tables } from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

const tomorrow = instantOf(START + DAY)
const remind = schedule('reminder', tomorrow, write('reminded'))
/** The last of its timers cannot be written down, which comes to light when all else has been. */
const failing: typeof notebook = {
  ...notebook,
  react: () => [remind, schedule('unwritable', tomorrow, { type: 'Write', pages: 1n })],
}

describe('a commit', () => {
  it('stores events, the command, timers and the alarm', async () => {
    const { live, envelope } = notebookOf('complete')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind), { commandId: 'c1' }))
      expect(tables(state)).toEqual(['log'])
      expect(await alarmInMs(state)).toBe(30_000)
    })
    await live(async (object, state) => {
      expect(await object.read({})).toMatchObject({ version: 1, state: { texts: ['one'] } })
      expect(storedIn(state).commands).toMatchObject([{ id: 'c1', first: 1, last: 1 }])
      expect(storedIn(state).timers).toMatchObject([{ id: 'reminder', at: tomorrow }])
    })
  })
  it('that fails midway at the first command leaves nothing', async () => {
    const { live, envelope } = notebookOf('first')
    const command = envelope(write('one'), { commandId: 'c1' })
    await live(async (object, state) => {
      await expect(object.execute(command)).rejects.toThrow(TypeError)
      expect(tables(state)).toEqual([])
      expect(await alarmInMs(state)).toBeNull()
      expect(await object.read({})).toBeNull()
      // Not the memory of a failure either: the next try meets the same fault.
      await expect(object.execute(command)).rejects.toThrow(TypeError)
    }, failing)
    await live(async (object) => {
      expect(await object.execute(command)).toMatchObject({
        ok: true,
        repeated: false,
        view: { version: 1 },
      })
    })
  })
  it('that fails midway leaves the aggregate as it was, in storage and in memory', async () => {
    const { live, envelope } = notebookOf('later')
    let fault = true
    const repaired: typeof notebook = {
      ...notebook,
      react: (...event) => (fault ? failing : notebook).react(...event),
    }
    const before = await live(async (object) => {
      await object.execute(envelope(write('one', remind), { commandId: 'c1' }))
      return object.read({})
    })
    await live(async (object, state) => {
      const command = envelope(write('two'), { commandId: 'c2' })
      await expect(object.execute(command)).rejects.toThrow(TypeError)
      expect(await object.read({})).toEqual(before)
      expect(storedIn(state).events).toHaveLength(1)
      expect(storedIn(state).commands).toHaveLength(1)
      expect(storedIn(state).timers).toHaveLength(1)

      fault = false
      const next = await object.execute(command)
      expect(next).toMatchObject({ ok: true, repeated: false, view: { version: 2 } })
      expect(await object.read({})).toMatchObject({ version: 2, state: { texts: ['one', 'two'] } })
    }, repaired)
  })
  it('sets the alarm in the tick of the decision, so that no crash comes between', async () => {
    const { live, envelope } = notebookOf('tick')
    const steps: string[] = []
    const ticking: typeof notebook = {
      ...notebook,
      decide(...decision) {
        steps.push('decided')
        queueMicrotask(() => steps.push('next tick'))
        return notebook.decide(...decision)
      },
    }
    await live(async (object, state) => {
      const set = vi.spyOn(state.storage, 'setAlarm')
      set.mockImplementationOnce(async () => void steps.push('armed'))
      await object.execute(envelope(write('one')))
      expect(steps).toEqual(['decided', 'armed', 'next tick'])
    }, ticking)
  })
})
