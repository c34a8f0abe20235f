import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import type { Env } from '../../durable-objects/env.ts'
import { initialShard } from '../../durable-objects/forwarder/forwarders.ts'
import { type CloudEvent, cloudEventSchema } from '../../shared/core/cloud-event.ts'
import type { PublicationMessage, SingleMessage } from '../../shared/core/wire/earlier-messages.ts'
import { type Listing, messageText, unsequencedMessage } from '../../shared/core/wire/queue-message.ts'
import { parseCloudEvent, serialized } from '../../shared/core/wire/serialized-event.ts'
import { messageIn } from '../../shared/core/wire/wire.fixture.ts'
import { retryDelaySeconds } from './dead-letters.ts'
import { consumeEvents, consumeUndelivered } from './events.ts'
import { consumeQueue } from './index.ts'
import { batchOf, recordingBindings, rowOf, settle } from './queue.fixture.ts'

const QUEUE = 'petrel-events'
const UNDELIVERED = 'petrel-events-undelivered'

/** A product with some changes of price; its events are still unpublished. */
async function createProduct(sku: string, { prices = 0 } = {}) {
  const stub = env.PRODUCT.getByName(sku)
  const run = (command: unknown) => stub.execute({ id: sku, command, trace: { correlationId: sku } })
  await run({ type: 'CreateProduct', sku, name: 'Mug', price: { amount: 1000, currency: 'USD' } })
  for (let change = 1; change <= prices; change += 1)
    await run({ type: 'ChangePrice', price: { amount: 1000 + change, currency: 'USD' } })
  const history = await stub.history({ after: 0, limit: 100 })
  return { stub, events: history.map((text) => parseCloudEvent(JSON.parse(text))) }
}

/** The newest version that is confirmed to the object. */
function publishedVersion(stub: DurableObjectStub): Promise<unknown> {
  return runInDurableObject(
    stub,
    (_, state) => state.storage.sql.exec('SELECT published FROM stream').one().published,
  )
}

/** As the first releases published: without a shard. */
function published(event: CloudEvent): SingleMessage {
  const { subject: id, sequence: version = 1 } = event
  return { stream: { kind: 'product', id, version }, event }
}

/** As a later release published. */
function publishedWithShard(event: CloudEvent): SingleMessage {
  const { subject: id, sequence: version = 1 } = event
  const shard = initialShard(env, { kind: 'product', id })
  return { stream: { kind: 'product', id, version, shard }, event }
}

/** What the events of a product are published with. */
function headOf(events: readonly CloudEvent[]) {
  const stream = { kind: 'product', id: events[0]?.subject ?? '' }
  return { stream, shard: initialShard(env, stream), confirmed: 0 }
}

/** As the release before published: events as values in one message, and the listing. */
function publicationBefore(events: readonly CloudEvent[], listing?: Listing): PublicationMessage {
  const sequenced = events.map((event) => ({ ...event, sequence: event.sequence ?? 0 }))
  return { ...headOf(events), events: sequenced, ...(listing && { listing }) }
}

/** As this release publishes: the texts of events in one message, and the listing. */
function publication(events: readonly CloudEvent[], listing?: Listing): string {
  return messageText(events.map(serialized), headOf(events), listing).text
}

/** The listing of a product as it is now. */
async function listingOf(sku: string): Promise<Listing> {
  const present = (await env.PRODUCT.getByName(sku).listing()) ?? expect.fail()
  return { version: present.version, text: present.listing }
}

/** The lines in the lake under a prefix, object by object. */
async function lakeLines(prefix: string): Promise<string[][]> {
  const { objects } = await env.LAKE.list({ prefix })
  return Promise.all(
    objects.map(async ({ key }) => {
      const stored = await env.LAKE.get(key)
      if (!stored) throw new Error(`${key} is listed and cannot be read`)
      const text = await new Response(stored.body.pipeThrough(new DecompressionStream('gzip'))).text()
      return text.trimEnd().split('\n')
    }),
  )
}

