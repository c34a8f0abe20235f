import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { call, type PortRequest, send, sendEach, sendInOrder } from '../../../shared/core/effect.ts'
import { newId } from '../../../shared/core/ids.ts'
import { DAY, SECOND } from '../../../shared/core/time.ts'
import { screeningFacts } from '../../../shared/payment/commands.ts'
import type { ChargeRequest } from '../../../shared/ports/payment-gateway.ts'
import type { Env } from '../../env.ts'
import { sandboxShard } from '../../sandbox/gateway.ts'
import { notebook, write } from '../notebook.fixture.ts'
import {
  alarmInMs,
  createProduct,
  elapse,
  eventually,
  fireAlarm,
  notebookOf,
  pass,
  productRecord,
  productsBehind,
  rows,
  stopTime,
  stopTimers,
  storedIn,
} from '../object-lifetimes.fixture.ts'

beforeEach(() => stopTime())
afterEach(() => void vi.useRealTimers())

const hear = { type: 'Hear', about: 'product' }

/** The notebook's view, once it has heard a number of outcomes. */
async function heard(object: { read(of: object): Promise<unknown> }, count: number) {
  return eventually(async () => {
    const view = await object.read({})
    expect(view).toMatchObject({ state: { heard: Array(count).fill({}) } })
    return view
  })
}

describe('an effect', () => {
  it('of an earlier life is stored as done by the alarm that makes it happen', async () => {
    const never = Promise.withResolvers<void>()
    const hanging = notebookOf('stored', { PRODUCT: productsBehind(() => never.promise) })
    await hanging.live(async (object) => {
      await object.execute(hanging.envelope(write('one', send(createProduct('STORED')))))
    })
    await notebookOf('stored').live(async (object, state) => {
      await fireAlarm(object, state)
      // Whatever comes now, the next life does not repeat it.
      expect(storedIn(state)).toMatchObject({ reacted: 1 })
    })
    expect(await productRecord('STORED')).toMatchObject({ events: 1 })
  })
  it('happens under an id made of its event and its position, and its outcome is delivered in the reply', async () => {
    const { live, envelope } = notebookOf('ids')
    await live(async (object) => {
      await object.execute(envelope(write('one')))
      const effects = [send(createProduct('A')), sendInOrder([createProduct('B'), createProduct('C')], hear)]
      await object.execute(envelope(write('two', ...effects)))
      expect(await heard(object, 1)).toMatchObject({
        state: {
          heard: [
            {
              about: 'product',
              outcome: [
                {
                  ok: true,
                  to: { kind: 'product', id: 'B' },
                  version: 1,
                  events: [{ type: 'ProductCreated' }],
                },
                { ok: true, to: { kind: 'product', id: 'C' }, version: 1 },
              ],
            },
          ],
        },
      })
      await eventually(async () =>
        expect(await productRecord('A')).toEqual({ events: 1, commands: ['notebook/ids/2#0.0'] }),
      )
      expect(await productRecord('C')).toEqual({ events: 1, commands: ['notebook/ids/2#1.1'] })
    })
  })
  it('names its event as the cause of the events that follow', async () => {
    const { live, envelope } = notebookOf('cause')
    await live(async (object) => {
      await object.execute(envelope(write('one', send(createProduct('CAUSED'), hear))))
      await heard(object, 1)
      const [caused] = await env.PRODUCT.getByName('CAUSED').history({ after: 0, limit: 1 })
      const trace = { correlationid: 'test', causationid: 'notebook/cause/1' }
      expect(JSON.parse(caused ?? '')).toMatchObject(trace)
      const [, reply] = await object.history({ after: 0, limit: 2 })
      expect(JSON.parse(reply ?? '')).toMatchObject(trace)
    })
  })
  it.each([
    ['stops at a refusal', sendInOrder, 1],
    ['continues after a refusal', sendEach, 2],
  ] as const)('of several commands %s if it is to', async (name, send, steps) => {
    const { live, envelope } = notebookOf(name)
    const unknown = { to: { kind: 'product', id: 'NONE' }, command: { type: 'DiscontinueProduct' } }
    await live(async (object) => {
      await object.execute(envelope(write('one', send([unknown, createProduct(`AFTER-${steps}`)], hear))))
      const view = await heard(object, 1)
      const refused = { ok: false, refusal: { code: 'product_not_found' } }
      expect(view).toMatchObject({
        state: { heard: [{ outcome: [refused, { ok: true }].slice(0, steps) }] },
      })
    })
  })
})

