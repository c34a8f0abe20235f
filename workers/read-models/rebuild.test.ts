import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { stopTime } from '../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../durable-objects/env.ts'
import { PrivateForwarders } from '../../durable-objects/forwarder/forwarders.fixture.ts'
import { consumeProjections } from '../consumers/projections.ts'
import {
  batchOf,
  product,
  productsWhoseListing,
  RecordingProjections,
  rowOf,
} from '../consumers/queue.fixture.ts'
import { countStreams, newestRebuild, startRebuild } from './rebuild.ts'

/** Bindings with a private queue of projections and private forwarders. */
function privateBindings(name: string) {
  const projections = new RecordingProjections()
  const forwarders = new PrivateForwarders(`rebuild ${name}`, { PROJECTIONS: projections })
  return { environment: forwarders.environment, projections, forwarders }
}

/** Products that the forwarders have recorded, without rows. */
async function recordedProducts(forwarders: PrivateForwarders, prefix: string, count: number) {
  const skus = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  for (const sku of skus) await product(sku, 1_100)
  await forwarders.forward(...skus.map((id) => ({ kind: 'product', id })))
  return skus
}

/** Consumes the queue, message by message; `between` runs before each. Returns their number. */
async function drain(environment: Env, projections: RecordingProjections, between = async () => {}) {
  let worked = 0
  for (let messages = projections.take(); messages.length > 0; messages = projections.take())
    for (const message of messages) {
      await between()
      await consumeProjections(batchOf('petrel-projections', [message]), environment)
      worked += 1
    }
  return worked
}

// Alarms are years ahead: nothing is published in the background, and only a rebuild writes rows.
beforeEach(() => stopTime())

afterEach(async () => {
  vi.restoreAllMocks()
  await env.DATABASE.prepare('DELETE FROM rebuilds').run()
})

describe('a rebuild', () => {
  it('writes every row from the logs, step by step', async () => {
    const { environment, projections, forwarders } = privateBindings('anew')
    const skus = await recordedProducts(forwarders, 'ANEW', 20)
    expect(await countStreams(environment)).toEqual({ streams: 20, complete: true })
    for (const sku of skus) expect(await rowOf('products', sku)).toBeNull()
    const { id, finishedAt } = await startRebuild(environment)
    expect(finishedAt).toBeNull()
    expect(await drain(environment, projections)).toBeGreaterThan(2)
    for (const sku of skus) expect(await rowOf('products', sku)).toMatchObject({ version: 2 })
    expect(await newestRebuild(env.DATABASE)).toMatchObject({
      id,
      streams: 20,
      finishedAt: expect.any(String),
    })
  })

  it('runs during traffic, whose newer rows it keeps', async () => {
    const { environment, projections, forwarders } = privateBindings('busy')
    const skus = await recordedProducts(forwarders, 'BUSY', 18)
    await startRebuild(environment)
    let price = 2_000
    await drain(environment, projections, async () => {
      price += 1
      // One row becomes newer before the step; another aggregate changes without being projected yet.
      const [first = '', second = ''] = skus
      await product(first, price)
      const changed = [{ stream: { kind: 'product', id: first } }]
      await consumeProjections(batchOf('petrel-projections', changed), environment)
      await product(second, price)
    })
    await consumeProjections(
      batchOf('petrel-projections', [{ stream: { kind: 'product', id: skus[1] } }]),
      environment,
    )
    for (const sku of skus)
      expect(await rowOf('products', sku)).toMatchObject({ version: await product(sku) })
  })

  it('is resumed at its position, not started twice', async () => {
    const { environment, projections, forwarders } = privateBindings('halt')
    await recordedProducts(forwarders, 'HALT', 10)
    const { id } = await startRebuild(environment)
    const [step] = projections.take()
    await consumeProjections(batchOf('petrel-projections', [step]), environment)
    // The message of the next step is lost.
    projections.take()
    expect(await startRebuild(environment)).toMatchObject({ id, steps: 1 })
    await drain(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({
      id,
      streams: 10,
      finishedAt: expect.any(String),
    })
    expect((await startRebuild(environment)).id).not.toBe(id)
  })

  it('counts each step once when its message is duplicated', async () => {
    const { environment, projections, forwarders } = privateBindings('twice')
    await recordedProducts(forwarders, 'TWICE', 10)
    await startRebuild(environment)
    const [step] = projections.take()
    await Promise.all([
      consumeProjections(batchOf('petrel-projections', [step]), environment),
      consumeProjections(batchOf('petrel-projections', [step]), environment),
    ])
    await drain(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ streams: 10 })
  })

  it('queues an aggregate that does not answer, and continues', async () => {
    const { environment, projections, forwarders } = privateBindings('mute')
    const skus = await recordedProducts(forwarders, 'MUTE', 2)
    await startRebuild(environment)
    const mute = productsWhoseListing(() => Promise.reject(new Error('overloaded')))
    const [step] = projections.take()
    await consumeProjections(batchOf('petrel-projections', [step]), { ...environment, PRODUCT: mute })
    await drain(environment, projections)
    for (const sku of skus) expect(await rowOf('products', sku)).not.toBeNull()
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ finishedAt: expect.any(String) })
  })

  it('retries its step after the database was down', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections, forwarders } = privateBindings('down')
    await recordedProducts(forwarders, 'DOWN', 1)
    await startRebuild(environment)
    const [step] = projections.take()
    await env.DATABASE.prepare('ALTER TABLE rebuilds RENAME TO rebuilds_elsewhere').run()
    const batch = batchOf('petrel-projections', [step])
    const retry = vi.spyOn(batch.messages[0] ?? expect.fail(), 'retry')
    await consumeProjections(batch, environment)
    expect(retry).toHaveBeenCalledOnce()
    await env.DATABASE.prepare('ALTER TABLE rebuilds_elsewhere RENAME TO rebuilds').run()
    await consumeProjections(batchOf('petrel-projections', [step]), environment)
    await drain(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ streams: 1, finishedAt: expect.any(String) })
  })

  it('that was never started does nothing', async () => {
    const { environment, projections } = privateBindings('unknown')
    expect(await newestRebuild(env.DATABASE)).toBeNull()
    await consumeProjections(batchOf('petrel-projections', [{ rebuild: 'unknown' }]), environment)
    expect(projections.sent).toEqual([])
  })
})