/** The ids in the lake under a prefix, object by object. */
async function lakeIds(prefix: string): Promise<string[][]> {
  const lines = await lakeLines(prefix)
  return lines.map((object) => object.map((line) => cloudEventSchema.parse(JSON.parse(line)).id))
}

/** The ids in the lake of one product's events, sorted; the lake also has other tests' products. */
async function lakeIdsOf(sku: string): Promise<string[]> {
  const ids = (await lakeIds('ingest/')).flat()
  return ids.filter((id) => id.startsWith(`product/${sku}/`)).sort()
}

/** Resolves when an event is in the lake: after an outage a forwarder backs off. */
async function arrival(id: string): Promise<void> {
  await vi.waitFor(async () => expect((await lakeIds('ingest/')).flat()).toContain(id), { timeout: 4_500 })
}

async function deadLetterAt(key: string): Promise<unknown> {
  return (await env.LAKE.get(key))?.json()
}

/** The objects of a class, but every call fails. */
function failing<AnyObject extends Rpc.DurableObjectBranded>(
  namespace: DurableObjectNamespace<AnyObject>,
  fault: string,
): DurableObjectNamespace<AnyObject> {
  return new Proxy(namespace, {
    get: () => () => new Proxy({}, { get: () => () => Promise.reject(new Error(fault)) }),
  })
}

/** The bindings, but no forwarder answers. */
function withoutForwarders(environment: Env = env): Env {
  return { ...environment, FORWARDER: failing(env.FORWARDER, 'the forwarder is down') }
}

const publicationLetter = z.object({ body: z.unknown() })

afterEach(() => vi.restoreAllMocks())

