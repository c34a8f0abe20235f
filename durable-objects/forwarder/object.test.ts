import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SECOND } from '../../shared/core/time.ts'
import { serialized } from '../../shared/core/wire/serialized-event.ts'
import { eventIn } from '../../shared/core/wire/wire.fixture.ts'
import {
  alarmInMs,
  eventually,
  fireAlarm,
  pass,
  START,
  stopTime,
} from '../aggregate/object-lifetimes.fixture.ts'
import { forwarderAt, forwarderCount, knownForwarders, shardOf } from './forwarders.ts'
import { answering, forwarderLives, productOf, range, unsequencedMessage } from './object.fixture.ts'
import { busy, RecordingSink } from './recording-sink.fixture.ts'

beforeEach(() => {
  stopTime()
  vi.spyOn(console, 'error').mockImplementation(() => {})
})
afterEach(() => vi.restoreAllMocks())

const product = (id: string) => ({ kind: 'product', id })

describe('a forwarder', () => {
  it('brings an aggregate to the sink in order, whatever the order of its messages', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-ORDER', 5)
    await forwarderLives(1001, sink).live(async (object, state) => {
      await object.forward(messages.toReversed())
      expect(sink.versions('F-ORDER')).toEqual(range(1, 5))
      expect(await object.position(product('F-ORDER'))).toEqual({
        sink: 'recording',
        delivered: 5,
        owed: 0,
        setAside: [],
        heldAt: null,
      })
      expect(await alarmInMs(state)).toBeNull()
    })
  })

  it('drops what it has delivered, now and in its next life', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-DOUBLE', 3)
    const { live } = forwarderLives(1002, sink)
    await live(async (object) => {
      await object.forward([...messages, ...messages])
      await object.forward(messages)
    })
    await live(async (object) => {
      await object.forward(messages)
      expect(sink.versions('F-DOUBLE')).toEqual([1, 2, 3])
    })
  })

  it('reads what is missing in front of a message from the log of the aggregate', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-GAP', 6)
    await forwarderLives(1003, sink).live(async (object) => {
      await object.forward(messages.slice(0, 1))
      await object.forward(messages.slice(4, 5))
      expect(sink.versions('F-GAP')).toEqual(range(1, 5))
      expect((await object.condition()).total).toMatchObject({ delivered: 5, filled: 3 })
    })
  })

  it('reads on in a long log while the sink has the page before', async () => {
    const sink = new RecordingSink()
    sink.limits = { events: 1_000, bytes: 1_000_000 }
    const messages = await productOf('F-LONG', 450)
    const reads: number[] = []
    const { promise: hasReadOn, resolve: readOn } = Promise.withResolvers<void>()
    const PRODUCT = new Proxy(env.PRODUCT, {
      get: () => () => ({
        published: async (page: { after: number; limit: number }) => {
          reads.push(page.after)
          if (page.after === 200) readOn()
          return env.PRODUCT.getByName('F-LONG').published(page)
        },
      }),
    })
    // It answers only once the next page has been asked for.
    sink.before = () => hasReadOn
    await forwarderLives(1038, sink, { PRODUCT }).live(async (object) => {
      await object.forward(messages.slice(-1))
      expect(sink.versions('F-LONG')).toEqual(range(1, 450))
      expect(reads).toEqual([0, 200, 400])
    })
  })

  it('reads the log of an object that still runs the release before, which gives texts alone', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-BEFORE', 3)
    const PRODUCT = new Proxy(env.PRODUCT, {
      get: () => () => ({ published: async () => messages.map(({ event }) => event.text) }),
    })
    await forwarderLives(1039, sink, { PRODUCT }).live(async (object) => {
      await object.forward(messages.slice(-1))
      expect(sink.delivered).toEqual(messages.map(({ event }) => eventIn(event)))
    })
  })

  it('takes events from a consumer that still runs the release before, which gives them whole', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-WHOLE', 2)
    await forwarderLives(1040, sink).live(async (object) => {
      await object.forward(messages.map((message) => ({ ...message, event: eventIn(message.event) })))
      expect(sink.delivered).toEqual(messages.map(({ event }) => eventIn(event)))
    })
  })

  it('gives the sink what it reads without anything personal, as messages are', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-SAME', 3)
    await forwarderLives(1004, sink).live(async (object) => {
      await object.forward(messages.slice(2))
      expect(sink.delivered).toEqual(messages.map(({ event }) => eventIn(event)))
    })
  })

  it('begins after what another forwarder is known to have had', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-RESHARD', 6)
    const [last] = messages.slice(5)
    await forwarderLives(1005, sink).live(async (object) => {
      await object.forward(
        last?.stream ? [{ ...last, stream: { ...last.stream, confirmed: 3 } }] : expect.fail(),
      )
      expect(sink.versions('F-RESHARD')).toEqual([4, 5, 6])
    })
  })

  it('lets others pass an event that the sink cannot be sent at all', async () => {
    const sink = new RecordingSink()
    sink.limits = { events: 2, bytes: 1_000_000 }
    const [stuck, free] = [await productOf('F-NO-TOPIC', 3), await productOf('F-TOPIC', 3)]
    await forwarderLives(1037, sink).live(async (object, state) => {
      sink.outcomeOf = ({ partitionkey }) =>
        partitionkey === 'product/F-NO-TOPIC' ? { ...busy, untried: true } : { delivered: true }
      await object.forward([...stuck, ...free])
      for (let tries = 0; tries < 10 && sink.versions('F-TOPIC').length < 3; tries += 1) {
        pass(10 * SECOND)
        await fireAlarm(object, state)
      }
      expect(sink.versions('F-TOPIC')).toEqual([1, 2, 3])
      expect(await object.position(product('F-NO-TOPIC'))).toMatchObject({ delivered: 0, owed: 3 })
      sink.outcomeOf = () => ({ delivered: true })
      pass(10 * SECOND)
      await fireAlarm(object, state)
      expect(sink.versions('F-NO-TOPIC')).toEqual([1, 2, 3])
    })
  })

  it('gives another sink an aggregate from its beginning, once that changes', async () => {
    const messages = await productOf('F-SWITCH', 4)
    const [former, next] = [new RecordingSink('former'), new RecordingSink('next')]
    await forwarderLives(1006, former).live((object) => object.forward(messages.slice(0, 3)))
    await forwarderLives(1006, next).live(async (object) => {
      await object.forward(messages.slice(3))
      expect(next.versions('F-SWITCH')).toEqual(range(1, 4))
      expect(await object.position(product('F-SWITCH'))).toMatchObject({ sink: 'next', delivered: 4 })
    })
  })

  it('sends again only what the sink did not take, and that first', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-PART', 3)
    const other = await productOf('F-PART-2', 1)
    await forwarderLives(1007, sink).live(async (object, state) => {
      sink.outcomeOf = ({ sequence }) => (sequence === 2 ? busy : { delivered: true })
      await object.forward(messages)
      await object.forward(other)
      expect(await object.position(product('F-PART'))).toMatchObject({ delivered: 1, owed: 2 })
      sink.outcomeOf = () => ({ delivered: true })
      pass(SECOND)
      await fireAlarm(object, state)
      expect(sink.offers.slice(1)).toEqual([['product/F-PART/2'], ['product/F-PART-2/1']])
      expect(await object.position(product('F-PART'))).toMatchObject({ delivered: 3, owed: 0 })
    })
  })

  it('keeps to what the sink takes at once, in events and in bytes', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-LIMITS', 7)
    const bytes = messages[1]?.event.bytes ?? expect.fail()
    await forwarderLives(1008, sink).live(async (object) => {
      sink.limits = { events: 3, bytes: 1_000_000 }
      await object.forward(messages.slice(0, 4))
      sink.limits = { events: 100, bytes: 2 * bytes + 20 }
      await object.forward(messages.slice(4))
      expect(sink.offers.map((offer) => offer.length)).toEqual([3, 1, 2, 1])
    })
  })

  it('asks a sink for one thing at a time', async () => {
    const sink = new RecordingSink()
    const [first, second] = [await productOf('F-ONE', 2), await productOf('F-TWO', 2)]
    await forwarderLives(1009, sink).live(async (object) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      sink.before = () => promise
      const forwarding = [object.forward(first)]
      await eventually(() => expect(sink.offers).toHaveLength(1))
      forwarding.push(object.forward(second))
      await object.recordedVersion(product('F-ONE'))
      resolve()
      await Promise.all(forwarding)
      expect(sink.offers).toEqual([
        ['product/F-ONE/1', 'product/F-ONE/2'],
        ['product/F-TWO/1', 'product/F-TWO/2'],
      ])
    })
  })

  it('brings events of no log in the order they came, each once', async () => {
    const sink = new RecordingSink()
    await forwarderLives(1010, sink).live(async (object) => {
      await object.forward(['a', 'b', 'a'].map(unsequencedMessage))
      await object.forward([unsequencedMessage('b'), unsequencedMessage('c')])
      expect(sink.ids).toEqual(['a', 'b', 'c'])
    })
  })

  it('names the aggregates that it has heard of, page by page', async () => {
    const sink = new RecordingSink()
    const messages = [
      ...(await productOf('F-A', 2)),
      ...(await productOf('F-B', 1)),
      ...(await productOf('F-C', 1)),
    ]
    await forwarderLives(1011, sink).live(async (object) => {
      await object.forward(messages)
      const first = await object.streams({ after: null, limit: 2 })
      expect(first).toEqual({
        streams: [
          { kind: 'product', id: 'F-A', delivered: 2, lastSeenVersion: 2 },
          { kind: 'product', id: 'F-B', delivered: 1, lastSeenVersion: 1 },
        ],
        next: { kind: 'product', id: 'F-B' },
      })
      expect(await object.streams({ kinds: ['cart', 'product'], after: first.next, limit: 2 })).toEqual({
        streams: [{ kind: 'product', id: 'F-C', delivered: 1, lastSeenVersion: 1 }],
        next: null,
      })
      expect(await object.streams({ kinds: ['cart'], after: null, limit: 2 })).toEqual({
        streams: [],
        next: null,
      })
      expect(await object.recordedVersion(product('F-A'))).toBe(2)
      expect(await object.recordedVersion(product('F-D'))).toBe(0)
    })
  })

  it('tells its rates, and what it did in former lives', async () => {
    const sink = new RecordingSink()
    const { live } = forwarderLives(1012, sink)
    const messages = await productOf('F-RATE', 90)
    await live((object) => object.forward(messages.slice(0, 30)))
    await live(async (object) => {
      await object.forward(messages.slice(30))
      pass(30 * SECOND)
      expect(await object.condition()).toMatchObject({
        shard: 1012,
        sink: 'recording',
        owed: { events: 0, aggregates: 0, oldestAt: null },
        lagMilliseconds: 0,
        total: { delivered: 90, dropped: 0, filled: 0, setAside: 0 },
        rate: { minute: 1, quarterHour: 0.067 },
        lastDeliveredAt: new Date(START).toISOString(),
        lastError: null,
        retryAt: null,
      })
      pass(60 * SECOND)
      expect((await object.condition()).rate).toEqual({ minute: 0, quarterHour: 0.067 })
    })
  })

  it('enters itself in the register of forwarders', async () => {
    await forwarderLives(1013, new RecordingSink()).live(async (object) => {
      await object.forward([unsequencedMessage('x')])
      await eventually(async () => {
        const row = await env.DATABASE.prepare('SELECT shard FROM forwarders WHERE shard = 1013').first()
        expect(row).toEqual({ shard: 1013 })
      })
      const known = await knownForwarders({ ...env, FORWARDERS: '3' })
      expect(known).toEqual(expect.arrayContaining([0, 1, 2, 1013]))
    })
  })

  it('writes one row for each aggregate of a batch, and one for itself', async () => {
    const sink = new RecordingSink()
    const messages = [...(await productOf('F-COST-1', 4)), ...(await productOf('F-COST-2', 2))]
    await forwarderLives(1014, sink).live(async (object) => {
      await object.forward(messages.slice(0, 1))
      const { rowsWritten } = object.meter
      await object.forward(messages.slice(1))
      expect(sink.offers).toHaveLength(2)
      expect(object.meter.rowsWritten - rowsWritten).toBe(3)
      await object.forward(messages)
      expect(object.meter).toEqual({ rowsWritten: rowsWritten + 3, alarmsSet: 0, rpcs: 0, queueSends: 0 })
    })
  })
})

