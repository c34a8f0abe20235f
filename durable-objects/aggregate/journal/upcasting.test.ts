import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { type Aggregate, event, type Upcaster } from '../../../shared/core/aggregate.ts'
import { type Effect, send } from '../../../shared/core/effect.ts'
import { accept } from '../../../shared/core/refusal.ts'
import { notebook, write } from '../notebook.fixture.ts'
import {
  createProduct,
  eventually,
  fireAlarm,
  live,
  notebookOf,
  productRecord,
  RecordingQueue,
  stopTime,
  storedIn,
} from '../object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** The notebook's first release: a note was all that it knew. */
const firstNoted = event('Noted', z.object({ note: z.string() }))
const firstRelease: Omit<
  Aggregate<string[], { type: 'Write'; note: string }, z.infer<typeof firstNoted>>,
  'personalData'
> = {
  kind: notebook.kind,
  context: notebook.context,
  command: z.discriminatedUnion('type', [z.object({ type: z.literal('Write'), note: z.string() })]),
  event: z.discriminatedUnion('type', [firstNoted]),
  refusals: {},
  state: z.array(z.string()),
  stateVersion: 0,
  evolve: (notes, { data }) => [...(notes ?? []), data.note],
  decide: ({ note }) => accept({ type: 'Noted', data: { note } }),
  react: () => [],
}

const second = z.object({ text: z.string() })
const first = z.object({ note: z.string() })

/** Today's release, which reads all that its two forerunners wrote. */
function todayWith(...effects: Effect[]): typeof notebook {
  const toText: Upcaster = (data) => ({ text: first.parse(data).note })
  const toEffects: Upcaster = (data) => ({ ...second.parse(data), effects })
  return { ...notebook, upcasters: { Noted: [toText, toEffects] } }
}
/** The second release, in which `note` became `text`. */
const secondNoted = event('Noted', second)
const secondRelease: Aggregate<string[], { type: 'Write'; text: string }, z.infer<typeof secondNoted>> = {
  ...firstRelease,
  command: z.discriminatedUnion('type', [z.object({ type: z.literal('Write'), text: z.string() })]),
  event: z.discriminatedUnion('type', [secondNoted]),
  upcasters: { Noted: [(data) => ({ text: first.parse(data).note })] },
  evolve: (notes, { data }) => [...(notes ?? []), data.text],
  decide: ({ text }) => accept({ type: 'Noted', data: { text } }),
  react: () => [],
}

describe('events of earlier releases', () => {
  it('are read in their newest shape on every path', async () => {
    const queue = new RecordingQueue()
    const { live: liveToday, envelope, stub, environment } = notebookOf('upcast', { EVENTS: queue })
    const old = envelope({ type: 'Write', note: 'first' }, { commandId: 'c1' })
    await live(firstRelease, stub(), environment, (object) => object.execute(old))
    await live(secondRelease, stub(), environment, (object) =>
      object.execute(envelope({ type: 'Write', text: 'second' })),
    )
    await liveToday(async (object, state) => {
      expect(await object.execute(envelope(write('third')))).toMatchObject({
        ok: true,
        view: { version: 3 },
      })
      expect(storedIn(state).events.map(({ schema }) => schema)).toEqual([1, 2, 3])

      expect(await object.read({})).toMatchObject({ state: { texts: ['first', 'second', 'third'] } })
      expect(await object.read({ version: 1 })).toMatchObject({ state: { texts: ['first'] } })

      const told = (await object.history({ after: 0, limit: 10 })).map((text) => JSON.parse(text))
      const history = told.map(({ data }) => data)
      for (const { dataschema } of told) expect(dataschema).toBe('/schemas/stationery.Noted.v3.json')
      expect(history).toMatchObject([{ text: 'first' }, { text: 'second' }, { text: 'third', effects: [] }])

      const repeated = await object.execute(old)
      expect(repeated).toMatchObject({ ok: true, repeated: true, view: { version: 1 } })
      expect(JSON.parse(repeated.events[0]?.data ?? '')).toMatchObject({ text: 'first' })

      await fireAlarm(object, state)
      expect(queue.events.map(({ data }) => data)).toEqual(history)
    }, todayWith())
  })
  it('cause the effects of today, if they have not happened yet', async () => {
    const { live: liveToday, envelope, stub, environment } = notebookOf('reacted')
    await live(firstRelease, stub(), environment, (object) =>
      object.execute(envelope({ type: 'Write', note: 'first' })),
    )
    await liveToday(fireAlarm, todayWith(send(createProduct('UPCAST'))))
    await eventually(async () =>
      expect(await productRecord('UPCAST')).toEqual({ events: 1, commands: ['notebook/reacted/1#0.0'] }),
    )
  })
  it('that no release can read are a fault', async () => {
    const { live: liveToday, envelope, stub, environment } = notebookOf('unreadable')
    await live(firstRelease, stub(), environment, (object) =>
      object.execute(envelope({ type: 'Write', note: 'first' })),
    )
    await liveToday(async (object) => {
      await expect(object.read({})).rejects.toThrow('text')
      await expect(object.execute(envelope(write('second')))).rejects.toThrow('text')
    })
  })
})
