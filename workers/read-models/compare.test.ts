import { evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pass, stopTime } from '../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../durable-objects/env.ts'
import { PrivateForwarders } from '../../durable-objects/forwarder/forwarders.fixture.ts'
import { DAY, HOUR } from '../../shared/core/time.ts'
import { consumeProjections } from '../consumers/projections.ts'
import {
  batchOf,
  product,
  productsWhoseListing,
  RecordingProjections,
  rowOf,
} from '../consumers/queue.fixture.ts'
import { keepComparing, newestComparison } from './compare.ts'
import { project } from './project.ts'

/** Products that the forwarders have recorded, each with its row; hours old, so that no projection is pending. */
async function products(name: string, count: number) {
  const projections = new RecordingProjections()
  const forwarders = new PrivateForwarders(`compare ${name}`, { PROJECTIONS: projections })
  const skus = Array.from({ length: count }, (_, index) => `${name.toUpperCase()}-${index}`)
  for (const sku of skus) await product(sku, 1_100)
  const streams = skus.map((id) => ({ kind: 'product', id }))
  await forwarders.forward(...streams)
  await project(env, streams)
  pass(HOUR)
  return { environment: forwarders.environment, projections, skus }
}

async function drain(environment: Env, projections: RecordingProjections) {
  for (let messages = projections.take(); messages.length > 0; messages = projections.take())
    for (const message of messages)
      await consumeProjections(batchOf('petrel-projections', [message]), environment)
}

const change = (sql: string, ...values: string[]) =>
  env.DATABASE.prepare(sql)
    .bind(...values)
    .run()

const lines: string[] = []
beforeEach(() => {
  stopTime()
  lines.length = 0
  vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(String(line)))
})
afterEach(async () => {
  vi.restoreAllMocks()
  await env.DATABASE.prepare('DELETE FROM comparisons').run()
})

describe('a comparison of rows with checkpoints', () => {
  it('finds missing and stale rows, writes them, and reports how many', async () => {
    const { environment, projections, skus } = await products('drift', 12)
    const [gone, , old, gone2] = skus
    await change('DELETE FROM products WHERE id IN (?, ?)', gone ?? '', gone2 ?? '')
    await change(`UPDATE products SET version = 1, item = '{}' WHERE id = ?`, old ?? '')
    await keepComparing(environment)
    await drain(environment, projections)
    for (const sku of skus) expect(await rowOf('products', sku)).toMatchObject({ version: 2 })
    expect(await newestComparison(env.DATABASE)).toMatchObject({
      streams: 12,
      missing: 2,
      stale: 1,
      damaged: [],
      finishedAt: expect.any(String),
    })
    expect(lines.map((line) => JSON.parse(line))).toContainEqual(
      expect.objectContaining({ message: 'lists had drifted from the logs', missing: 2, stale: 1 }),
    )
  })
  it('of current rows writes and reports nothing', async () => {
    const { environment, projections, skus } = await products('even', 5)
    await change(
      `UPDATE products SET item = json_set(item, '$.name', 'untouched') WHERE id = ?`,
      skus[0] ?? '',
    )
    await keepComparing(environment)
    await drain(environment, projections)
    const row = await rowOf('products', skus[0] ?? '')
    expect(JSON.stringify(row)).toContain('untouched')
    expect(await newestComparison(env.DATABASE)).toMatchObject({ streams: 5, missing: 0, stale: 0 })
    expect(lines).toEqual([])
  })
  it('writes a row whose projection is pending, and does not report it as drift', async () => {
    const { environment, projections, skus } = await products('late', 2)
    stopTime()
    await change('DELETE FROM products WHERE id = ?', skus[0] ?? '')
    await keepComparing(environment)
    await drain(environment, projections)
    expect(await rowOf('products', skus[0] ?? '')).not.toBeNull()
    expect(await newestComparison(env.DATABASE)).toMatchObject({ missing: 0, stale: 0 })
  })
  it('names aggregates whose logs lack forwarded events, and continues', async () => {
    const { environment, projections, skus } = await products('lost', 3)
    const [lost, , gone] = skus
    const stub = env.PRODUCT.getByName(lost ?? '')
    // With nothing left to publish, which would keep it in memory.
    await stub.confirmPublished([1, 2])
    await runInDurableObject(stub, (_, state) => state.storage.deleteAll())
    await evictDurableObject(stub)
    await change('DELETE FROM products WHERE id IN (?, ?)', lost ?? '', gone ?? '')
    await keepComparing(environment)
    await drain(environment, projections)
    expect(await newestComparison(env.DATABASE)).toMatchObject({
      missing: 1,
      damaged: [{ kind: 'product', id: lost }],
      finishedAt: expect.any(String),
    })
    expect(await rowOf('products', gone ?? '')).not.toBeNull()
  })
  it('queues an aggregate that does not answer, and continues', async () => {
    const { environment, projections, skus } = await products('mute', 2)
    for (const sku of skus) await change('DELETE FROM products WHERE id = ?', sku)
    await keepComparing(environment)
    const mute = productsWhoseListing(() => Promise.reject(new Error('overloaded')))
    const [step] = projections.take()
    await consumeProjections(batchOf('petrel-projections', [step]), { ...environment, PRODUCT: mute })
    await drain(environment, projections)
    for (const sku of skus) expect(await rowOf('products', sku)).not.toBeNull()
  })
})

describe('the schedule', () => {
  it('starts a comparison once a day, or on demand', async () => {
    const { environment, projections } = await products('daily', 1)
    await keepComparing(environment)
    await drain(environment, projections)
    const first = await newestComparison(env.DATABASE)
    pass(HOUR)
    await keepComparing(environment)
    expect(projections.take()).toEqual([])
    await keepComparing(environment, { now: true })
    await drain(environment, projections)
    const second = await newestComparison(env.DATABASE)
    expect(second?.id).not.toBe(first?.id)
    pass(DAY)
    await keepComparing(environment)
    await drain(environment, projections)
    expect((await newestComparison(env.DATABASE))?.id).not.toBe(second?.id)
  })
  it('resumes one that has stalled', async () => {
    const { environment, projections } = await products('halt', 3)
    await keepComparing(environment)
    // The queue loses the message, as a queue in memory does in a crash.
    projections.take()
    const halted = await newestComparison(env.DATABASE)
    await keepComparing(environment)
    await drain(environment, projections)
    expect(await newestComparison(env.DATABASE)).toMatchObject({
      id: halted?.id,
      streams: 3,
      finishedAt: expect.any(String),
    })
  })
})