describe('an aggregate whose log cannot be read', () => {
  it('waits by itself, and holds up no other', async () => {
    const sink = new RecordingSink()
    const [mute, other] = [await productOf('F-MUTE', 3), await productOf('F-OTHER', 3)]
    let answers = false
    const { live } = forwarderLives(1015, sink, {
      PRODUCT: answering(env.PRODUCT, (name) => answers || name !== 'F-MUTE'),
    })
    await live(async (object, state) => {
      await object.forward([...mute.slice(2), ...other.slice(2)])
      expect(sink.versions('F-OTHER')).toEqual([1, 2, 3])
      expect(await object.position(product('F-MUTE'))).toMatchObject({ delivered: 0, owed: 3 })
      expect((await object.condition()).lastError?.error).toContain('it does not answer')
      answers = true
      pass(SECOND)
      await fireAlarm(object, state)
      expect(sink.versions('F-MUTE')).toEqual([1, 2, 3])
      expect(await alarmInMs(state)).toBeNull()
    })
  })

  it('takes what comes by itself meanwhile', async () => {
    const sink = new RecordingSink()
    const messages = await productOf('F-MUTE-2', 3)
    const { live } = forwarderLives(1016, sink, { PRODUCT: answering(env.PRODUCT, () => false) })
    await live(async (object) => {
      await object.forward(messages.slice(1, 2))
      await object.forward(messages.slice(0, 1))
      expect(sink.versions('F-MUTE-2')).toEqual([1])
      await object.forward(messages)
      expect(sink.versions('F-MUTE-2')).toEqual([1, 2, 3])
    })
  })
})