describe('the facts of a command', () => {
  const request = () => ({
    orderId: newId('ord'),
    customerId: newId('cus'),
    amount: { amount: 900, currency: 'USD' },
    paymentMethod: 'pm_card_visa',
  })
  /** A step that requests a payment, with the facts of its screening. */
  function requested(facts?: Partial<PortRequest>) {
    const id = newId('pay')
    const asked = request()
    const command = { type: 'ProcessPayment', ...asked, attempt: 1, shippingCountry: 'US', failedTries: 0 }
    const step = { to: { kind: 'payment', id }, command, facts: { ...screeningFacts(id, asked), ...facts } }
    return { id, step }
  }
  const typesOf = async (id: string) =>
    (await env.PAYMENT.getByName(id).history({ after: 0, limit: 10 })).map((event) => JSON.parse(event).type)
  const screenedAndCharged = [
    'payment.PaymentRequested',
    'payment.PaymentScreened',
    'payment.PaymentProcessed',
  ]

  it('are what a port answers, and travel with the command', async () => {
    const { id, step } = requested()
    const { live, envelope } = notebookOf('facts')
    await live(async (object) => {
      await object.execute(envelope(write('one', send(step, hear))))
      const events = [
        { type: 'PaymentRequested', data: { screened: true } },
        { type: 'PaymentScreened', data: { decisions: [{ inputs: { cardCountry: 'US' } }] } },
      ]
      expect(await heard(object, 1)).toMatchObject({
        state: { heard: [{ outcome: [{ ok: true, version: 2, events }] }] },
      })
    })
    await eventually(async () => expect(await typesOf(id)).toEqual(screenedAndCharged))
  })
  it.each([
    ['the port fails', { operation: 'none' }],
    ['its receiver knows no such field', null],
  ])('are left out where %s', async (name, facts) => {
    const { live, envelope } = notebookOf(name)
    const { id, step } = requested(facts ?? {})
    const product = createProduct('WITHOUT-FACTS')
    await live(async (object) => {
      const sent = facts ? step : { ...product, facts: step.facts }
      await object.execute(envelope(write('one', send(sent, hear))))
      expect(await heard(object, 1)).toMatchObject({
        state: { heard: [{ outcome: [{ ok: true, version: 1 }] }] },
      })
    })
    if (facts) await eventually(async () => expect(await typesOf(id)).toEqual(screenedAndCharged))
    else
      expect(await productRecord('WITHOUT-FACTS')).toEqual({
        events: 1,
        commands: [`notebook/${name}/1#0.0`],
      })
  })
  it('are left out where the port does not answer within five seconds', async () => {
    stopTimers()
    const asked = Promise.withResolvers<void>()
    const dispatch = () => {
      asked.resolve()
      return new Promise<never>(() => {})
    }
    const silent = new Proxy(env.CUSTOMER, { get: () => () => ({ dispatch }) })
    const { live, envelope } = notebookOf('silence', { CUSTOMER: silent })
    const { id, step } = requested()
    await live(async (object) => {
      await object.execute(envelope(write('one', send(step, hear))))
      await asked.promise
      await elapse(4_999)
      expect(await object.read({})).toMatchObject({ state: { heard: [] } })
      await elapse(1)
      await heard(object, 1)
    })
    await eventually(async () => expect(await typesOf(id)).toEqual(screenedAndCharged))
  })
})

describe('a broken object', () => {
  const change = async (sku: string, ...statements: string[]) => {
    const stub = env.PRODUCT.getByName(sku)
    await runInDurableObject(stub, (_, state) => {
      for (const statement of statements) state.storage.sql.exec(statement)
    })
    await evictDurableObject(stub)
  }
  /** Storage with unreadable tables, as in a damaged file. */
  const broken = (sku: string) =>
    change(
      sku,
      'CREATE TABLE log (version INTEGER PRIMARY KEY, command TEXT, body TEXT)',
      "INSERT INTO log VALUES (0, NULL, 'damaged')",
    )
  const repaired = (sku: string) => change(sku, 'DROP TABLE log')

  it.each([
    ['first', ['BAD', 'X', 'Y']],
    ['middle', ['X', 'BAD', 'Y']],
    ['last', ['X', 'Y', 'BAD']],
  ] as const)('%s among several holds up none of the others, and is tried again', async (place, skus) => {
    const ids = skus.map((sku) => `${place}-${sku}`)
    const bad = ids.find((id) => id.endsWith('BAD')) ?? ''
    await broken(bad)
    const { live, envelope } = notebookOf(`broken ${place}`)
    await live(async (object, state) => {
      await object.execute(envelope(write('one', sendEach(ids.map(createProduct), hear))))
      await failed(state, 1)
      for (const id of ids) if (id !== bad) expect(await productRecord(id)).toMatchObject({ events: 1 })
      expect(await object.read({})).toMatchObject({ state: { heard: [] } })
      const [row] = rows(state, 'effects')
      await repaired(bad)
      if (row?.parked) await object.retryParked(String(row.id))
      else {
        pass(SECOND)
        await fireAlarm(object, state)
      }
      const outcome = ids.map((id) => ({ ok: true, to: { kind: 'product', id } }))
      expect(await heard(object, 1)).toMatchObject({ state: { heard: [{ outcome }] } })
    })
    for (const id of ids) expect(await productRecord(id)).toMatchObject({ events: 1 })
  })
  it('stops the steps that must not happen without it', async () => {
    await broken('GATE')
    const { live, envelope } = notebookOf('gate')
    await live(async (object, state) => {
      const steps = [createProduct('GATE'), createProduct('BEHIND')]
      await object.execute(envelope(write('one', sendInOrder(steps, hear))))
      await failed(state, 1)
    })
    expect(await productRecord('BEHIND')).toMatchObject({ events: 0 })
  })
})

