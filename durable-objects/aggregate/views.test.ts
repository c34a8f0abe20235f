import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { schedule } from '../../shared/core/effect.ts'
import { DAY, instantOf, MINUTE } from '../../shared/core/time.ts'
import { write, writeMany } from './notebook.fixture.ts'
import { alarmInMs, notebookOf, pass, START, stopTime, storedIn, tables } from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

describe('an expected version', () => {
  it('that is the present one is accepted', async () => {
    const { live, envelope } = notebookOf('met')
    await live(async (object) => {
      expect(await object.execute(envelope(write('one'), { expectedVersions: [0] }))).toMatchObject({
        ok: true,
      })
      expect(await object.execute(envelope(write('two'), { expectedVersions: [7, 1] }))).toMatchObject({
        ok: true,
      })
    })
  })
  it('`any` accepts every version, and none before the first event', async () => {
    const { live, envelope } = notebookOf('any')
    await live(async (object, state) => {
      for (const expectedVersions of ['any', [1], []] as const) {
        const before = envelope(write('one'), {
          expectedVersions: expectedVersions === 'any' ? expectedVersions : [...expectedVersions],
        })
        expect(await object.execute(before)).toMatchObject({ ok: false, refusal: { code: 'not_found' } })
      }
      expect(tables(state)).toEqual([])
      await object.execute(envelope(write('one')))
      expect(await object.execute(envelope(write('two'), { expectedVersions: 'any' }))).toMatchObject({
        ok: true,
      })
    })
  })
  it.each([[[0]], [[1]], [[3, 1]], [[]]])(
    'that is not (%j) is refused and changes nothing',
    async (expectedVersions) => {
      const { live, envelope } = notebookOf(`stale ${JSON.stringify(expectedVersions)}`)
      await live(async (object, state) => {
        await object.execute(envelope(writeMany('one', 'two')))
        const stale = envelope(write('three'), { expectedVersions, commandId: 'c1' })
        expect(await object.execute(stale)).toMatchObject({
          ok: false,
          version: 2,
          refusal: { code: 'version_conflict', facts: '{"currentVersion":2}' },
        })
        expect(await object.read({})).toMatchObject({ version: 2, state: { texts: ['one', 'two'] } })
        expect(storedIn(state).commands).toEqual([])
      })
    },
  )
  it('does not prevent the answer to a repeated command', async () => {
    const { live, envelope } = notebookOf('repeated')
    await live(async (object) => {
      const first = envelope(write('one'), { expectedVersions: [0], commandId: 'c1' })
      await object.execute(first)
      expect(await object.execute(first)).toMatchObject({ ok: true, repeated: true, view: { version: 1 } })
    })
  })
})

describe('a dry run', () => {
  it('shows what would happen and changes nothing', async () => {
    const { live, envelope } = notebookOf('dry')
    await live(async (object, state) => {
      await object.execute(envelope(write('one'), { commandId: 'c1' }))
      const before = [storedIn(state).events, storedIn(state).commands, tables(state), await object.read({})]
      pass(MINUTE)
      const remind = schedule('reminder', instantOf(START + DAY), write('reminded'))
      const dry = envelope(write('two', remind), { dryRun: true, commandId: 'c2' })
      expect(await object.execute(dry)).toEqual({
        ok: true,
        repeated: false,
        events: [{ type: 'Noted', version: 2, data: JSON.stringify({ text: 'two', effects: [remind] }) }],
        view: {
          id: 'dry',
          version: 2,
          state: { texts: ['one', 'two'], heard: [], unheard: 0 },
          createdAt: instantOf(START),
          updatedAt: instantOf(START + MINUTE),
        },
      })
      expect([
        storedIn(state).events,
        storedIn(state).commands,
        tables(state),
        await object.read({}),
      ]).toEqual(before)
    })
  })
  it('of a command that would be refused shows the refusal', async () => {
    const { live, envelope } = notebookOf('dry refused')
    await live(async (object, state) => {
      const dry = envelope({ type: 'Tear', tried: true }, { dryRun: true, commandId: 'c1' })
      expect(await object.execute(dry)).toMatchObject({
        ok: false,
        version: 0,
        refusal: { code: 'not_torn' },
        events: [{ type: 'TearTried', version: 1 }],
      })
      expect(tables(state)).toEqual([])
    })
  })
})

