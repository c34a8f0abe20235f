import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { product as productAggregate } from '../../shared/catalog/aggregate.ts'
import { MINUTE } from '../../shared/core/time.ts'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'
import {
  fireAlarm,
  live,
  pass,
  RecordingQueue,
  stopTime,
  storedIn,
} from '../aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../env.ts'
import { PrivateForwarders } from './forwarders.fixture.ts'
import { findShard, forwarderAt, initialShard, knownForwarders, recordedStreams } from './forwarders.ts'
import { productOf } from './object.fixture.ts'
import { keptProducts, layResharded } from './resharded.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const product = (id: string) => ({ kind: 'product', id })
const skus = Object.keys(keptProducts)

/** Publishes what a product has to publish, in a new life of its object. */
async function published(environment: Env, sku: string): Promise<PublishedEvent[]> {
  const queue = new RecordingQueue()
  pass(MINUTE)
  await live(productAggregate, env.PRODUCT.getByName(sku), { ...environment, EVENTS: queue }, fireAlarm)
  return queue.messages.flatMap(({ events }) => events).filter(({ stream }) => stream !== undefined)
}

/** Brings messages to the forwarders that they name. */
async function forward(environment: Env, messages: readonly PublishedEvent[]): Promise<void> {
  for (const message of messages)
    await forwarderAt(environment, message.stream?.shard ?? expect.fail()).forward([message])
}

const idsOf = (sku: string, ...versions: number[]) => versions.map((version) => `product/${sku}/${version}`)

describe('streams that an earlier release spread anew', () => {
  it('go on at the forwarder that has their checkpoint, without gap or repeat, and stay there', async () => {
    await layResharded('kept')
    const forwarders = new PrivateForwarders('kept', { count: 3 })
    const { environment } = forwarders
    const shards: unknown[] = []
    for (const sku of skus) {
      const messages = await published(environment, sku)
      shards.push(messages[0]?.stream?.shard)
      await forward(environment, messages)
    }
    expect(shards).toEqual([7, 2, 7])
    const sink = forwarders.sink()
    expect(sink.ids).toEqual([
      ...idsOf('KEPT-16', 5),
      ...idsOf('KEPT-49', 6),
      ...idsOf('KEPT-52', 6, 7, 8, 9),
    ])
    for (const [index, sku] of skus.entries()) {
      await productOf(sku, 10)
      const messages = await published({ ...environment, FORWARDERS: '5' }, sku)
      expect(new Set(messages.map(({ stream }) => stream?.shard))).toEqual(new Set([shards[index]]))
      await forward(environment, messages)
      expect(sink.ids.filter((id) => id.startsWith(`product/${sku}/`)).at(-1)).toBe(`product/${sku}/10`)
    }
    expect(new Set(sink.ids).size).toBe(sink.ids.length)
  })

  it('are each found once, wherever they are', async () => {
    await layResharded('found')
    const { environment } = new PrivateForwarders('found', { count: 3 })
    const names = async () => {
      const found: string[] = []
      for (const shard of await knownForwarders(environment)) {
        const { streams } = await recordedStreams(environment, shard, { after: null, limit: 100 })
        found.push(...streams.map(({ stream }) => `${shard} ${stream.id}`))
      }
      return found
    }
    expect(await names()).toEqual(['2 KEPT-49', '7 KEPT-16'])
    for (const sku of skus) await forward(environment, await published(environment, sku))
    expect(await names()).toEqual(['2 KEPT-49', '7 KEPT-16', '7 KEPT-52'])
  })

  it('wait with their publication while a forwarder that may have them does not answer', async () => {
    await layResharded('silent')
    const { environment } = new PrivateForwarders('silent', { count: 3 })
    const FORWARDER = new Proxy(environment.FORWARDER, {
      get: () => (name: string) =>
        name === '7'
          ? new Proxy({}, { get: () => () => Promise.reject(new Error('it does not answer')) })
          : environment.FORWARDER.getByName(name),
    })
    expect(await published({ ...environment, FORWARDER }, 'KEPT-16')).toEqual([])
    expect((await published(environment, 'KEPT-16'))[0]?.stream).toMatchObject({ version: 5, shard: 7 })
  })
})

describe('a new stream', () => {
  it('stores its shard when it is created, and keeps it when FORWARDERS changes', async () => {
    const forwarders = new PrivateForwarders('changed')
    const { environment } = forwarders
    await productOf('KEPT-16', 1)
    const shard = initialShard(environment, product('CHANGED'))
    for (const [events, FORWARDERS] of [
      [1, '8'],
      [2, '3'],
      [3, '8'],
    ] as const) {
      await productOf('CHANGED', events)
      const changed = { ...environment, FORWARDERS }
      await forward(changed, await published(changed, 'CHANGED'))
    }
    expect(forwarders.sink().ids).toEqual(idsOf('CHANGED', 1, 2, 3))
    await live(productAggregate, env.PRODUCT.getByName('CHANGED'), environment, (_, state) =>
      expect(storedIn(state)).toMatchObject({ shard }),
    )
    for (const other of [0, 1, 2, 3, 4, 5, 6, 7])
      expect(await forwarderAt(environment, other).recordedVersion(product('CHANGED'))).toBe(
        other === shard ? 3 : 0,
      )
  })

  it('has its backlog sent by the forwarder that recorded it', async () => {
    const forwarders = new PrivateForwarders('backlog')
    const { environment } = forwarders
    forwarders.sink().isDown = true
    await productOf('BACKLOG', 3)
    await forward(environment, await published(environment, 'BACKLOG'))
    forwarders.sink().isDown = false
    await productOf('BACKLOG', 4)
    const lowered = { ...environment, FORWARDERS: '3' }
    await forward(lowered, await published(lowered, 'BACKLOG'))
    expect(forwarders.sink().ids).toEqual(idsOf('BACKLOG', 1, 2, 3, 4))
  })

  it('has the shard of its name where nothing is recorded of it', async () => {
    const { environment } = new PrivateForwarders('unknown')
    expect(await findShard(environment, product('UNKNOWN'))).toBe(
      initialShard(environment, product('UNKNOWN')),
    )
  })
})
