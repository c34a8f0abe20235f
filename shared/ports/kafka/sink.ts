import { setTimeout } from 'node:timers/promises'
import type { SerializedEvent } from '../../core/wire/serialized-event.ts'
import { awsCredentials } from '../aws/credentials.ts'
import type { AwsCredentials } from '../aws/request.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'
import { withTimeLimit } from '../time-limit.ts'
import { halvesOf, type KafkaBatch, type KafkaRecord, placeOf, requestsOf } from './batches.ts'
import { batchFault, type KafkaFault, kafkaFault } from './errors.ts'
import { KafkaBatchResult } from './forwarding.ts'
import { KafkaProducer } from './producer.ts'
import { type KafkaSettings, kafkaSettings, topicOf } from './settings.ts'

/** Requests of a few hundred events keep the part in doubt after a fault small. */
const MAX_EVENTS = 500
/** After it, the next delivery waits for the requests under way. */
const DELIVERY_TIMEOUT_MS = 20_000
/** How often one delivery is tried again when partitions have moved, and when a broker is lost. */
const RETRIES = { moved: 4, lost: 1 } as const
/** Before the first time, and twice as long before each further one: an election takes a moment. */
const RETRY_PAUSE_MS = 100
/** Fault kinds, the most severe first. */
const SEVERITY: readonly KafkaFault['kind'][] = ['renumber', 'retry', 'topic', 'lost', 'moved', 'refused']

/**
 * The sink of EVENT_SINK=kafka.
 *
 * @param target another topic than that of KAFKA_TOPIC
 * @throws PortError `unavailable`, `not_configured`; names variables, never their values
 */
export function openKafkaSink(env: object, target?: string): KafkaSink {
  const settings = kafkaSettings(env, target)
  return settings.authentication.mechanism === 'msk-iam'
    ? new KafkaSink(settings, awsCredentials(env))
    : new KafkaSink(settings)
}

/**
 * Events in a topic of Kafka's: key = `partitionkey`, value = the CloudEvent in structured JSON. Acknowledged
 * by all in-sync replicas, and stored once although connections break: a batch without an answer is in
 * doubt and is sent again unchanged before anything else, under the same sequence numbers, by which the
 * broker recognizes it (it remembers the last five batches of a producer in a partition; here one is under
 * way). Batches in doubt are held in memory: after a restart, or when the broker has forgotten the
 * producer, their events may arrive twice; none is lost.
 */
export class KafkaSink implements EventSink {
  readonly name: string
  readonly limits: EventSink['limits']
  readonly #settings: KafkaSettings
  readonly #producer: KafkaProducer
  /** Sent and perhaps stored, at most one batch for each topic and partition. */
  readonly #inDoubt = new Map<string, KafkaBatch>()
  /** Ids of events found to be stored after their delivery had ended; reported as delivered when next offered. */
  readonly #stored = new Set<string>()
  /** Never rejects. */
  #work: Promise<void> = Promise.resolve()

  /** @param credentials to sign with, for `msk-iam` */
  constructor(
    settings: KafkaSettings,
    credentials: () => Promise<AwsCredentials> = () => Promise.reject(new Error('no credentials')),
  ) {
    this.name = `kafka:${settings.topic}`
    this.limits = { events: MAX_EVENTS, bytes: settings.maxBatchBytes }
    this.#settings = settings
    this.#producer = new KafkaProducer(settings, credentials)
  }

