import { beforeEach, describe, expect, it } from 'vitest'
import { send } from '../../../shared/core/effect.ts'
import { notebook, write, writeMany } from '../notebook.fixture.ts'
import {
  createProduct,
  eventually,
  fireAlarm,
  notebookOf,
  productsBehind,
  rows,
  stopTime,
} from '../object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** As many pages, each with its number. */
function pages(from: number, to: number) {
  return writeMany(...Array.from({ length: to - from + 1 }, (_, index) => `${from + index}`))
}

/** Makes events unreadable: whoever reads one of them fails. */
function spoil(state: DurableObjectState, upTo: number): void {
  state.storage.sql.exec(`UPDATE log SET body = 'spoilt' WHERE version BETWEEN 1 AND ?`, upTo)
}

describe('a snapshot', () => {
  it('is stored after 100 events and not before, then after 100 more', async () => {
    const { live, envelope } = notebookOf('stored')
    await live(async (object, state) => {
      await object.execute(envelope(pages(1, 99)))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toEqual([])
      await object.execute(envelope(write('100')))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 100, state_version: 1 }])
    })
    await live(async (object, state) => {
      await object.execute(envelope(pages(101, 199)))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 100 }])
      await object.execute(envelope(write('200')))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 200 }])
    })
  })
  it('is all that a cold start reads besides the events after it', async () => {
    const { live, envelope } = notebookOf('cold')
    const before = await live(async (object, state) => {
      await object.execute(envelope(pages(1, 100)))
      await fireAlarm(object, state)
      await object.execute(envelope(pages(101, 102)))
      return object.read({})
    })
    await live(async (object, state) => {
      spoil(state, 100)
      expect(await object.read({})).toEqual(before)
      expect(await object.read({ version: 101 })).toMatchObject({ version: 101 })
      await expect(object.read({ version: 99 })).rejects.toThrow(SyntaxError)
    })
  })
  it('does not prevent reads of older versions', async () => {
    const { live, envelope } = notebookOf('before')
    await live(async (object, state) => {
      await object.execute(envelope(pages(1, 100)))
      await fireAlarm(object, state)
    })
    await live(async (object) => {
      expect(await object.read({ version: 2 })).toMatchObject({ version: 2, state: { texts: ['1', '2'] } })
      expect(await object.history({ after: 0, limit: 200 })).toHaveLength(100)
    })
  })
  it.each([
    ['made by another version of the state', { ...notebook, stateVersion: 2 }],
    ['that today’s schema does not take', { ...notebook, state: notebook.state.refine(() => false) }],
  ])('%s is not read', async (name, changed) => {
    const { live, envelope } = notebookOf(name)
    await live(async (object, state) => {
      await object.execute(envelope(pages(1, 100)))
      await fireAlarm(object, state)
    })
    const evolve: typeof notebook.evolve = (before, event, at) => {
      const state = notebook.evolve(before, event, at)
      return { ...state, texts: state.texts.slice(-3) }
    }
    await live(
      async (object) => {
        expect(await object.read({})).toMatchObject({ version: 100, state: { texts: ['98', '99', '100'] } })
      },
      { ...changed, evolve },
    )
  })
  it('waits until no effect is pending, so that none is lost with the events before it', async () => {
    const answer = Promise.withResolvers<void>()
    const { live, envelope } = notebookOf('waits', { PRODUCT: productsBehind(() => answer.promise) })
    await live(async (object, state) => {
      await object.execute(envelope(write('1', send(createProduct('WAITS'), { type: 'Hear' }))))
      await object.execute(envelope(pages(2, 100)))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toEqual([])
      answer.resolve()
      await eventually(async () => expect(await object.read({})).toMatchObject({ version: 101 }))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toMatchObject([{ version: 101 }])
    })
    await live(async (object, state) => {
      await fireAlarm(object, state)
      expect(object.meter.rpcs).toBe(0)
    })
  })
  it('of a state that is too large for a row is not stored', async () => {
    const { live, envelope } = notebookOf('large')
    await live(async (object, state) => {
      await object.execute(envelope(pages(1, 98)))
      // Two bytes each: what counts is what a row has to hold.
      await object.execute(envelope(write('é'.repeat(475_000))))
      await object.execute(envelope(write('é'.repeat(475_000))))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toEqual([])
    })
    await live(async (object) => expect(await object.read({})).toMatchObject({ version: 100 }))
  })
})