describe('consumeEvents', () => {
  it('writes events to the lake, acknowledges them and confirms them to their aggregate', async () => {
    const { stub, events } = await createProduct('LAKE-1', { prices: 2 })
    expect(await runDurableObjectAlarm(stub)).toBe(true)
    expect(await publishedVersion(stub)).toBe(0)
    const batch = batchOf(QUEUE, events.map(published))
    expect(await settle(batch, () => consumeQueue(batch, env))).toEqual({
      acknowledged: ['message-0', 'message-1', 'message-2'],
      retried: [],
    })
    expect(await lakeIdsOf('LAKE-1')).toEqual(['product/LAKE-1/1', 'product/LAKE-1/2', 'product/LAKE-1/3'])
    expect(await publishedVersion(stub)).toBe(3)
  })

  it('forwards an event without a stream, which no aggregate confirms', async () => {
    const { events } = await createProduct('LAKE-2')
    const { sequence: _, ...first } = events[0] ?? expect.fail()
    const view = (id: string) => ({ ...first, id, type: 'catalog.ProductViewed' })
    const batch = batchOf(QUEUE, [{ event: view('view-1') }, unsequencedMessage(view('view-2'))])
    const { acknowledged } = await settle(batch, () => consumeQueue(batch, env))
    expect(acknowledged).toEqual(['message-0', 'message-1'])
    const ids = (await lakeIds('ingest/')).flat()
    expect(ids).toEqual(expect.arrayContaining(['view-1', 'view-2']))
  })

  it('stores a message that is not an event, with the reason, and forwards the others', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-3')
    const broken = { event: { id: 'x', specversion: '0.3' } }
    const batch = batchOf(QUEUE, [broken, ...events.map(published)])
    expect(await settle(batch, () => consumeQueue(batch, env))).toEqual({
      acknowledged: ['message-0', 'message-1'],
      retried: [],
    })
    expect(await deadLetterAt('invalid/dt=2026-03-01/message-0.json')).toMatchObject({
      reason: expect.stringContaining('event.specversion: invalid_value'),
      queue: QUEUE,
      attempts: 1,
      body: broken,
    })
    expect(await publishedVersion(stub)).toBe(1)
  })

  it('confirms and acknowledges an event once it is recorded, before the sink has it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(env.LAKE, 'put').mockRejectedValue(new Error('the bucket is down'))
    const { stub, events } = await createProduct('LAKE-4')
    const batch = batchOf(QUEUE, events.map(published))
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toEqual(['message-0'])
    expect(await publishedVersion(stub)).toBe(1)
  })

  it('retries an event that its forwarder does not accept, and does not confirm it', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-5')
    const batch = batchOf(QUEUE, events.map(published), { attempts: 3 })
    const retry = vi.spyOn(batch.messages[0] ?? expect.fail(), 'retry')
    const { acknowledged, retried } = await settle(batch, () => consumeEvents(batch, withoutForwarders()))
    expect(acknowledged).toEqual([])
    expect(retried).toEqual(['message-0'])
    const delaySeconds = retry.mock.calls[0]?.[0]?.delaySeconds
    expect(delaySeconds).toBeGreaterThanOrEqual(8)
    expect(delaySeconds).toBeLessThanOrEqual(16)
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('forwards an event once, however often its message is delivered', async () => {
    const { events } = await createProduct('LAKE-6', { prices: 1 })
    const batch = batchOf(QUEUE, [...events, ...events].toReversed().map(published))
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toHaveLength(4)
    const again = batchOf(QUEUE, events.map(published))
    expect((await settle(again, () => consumeQueue(again, env))).acknowledged).toHaveLength(2)
    await arrival('product/LAKE-6/2')
    expect(await lakeIdsOf('LAKE-6')).toEqual(['product/LAKE-6/1', 'product/LAKE-6/2'])
  })

  it('acknowledges a recorded event although its confirmation fails', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-7')
    const batch = batchOf(QUEUE, events.map(publishedWithShard))
    const unreachable = { ...env, PRODUCT: failing(env.PRODUCT, 'the aggregate is down') }
    expect((await settle(batch, () => consumeEvents(batch, unreachable))).acknowledged).toEqual(['message-0'])
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('the aggregate is down'))
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('stores an event of an unknown kind as a dead letter', async () => {
    const { events } = await createProduct('LAKE-9')
    const [event] = events
    const unknownKind = {
      stream: { kind: 'ghost', id: 'x', version: 1 },
      event: { ...event, id: 'ghost/x/1' },
    }
    const batch = batchOf(QUEUE, [unknownKind])
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toEqual(['message-0'])
    const day = event?.time.slice(0, 10)
    const key = `refused/sink=lake/context=catalog/type=ProductCreated/dt=${day}/ghost_x_1.json`
    expect(await deadLetterAt(key)).toMatchObject({
      reason: 'invalid: there is no aggregate of this kind',
      stream: { kind: 'ghost', id: 'x', version: 1 },
      event: { id: 'ghost/x/1' },
    })
  })
})

