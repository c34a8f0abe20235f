import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SECOND } from '../../shared/core/time.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { eventIn } from '../../shared/core/wire/wire.fixture.ts'
import {
  alarmInMs,
  elapse,
  eventually,
  fireAlarm,
  pass,
  RecordingQueue,
  stopTime,
  stopTimers,
} from '../aggregate/object-lifetimes.fixture.ts'
import { forwarderLives, productOf, unsequencedMessage } from './object.fixture.ts'
import { RecordingSink, tooLarge } from './recording-sink.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const product = (id: string) => ({ kind: 'product', id })
const keyOf = (id: string) =>
  `refused/sink=recording/context=catalog/type=ProductPriceChanged/dt=2031-03-01/product_${id}_2.json`

/** A sink that refuses the second version of everything. */
function refusing(): RecordingSink {
  const sink = new RecordingSink()
  sink.outcomeOf = ({ sequence }) => (sequence === 2 ? tooLarge : { delivered: true })
  return sink
}

describe('an event that the sink refuses for good', () => {
  it('is kept whole and told, and the rest goes on', async () => {
    const sink = refusing()
    const queue = new RecordingQueue()
    const messages = await productOf('R-GAP', 4)
    await forwarderLives(1201, sink, { EVENTS: queue }).live(async (object, state) => {
      await object.forward(messages)
      expect(sink.versions('R-GAP')).toEqual([1, 3, 4])
      expect(await object.position(product('R-GAP'))).toMatchObject({
        delivered: 4,
        owed: 0,
        setAside: [2],
        heldAt: null,
      })
      expect(await (await env.LAKE.get(keyOf('R-GAP')))?.json()).toEqual({
        reason: 'too large',
        sink: 'recording',
        stream: { kind: 'product', id: 'R-GAP', version: 2 },
        event: eventIn(messages[1]?.event ?? expect.fail()),
        at: new Date().toISOString(),
      })
      await eventually(() =>
        expect(queue.events.map(({ data }) => data)).toEqual([
          {
            fault: 'event_set_aside',
            sink: 'recording',
            eventId: 'product/R-GAP/2',
            eventType: 'catalog.ProductPriceChanged',
            reason: 'too large',
            key: keyOf('R-GAP'),
          },
        ]),
      )
      expect((await object.condition()).total).toMatchObject({ delivered: 3, setAside: 1 })
      expect(await alarmInMs(state)).toBeNull()
    })
  })

  it('is told in the same words again by a forwarder that does not know that it did', async () => {
    const queue = new RecordingQueue()
    const messages = await productOf('R-AGAIN', 2)
    const offer = (shard: number, sink: RecordingSink) =>
      forwarderLives(shard, sink, { EVENTS: queue }).live((object) => object.forward(messages))
    await offer(1215, refusing())
    await eventually(() => expect(queue.events).toHaveLength(1))
    pass(5 * SECOND)
    const sink = refusing()
    sink.outcomeOf = ({ sequence }) =>
      sequence === 2 ? { delivered: false, kind: 'refused', error: 'too big' } : { delivered: true }
    await offer(1216, sink)
    await eventually(() => expect(queue.events).toHaveLength(2))
    expect(queue.events[1]).toEqual(queue.events[0])
  })

  it('waits for a bucket that is down, and so does all that follows it', async () => {
    const sink = refusing()
    const messages = await productOf('R-BUCKET', 3)
    await forwarderLives(1202, sink).live(async (object, state) => {
      const put = vi.spyOn(env.LAKE, 'put').mockRejectedValue(new Error('the bucket is down'))
      await object.forward(messages)
      expect(await object.position(product('R-BUCKET'))).toMatchObject({ delivered: 1, setAside: [] })
      expect((await object.condition()).lastError?.error).toContain('the bucket is down')
      put.mockRestore()
      pass(SECOND)
      await fireAlarm(object, state)
      expect(await object.position(product('R-BUCKET'))).toMatchObject({ delivered: 3, setAside: [2] })
      expect(sink.versions('R-BUCKET')).toEqual([1, 3])
    })
  })

  it.each(['put', 'get'] as const)(
    'waits no longer than 10 s for a bucket that never answers a %s',
    async (call) => {
      stopTimers()
      const sink = refusing()
      const messages = await productOf(`R-SILENT-${call}`, 3)
      await forwarderLives(call === 'put' ? 1217 : 1218, sink).live(async (object, state) => {
        const silent = vi.spyOn(env.LAKE, call).mockImplementation(() => new Promise<never>(() => {}))
        const forwarded = object.forward(messages)
        await eventually(() => expect(silent).toHaveBeenCalled())
        await elapse(10 * SECOND)
        await forwarded
        silent.mockRestore()
        await elapse(SECOND)
        await fireAlarm(object, state)
        expect(sink.versions(`R-SILENT-${call}`)).toEqual([1, 3])
      })
      vi.useRealTimers()
    },
  )

  it('raises nothing about an event of the system itself', async () => {
    const sink = new RecordingSink()
    sink.outcomeOf = () => tooLarge
    const queue = new RecordingQueue()
    const event = eventIn(unsequencedMessage('system').event)
    await forwarderLives(1203, sink, { EVENTS: queue }).live(async (object) => {
      await object.forward([
        { event: serialized({ ...event, type: 'system.SystemError', category: 'error' }) },
      ])
      await object.forward([{ event: serialized({ ...event, id: 'other' }) }])
      await eventually(() => expect(queue.events).toHaveLength(1))
      expect(queue.events[0]?.data).toMatchObject({ eventId: 'other' })
    })
  })

  it('is delivered by a retry once the sink takes it, and nothing stays on record', async () => {
    const sink = refusing()
    const { live } = forwarderLives(1204, sink)
    const messages = await productOf('R-RETRY', 3)
    await live((object) => object.forward(messages))
    await live(async (object) => {
      const asked = { stream: product('R-RETRY'), version: 2 }
      expect(await object.retryDeadLetter(asked)).toEqual({ delivered: false, error: 'too large' })
      sink.outcomeOf = () => ({ delivered: true })
      expect(await object.retryDeadLetter(asked)).toEqual({ delivered: true })
      expect(sink.versions('R-RETRY')).toEqual([1, 3, 2])
      expect(await object.position(product('R-RETRY'))).toMatchObject({ delivered: 3, setAside: [] })
      expect(await env.LAKE.head(keyOf('R-RETRY'))).toBeNull()
      expect(await object.retryDeadLetter(asked)).toEqual({
        delivered: false,
        error: 'nothing of this is set aside here',
      })
    })
  })

  it('is retried by its id if it belongs to no log', async () => {
    const sink = new RecordingSink()
    sink.outcomeOf = () => tooLarge
    await forwarderLives(1205, sink).live(async (object) => {
      await object.forward([unsequencedMessage('seen')])
      sink.outcomeOf = () => ({ delivered: true })
      expect(await object.retryDeadLetter({ event: 'seen' })).toEqual({ delivered: true })
      expect(sink.ids).toEqual(['seen'])
    })
  })
})

