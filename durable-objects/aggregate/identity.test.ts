import { evictDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { product } from '../../shared/catalog/aggregate.ts'
import { schedule, send } from '../../shared/core/effect.ts'
import { HOUR, instantOf } from '../../shared/core/time.ts'
import { write } from './notebook.fixture.ts'
import {
  bindings,
  createProduct,
  envelope,
  eventually,
  fireAlarm,
  live,
  notebookOf,
  pass,
  productRecord,
  RecordingQueue,
  START,
  stopTime,
} from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

describe('an object', () => {
  it('reads its identity from storage when an alarm is its first call', async () => {
    const queue = new RecordingQueue()
    // Its storage is named otherwise than the notebook is.
    const { live, envelope } = notebookOf('cold', { EVENTS: queue })
    const effect = send(createProduct('COLD'))
    const timer = schedule('timer', instantOf(START + HOUR), write('reminded', effect))
    await live((object) => object.execute(envelope(write('one', timer))))
    pass(HOUR)
    await live(fireAlarm)
    expect(queue.events).toMatchObject([
      { id: 'notebook/cold/1', subject: 'cold' },
      { id: 'notebook/cold/2', subject: 'cold' },
    ])
    await eventually(async () =>
      expect(await productRecord('COLD')).toEqual({ events: 1, commands: ['notebook/cold/2#0.0'] }),
    )
  })
  it('refuses another id, and keeps its own', async () => {
    const { live, envelope } = notebookOf('itself')
    await live((object) => object.execute(envelope(write('one'))))
    await live(async (object) => {
      const misled = envelope(write('two'), { id: 'other' })
      await expect(object.execute(misled)).rejects.toThrow('an id that is not its own')
      expect(await object.read({})).toMatchObject({ id: 'itself', version: 1 })
    })
  })
  it('has its identity after an eviction', async () => {
    const stub = env.PRODUCT.getByName('EVICTED')
    const { command } = createProduct('EVICTED')
    await stub.execute(envelope('EVICTED', command))
    await evictDurableObject(stub)
    const queue = new RecordingQueue()
    await live(product, stub, bindings({ EVENTS: queue }), async (object, state) => {
      await expect(object.execute(envelope('OTHER', command))).rejects.toThrow('not its own')
      await object.execute(
        envelope('EVICTED', { type: 'ChangePrice', price: { amount: 1, currency: 'USD' } }),
      )
      await fireAlarm(object, state)
      expect(queue.events).toMatchObject([{ subject: 'EVICTED', sequence: '0000000002' }])
    })
  })
})
