import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { backoffMs } from '../../../shared/core/backoff.ts'
import { call, send } from '../../../shared/core/effect.ts'
import { instantOf, MINUTE, millisecondsOf } from '../../../shared/core/time.ts'
import { notebook, write } from '../notebook.fixture.ts'
import {
  alarmInMs,
  createProduct,
  dropRegister,
  eventually,
  fireAlarm,
  layRegister,
  notebookOf,
  pass,
  productRecord,
  productsBehind,
  RecordingQueue,
  rows,
  START,
  stopTime,
} from '../object-lifetimes.fixture.ts'
import { EFFECT_RETRY, MAX_ATTEMPTS } from './effects.ts'
import { findParked, listParked } from './parked-effects.ts'

beforeEach(async () => {
  stopTime()
  await layRegister()
})

/** A call that fails permanently, with personal data. */
const hopeless = call('pigeons', 'send', { to: 'ada@example.com' })

function parking(id: string, products: () => Promise<void> = async () => {}) {
  const queue = new RecordingQueue()
  return { queue, ...notebookOf(id, { EVENTS: queue, PRODUCT: productsBehind(products) }) }
}

/** The products refuse every command, until `accept` is called. */
function refused(id: string) {
  let refusing = true
  const accept = () => {
    refusing = false
  }
  const products = async () => {
    if (refusing) throw new RangeError('not today')
  }
  return { accept, ...parking(id, products) }
}

/** Waits until the object's only failed effect is as it should be. */
async function failed(state: DurableObjectState, as: Record<string, SqlStorageValue>) {
  return eventually(() => {
    const [row] = rows(state, 'effects')
    expect(row).toMatchObject(as)
    return row
  })
}

const register = () => listParked(env.DATABASE, { limit: 10 })

describe('an effect that fails', () => {
  it('is tried again after growing waits', async () => {
    let down = true
    const { live, envelope } = parking('retried', async () => {
      if (down) throw new Error('down')
    })
    await live((object) => object.execute(envelope(write('one', send(createProduct('RETRIED'))))))
    for (const attempts of [1, 2, 3, 4]) {
      await live(async (object, state) => {
        if (attempts > 1) await fireAlarm(object, state)
        const row = await failed(state, { attempts, parked: 0, error: 'Error: down' })
        const wait = millisecondsOf(String(row?.next_at)) - Date.now()
        expect(wait).toBeGreaterThanOrEqual(backoffMs(EFFECT_RETRY, attempts, 0))
        expect(wait).toBeLessThanOrEqual(backoffMs(EFFECT_RETRY, attempts, 1))
        await object.alarm()
        await failed(state, { attempts })
        pass(wait)
      })
    }
    down = false
    await live(async (object, state) => {
      await fireAlarm(object, state)
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
    })
    expect(await productRecord('RETRIED')).toEqual({ events: 1, commands: ['notebook/retried/1#0.0'] })
  })
  it('does not fire the alarm without end while its next try is under way', async () => {
    const answer = Promise.withResolvers<void>()
    const tries: (() => Promise<void>)[] = [() => Promise.reject(new Error('down')), () => answer.promise]
    const { live, envelope } = parking('slow', async () => tries.shift()?.())
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('SLOW')))))
      await failed(state, { attempts: 1 })
      pass(MINUTE)
      await fireAlarm(object, state)
      expect(await alarmInMs(state)).toBe(30_000)
      answer.resolve()
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
    })
  })
  it('is parked after its last try, and not tried again', async () => {
    let tries = 0
    const { live, envelope } = parking('outlived', async () => {
      tries += 1
      throw new Error('down')
    })
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('OUTLIVED')))))
      for (let attempts = 1; attempts <= MAX_ATTEMPTS; attempts++) {
        await failed(state, { attempts, parked: attempts === MAX_ATTEMPTS ? 1 : 0 })
        pass(10 * MINUTE)
        await fireAlarm(object, state)
      }
      await object.confirmPublished([1])
      expect(await alarmInMs(state)).toBeNull()
      expect(tries).toBe(MAX_ATTEMPTS)
      expect(await register()).toMatchObject([{ attempts: MAX_ATTEMPTS, error: 'Error: down' }])
    })
  })
  it('permanently is parked at once, and others continue', async () => {
    const { live, envelope } = parking('hopeless')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', hopeless, send(createProduct('OTHER')))))
      await failed(state, { id: 'notebook/hopeless/1#0', attempts: 1, parked: 1 })
      await eventually(async () => expect(await productRecord('OTHER')).toMatchObject({ events: 1 }))
      await object.execute(envelope(write('two', send(createProduct('LATER')))))
      await eventually(async () => expect(await productRecord('LATER')).toMatchObject({ events: 1 }))
    })
  })
  it('with a refusal and no reply is parked; with a reply the refusal is an outcome', async () => {
    const { live, envelope } = parking('refused')
    const unknown = { to: { kind: 'product', id: 'NONE' }, command: { type: 'DiscontinueProduct' } }
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(unknown), send(unknown, { type: 'Hear' }))))
      await failed(state, { id: 'notebook/refused/1#0', parked: 1, error: 'refused: product_not_found' })
      await eventually(async () => expect(await object.read({})).toMatchObject({ version: 2 }))
      expect(rows(state, 'effects')).toHaveLength(1)
    })
  })
})

