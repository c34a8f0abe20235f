import { runDurableObjectAlarm } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { initialShard } from '../../durable-objects/forwarder/forwarders.ts'
import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import { inEarlierForm } from '../../shared/core/wire/earlier-form.fixture.ts'
import type { SingleMessage } from '../../shared/core/wire/earlier-messages.ts'
import { unsequencedMessage } from '../../shared/core/wire/queue-message.ts'
import { retryDelaySeconds } from './dead-letters.ts'
import {
  arrival,
  createProduct,
  deadLetterAt,
  failing,
  lakeIds,
  lakeIdsOf,
  published,
  publishedVersion,
  QUEUE,
  UNDELIVERED,
  withoutForwarders,
} from './events.fixture.ts'
import { consumeEvents, consumeUndelivered } from './events.ts'
import { consumeQueue } from './index.ts'
import { batchOf, recordingBindings, settle } from './queue.fixture.ts'

/** As a later release published. */
function publishedWithShard(event: CloudEvent): SingleMessage {
  const { subject: id } = event
  const version = eventVersion(event) ?? 1
  const shard = initialShard(env, { kind: 'product', id })
  return { stream: { kind: 'product', id, version, shard }, event: inEarlierForm(event) }
}

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