describe('after a crash', () => {
  it('between commit and effect, the effect happens', async () => {
    const { live, envelope } = notebookOf('before')
    // Such a storage is left by a crash right after the commit: the event, and nothing that it causes.
    await live((object) => object.execute(envelope(write('one', send(createProduct('BEFORE'), hear)))), {
      ...notebook,
      react: () => [],
    })
    expect(await productRecord('BEFORE')).toEqual({ events: 0, commands: [] })
    await live(async (object, state) => {
      expect(await fireAlarm(object, state)).toBe(true)
      await heard(object, 1)
    })
    expect(await productRecord('BEFORE')).toEqual({ events: 1, commands: ['notebook/before/1#0.0'] })
  })
  it('between effect and reply, the receiver answers from its record', async () => {
    const { live, envelope } = notebookOf('between')
    let crash = () => {}
    const crashing: typeof notebook = {
      ...notebook,
      decide(command, ...rest) {
        // The receiver has done its part, and its answer is on its way into the log.
        if (command.type === 'Hear') crash()
        return notebook.decide(command, ...rest)
      },
    }
    const lifetime = live(async (object, state) => {
      crash = () => state.abort('crash')
      await object.execute(envelope(write('one', send(createProduct('BETWEEN'), hear))))
      await heard(object, 1)
    }, crashing)
    await expect(lifetime).rejects.toThrow('crash')
    expect(await productRecord('BETWEEN')).toMatchObject({ events: 1 })
    await live(async (object, state) => {
      expect(await object.read({})).toMatchObject({ version: 1, state: { heard: [] } })
      expect(await fireAlarm(object, state)).toBe(true)
      expect(await heard(object, 1)).toMatchObject({
        state: { heard: [{ outcome: [{ ok: true, version: 1, events: [{ type: 'ProductCreated' }] }] }] },
      })
    })
    expect(await productRecord('BETWEEN')).toMatchObject({ events: 1 })
  })
  it('with the answer of a gateway lost, the charge is made once', async () => {
    const key = newId('pay')
    const amount = { amount: 500, currency: 'USD' }
    const request = { key, amount, paymentMethod: 'pm_sandbox_timeout', orderId: 'ord_1' }
    const asked: string[] = []
    const { live, envelope } = notebookOf('gateway', { SANDBOX_GATEWAY: gatewayHeardBy(asked) })
    await live(async (object, state) => {
      await object.execute(envelope(write('one', call('payments', 'charge', request, hear))))
      await failed(state, 1)
    })
    await live(async (object, state) => {
      pass(SECOND)
      await fireAlarm(object, state)
      await failed(state, 2)
    })
    await live(async (object, state) => {
      pass(SECOND)
      await fireAlarm(object, state)
      expect(await heard(object, 1)).toMatchObject({
        state: { heard: [{ outcome: { ok: true, value: { status: 'succeeded', chargeId: `ch_${key}` } } }] },
      })
      expect(rows(state, 'effects')).toEqual([])
    })
    expect(await env.SANDBOX_GATEWAY.getByName(sandboxShard(key)).records(key)).toMatchObject({
      charges: [{}],
    })
    // Keys expire at gateways: after an unknown outcome the charge is looked up.
    expect(asked).toEqual(['charge', 'find', 'find'])
  })
  it('an effect that ended after the publication does not happen again, even when its record is gone', async () => {
    const answer = Promise.withResolvers<void>()
    const { live, envelope } = notebookOf('late', { PRODUCT: productsBehind(() => answer.promise) })
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('LATE')))))
      await fireAlarm(object, state)
      await object.confirmPublished([1])
      answer.resolve()
      await eventually(async () => {
        await fireAlarm(object, state)
        expect(await alarmInMs(state)).toBeNull()
      })
      expect(await productRecord('LATE')).toMatchObject({ events: 1 })
    })
    await live(async (object) => {
      pass(3 * DAY)
      await object.execute(envelope(write('much later')))
      expect(object.meter.rpcs).toBe(0)
    })
  })
})

/** Resolves when an effect of an object has failed so often. */
async function failed(state: DurableObjectState, attempts: number): Promise<void> {
  await eventually(() => expect(rows(state, 'effects')).toMatchObject([{ attempts }]))
}

/** The sandbox gateway, with a record of its calls. */
function gatewayHeardBy(asked: string[]): Env['SANDBOX_GATEWAY'] {
  return new Proxy(env.SANDBOX_GATEWAY, {
    get: (objects) => (key: string) => ({
      charge: (request: ChargeRequest) => {
        asked.push('charge')
        return objects.getByName(key).charge(request)
      },
      find: (known: string) => {
        asked.push('find')
        return objects.getByName(key).find(known)
      },
    }),
  })
}
