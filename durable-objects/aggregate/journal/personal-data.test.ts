import { beforeEach, describe, expect, it } from 'vitest'
import { call, send } from '../../../shared/core/effect.ts'
import { notebook, write, writeMany } from '../notebook.fixture.ts'
import {
  createProduct,
  eventually,
  fireAlarm,
  notebookOf,
  productsBehind,
  RecordingQueue,
  rows,
  stopTime,
} from '../object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** A notebook whose texts are personal, and are blackened by an attempt to tear a page out. */
const diary: typeof notebook = {
  ...notebook,
  personalData: {
    without: (event) =>
      event.type === 'Noted'
        ? {
            ...event,
            data: {
              text: 'erased',
              effects: event.data.effects.map((effect) =>
                effect.type === 'call' ? { ...effect, input: { to: 'erased' } } : effect,
              ),
            },
          }
        : event,
    erasedBy: ['TearTried'],
  },
}
const erase = { type: 'Tear', tried: true } as const
const everything = (state: DurableObjectState) =>
  JSON.stringify(['log', 'snapshot', 'effects'].map((table) => rows(state, table)))

describe('personal data', () => {
  it('reaches no sink, while the log has it for its owner', async () => {
    const queue = new RecordingQueue()
    const { live, envelope } = notebookOf('published without', { EVENTS: queue })
    await live(async (object, state) => {
      await object.execute(envelope(writeMany('of Ada', 'of Grace')))
      await eventually(async () => {
        await fireAlarm(object, state)
        expect(queue.events).toMatchObject([{ data: { text: 'erased' } }, { data: { text: 'erased' } }])
      })
      const history = await object.history({ after: 0, limit: 10 })
      expect(history.map((event) => JSON.parse(event).data.text)).toEqual(['of Ada', 'of Grace'])
    }, diary)
  })

  it('is gone from events, snapshot and state with the erasing commit, permanently', async () => {
    const { live, envelope } = notebookOf('erased')
    await live(async (object, state) => {
      await object.execute(envelope(writeMany(...Array.from({ length: 100 }, (_, page) => `Ada ${page}`))))
      await fireAlarm(object, state)
      expect(rows(state, 'snapshot')).toHaveLength(1)
      expect(everything(state)).toContain('Ada')
      await object.execute(envelope(erase))
      expect(everything(state)).not.toContain('Ada')
    }, diary)
    await live(async (object) => {
      const view = await object.read({})
      expect(view).toMatchObject({ version: 101 })
      expect(new Set(view?.state.texts)).toEqual(new Set(['erased']))
      expect(JSON.stringify(await object.history({ after: 0, limit: 200 }))).not.toContain('Ada')
    }, diary)
  })

  it('is gone from effects that wait for another try, in storage and in memory', async () => {
    const { live, envelope } = notebookOf('waiting')
    await live(async (object, state) => {
      await object.execute(envelope(write('a mail', call('no such port', 'send', { to: 'Ada' }))))
      await eventually(() => expect(everything(state)).toContain('RangeError'))
      await object.execute(envelope(erase))
      expect(everything(state)).not.toContain('Ada')
      // Tried again and failing again, it stores what memory holds.
      const [parked] = rows(state, 'effects')
      expect(await object.retryParked(String(parked?.id))).toBe(true)
      await eventually(() => expect(rows(state, 'effects')).toMatchObject([{ attempts: 2, parked: 1 }]))
      expect(everything(state)).not.toContain('Ada')
    }, diary)
  })

  it('does not come back with an effect that was under way when it was erased', async () => {
    let fail = (_: Error) => {}
    const products = new Promise<void>((_, reject) => {
      fail = reject
    })
    const { live, envelope } = notebookOf('under way', { PRODUCT: productsBehind(() => products) })
    const unkept: typeof notebook = {
      ...diary,
      personalData: {
        erasedBy: ['TearTried'],
        without: (event) =>
          event.type === 'Noted'
            ? { ...event, data: { text: 'erased', effects: [send(createProduct('erased'))] } }
            : event,
      },
    }
    await live(async (object, state) => {
      await object.execute(envelope(write('a page', send(createProduct('of-Ada')))))
      await object.execute(envelope(erase))
      fail(new Error('the other object is down'))
      await eventually(() => expect(rows(state, 'effects')).toHaveLength(1))
      expect(everything(state)).not.toContain('of-Ada')
    }, unkept)
  })
})
