import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Env } from '../../durable-objects/env.ts'
import { conditionOf } from '../read-models/condition.ts'
import { consumeQueue } from './index.ts'
import { consumeProjections } from './projections.ts'
import { batchOf, product, productsWhoseListing, rowOf, settle } from './queue.fixture.ts'

const QUEUE = 'petrel-projections'

function changed(id: string, kind = 'product') {
  return { stream: { kind, id } }
}

/** Passes messages to the consumer, as one batch. */
function consume(bodies: readonly unknown[], environment: Env = env) {
  const batch = batchOf(QUEUE, bodies)
  return settle(batch, () => consumeProjections(batch, environment))
}

function silence() {
  return vi.spyOn(console, 'error').mockImplementation(() => {})
}

afterEach(() => vi.restoreAllMocks())

describe('consumeProjections', () => {
  it('writes the row of a changed aggregate', async () => {
    const version = await product('ROW-1', 1500)
    const batch = batchOf(QUEUE, [changed('ROW-1')])
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toEqual(['message-0'])
    expect(await rowOf('products', 'ROW-1')).toMatchObject({
      version,
      item: { id: 'ROW-1', version, sku: 'ROW-1', status: 'active', price: { amount: 1500 } },
    })
  })

  it('reads an aggregate once, however many messages name it', async () => {
    await product('ROW-2')
    const listing = vi.fn((ask: () => Promise<unknown>) => ask())
    const environment = { ...env, PRODUCT: productsWhoseListing(listing) }
    const { acknowledged } = await consume(
      [changed('ROW-2'), changed('ROW-2'), changed('ROW-2')],
      environment,
    )
    expect(acknowledged).toEqual(['message-0', 'message-1', 'message-2'])
    expect(listing).toHaveBeenCalledTimes(1)
  })

  it('changes nothing when a message is delivered twice', async () => {
    await product('ROW-3', 1500)
    await consume([changed('ROW-3')])
    const row = await rowOf('products', 'ROW-3')
    await consume([changed('ROW-3')])
    expect(await rowOf('products', 'ROW-3')).toEqual(row)
  })

  it('never writes an older version over a newer one', async () => {
    await product('ROW-4')
    const opening = Promise.withResolvers<void>()
    const view = Promise.withResolvers<void>()
    const slow = productsWhoseListing(async (ask) => {
      const older = await ask()
      view.resolve()
      await opening.promise
      return older
    })
    const late = consume([changed('ROW-4')], { ...env, PRODUCT: slow })
    await view.promise
    const version = await product('ROW-4', 1700)
    await consume([changed('ROW-4')])
    opening.resolve()
    expect((await late).acknowledged).toEqual(['message-0'])
    expect(await rowOf('products', 'ROW-4')).toMatchObject({ version, item: { price: { amount: 1700 } } })
  })

  it('writes the same version again, because its listing may have been extended', async () => {
    const version = await product('ROW-5')
    await env.DATABASE.prepare('INSERT INTO products (id, version, item) VALUES (?, ?, ?)')
      .bind('ROW-5', version, '{}')
      .run()
    await consume([changed('ROW-5')])
    expect(await rowOf('products', 'ROW-5')).toMatchObject({ item: { sku: 'ROW-5' } })
  })

  it('retries everything while the database is down, and loses nothing', async () => {
    silence()
    await product('ROW-6')
    await product('ROW-7')
    await env.DATABASE.prepare('ALTER TABLE products RENAME TO products_elsewhere').run()
    const bodies = [changed('ROW-6'), changed('ROW-7')]
    expect(await consume(bodies)).toEqual({ acknowledged: [], retried: ['message-0', 'message-1'] })
    await env.DATABASE.prepare('ALTER TABLE products_elsewhere RENAME TO products').run()
    expect((await consume(bodies)).acknowledged).toHaveLength(2)
    expect(await rowOf('products', 'ROW-6')).not.toBeNull()
    expect(await rowOf('products', 'ROW-7')).not.toBeNull()
  })

  it('retries an aggregate that does not answer, records the fault, and writes the others', async () => {
    silence()
    await env.DATABASE.prepare('DELETE FROM projection_faults').run()
    const stub = env.INVENTORY.getByName('ROW-8')
    const command = { type: 'UpdateStock', location: 'main', set: 7 }
    await stub.execute({ id: 'ROW-8', command, trace: { correlationId: 'test' } })
    const broken = productsWhoseListing(() => Promise.reject(new Error('overloaded')))
    const bodies = [changed('ROW-8'), changed('ROW-8', 'inventory')]
    expect(await consume(bodies, { ...env, PRODUCT: broken })).toEqual({
      acknowledged: ['message-1'],
      retried: ['message-0'],
    })
    expect(await rowOf('stock', 'ROW-8')).toMatchObject({ item: { sku: 'ROW-8', available: 7 } })
    const condition = await conditionOf(env.DATABASE)
    expect(condition.find(({ kind }) => kind === 'product')?.lastFault).toMatchObject({
      id: 'ROW-8',
      fault: 'Error: overloaded',
    })
    expect(condition.find(({ kind }) => kind === 'inventory')?.lastFault).toBeNull()
  })

  it('retries after a quarter of an hour at the latest', async () => {
    silence()
    const broken = productsWhoseListing(() => Promise.reject(new Error('overloaded')))
    const batch = batchOf(QUEUE, [changed('ROW-9')], { attempts: 50 })
    const retry = vi.spyOn(batch.messages[0] ?? expect.fail(), 'retry')
    await consumeProjections(batch, { ...env, PRODUCT: broken })
    const delaySeconds = retry.mock.calls[0]?.[0]?.delaySeconds
    expect(delaySeconds).toBeGreaterThanOrEqual(450)
    expect(delaySeconds).toBeLessThanOrEqual(900)
  })

  it('writes no row for an aggregate that does not exist', async () => {
    expect((await consume([changed('NOWHERE')])).acknowledged).toEqual(['message-0'])
    expect(await rowOf('products', 'NOWHERE')).toBeNull()
  })

  it('stores invalid messages as dead letters, and processes the rest', async () => {
    silence()
    await product('ROW-10')
    const bodies = ['what?', changed('x', 'customer_profile'), changed('ROW-10')]
    expect((await consume(bodies)).acknowledged).toHaveLength(3)
    expect(await rowOf('products', 'ROW-10')).not.toBeNull()
    const reasons = await Promise.all(
      ['message-0', 'message-1'].map(async (id) =>
        (await env.LAKE.get(`invalid/dt=2026-03-01/${id}.json`))?.json(),
      ),
    )
    expect(reasons).toMatchObject([
      { queue: QUEUE, body: 'what?' },
      { reason: 'no list holds this kind of aggregate', body: changed('x', 'customer_profile') },
    ])
  })
})

describe('a projection that failed after all retries', () => {
  it('is stored whole as a dead letter', async () => {
    silence()
    const batch = batchOf('petrel-projections-unprojected', [changed('ROW-11')], { attempts: 100 })
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toEqual(['message-0'])
    const deadLetter = await env.LAKE.get('unprojected/dt=2026-03-01/message-0.json')
    expect(await deadLetter?.json()).toMatchObject({ body: changed('ROW-11'), attempts: 100 })
  })
})
