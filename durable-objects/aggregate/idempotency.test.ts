import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { call } from '../../shared/core/effect.ts'
import { newId } from '../../shared/core/ids.ts'
import { DAY } from '../../shared/core/time.ts'
import { sandboxShard } from '../sandbox/gateway.ts'
import { write, writeMany } from './notebook.fixture.ts'
import {
  envelope as envelopeTo,
  fireAlarm,
  notebookOf,
  pass,
  stopTime,
  storedIn,
} from './object-lifetimes.fixture.ts'
import type { CommandReply } from './protocol.ts'

beforeEach(() => stopTime())

/** An answer but for the mark that it comes from the record. */
function answer({ repeated: _, ...rest }: CommandReply<unknown>) {
  return rest
}

describe('the same command id', () => {
  it('is answered from the record, with the state as of then', async () => {
    const { live, envelope } = notebookOf('accepted')
    const first = await live(async (object) => {
      const given = await object.execute(envelope(writeMany('one', 'two'), { commandId: 'c1' }))
      await object.execute(envelope(write('three')))
      return given
    })
    expect(first).toMatchObject({ ok: true, repeated: false, view: { version: 2 } })
    await live(async (object) => {
      const again = await object.execute(envelope(writeMany('one', 'two'), { commandId: 'c1' }))
      expect(again.repeated).toBe(true)
      expect(answer(again)).toEqual(answer(first))
      expect(await object.read({})).toMatchObject({ state: { texts: ['one', 'two', 'three'] } })
    })
  })
  it('is answered with the state as of then where nothing changed', async () => {
    const { live, envelope } = notebookOf('unchanged')
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      const first = await object.execute(envelope(writeMany(), { commandId: 'c1' }))
      await object.execute(envelope(write('two')))
      const again = await object.execute(envelope(writeMany(), { commandId: 'c1' }))
      expect(first).toMatchObject({ ok: true, events: [], view: { version: 1 } })
      expect(answer(again)).toEqual(answer(first))
    })
  })
  it.each([true, false])('is refused again as it was, recorded try: %s', async (tried) => {
    const { live, envelope } = notebookOf(`refused ${tried}`)
    const tear = envelope({ type: 'Tear', tried }, { commandId: 'c1' })
    const first = await live(async (object) => {
      await object.execute(envelope(write('one')))
      const given = await object.execute(tear)
      await object.execute(envelope(write('two')))
      return given
    })
    expect(first).toMatchObject({
      ok: false,
      version: tried ? 2 : 1,
      events: tried ? [{ type: 'TearTried', version: 2, data: '{}' }] : [],
      refusal: { code: 'not_torn', facts: '{"reason":"bound"}' },
    })
    await live(async (object, state) => {
      const again = await object.execute(tear)
      expect(again.repeated).toBe(true)
      expect(answer(again)).toEqual(answer(first))
      expect(storedIn(state).events).toHaveLength(tried ? 3 : 2)
    })
  })
  it('with another fingerprint is refused and changes nothing', async () => {
    const { live, envelope } = notebookOf('reused')
    await live(async (object) => {
      await object.execute(envelope(write('one'), { commandId: 'c1', fingerprint: 'a' }))
      const same = await object.execute(envelope(write('one'), { commandId: 'c1', fingerprint: 'a' }))
      expect(same).toMatchObject({ ok: true, repeated: true })
      const other = await object.execute(envelope(write('two'), { commandId: 'c1', fingerprint: 'b' }))
      expect(other).toMatchObject({ ok: false, refusal: { code: 'idempotency_key_reused' } })
      expect(await object.read({})).toMatchObject({ version: 1, state: { texts: ['one'] } })
    })
  })
  it('is pruned after two days and not before where it caused no event, however many there are', async () => {
    const { live, envelope } = notebookOf('forgotten')
    await live(async (object, state) => {
      await object.execute(envelope(write('first'), { commandId: 'first' }))
      for (let index = 0; index < 502; index++)
        await object.execute(envelope(writeMany(), { commandId: `old ${index}` }))
      pass(DAY)
      await object.execute(envelope(writeMany(), { commandId: 'newer' }))
      await fireAlarm(object, state)
      expect(storedIn(state).commands).toHaveLength(504)
      pass(DAY + 1)
      await object.execute(envelope(write('now')))
      await fireAlarm(object, state)
      await object.execute(envelope(write('soon after')))
      await fireAlarm(object, state)
      expect(storedIn(state).commands).toMatchObject([{ id: 'first' }, { id: 'newer' }])
    })
  })
})

describe('20 equal commands at once', () => {
  /** A charge with a reply to the notebook. */
  const charge = (key: string) =>
    write(
      'charging',
      call(
        'payments',
        'charge',
        { key, amount: { amount: 500, currency: 'USD' }, paymentMethod: 'pm_card_visa', orderId: 'o' },
        { type: 'Hear' },
      ),
    )

  it.each([0, 5_000])('have one effect and one answer, waiting %d ms', async (waitMilliseconds) => {
    const key = newId('pay')
    const { live, envelope } = notebookOf(key)
    await live(async (object, state) => {
      const replies = await Promise.all(
        Array.from({ length: 20 }, () =>
          object.execute(envelope(charge(key), { commandId: 'c1', waitMilliseconds })),
        ),
      )
      const version = waitMilliseconds > 0 ? 2 : 1
      expect(replies[0]).toMatchObject({ ok: true, view: { version } })
      for (const reply of replies) expect(answer(reply)).toEqual(answer(replies[0] ?? reply))
      expect(replies.filter((reply) => !reply.repeated)).toHaveLength(1)
      expect(storedIn(state).events.filter(({ type }) => type === 'Noted')).toHaveLength(1)

      await object.execute(envelope(write('later')))
      const late = await object.execute(envelope(charge(key), { commandId: 'c1', waitMilliseconds }))
      expect(answer(late)).toEqual(answer(replies[0] ?? late))
    })
  })
  it('charge a payment once', async () => {
    const id = newId('pay')
    const command = {
      type: 'ProcessPayment',
      orderId: newId('ord'),
      customerId: newId('cus'),
      amount: { amount: 500, currency: 'USD' },
      paymentMethod: 'pm_card_visa',
      attempt: 1,
      shippingCountry: 'US',
      failedTries: 0,
    }
    const stub = env.PAYMENT.getByName(id)
    const replies = await Promise.all(
      Array.from({ length: 20 }, () =>
        stub.execute(envelopeTo(id, command, { commandId: 'c1', waitMilliseconds: 5_000 })),
      ),
    )
    expect(replies[0]).toMatchObject({ ok: true, view: { version: 3, state: { status: 'processed' } } })
    for (const reply of replies) expect(answer(reply)).toEqual(answer(replies[0] ?? reply))
    expect(await env.SANDBOX_GATEWAY.getByName(sandboxShard(id)).records(id)).toMatchObject({
      charges: [{}],
      refunds: [],
    })
  })
})
