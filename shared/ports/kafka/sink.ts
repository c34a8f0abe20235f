import type { CloudEvent } from '../../core/cloud-event.ts'
import { awsCredentials } from '../aws/credentials.ts'
import type { AwsCredentials } from '../aws/request.ts'
import type { EventSink, SinkOutcome } from '../event-sink.ts'
import { halvesOf, type KafkaBatch, type KafkaRecord, placeOf, requestsOf } from './batches.ts'
import { type KafkaFault, kafkaFault, LeadersMoved } from './errors.ts'
import { KafkaBatchResult } from './forwarding.ts'
import { KafkaProducer } from './producer.ts'
import { type KafkaSettings, kafkaSettings, topicOf } from './settings.ts'

/** Most events at once: a request of a few hundred keeps what is in doubt after a fault small. */
const MOST_EVENTS = 500
/** A delivery is answered by then (ms); what is under way is waited for by the next one. */
const ANSWERED_WITHIN = 20_000
/** How often in one delivery partitions may turn out to have moved. */
const MOST_MOVES = 3

/**
 * The sink that EVENT_SINK=kafka asks for.
 *
 * @param target another topic than that of KAFKA_TOPIC
 * @throws PortError `unavailable`, `not_configured`; it names variables and never their values
 */
export function openKafkaSink(env: object, target?: string): KafkaSink {
  const settings = kafkaSettings(env, target)
  return settings.authentication.mechanism === 'msk-iam'
    ? new KafkaSink(settings, awsCredentials(env))
    : new KafkaSink(settings)
}

/**
 * Events in a topic of Kafka's: key = `partitionkey`, value = the CloudEvent in structured JSON. Acknowledged
 * by all replicas in sync, and stored once although connections break: a batch whose answer is missing is
 * in doubt, and before anything else goes out it is sent again as it was, under the same numbers, by which
 * the broker knows it (the last five batches of a producer in a partition; here there is one under way).
 * What is in doubt lives as long as this object. If it dies, or the broker forgets the producer, these
 * events may arrive a second time; none is ever lost.
 */
export class KafkaSink implements EventSink {
  readonly name: string
  readonly limits: EventSink['limits']
  readonly #settings: KafkaSettings
  readonly #producer: KafkaProducer
  /** By place, at most one each: sent, and perhaps stored. */
  readonly #inDoubt = new Map<string, KafkaBatch>()
  /** Events that turned out to be stored when nobody waited for them; they are delivered when next offered. */
  readonly #stored = new Set<string>()
  /** Never rejects. */
  #work: Promise<void> = Promise.resolve()

  /** @param credentials to sign with, for `msk-iam` */
  constructor(
    settings: KafkaSettings,
    credentials: () => Promise<AwsCredentials> = () => Promise.reject(new Error('no credentials')),
  ) {
    this.name = `kafka:${settings.topic}`
    this.limits = { events: MOST_EVENTS, bytes: settings.maxBatchBytes }
    this.#settings = settings
    this.#producer = new KafkaProducer(settings, credentials)
  }

