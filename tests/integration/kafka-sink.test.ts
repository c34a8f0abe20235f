import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cloudEventSchema } from '../../shared/core/cloud-event.ts'
import { type KafkaBroker, startKafka } from './support/kafka/kafka.ts'
import { readWithKcat } from './support/kafka/kcat.ts'
import { startTcpProxy, type TcpProxy } from './support/kafka/tcp-proxy.ts'
import { deliverAll, eventsOf, expectExactly } from './support/sink/sent-events.ts'
import { type SinkRuntime, startSinkRuntime } from './support/sink/sink-runtime.ts'

const PARTITIONS = 6
/** A topic's own limit (bytes, compressed), for what is too large. */
const SMALL = 20_000
/** As Kafka numbers it. */
const OUT_OF_ORDER_SEQUENCE_NUMBER = 45

let proxy: TcpProxy
let broker: KafkaBroker
let sinks: SinkRuntime

beforeAll(async () => {
  proxy = await startTcpProxy()
  broker = await startKafka({ advertised: proxy.address })
  proxy.forwardTo(broker.behindProxy)
  sinks = await startSinkRuntime('kafka', broker.certificateAuthority)
})

afterAll(async () => {
  await sinks?.stop()
  await proxy?.close()
  await broker?.remove()
})

describe('what arrives', () => {
  const listeners = {
    PLAINTEXT: () => plain(broker.plaintext),
    'SASL_PLAINTEXT with SCRAM-SHA-512': () => ({ ...plain(broker.saslPlaintext), ...scram() }),
    'SASL_SSL with SCRAM-SHA-512': () => ({ KAFKA_BROKERS: broker.saslSsl, ...scram() }),
  }

  it.each(Object.entries(listeners))('over %s: every event, whole and in order', async (name, listener) => {
    const topic = await newTopic(name.replace(/\W/g, '-'))
    const events = eventsOf(12, 25)

    const outcomes = await sinks.deliver(topic, { ...listener(), KAFKA_TOPIC: topic }, events)

    expect(outcomes).toEqual(events.map(() => ({ delivered: true })))
    const records = await broker.readTopic(topic)
    expectExactly(records, events)
    expect(new Set(records.map(({ partition }) => partition)).size).toBeGreaterThan(1)
    for (const { key, value, headers } of records) {
      expect(headers).toEqual({ 'content-type': 'application/cloudevents+json; charset=UTF-8' })
      expect(key).toBe(cloudEventSchema.parse(JSON.parse(value)).partitionkey)
    }
    // Without SCRAM, of which librdkafka before 2.6.1 makes what no patched broker accepts (CVE-2024-56128).
    expect(await readWithKcat(topic, { 'bootstrap.servers': broker.plaintext })).toEqual(records)
  })

  it('goes to a topic for each context', async () => {
    const contexts = ['cart', 'order']
    for (const context of contexts) await broker.createTopic(`by.${context}`, 2)
    const events = contexts.flatMap((context) => eventsOf(3, 4, { context }))

    await sinks.deliver('by-context', { ...plain(broker.plaintext), KAFKA_TOPIC: 'by.{context}' }, events)

    for (const context of contexts)
      expectExactly(
        await broker.readTopic(`by.${context}`),
        events.filter(({ type }) => type.startsWith(context)),
      )
  })
})

describe('what does not arrive', () => {
  it('waits for the right password, which no error quotes', async () => {
    const topic = await newTopic('password')
    const env = {
      KAFKA_BROKERS: broker.saslSsl,
      ...scram(),
      KAFKA_PASSWORD: 'not-this-one',
      KAFKA_TOPIC: topic,
    }

    const [outcome] = await sinks.deliver(topic, env, eventsOf(1, 1))

    expect(outcome).toMatchObject({ delivered: false, kind: 'retry' })
    expect(JSON.stringify(outcome)).toMatch(/SASL_AUTHENTICATION_FAILED.*SCRAM-SHA-512/)
    expect(JSON.stringify(outcome)).not.toContain('not-this-one')
  })

  it('waits for a topic that is not there, and is told which; other topics do not wait', async () => {
    await broker.createTopic('some.cart', 1)
    const env = { ...plain(broker.plaintext), KAFKA_TOPIC: 'some.{context}' }
    const events = [...eventsOf(1, 2, { context: 'order' }), ...eventsOf(1, 2, { context: 'cart' })]

    const outcomes = await sinks.deliver('missing-topic', env, events)

    expect(outcomes.map(({ delivered }) => delivered)).toEqual([false, false, true, true])
    expect(outcomes[0]).toMatchObject({
      kind: 'retry',
      error: expect.stringMatching(/UNKNOWN_TOPIC_OR_PARTITION.*some\.order/),
    })
    await broker.createTopic('some.order', 1)
    const later = await sinks.deliver('missing-topic', env, events.slice(0, 2))
    expect(later).toEqual([{ delivered: true }, { delivered: true }])
  })

  it('is refused when it alone is too large, after compression; everything else arrives', async () => {
    const topic = await newTopic('too-large', { 'max.message.bytes': String(SMALL) })
    const small = eventsOf(4, 10)
    const large = eventsOf(1, 1, { text: noise(2 * SMALL) })
    const compressible = eventsOf(1, 1, { text: 'a'.repeat(2 * SMALL) })
    const events = [...small.slice(0, 20), ...large, ...compressible, ...small.slice(20)]

    const outcomes = await sinks.deliver(topic, { ...plain(broker.plaintext), KAFKA_TOPIC: topic }, events)

    expect(outcomes.filter(({ delivered }) => !delivered)).toEqual([
      { delivered: false, kind: 'refused', error: expect.stringContaining('MESSAGE_TOO_LARGE') },
    ])
    expect(outcomes[20]?.delivered).toBe(false)
    expectExactly(
      await broker.readTopic(topic),
      events.filter((event) => !large.includes(event)),
    )
  })

  it('is kept below the size that a batch may have', async () => {
    const topic = await newTopic('small-batches', { 'max.message.bytes': String(SMALL) })
    const before = proxy.largest()
    const events = eventsOf(10, 12, { text: noise(1_000) })
    const env = { ...plain(proxy.address), KAFKA_TOPIC: topic, KAFKA_MAX_BATCH_BYTES: String(SMALL) }

    const outcomes = await sinks.deliver(topic, env, events)

    expect(outcomes.every(({ delivered }) => delivered)).toBe(true)
    expect(before).toBe(0)
    expect(proxy.largest()).toBeGreaterThan(SMALL / 4)
    expect(proxy.largest()).toBeLessThan(SMALL)
    expectExactly(await broker.readTopic(topic), events)
  })
})