it('sets aside a message of a version that the log does not have, and corrects its books', async () => {
  const sink = new RecordingSink()
  const messages = await productOf('F-STRAY', 2)
  const [first, second] = messages
  const stream = { kind: 'product', id: 'F-STRAY', version: 9 }
  const unroutable = {
    stream,
    event: serialized({
      ...eventIn(second?.event ?? expect.fail()),
      id: 'product/F-STRAY/9',
      sequence: '0000000009',
    }),
  }
  await forwarderLives(1017, sink).live(async (object, state) => {
    await object.forward([first ?? expect.fail(), unroutable])
    expect(sink.versions('F-STRAY')).toEqual([1, 2])
    expect(await object.position(product('F-STRAY'))).toMatchObject({ delivered: 2, owed: 0, setAside: [9] })
    expect(await alarmInMs(state)).toBeNull()
    // A retry does not bring to the sink what never happened.
    expect(await object.retryDeadLetter({ stream: product('F-STRAY'), version: 9 })).toEqual({
      delivered: false,
      error: 'invalid: the log has no such version',
    })
    expect(sink.versions('F-STRAY')).toEqual([1, 2])
  })
})

describe('the number of forwarders', () => {
  it.each([
    [undefined, 8],
    ['3', 3],
    ['0', 8],
    ['2.5', 8],
    ['many', 8],
  ])('is, for FORWARDERS=%s, %d', (FORWARDERS, count) => {
    expect(forwarderCount(FORWARDERS === undefined ? {} : { FORWARDERS })).toBe(count)
  })

  it('spreads aggregates evenly, and each always to the same', () => {
    const shards = range(1, 8_000).map((number) => shardOf(`product/SKU-${number}`, 8))
    const counts = range(0, 7).map((shard) => shards.filter((one) => one === shard).length)
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(200)
    expect(shardOf('product/SKU-1', 8)).toBe(shards[0])
  })
})

it('delivers into the lake by itself', async () => {
  vi.useRealTimers()
  const messages = await productOf('F-LAKE', 2)
  const object = forwarderAt(env, 1018)
  await object.forward(messages)
  expect(await object.position(product('F-LAKE'))).toMatchObject({ sink: 'lake', delivered: 2 })
})