describe('in strict order', () => {
  const strict = { STRICT_ORDER: 'true' }

  it('a refused event holds up the later ones of its aggregate, and of no other', async () => {
    const sink = refusing()
    const { live } = forwarderLives(1206, sink, strict)
    const [held, other] = [await productOf('R-HELD', 4), await productOf('R-FREE', 1)]
    await live((object) => object.forward([...held.slice(0, 3), ...other]))
    await live(async (object, state) => {
      await object.forward(held.slice(3))
      expect(sink.versions('R-HELD')).toEqual([1])
      expect(sink.versions('R-FREE')).toEqual([1])
      expect(await object.position(product('R-HELD'))).toEqual({
        sink: 'recording',
        delivered: 1,
        owed: 3,
        setAside: [2],
        heldAt: 2,
      })
      expect(await object.condition()).toMatchObject({ held: 1, owed: { events: 3, aggregates: 1 } })
      await fireAlarm(object, state)
      expect(await alarmInMs(state)).toBeNull()
      sink.outcomeOf = () => ({ delivered: true })
      expect(await object.retryDeadLetter({ stream: product('R-HELD'), version: 2 })).toEqual({
        delivered: true,
      })
      await fireAlarm(object, state)
      expect(sink.versions('R-HELD')).toEqual([1, 2, 3, 4])
      expect(await object.condition()).toMatchObject({ held: 0, owed: { events: 0 } })
    })
  })

  it('what one sink refused holds up nothing at another', async () => {
    const messages = await productOf('R-MOVED', 3)
    await forwarderLives(1208, refusing(), strict).live((object) => object.forward(messages))
    const next = new RecordingSink('next')
    await forwarderLives(1208, next, strict).live(async (object, state) => {
      expect(await object.condition()).toMatchObject({ held: 1 })
      await fireAlarm(object, state)
      expect(next.versions('R-MOVED')).toEqual([1, 2, 3])
      expect(await object.condition()).toMatchObject({ held: 0, owed: { events: 0 } })
    })
  })

  it('what was held goes on once strict order is given up', async () => {
    const sink = refusing()
    const messages = await productOf('R-LOOSENED', 4)
    await forwarderLives(1207, sink, strict).live((object) => object.forward(messages))
    await forwarderLives(1207, sink).live(async (object, state) => {
      await object.alarm()
      expect(sink.versions('R-LOOSENED')).toEqual([1, 3, 4])
      expect(await object.condition()).toMatchObject({ held: 0, owed: { events: 0 } })
      expect(await alarmInMs(state)).toBeNull()
    })
  })
})