describe('when the broker goes away in the middle', () => {
  it('stores nothing twice whose answer was lost', async () => {
    const topic = await newTopic('lost-answers')
    const env = { ...plain(proxy.address), KAFKA_TOPIC: topic }
    const events = eventsOf(20, 30)
    const batches = Array.from({ length: 12 }, (_, batch) => events.slice(batch * 50, batch * 50 + 50))
    const before = proxy.lost()
    let retries = 0
    for (const [index, batch] of batches.entries()) {
      // Once: the client tries again by itself. Five times: the sink gives up, and is asked again.
      if (index === 3) proxy.treat('cut', 1)
      if (index === 6) proxy.treat('cut', 5)
      if (index === 9) proxy.treat('swallow', 1)
      retries += await deliverAll(sinks, topic, env, batch)
    }
    expect(retries).toBeGreaterThan(0)
    expect(proxy.lost() - before).toBe(7)
    expectExactly(await broker.readTopic(topic), events)
  })

  it('stores nothing twice either when other events are offered first', async () => {
    const topic = await newTopic('others-first')
    const env = { ...plain(proxy.address), KAFKA_TOPIC: topic }
    const [first, second, third] = [eventsOf(5, 4), eventsOf(5, 4), eventsOf(5, 4)]
    await deliverAll(sinks, topic, env, first)

    proxy.treat('cut', Number.POSITIVE_INFINITY)
    const doubtful = await sinks.deliver(topic, env, second)
    proxy.treat('pass', 0)
    expect(doubtful.some(({ delivered }) => delivered)).toBe(false)
    await deliverAll(sinks, topic, env, third)
    await deliverAll(sinks, topic, env, second)

    expectExactly(await broker.readTopic(topic), [...first, ...second, ...third])
  })

  it('says at once that it is away, and stores nothing twice when it is back', async () => {
    const topic = await newTopic('restart')
    const env = { ...plain(proxy.address), KAFKA_TOPIC: topic }
    const events = eventsOf(10, 20)
    await deliverAll(sinks, topic, env, events.slice(0, 100))

    proxy.treat('cut', Number.POSITIVE_INFINITY)
    const doubtful = await sinks.deliver(topic, env, events.slice(100))
    await broker.kill()
    proxy.treat('pass', 0)
    const asked = Date.now()
    const away = await sinks.deliver(topic, env, events.slice(100))
    const waited = Date.now() - asked
    // Asked all the while, as forwarders do: an object that nobody asks for ten seconds is let go of, and
    // with it what it had in doubt.
    await Promise.all([broker.start(), deliverAll(sinks, topic, env, events.slice(100))])

    expect([...doubtful, ...away].some(({ delivered }) => delivered)).toBe(false)
    expect(waited).toBeLessThan(5_000)
    expectExactly(await broker.readTopic(topic), events)
  })

  it('goes on with a new producer when the broker has lost count, and tells it', async () => {
    const topic = await newTopic('lost-count')
    const env = { ...plain(proxy.address), KAFKA_TOPIC: topic }
    const [first, second] = [eventsOf(5, 4), eventsOf(5, 4)]
    await deliverAll(sinks, topic, env, first)

    proxy.treat(OUT_OF_ORDER_SEQUENCE_NUMBER, 1)
    const outcomes = await sinks.deliver(topic, env, second)
    const refused = second.filter((_, index) => !outcomes[index]?.delivered)
    await deliverAll(sinks, topic, env, refused)

    // Those of one partition, which the answer was about.
    expect(refused.length).toBeGreaterThan(0)
    expect(refused.length).toBeLessThan(second.length)
    expect(outcomes.find(({ delivered }) => !delivered)).toMatchObject({
      kind: 'retry',
      error: expect.stringMatching(/OUT_OF_ORDER_SEQUENCE_NUMBER.*may arrive twice/),
    })
    // The broker had stored them, which only we made look otherwise.
    expectExactly(await broker.readTopic(topic), [...first, ...second, ...refused])
  })
})

function plain(address: string): Record<string, string> {
  return {
    KAFKA_BROKERS: address,
    KAFKA_AUTHENTICATION: 'none',
    KAFKA_TLS: 'false',
    ENVIRONMENT: 'development',
  }
}

function scram(): Record<string, string> {
  return {
    KAFKA_AUTHENTICATION: 'scram-sha-512',
    KAFKA_USERNAME: broker.user.name,
    KAFKA_PASSWORD: broker.user.password,
  }
}

async function newTopic(name: string, settings: Record<string, string> = {}): Promise<string> {
  await broker.createTopic(name, PARTITIONS, settings)
  return name
}

/** Text of this length that hardly compresses. */
function noise(length: number): string {
  return randomBytes(length)
    .toString('latin1')
    .replace(/[^!-~]/g, (byte) => String.fromCharCode(33 + (byte.charCodeAt(0) % 94)))
}
