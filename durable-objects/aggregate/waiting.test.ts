import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { send } from '../../shared/core/effect.ts'
import { newId } from '../../shared/core/ids.ts'
import { order } from '../../shared/order/aggregate.ts'
import { requestedLine } from '../../shared/order/order.fixture.ts'
import { orderOf, register, stock } from './checkout.fixture.ts'
import { write } from './notebook.fixture.ts'
import {
  bindings,
  createProduct,
  envelope,
  eventually,
  live,
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
  // Ends before the wait would: an answer at its end would say the same.
  it('for an order does not wait for its mail', { timeout: 25_000 }, async () => {
    const accepted = Promise.withResolvers<{ messageId: string }>()
    const mails: unknown[] = []
    const email = {
      send: (mail: unknown) => {
        mails.push(mail)
        return accepted.promise
      },
    }
    const environment = bindings({ MAILER: 'cloudflare', MAIL_FROM: 'shop@example.com', EMAIL: email })
    await stock('MAILED', 5)
    // Nothing is paid: a payment would report to another instance of this object.
    const command = { ...orderOf(await register(), 'MAILED'), lines: [requestedLine('MAILED', 1, 0)] }
    const id = newId('ord')
    await live(order, env.ORDER.getByName(id), environment, async (object) => {
      const reply = await object.execute(envelope(id, command, { waitMilliseconds: 30_000 }))
      const settled = { status: 'confirmed', fulfilmentStatus: 'scheduled' }
      expect(reply).toMatchObject({ ok: true, view: { state: settled } })
      // It was on its way, and still is.
      await eventually(() => expect(mails).toHaveLength(1))
      accepted.resolve({ messageId: '1' })
    })
  })
})