  async deliver(events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    const delivery = new KafkaBatchResult(events, ({ type }) => topicOf(this.#settings.topic, type))
    delivery.fail(`Kafka: no answer within ${ANSWERED_WITHIN} ms`)
    this.#work = this.#work.then(() => this.#carryOut(delivery))
    await atMost(ANSWERED_WITHIN, this.#work)
    return delivery.answer()
  }

  async close(): Promise<void> {
    await atMost(ANSWERED_WITHIN, this.#work)
    await this.#producer.disconnect()
  }

  async #carryOut(delivery: KafkaBatchResult): Promise<void> {
    for (let moves = 0; !delivery.answered; moves++) {
      const fault = await this.#attempt(delivery).catch(kafkaFault)
      if (!fault) return
      delivery.fail(fault.error)
      if (fault.kind === 'moved' && moves < MOST_MOVES) continue
      // A partition that stays away was deleted with its topic.
      if (fault.kind === 'renumber' || fault.kind === 'moved') {
        this.#inDoubt.clear()
        await this.#producer.renew()
      } else if (fault.kind === 'retry') await this.#producer.disconnect()
      return
    }
  }

  /** @returns what stopped it, if anything did */
  async #attempt(delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    for (const batch of [...this.#inDoubt.values()]) {
      const fault = await this.#sendAlone(batch, delivery)
      if (fault) return fault
    }
    for (const { id } of delivery.pending()) if (this.#stored.delete(id)) delivery.took(id)
    const lost = await this.#lookForTopics(delivery)
    if (lost) return lost
    const brokers = requestsOf(
      delivery.pending(),
      (record) => this.#locate(record),
      this.#settings.maxBatchBytes,
    )
    const faults = await Promise.all(brokers.map((requests) => this.#sendAll(requests, delivery)))
    return worst(faults)
  }

  /** Finds out about topics that are new; the events of those that are not there wait. */
  async #lookForTopics(delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    const unknown = delivery.pending().filter((record) => !this.#producer.locate(record))
    for (const [topic, records] of Map.groupBy(unknown, (record) => record.topic)) {
      const [first] = records
      if (!first) continue
      try {
        await this.#producer.look(first)
      } catch (error) {
        const fault = kafkaFault(error)
        if (fault.kind !== 'topic') return fault
        delivery.postpone(records, `${fault.error} (topic ${topic})`)
      }
    }
    return null
  }

  #locate(record: KafkaRecord): { partition: number; leader: number } {
    const place = this.#producer.locate(record)
    if (!place) throw new LeadersMoved()
    return place
  }

  /** Sends requests to one broker, one after the other, until one fails. */
  async #sendAll(
    requests: readonly (readonly KafkaBatch[])[],
    delivery: KafkaBatchResult,
  ): Promise<KafkaFault | null> {
    for (const request of requests) {
      if (delivery.answered) return null
      const fault = await this.#sendRequest(request, delivery)
      if (fault) return fault
    }
    return null
  }

  async #sendRequest(request: readonly KafkaBatch[], delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    const [only] = request
    if (only && request.length === 1) return this.#sendAlone(only, delivery)
    const fault = await this.#send(request)
    if (!fault) {
      for (const batch of request) this.#took(batch, delivery)
      return null
    }
    if (fault.kind !== 'refused') return fault
    // One of them: alone it will be known which.
    for (const batch of request) {
      const alone = await this.#sendAlone(batch, delivery)
      if (alone) return alone
    }
    return null
  }

  /** Sends one batch; if the broker refuses it, in smaller ones, down to the event that it refuses. */
  async #sendAlone(batch: KafkaBatch, delivery: KafkaBatchResult): Promise<KafkaFault | null> {
    const fault = await this.#send([batch])
    if (!fault) {
      this.#took(batch, delivery)
      return null
    }
    if (fault.kind !== 'refused') return fault
    // A refused batch has used up no numbers.
    this.#inDoubt.delete(placeOf(batch))
    const [record] = batch.records
    if (record && batch.records.length === 1) {
      delivery.refuse(record.id, fault.error)
      return null
    }
    for (const half of halvesOf(batch)) {
      const other = await this.#sendAlone(half, delivery)
      if (other) return other
    }
    return null
  }

  async #send(request: readonly KafkaBatch[]): Promise<KafkaFault | null> {
    for (const batch of request) this.#inDoubt.set(placeOf(batch), batch)
    try {
      await this.#producer.send(request)
      return null
    } catch (error) {
      const fault = kafkaFault(error)
      return { ...fault, error: `${fault.error} (topic ${request.map(({ topic }) => topic).join(', ')})` }
    }
  }

  #took(batch: KafkaBatch, delivery: KafkaBatchResult): void {
    this.#inDoubt.delete(placeOf(batch))
    for (const { id } of batch.records) if (!delivery.took(id)) this.#stored.add(id)
  }
}

/** The fault that asks for most. */
function worst(faults: readonly (KafkaFault | null)[]): KafkaFault | null {
  const found = faults.filter((fault) => fault !== null)
  for (const kind of ['renumber', 'retry', 'topic', 'moved', 'refused'] as const) {
    const fault = found.find((one) => one.kind === kind)
    if (fault) return fault
  }
  return null
}

/** Waits for work, but no longer than this (ms). */
async function atMost(milliseconds: number, work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds)
  })
  await Promise.race([work, late])
  clearTimeout(timer)
}
