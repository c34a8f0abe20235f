import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { product } from '../../shared/catalog/aggregate.ts'
import { derivedId, newId } from '../../shared/core/ids.ts'
import { DAY, MINUTE } from '../../shared/core/time.ts'
import { readSerialized } from '../../shared/core/wire/serialized-event.ts'
import { PrivateForwarders } from '../forwarder/forwarders.fixture.ts'
import { forwarderOf } from '../forwarder/forwarders.ts'
import { damageOf, isFreshId } from './damage.ts'
import { envelope, eventually, live, pass, rows, stopTime } from './object-lifetimes.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

interface Stub {
  execute(input: ReturnType<typeof envelope>): Promise<unknown>
  history(page: { after: number; limit: number }): Promise<string[]>
}

/** Makes what was created known to its forwarder, as the consumer of the queue does. */
async function forwarded(kind: string, id: string, stub: Stub): Promise<void> {
  const events = (await stub.history({ after: 0, limit: 100 })).map(readSerialized)
  await forwarderOf(env, { kind, id }).forward(
    events.map((event) => ({ stream: { kind, id, version: event.sequence ?? 0 }, event })),
  )
}

type Published = DurableObjectStub & { confirmPublished(versions: number[]): Promise<void> }

/** Takes everything out of an object's storage, as a file does that was emptied or removed. */
async function emptied(stub: Published, { after = 2 * MINUTE } = {}): Promise<void> {
  // With nothing left to publish, which would keep it in memory.
  await stub.confirmPublished([1])
  await runInDurableObject(stub, (_, state) => state.storage.deleteAll())
  await evictDurableObject(stub)
  pass(after)
}

/** Awaits a call over RPC, whose promise has its result's members too. */
async function asked(call: Promise<unknown>): Promise<void> {
  await call
}

const createProduct = (sku: string) =>
  envelope(sku, { type: 'CreateProduct', sku, name: 'Mug', price: { amount: 100, currency: 'USD' } })
const damaged = (kind: string, id: string, lastSeenVersion: number) =>
  expect.objectContaining({ message: `damaged: ${JSON.stringify({ kind, id, lastSeenVersion })}` })

describe('an object whose storage was emptied', () => {
  it('named by its SKU neither reads as new nor starts again', async () => {
    const stub = env.PRODUCT.getByName('LOST')
    await stub.execute(createProduct('LOST'))
    await forwarded('product', 'LOST', stub)
    await emptied(stub)
    await expect(asked(stub.read({}))).rejects.toEqual(damaged('product', 'LOST', 1))
    await expect(asked(stub.execute(createProduct('LOST')))).rejects.toEqual(damaged('product', 'LOST', 1))
    await expect(asked(stub.dispatch(createProduct('LOST')))).rejects.toEqual(damaged('product', 'LOST', 1))
    const dryRun = { ...createProduct('LOST'), dryRun: true }
    await expect(asked(stub.execute(dryRun))).rejects.toEqual(damaged('product', 'LOST', 1))
    expect(await stub.history({ after: 0, limit: 1 })).toEqual([])
  })
  it.each([
    ['generated', () => newId('crt')],
    ['derived from a key', () => derivedId('crt', 'caller', crypto.randomUUID())],
  ])('named by an id that was %s is distinguished from a new one', async (_, idOf) => {
    const id = idOf()
    const stub = env.CART.getByName(id)
    await stub.execute(envelope(id, { type: 'CreateCart', currency: 'USD' }))
    await forwarded('cart', id, stub)
    await emptied(stub)
    await expect(asked(stub.read({}))).rejects.toEqual(damaged('cart', id, 1))
    const add = envelope(id, { type: 'CreateCart', currency: 'USD' })
    await expect(asked(stub.execute(add))).rejects.toEqual(damaged('cart', id, 1))
  })
  it('within seconds of its creation is recognised too, by every command but a creation', async () => {
    const id = newId('crt')
    const stub = env.CART.getByName(id)
    await stub.execute(envelope(id, { type: 'CreateCart', currency: 'USD' }))
    await forwarded('cart', id, stub)
    await emptied(stub, { after: 0 })
    await expect(asked(stub.read({}))).rejects.toEqual(damaged('cart', id, 1))
    await expect(asked(stub.read({ version: 1 }))).rejects.toEqual(damaged('cart', id, 1))
    const step = envelope(id, { type: 'RemovePromotion', code: 'SAVE10' })
    await expect(asked(stub.execute(step))).rejects.toEqual(damaged('cart', id, 1))
    await expect(asked(stub.dispatch(step))).rejects.toEqual(damaged('cart', id, 1))
    await expect(asked(stub.execute({ ...step, dryRun: true }))).rejects.toEqual(damaged('cart', id, 1))
    await expect(asked(stub.execute({ ...step, expectedVersions: [1] }))).rejects.toEqual(
      damaged('cart', id, 1),
    )
  })
  it('without forwarded events starts again: no sink has its events', async () => {
    const stub = env.PRODUCT.getByName('UNSEEN')
    await stub.execute(createProduct('UNSEEN'))
    await emptied(stub)
    expect(await stub.read({})).toBeNull()
    expect(await stub.execute(createProduct('UNSEEN'))).toMatchObject({ ok: true })
  })
})

