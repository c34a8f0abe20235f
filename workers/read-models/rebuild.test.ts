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

/** Bindings with a queue of projections and forwarders that one test alone knows. */
function privateBindings(name: string) {
  const projections = new RecordingProjections()
  const forwarders = new PrivateForwarders(`rebuild ${name}`, { PROJECTIONS: projections })
  return { environment: forwarders.environment, projections, forwarders }
}

/** Products that the forwarders know, and of which no list knows yet. */
async function productsKnownTo(forwarders: PrivateForwarders, prefix: string, count: number) {
  const skus = Array.from({ length: count }, (_, index) => `${prefix}-${index}`)
  for (const sku of skus) await product(sku, 1_100)
  await forwarders.forward(...skus.map((id) => ({ kind: 'product', id })))
  return skus
}

/** Works the queue off, message by message; `between` runs before each. Returns how many there were. */
async function workOff(environment: Env, projections: RecordingProjections, between = async () => {}) {
  let worked = 0
  for (let messages = projections.take(); messages.length > 0; messages = projections.take())
    for (const message of messages) {
      await between()
      await consumeProjections(batchOf('petrel-projections', [message]), environment)
      worked += 1
    }
  return worked
}

// Alarms lie years ahead: nothing is published in the background, and no row is written but by a rebuild.
beforeEach(() => stopTime())

afterEach(async () => {
  vi.restoreAllMocks()
  await env.DATABASE.prepare('DELETE FROM rebuilds').run()
})

describe('a rebuild', () => {
  it('makes every row anew from the logs, step by step', async () => {
    const { environment, projections, forwarders } = privateBindings('anew')
    const skus = await productsKnownTo(forwarders, 'ANEW', 20)
    expect(await countStreams(environment)).toEqual({ streams: 20, complete: true })
    for (const sku of skus) expect(await rowOf('products', sku)).toBeNull()
    const { id, finishedAt } = await startRebuild(environment)
    expect(finishedAt).toBeNull()
    expect(await workOff(environment, projections)).toBeGreaterThan(2)
    for (const sku of skus) expect(await rowOf('products', sku)).toMatchObject({ version: 2 })
    expect(await newestRebuild(env.DATABASE)).toMatchObject({
      id,
      streams: 20,
      finishedAt: expect.any(String),
    })
  })

  it('goes on beside traffic, whose rows it does not set back', async () => {
    const { environment, projections, forwarders } = privateBindings('busy')
    const skus = await productsKnownTo(forwarders, 'BUSY', 18)
    await startRebuild(environment)
    let price = 2_000
    await workOff(environment, projections, async () => {
      price += 1
      // Before the step one row becomes newer, and after it another changes that no list hears of yet.
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

  it('is taken up where it stands, and not started beside itself', async () => {
    const { environment, projections, forwarders } = privateBindings('halt')
    await productsKnownTo(forwarders, 'HALT', 10)
    const { id } = await startRebuild(environment)
    const [step] = projections.take()
    await consumeProjections(batchOf('petrel-projections', [step]), environment)
    // The message of the next step is lost.
    projections.take()
    expect(await startRebuild(environment)).toMatchObject({ id, steps: 1 })
    await workOff(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({
      id,
      streams: 10,
      finishedAt: expect.any(String),
    })
    expect((await startRebuild(environment)).id).not.toBe(id)
  })

  it('counts each step once when its message is doubled', async () => {
    const { environment, projections, forwarders } = privateBindings('twice')
    await productsKnownTo(forwarders, 'TWICE', 10)
    await startRebuild(environment)
    const [step] = projections.take()
    await Promise.all([
      consumeProjections(batchOf('petrel-projections', [step]), environment),
      consumeProjections(batchOf('petrel-projections', [step]), environment),
    ])
    await workOff(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ streams: 10 })
  })

  it('leaves an aggregate that does not answer for later, and goes on', async () => {
    const { environment, projections, forwarders } = privateBindings('mute')
    const skus = await productsKnownTo(forwarders, 'MUTE', 2)
    await startRebuild(environment)
    const mute = productsWhoseListing(() => Promise.reject(new Error('overloaded')))
    const [step] = projections.take()
    await consumeProjections(batchOf('petrel-projections', [step]), { ...environment, PRODUCT: mute })
    await workOff(environment, projections)
    for (const sku of skus) expect(await rowOf('products', sku)).not.toBeNull()
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ finishedAt: expect.any(String) })
  })

  it('takes its step again when the database was down', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections, forwarders } = privateBindings('down')
    await productsKnownTo(forwarders, 'DOWN', 1)
    await startRebuild(environment)
    const [step] = projections.take()
    await env.DATABASE.prepare('ALTER TABLE rebuilds RENAME TO rebuilds_elsewhere').run()
    const batch = batchOf('petrel-projections', [step])
    const retry = vi.spyOn(batch.messages[0] ?? expect.fail(), 'retry')
    await consumeProjections(batch, environment)
    expect(retry).toHaveBeenCalledOnce()
    await env.DATABASE.prepare('ALTER TABLE rebuilds_elsewhere RENAME TO rebuilds').run()
    await consumeProjections(batchOf('petrel-projections', [step]), environment)
    await workOff(environment, projections)
    expect(await newestRebuild(env.DATABASE)).toMatchObject({ streams: 1, finishedAt: expect.any(String) })
  })

  it('that nobody started is none', async () => {
    const { environment, projections } = privateBindings('nobodys')
    expect(await newestRebuild(env.DATABASE)).toBeNull()
    await consumeProjections(batchOf('petrel-projections', [{ rebuild: 'nobodys' }]), environment)
    expect(projections.sent).toEqual([])
  })
})