describe('a publication', () => {
  it.each([
    ['of this release', 'LAKE-20', publication],
    ['of the release before', 'LAKE-26', publicationBefore],
  ])(
    '%s is forwarded and confirmed event by event, and its listing becomes the row',
    async (_, sku, form) => {
      const { environment, projections } = recordingBindings()
      const { stub, events } = await createProduct(sku, { prices: 2 })
      const batch = batchOf(QUEUE, [form(events, await listingOf(sku))])
      expect((await settle(batch, () => consumeEvents(batch, environment))).acknowledged).toEqual([
        'message-0',
      ])
      await arrival(`product/${sku}/3`)
      expect(await lakeIdsOf(sku)).toEqual([1, 2, 3].map((version) => `product/${sku}/${version}`))
      expect(await publishedVersion(stub)).toBe(3)
      expect(await rowOf('products', sku)).toMatchObject({ version: 3, item: { price: { amount: 1002 } } })
      expect(projections.sent).toEqual([])
    },
  )

  it('brings its events in the very text of the log, whatever the form of their messages', async () => {
    const { stub, events } = await createProduct('LAKE-27', { prices: 5 })
    const [first, second, third, ...others] = events
    if (!first || !second || !third) return expect.fail()
    // The last is read from the log, once its message is known to be missing.
    const bodies = [
      published(first),
      publicationBefore([second]),
      publication([third]),
      published(others[2] ?? first),
    ]
    const batch = batchOf(QUEUE, bodies)
    await settle(batch, () => consumeEvents(batch, recordingBindings().environment))
    await arrival('product/LAKE-27/6')
    const lines = (await lakeLines('ingest/')).flat().filter((line) => line.includes('"product/LAKE-27"'))
    expect(lines.toSorted()).toEqual((await stub.history({ after: 0, limit: 100 })).toSorted())
  })

  it('with an event that is none is stored as a dead letter, which says where and why', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-28', { prices: 1 })
    const [first, second] = events
    if (!first || !second) return expect.fail()
    const { text } = messageText([first, { ...second, time: 'noon' }].map(serialized), headOf(events))
    const batch = batchOf(QUEUE, [text])
    await settle(batch, () => consumeEvents(batch, recordingBindings().environment))
    expect(await deadLetterAt('invalid/dt=2026-03-01/message-0.json')).toMatchObject({
      reason: 'events.1.time: invalid_format',
      body: text,
    })
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('never brings an older row over a newer one, within a batch or after it', async () => {
    const { environment } = recordingBindings()
    const { stub, events } = await createProduct('LAKE-21')
    const older = await listingOf('LAKE-21')
    const price = { amount: 1700, currency: 'USD' }
    await stub.execute({
      id: 'LAKE-21',
      command: { type: 'ChangePrice', price },
      trace: { correlationId: 'x' },
    })
    const newer = await listingOf('LAKE-21')
    await consumeEvents(batchOf(QUEUE, [publication(events, newer), publication(events, older)]), environment)
    expect(await rowOf('products', 'LAKE-21')).toMatchObject({ version: 2, item: { price } })
    await consumeEvents(batchOf(QUEUE, [publication(events, older)]), environment)
    expect(await rowOf('products', 'LAKE-21')).toMatchObject({ version: 2, item: { price } })
  })

  it('is forwarded while the read database refuses its row, which is queued', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    const { stub, events } = await createProduct('LAKE-22')
    const batch = batchOf(QUEUE, [publication(events, await listingOf('LAKE-22'))])
    vi.spyOn(env.DATABASE, 'batch').mockRejectedValue(new Error('the database is down'))
    expect((await settle(batch, () => consumeEvents(batch, environment))).acknowledged).toEqual(['message-0'])
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-22' }])
    await arrival('product/LAKE-22/1')
    expect(await publishedVersion(stub)).toBe(1)
  })

  it('whose row neither the database nor the queue takes is retried, and not confirmed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    projections.isDown = true
    const { stub, events } = await createProduct('LAKE-23')
    const batch = batchOf(QUEUE, [publication(events, await listingOf('LAKE-23'))])
    vi.spyOn(env.DATABASE, 'batch').mockRejectedValue(new Error('the database is down'))
    expect((await settle(batch, () => consumeEvents(batch, environment))).retried).toEqual(['message-0'])
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('without a listing has its row queued', async () => {
    const { environment, projections } = recordingBindings()
    const { events } = await createProduct('LAKE-24')
    await consumeEvents(batchOf(QUEUE, [publication(events)]), environment)
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-24' }])
  })

  it('is stored without its listing, where personal data may be, once all retries have failed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { events } = await createProduct('LAKE-25')
    const batch = batchOf(UNDELIVERED, [publication(events, await listingOf('LAKE-25'))])
    await consumeUndelivered(batch, withoutForwarders(recordingBindings().environment))
    const { body } = publicationLetter.parse(await deadLetterAt('undelivered/dt=2026-03-01/message-0.json'))
    expect(body).toBe(publication(events))
    expect(messageIn(body).events).toHaveLength(1)
  })
})