describe('an emptied object whose FORWARDERS was changed since its creation', () => {
  it.each([
    ['8', '3'],
    ['3', '8'],
  ])('from %s to %s is damaged, and a new one is not', async (before, after) => {
    // Their hashes differ: forwarder 7 of 8, and 2 of 3.
    const sku = before === '8' ? 'EMPTIED-25' : 'EMPTIED-36'
    const stub = env.PRODUCT.getByName(sku)
    const earlier = new PrivateForwarders(`emptied ${before}`, { FORWARDERS: before })
    await live(product, stub, earlier.environment, async (object) => {
      await object.execute(createProduct(sku))
      await object.confirmPublished([1])
    })
    await earlier.forward({ kind: 'product', id: sku })
    await eventually(() =>
      runInDurableObject(env.FORWARDER.getByName(`emptied ${before} 0`), (_, state) =>
        expect(rows(state, 'counts')).toEqual([{ count: Number(before) }]),
      ),
    )
    await emptied(stub)
    const { environment } = new PrivateForwarders(`emptied ${before}`, { FORWARDERS: after })
    const isNew = (id: string) =>
      live(product, env.PRODUCT.getByName(id), environment, async (object) => {
        const state = await object.read({}).catch((fault: unknown) => fault)
        expect(object.meter.rpcs).toBe(1)
        return state
      })
    expect(await isNew(sku)).toEqual(damaged('product', sku, 1))
    expect(await isNew('EMPTIED-58')).toBeNull()
  })
})

describe('an object without events', () => {
  it('reads as new and can be created; its forwarder is called once', async () => {
    const stub = env.PRODUCT.getByName('NEVER')
    expect(await stub.read({})).toBeNull()
    expect(await stub.read({})).toBeNull()
    expect(await stub.execute(createProduct('NEVER'))).toMatchObject({ ok: true })
    expect(await runInDurableObject(stub, (object) => object.meter.rpcs)).toBe(1)
  })
  it('with an id that was just generated causes no call', async () => {
    // Past every moment that an id of this file was generated at: they sort by it, whatever the clock.
    pass(DAY)
    const id = newId('crt')
    const stub = env.CART.getByName(id)
    expect(await stub.execute(envelope(id, { type: 'CreateCart', currency: 'USD' }))).toMatchObject({
      ok: true,
    })
    expect(await runInDurableObject(stub, (object) => object.meter.rpcs)).toBe(0)
  })
  it.each([
    ['a new one', newId('ord'), 0, true],
    ['one of a minute ago', newId('ord'), MINUTE + 1, false],
    ['a derived one', derivedId('ord', 'key'), 0, false],
    ['a SKU', 'MUG', 0, false],
    ['one with no time', 'ord_00000000-0000-7000-8000-000000000000', 0, false],
  ])('%s is fresh or not', (_, id, later, fresh) => {
    const made = Number.parseInt(id.slice(4, 12) + id.slice(13, 17), 16)
    const now = id.startsWith('ord_0000') || Number.isNaN(made) ? Date.now() : made
    expect(isFreshId(id, now + later)).toBe(fresh)
  })
})

it('no other fault is damage', () => {
  for (const fault of [
    new Error('damaged: {"kind":"order"}'),
    new Error('damaged: x'),
    new Error('y'),
    'damaged: ',
  ])
    expect(damageOf(fault)).toBeNull()
})
