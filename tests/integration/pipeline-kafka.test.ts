import { afterAll, beforeAll, expect, it, onTestFailed } from 'vitest'
import { z } from 'zod'
import { cloudEventSchema, eventVersion } from '../../shared/core/cloud-event.ts'
import { eventually } from '../support/api.ts'
import { type KafkaBroker, startKafka } from './support/kafka/kafka.ts'
import type { TopicRecord } from './support/kafka/kafka-client.ts'
import { type Arrival, reportOf } from './support/pipeline/arrivals.ts'
import { Pipeline, positionView } from './support/pipeline/pipeline.ts'
import { printResult, throughOutageAndCrash } from './support/pipeline/pipeline-trouble.ts'

const PLAN = { aggregates: 500, changes: 10, width: 40 }
const PARTITIONS = 6
/** Forwarders without `FORWARDERS`, and the most that each has under way at once. */
const FORWARDERS = 8
const MAX_BATCH_EVENTS = 500
/** What the topic of promotions takes at first (bytes, compressed), and what it takes later. */
const SMALL = 3_000
const LARGE = 1_000_000

let broker: KafkaBroker
let pipeline: Pipeline

function start(topic: string, plan: typeof PLAN): Promise<Pipeline> {
  const variables = {
    EVENT_SINK: 'kafka',
    KAFKA_BROKERS: broker.plaintext,
    KAFKA_TOPIC: topic,
    KAFKA_AUTHENTICATION: 'none',
    KAFKA_TLS: 'false',
  }
  return Pipeline.start({ variables }, plan)
}

beforeAll(async () => {
  broker = await startKafka()
  for (const context of ['inventory', 'system']) await broker.createTopic(`petrel.${context}`, PARTITIONS)
  await broker.createTopic('petrel.promotion', 1, { 'max.message.bytes': String(SMALL) })
  pipeline = await start('petrel.{context}', PLAN)
})
afterAll(async () => {
  await pipeline?.remove()
  await broker?.remove()
})

it('brings every event in order through an unruly queue, an outage of the broker and a kill -9', async () => {
  onTestFailed(() => console.error(pipeline.output()))
  let before = reportOf([])
  const timeline = await throughOutageAndCrash(pipeline, {
    stopSink: () => broker.stop(),
    startSink: () => broker.start(),
    whileDead: async () => {
      before = reportOf(arrivalsOf(await broker.readTopic('petrel.inventory')))
    },
  })
  const all = reportOf(arrivalsOf(await broker.readTopic('petrel.inventory')))
  await printResult('Through Kafka', pipeline, timeline, { before, all })

  expect(before.events).toBeLessThan(pipeline.load.events)
  expect(before).toMatchObject({ repeats: 0, gaps: [], jumps: [] })
  expect(all).toMatchObject({ gaps: [], jumps: [] })
  expect([...all.complete].filter(([, version]) => version !== pipeline.load.versions)).toEqual([])
  expect(all.aggregates).toBe(PLAN.aggregates)
  expect(all.events - all.repeats).toBe(pipeline.load.events)
  // From the kill alone: once each, and no more than was under way.
  expect(all.rewindsOfOne).toBeLessThanOrEqual(1)
  expect(all.repeats).toBeLessThanOrEqual(FORWARDERS * MAX_BATCH_EVENTS)
  const { doubled, heldBack, givenAgain } = await pipeline.mischief()
  for (const count of [doubled, heldBack, givenAgain])
    expect(count).toBeGreaterThan(pipeline.load.events / 50)
}, 600_000)

it('stores what the broker refuses as a dead letter, continues, and forwards it once the broker accepts it', async () => {
  onTestFailed(() => console.error(pipeline.output()))
  const { api } = pipeline
  const code = 'LARGE'
  const skus = Array.from({ length: 100 }, () =>
    Array.from({ length: 5 }, nameOfChance).join('').slice(0, 60),
  )
  const body = { code, kind: 'percentage', value: { percent: 10 }, conditions: { skus } }
  expect((await api.send('POST', '/promotions', { body })).status).toBe(201)
  expect((await api.send('POST', `/promotions/${code}/expire`, { body: {} })).status).toBe(200)
  const position = async () =>
    (await api.ask(positionView, 'GET', `/promotions/${code}?delivery=true`)).delivery
  expect(
    await eventually(position, ({ delivered, setAside }) => delivered === 2 && setAside.length > 0),
  ).toMatchObject({ pending: 0, setAside: [1] })
  const arrived = async () => [...arrivalsOf(await broker.readTopic('petrel.promotion'))]
  const key = `promotion/${code}`
  expect(await arrived()).toEqual([{ key, version: 2 }])
  const kept = z.object({
    data: z.array(z.object({ what: z.string(), reason: z.string(), from: z.string() })),
  })
  const ops = { token: api.ops }
  expect(await api.ask(kept, 'GET', '/ops/set-aside?prefix=refused/', ops)).toEqual({
    data: [
      {
        what: `promotion.PromotionCreated ${key}/1`,
        reason: expect.stringContaining('MESSAGE_TOO_LARGE'),
        from: 'kafka:petrel.{context}',
      },
    ],
  })

  await broker.changeTopic('petrel.promotion', { 'max.message.bytes': String(LARGE) })
  const retry = await api.send('POST', '/ops/set-aside/retry', { ...ops, body: { prefix: 'refused/' } })
  expect(retry.body).toMatchObject({ retried: 1, failed: [], remaining: 0 })
  expect(await arrived()).toEqual([
    { key, version: 2 },
    { key, version: 1 },
  ])
  expect(await position()).toMatchObject({ setAside: [] })
}, 120_000)

it('lets everything arrive after a load without any sink, each event once', async () => {
  await pipeline.remove()
  await broker.createTopic('events-of-an-outage', PARTITIONS)
  await broker.stop()
  pipeline = await start('events-of-an-outage', { aggregates: 200, changes: 5, width: 40 })
  onTestFailed(() => console.error(pipeline.output()))
  const { load } = pipeline
  await load.upTo(1)
  const { lastError } = await eventually(
    () => pipeline.condition(),
    ({ owed }) => owed.events >= load.events,
  )
  expect(lastError?.error).toMatch(/^Kafka: /)
  await broker.start()
  await pipeline.arrived()
  const report = reportOf(arrivalsOf(await broker.readTopic('events-of-an-outage')))
  expect(report).toMatchObject({ events: load.events, repeats: 0, gaps: [] })
}, 180_000)

/** Text that does not compress. */
function nameOfChance(): string {
  return Math.random().toString(36).slice(2)
}

/** What a reader of the topic sees of aggregates; a key has one partition, whose order is that of the offsets. */
function* arrivalsOf(records: readonly TopicRecord[]): Generator<Arrival> {
  for (const { key, value } of records) {
    const event = cloudEventSchema.parse(JSON.parse(value))
    const { partitionkey } = event
    const version = eventVersion(event)
    expect(partitionkey).toBe(key)
    if (version !== undefined) yield { key, version }
  }
}
