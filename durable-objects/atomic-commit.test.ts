import { beforeEach, describe, expect, it, vi } from 'vitest'
import { schedule } from '../shared/core/effect.ts'
import { DAY, instantOf } from '../shared/core/time.ts'
import { notebookOf, ringsIn, rows, START, stopTime, tables } from './lives.fixture.ts'
import { notebook, write } from './notebook.fixture.ts'

beforeEach(() => stopTime())

const tomorrow = instantOf(START + DAY)
const remind = schedule('reminder', tomorrow, write('reminded'))
/** A timer that cannot be written down, which comes to light after everything else has been. */
const unwritable = schedule('unwritable', tomorrow, { type: 'Write', pages: 1n })

describe('a commit', () => {
  it('stores events, the command, timers and the alarm', async () => {
    const { live, envelope } = notebookOf('complete')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind), { commandId: 'c1' }))
      expect(tables(state)).toEqual(['commands', 'events', 'stream', 'timers'])
      expect(await ringsIn(state)).toBe(1_000)
    })
    await live(async (object, state) => {
      expect(await object.read({})).toMatchObject({ version: 1, state: { texts: ['one'] } })
      expect(rows(state, 'commands')).toMatchObject([{ id: 'c1', first: 1, last: 1 }])
      expect(rows(state, 'timers')).toMatchObject([{ id: 'reminder', at: tomorrow }])
    })
  })
  it('that fails midway at the first command leaves nothing', async () => {
    const { live, envelope } = notebookOf('first')
    await live(async (object, state) => {
      const failing = envelope(write('lost', remind, unwritable), { commandId: 'c1' })
      await expect(object.execute(failing)).rejects.toThrow(TypeError)
      expect(tables(state)).toEqual([])
      expect(await ringsIn(state)).toBeNull()
      expect(await object.read({})).toBeNull()

      const next = await object.execute(envelope(write('one', remind), { commandId: 'c1' }))
      expect(next).toMatchObject({ ok: true, replayed: false, reading: { version: 1 } })
    })
  })
  it('that fails midway leaves the aggregate as it was, in storage and in memory', async () => {
    const { live, envelope } = notebookOf('later')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', remind), { commandId: 'c1' }))
      const before = await object.read({})
      const failing = envelope(write('lost', unwritable), { commandId: 'c2' })
      await expect(object.execute(failing)).rejects.toThrow(TypeError)
      expect(await object.read({})).toEqual(before)
      expect(rows(state, 'commands')).toHaveLength(1)
      expect(rows(state, 'timers')).toHaveLength(1)

      const next = await object.execute(envelope(write('two'), { commandId: 'c2' }))
      expect(next).toMatchObject({ ok: true, replayed: false, reading: { version: 2 } })
      expect(await object.read({})).toMatchObject({ version: 2, state: { texts: ['one', 'two'] } })
    })
  })
  it('arms the alarm in the tick of the decision, so that no crash can come between', async () => {
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
