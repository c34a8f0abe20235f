import { beforeEach, describe, expect, it } from 'vitest'
import { send } from '../../shared/core/effect.ts'
import { write } from './notebook.fixture.ts'
import {
  createProduct,
  eventually,
  notebookOf,
  productsBehind,
  stopTime,
} from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** A notebook that waits for a product to answer, and the way to let it. */
function waitingFor(id: string) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const effect = send(createProduct(id), { type: 'Hear' })
  return { answer: resolve, effect, ...notebookOf(id, { PRODUCT: productsBehind(() => promise) }) }
}

describe('a caller who waits', () => {
  it('is answered with the outcome of the command', async () => {
    const { answer, effect, live, envelope } = waitingFor('SETTLED')
    await live(async (object) => {
      const reply = object.execute(envelope(write('one', effect), { waitMilliseconds: 30_000 }))
      await eventually(async () => expect(await object.read({})).toMatchObject({ version: 1 }))
      answer()
      expect(await reply).toMatchObject({
        ok: true,
        events: [{ version: 1 }],
        view: { version: 2, state: { unheard: 0 } },
      })
    })
  })
  it('is answered with the present state at the timeout, and so is every repetition', async () => {
    const { answer, effect, live, envelope } = waitingFor('OVER')
    const command = envelope(write('one', effect), { commandId: 'c1', waitMilliseconds: 20 })
    const unsettled = { ok: true, view: { version: 1, state: { unheard: 1 } } }
    await live(async (object) => {
      expect(await object.execute(command)).toMatchObject(unsettled)
      answer()
      await eventually(async () => expect(await object.read({})).toMatchObject({ version: 2 }))
      expect(await object.execute(command)).toMatchObject(unsettled)
    })
  })
  it('does not wait where nothing is under way, or for a refusal', async () => {
    const { live, envelope } = waitingFor('NOTHING')
    await live(async (object) => {
      const waiting = { waitMilliseconds: 30_000 }
      expect(await object.execute(envelope(write('one'), waiting))).toMatchObject({ ok: true })
      expect(await object.execute(envelope({ type: 'Tear', tried: true }, waiting))).toMatchObject({
        ok: false,
      })
    })
  })
})