describe('a parked effect', () => {
  it('raises SystemError and is in the register, without personal data', async () => {
    const { queue, live, envelope } = parking('reported')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', hopeless), { trace: { correlationId: 'request 7' } }))
      await failed(state, { parked: 1 })
      await fireAlarm(object, state)
    })
    const [entry] = await register()
    expect(entry).toEqual({
      id: entry?.id,
      kind: 'notebook',
      aggregateId: 'reported',
      effectId: 'notebook/reported/1#0',
      description: 'pigeons.send',
      attempts: 1,
      error: expect.stringContaining('RangeError'),
      parkedAt: instantOf(START),
    })
    expect(await findParked(env.DATABASE, entry?.id ?? '')).toEqual(entry)
    const raised = queue.events.filter((event) => event.type === 'system.SystemError')
    expect(raised).toEqual([
      {
        specversion: '1.0',
        id: 'notebook/reported/1#0/parked',
        source: '/petrel/system',
        type: 'system.SystemError',
        subject: 'notebook/reported',
        partitionkey: 'notebook/reported',
        time: instantOf(START),
        datacontenttype: 'application/json',
        dataschema: '/schemas/system.SystemError.v2.json',
        category: 'error',
        correlationid: 'request 7',
        causationid: 'notebook/reported/1',
        data: { fault: 'effect_parked', parkedId: entry?.id, effect: 'pigeons.send', attempts: 1 },
      },
    ])
    expect(JSON.stringify([entry, raised])).not.toContain('ada')
  })
  it('is raised under one id, and registered once it was raised', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { queue, live, envelope } = parking('late')
    // The unreachable register is reported too, as a fault of the alarm.
    const parked = () => queue.events.filter(({ id }) => id.endsWith('/parked'))
    const raised = () => new Set(parked().map((event) => JSON.stringify(event))).size
    await live(async (object, state) => {
      await object.execute(envelope(write('one', hopeless)))
      await failed(state, { parked: 1 })
      await dropRegister()
      queue.takes = 0
      await fireAlarm(object, state)
      await layRegister()
      await fireAlarm(object, state)
      expect(raised()).toBe(0)
      expect(await register()).toEqual([])
      expect(await alarmInMs(state)).toBe(5_000)
      await dropRegister()
      queue.takes = 10
      await fireAlarm(object, state)
      expect(raised()).toBe(1)
      await layRegister()
      pass(MINUTE)
    })
    await live(async (object, state) => {
      await fireAlarm(object, state)
      await object.alarm()
      expect(parked().length).toBeGreaterThan(1)
      expect(raised()).toBe(1)
    })
    await live(async (object) => {
      await object.alarm()
      expect(raised()).toBe(1)
      expect(await register()).toHaveLength(1)
    })
    complaints.mockRestore()
  })
  it('happens when an operator retries it, and leaves the register', async () => {
    const { live, envelope, accept } = refused('again')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('AGAIN'), { type: 'Hear' }))))
      await failed(state, { parked: 1 })
      await fireAlarm(object, state)
      expect(await register()).toHaveLength(1)

      expect(await object.retryParked('notebook/again/1#0')).toBe(true)
      await failed(state, { parked: 1, attempts: 2 })
      expect(await register()).toHaveLength(1)
    })
    accept()
    const entry = await env.DATABASE.prepare('SELECT * FROM parked_effects').first()
    await live(async (object, state) => {
      expect(await object.retryParked('notebook/again/1#1')).toBe(false)
      expect(await object.retryParked('notebook/again/1#0')).toBe(true)
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
      expect(await register()).toEqual([])
      expect(await object.read({})).toMatchObject({ state: { heard: [{ outcome: [{ ok: true }] }] } })
      // A report that the database carries out late.
      await env.DATABASE.prepare('INSERT INTO parked_effects VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
        .bind(...Object.values(entry ?? {}))
        .run()
      expect(await register()).toHaveLength(1)
      expect(await object.retryParked('notebook/again/1#0')).toBe(false)
      expect(await register()).toEqual([])
    })
    expect(await productRecord('AGAIN')).toMatchObject({ events: 1 })
  })
  it('leaves the register although it was retried before its report was recorded', async () => {
    const { live, envelope, accept } = refused('unrecorded')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('UNRECORDED'), { type: 'Hear' }))))
      await failed(state, { parked: 1 })
      await fireAlarm(object, state)
      // As a crash right after the register took it leaves the row.
      state.storage.sql.exec('UPDATE effects SET reported = 0')
    })
    accept()
    await live(async (object, state) => {
      expect(await object.retryParked('notebook/unrecorded/1#0')).toBe(true)
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
      expect(await register()).toEqual([])
    })
  })
  it('leaves the register in the end, although the register was down when it happened', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { live, envelope, accept } = refused('register')
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('REGISTER'), { type: 'Hear' }))))
      await failed(state, { parked: 1 })
      await fireAlarm(object, state)
      await dropRegister()
      accept()
      await object.retryParked('notebook/register/1#0')
      await failed(state, { parked: 0, attempts: 2 })
      await layRegister()
      pass(MINUTE)
      await fireAlarm(object, state)
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
      expect(await object.read({})).toMatchObject({ version: 2, state: { heard: [{}] } })
    })
    complaints.mockRestore()
  })
  it('with a reply that a defect refused is decided again once the defect is fixed', async () => {
    const { live, envelope } = parking('defect')
    const defective: typeof notebook = {
      ...notebook,
      decide: (command, ...rest) =>
        notebook.decide(command.type === 'Hear' ? { type: 'Tear', tried: false } : command, ...rest),
    }
    await live(async (object, state) => {
      await object.execute(envelope(write('one', send(createProduct('DEFECT'), { type: 'Hear' }))))
      await failed(state, { parked: 1, error: 'refused: not_torn' })
    }, defective)
    await live(async (object, state) => {
      expect(await object.retryParked('notebook/defect/1#0')).toBe(true)
      await eventually(() => expect(rows(state, 'effects')).toEqual([]))
      expect(await object.read({})).toMatchObject({ state: { heard: [{ outcome: [{ ok: true }] }] } })
    })
    expect(await productRecord('DEFECT')).toMatchObject({ events: 1 })
  })
})