describe('reading', () => {
  it('shows the aggregate as it was at a version', async () => {
    const { live, envelope } = notebookOf('as of')
    await live(async (object) => {
      await object.execute(envelope(writeMany('one', 'two')))
      pass(MINUTE)
      await object.execute(envelope(write('three')))
      expect(await object.read({ version: 2 })).toEqual({
        id: 'as of',
        version: 2,
        state: { texts: ['one', 'two'], heard: [], unheard: 0 },
        createdAt: instantOf(START),
        updatedAt: instantOf(START),
      })
      expect(await object.read({ version: 3 })).toMatchObject({
        state: { texts: ['one', 'two', 'three'] },
        updatedAt: instantOf(START + MINUTE),
      })
      for (const version of [0, -1, 4]) expect(await object.read({ version })).toBeNull()
    })
  })
  it('gives the history page by page, as CloudEvents', async () => {
    const { live, envelope } = notebookOf('history')
    await live(async (object) => {
      await object.execute(envelope(writeMany('one', 'two', 'three')))
      await object.execute(envelope({ type: 'Tear', tried: true }))
      await object.execute(envelope(write('five')))
      const pages: number[][] = []
      for (let after = 0; after < 5; after = pages.at(-1)?.at(-1) ?? 5) {
        const page = await object.history({ after, limit: 2 })
        pages.push(page.map((text) => Number(JSON.parse(text).sequence)))
      }
      expect(pages).toEqual([[1, 2], [3, 4], [5]])
      const [fourth] = await object.history({ after: 3, limit: 1 })
      expect(JSON.parse(fourth ?? '')).toMatchObject({
        specversion: '1.0',
        id: 'notebook/history/4',
        type: 'stationery.TearTried',
        category: 'error',
        subject: 'history',
        partitionkey: 'notebook/history',
        time: instantOf(START),
        correlationid: 'test',
      })
      expect(await object.history({ after: 5, limit: 2 })).toEqual([])
    })
  })
})

describe('an id without an aggregate', () => {
  it('writes no table in any call', async () => {
    const { live, envelope } = notebookOf('unknown')
    await live(async (object, state) => {
      expect(await object.read({})).toBeNull()
      expect(await object.read({ version: 1 })).toBeNull()
      expect(await object.history({ after: 0, limit: 10 })).toEqual([])
      expect(await object.retryParked('notebook/unknown/1#0')).toBe(false)
      expect(await object.execute(envelope({ type: 'Tear', tried: false }))).toMatchObject({ ok: false })
      expect(tables(state)).toEqual([])
      expect(await alarmInMs(state)).toBeNull()
      // One call to its forwarder, which checks for a lost log.
      expect(object.meter).toEqual({ rowsWritten: 0, alarmsSet: 0, rpcs: 1, queueSends: 0 })
    })
  })
  it('writes no table through a real binding either', async () => {
    const stub = env.ORDER.getByName('ord_unknown')
    expect(await stub.read({})).toBeNull()
    expect(await runInDurableObject(stub, (_, state) => tables(state))).toEqual([])
  })
  it('is not created by a command that changes nothing', async () => {
    const { live, envelope } = notebookOf('nothing')
    await live(async (object, state) => {
      const nothing = envelope(writeMany(), { commandId: 'c1' })
      await expect(object.execute(nothing)).rejects.toThrow('its first command without an event')
      expect(tables(state)).toEqual([])
    })
  })
})

describe('a command of the wrong shape', () => {
  it('is refused, naming what is wrong but not its value', async () => {
    const { live, envelope } = notebookOf('shape')
    await live(async (object, state) => {
      const command = { type: 'Write', pages: [{ text: 5, effects: [] }] }
      expect(await object.execute(envelope(command, { commandId: 'c1' }))).toMatchObject({
        ok: false,
        refusal: {
          code: 'command_invalid',
          facts: '{"issues":[{"path":"pages/0/text","code":"invalid_type"}]}',
        },
      })
      expect(tables(state)).toEqual([])
    })
  })
})