  async deliver(events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    const delivery = new KafkaBatchResult(events, ({ type }) => topicOf(this.#settings.topic, type))
    delivery.fail(`Kafka: no answer within ${DELIVERY_TIMEOUT_MS} ms`)
    this.#work = this.#work.then(() => this.#carryOut(delivery))
    await this.#settled()
    return delivery.answer()
  }

  async close(): Promise<void> {
    await this.#settled()
    this.#producer.close()
  }

  /** Waits for the work under way, but no longer than a delivery may take. */
  #settled(): Promise<void> {
    return withTimeLimit(this.#work, DELIVERY_TIMEOUT_MS, 'a delivery').catch(() => {})
  }

  async #carryOut(delivery: KafkaBatchResult): Promise<void> {
    const retries: Record<keyof typeof RETRIES, number> = { ...RETRIES }
    for (let pause = RETRY_PAUSE_MS; !delivery.answered; pause *= 2) {
      const fault = await this.#attempt(delivery).catch(kafkaFault)
      if (!fault) return
      delivery.fail(fault.error)
      this.#producer.forgetLeaders()
      if (fault.kind === 'renumber') {
        this.#inDoubt.clear()
        this.#producer.renew()
      }
      if ((fault.kind !== 'moved' && fault.kind !== 'lost') || retries[fault.kind] === 0) return
      retries[fault.kind] -= 1
      await setTimeout(pause)
    }
  }

  async #attempt(delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    for (const batch of [...this.#inDoubt.values()]) {
      await this.#producer.look(batch.topic)
      const fault = await this.#send([batch], delivery)
      if (fault) return fault
    }
    for (const { id } of delivery.pending()) if (this.#stored.delete(id)) delivery.accept(id)
    const lost = await this.#findTopics(delivery)
    if (lost) return lost
    const brokers = requestsOf(
      delivery.pending(),
      (record) => this.#locate(record),
      this.#settings.maxBatchBytes,
    )
    const faults = await Promise.all(brokers.map((requests) => this.#sendEach(requests, delivery)))
    return worst(faults)
  }

  /** Looks new topics up; events of missing topics are postponed. */
  async #findTopics(delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    for (const [topic, records] of Map.groupBy(delivery.pending(), (record) => record.topic))
      try {
        await this.#producer.look(topic)
      } catch (error) {
        const fault = kafkaFault(error)
        if (fault.kind !== 'topic') return fault
        delivery.postpone(records, `${fault.error} (topic ${topic})`)
      }
    return null
  }

  #locate(record: KafkaRecord): { partition: number; leader: number } {
    const place = this.#producer.locate(record)
    if (!place) throw new Error('the topic was not looked up')
    return place
  }

  /** Sends requests to one broker, in sequence, until one fails. */
  async #sendEach(
    requests: readonly (readonly KafkaBatch[])[],
    delivery: KafkaBatchResult,
  ): Promise<KafkaFault | null> {
    for (const request of requests) {
      if (delivery.answered) return null
      const fault = await this.#send(request, delivery)
      if (fault) return fault
    }
    return null
  }

  /** Sends batches to the broker that leads them; those that it refuses again in smaller ones. */
  async #send(request: readonly KafkaBatch[], delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    for (const batch of request) this.#inDoubt.set(placeOf(batch), batch)
    let results: Awaited<ReturnType<KafkaProducer['send']>>
    try {
      results = await this.#producer.send(request)
    } catch (error) {
      return about(request, kafkaFault(error))
    }
    const faults: (KafkaFault | null)[] = []
    for (const [batch, code] of results) {
      if (code === 0) {
        this.#settle(batch, delivery)
        continue
      }
      const fault = about([batch], batchFault(code))
      faults.push(fault.kind === 'refused' ? await this.#sendParts(batch, fault, delivery) : fault)
    }
    return worst(faults)
  }

  #settle(batch: KafkaBatch, delivery: KafkaBatchResult): void {
    this.#inDoubt.delete(placeOf(batch))
    for (const { id } of batch.records) if (!delivery.accept(id)) this.#stored.add(id)
  }

  /** Sends a refused batch in smaller ones, down to the event that the broker refuses. */
  async #sendParts(
    batch: KafkaBatch,
    { error }: KafkaFault,
    delivery: KafkaBatchResult,
  ): Promise<KafkaFault | null> {
    // A refused batch has used up no numbers.
    this.#inDoubt.delete(placeOf(batch))
    const [record] = batch.records
    if (!record || batch.records.length > 1)
      return this.#sendEach(
        halvesOf(batch).map((half) => [half]),
        delivery,
      )
    delivery.refuse(record.id, error)
    return null
  }
}

/** The fault, with the topics that it is about. */
function about(batches: readonly KafkaBatch[], { kind, error }: KafkaFault): KafkaFault {
  const topics = new Set(batches.map(({ topic }) => topic))
  return { kind, error: `${error} (topic ${[...topics].join(', ')})` }
}

function worst(faults: readonly (KafkaFault | null)[]): KafkaFault | null {
  const found = faults.filter((fault) => fault !== null)
  return found.sort((a, b) => SEVERITY.indexOf(a.kind) - SEVERITY.indexOf(b.kind))[0] ?? null
}