describe('projections', () => {
  it('are queued once per aggregate, before its events are confirmed', async () => {
    const { environment, projections } = recordingBindings()
    const mug = await createProduct('LAKE-10', { prices: 3 })
    const cup = await createProduct('LAKE-11')
    const batch = batchOf(QUEUE, [...mug.events, ...cup.events].map(published))
    await consumeEvents(batch, environment)
    expect(projections.streams).toEqual([
      { kind: 'product', id: 'LAKE-10' },
      { kind: 'product', id: 'LAKE-11' },
    ])
    expect(await publishedVersion(mug.stub)).toBe(4)
  })

  it('are not queued for an aggregate without a list', async () => {
    const { environment, projections } = recordingBindings()
    const { events } = await createProduct('LAKE-12')
    const event = { ...(events[0] ?? expect.fail()), id: 'cart/x/1' }
    const batch = batchOf(QUEUE, [{ stream: { kind: 'email_address', id: 'x', version: 1 }, event }])
    await consumeEvents(batch, environment)
    expect(projections.sent).toEqual([])
  })

  it('are queued although the events cannot be forwarded', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    const { events } = await createProduct('LAKE-14')
    await consumeEvents(batchOf(QUEUE, events.map(published)), withoutForwarders(environment))
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-14' }])
  })

  it('that could not be queued are queued when the event is retried', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { environment, projections } = recordingBindings()
    const { stub, events } = await createProduct('LAKE-13')
    projections.isDown = true
    const batch = batchOf(QUEUE, events.map(published))
    expect(await settle(batch, () => consumeEvents(batch, environment))).toEqual({
      acknowledged: [],
      retried: ['message-0'],
    })
    await arrival('product/LAKE-13/1')
    expect(await publishedVersion(stub)).toBe(0)
    projections.isDown = false
    await consumeEvents(batchOf(QUEUE, events.map(published)), environment)
    expect(projections.streams).toEqual([{ kind: 'product', id: 'LAKE-13' }])
    expect(await publishedVersion(stub)).toBe(1)
  })
})

describe('an event that failed after all retries', () => {
  it('is forwarded again', async () => {
    const { stub, events } = await createProduct('LAKE-15')
    const batch = batchOf(UNDELIVERED, events.map(published), { attempts: 1 })
    expect((await settle(batch, () => consumeQueue(batch, env))).acknowledged).toEqual(['message-0'])
    await arrival('product/LAKE-15/1')
    expect(await publishedVersion(stub)).toBe(1)
  })

  it('is stored whole as a dead letter, and not confirmed', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { stub, events } = await createProduct('LAKE-8')
    const batch = batchOf(UNDELIVERED, [...events.map(published), 'not even an event'], { attempts: 12 })
    const consume = () => consumeUndelivered(batch, withoutForwarders())
    expect((await settle(batch, consume)).acknowledged.toSorted()).toEqual(['message-0', 'message-1'])
    expect(await deadLetterAt('undelivered/dt=2026-03-01/message-0.json')).toMatchObject({
      queue: UNDELIVERED,
      attempts: 12,
      body: published(events[0] ?? expect.fail()),
    })
    expect(await deadLetterAt('invalid/dt=2026-03-01/message-1.json')).toMatchObject({
      body: 'not even an event',
    })
    expect(await publishedVersion(stub)).toBe(0)
  })

  it('is retried while it cannot be stored', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    vi.spyOn(env.LAKE, 'put').mockRejectedValue(new Error('the bucket is down'))
    const batch = batchOf(UNDELIVERED, ['x'])
    const { acknowledged, retried } = await settle(batch, () => consumeQueue(batch, env))
    expect(acknowledged).toEqual([])
    expect(retried).toEqual(['message-0'])
  })
})

describe('consumeQueue', () => {
  it('leaves the messages of an unknown queue in it', async () => {
    const batch = batchOf('another-queue', ['x'])
    await expect(consumeQueue(batch, env)).rejects.toThrow('no consumer for the queue another-queue')
  })
})

describe('retryDelaySeconds', () => {
  it('doubles with each attempt, between half of its ceiling and all of it', () => {
    expect([1, 2, 3, 4].map((attempts) => retryDelaySeconds(attempts, 1))).toEqual([4, 8, 16, 32])
    expect([1, 2, 3, 4].map((attempts) => retryDelaySeconds(attempts, 0))).toEqual([2, 4, 8, 16])
  })
  it('never exceeds the 12 hours that a queue allows', () => {
    expect(retryDelaySeconds(1_000, 1)).toBe(43_200)
  })
})
