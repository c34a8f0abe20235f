import { Buffer } from 'node:buffer'
import type { AwsCredentials } from '../aws/request.ts'
import { HEADERS, type KafkaBatch, type KafkaRecord, placeOf } from './batches.ts'
import { KafkaCluster } from './cluster.ts'
import { PartitionLost } from './errors.ts'
import { partitionOf } from './protocol/murmur2.ts'
import { encodeBatch, encodeHeaders } from './protocol/record-batch.ts'
import type { ProducerIdentity } from './protocol/requests.ts'
import type { KafkaSettings } from './settings.ts'

/** For the other replicas: the leader has to give up before the client does. */
const REPLICATION_TIMEOUT_MS = 6_000
/** As in other clients: by then, partitions that were added are used. */
const METADATA_AGE_MS = 300_000
/** Sequence numbers go from 0 to 2^31 - 1, and around. */
const SEQUENCES = 2 ** 31
/** Error numbers of Kafka's: what is answered here instead of by a broker. */
const UNKNOWN_SERVER_ERROR = -1
const LEADER_NOT_AVAILABLE = 5

const headers = encodeHeaders(HEADERS)

/**
 * An idempotent producer. Each partition has its own sequence numbers, and a batch uses up its numbers when the broker
 * has acknowledged it: so a batch that is sent again has the numbers that it had, by which, and by the
 * producer's id, the broker stores it once. Id and numbers outlive connections.
 */
export class KafkaProducer {
  readonly #cluster: KafkaCluster
  /** By topic: the leader of each partition, and when they are asked for again (Unix ms). */
  readonly #topics = new Map<string, { readonly leaders: readonly number[]; readonly until: number }>()
  /** The next sequence number of each partition; 0 where there is none. */
  readonly #sequences = new Map<string, number>()
  #identity: Promise<ProducerIdentity> | null = null

  constructor(settings: KafkaSettings, credentials: () => Promise<AwsCredentials>) {
    this.#cluster = new KafkaCluster(settings, credentials)
  }

  /** The partition of a record and its leader; `null` before `look`. */
  locate({ topic, key }: KafkaRecord): { partition: number; leader: number } | null {
    const leaders = this.#topics.get(topic)?.leaders
    if (!leaders) return null
    const partition = partitionOf(Buffer.from(key), leaders.length)
    return { partition, leader: leaders[partition] ?? -1 }
  }

  /**
   * Asks for the partitions of a topic, unless they have been asked for lately.
   *
   * @throws ProtocolError ConnectionError AuthenticationError
   */
  async look(topic: string): Promise<void> {
    const known = this.#topics.get(topic)
    if (known && Date.now() < known.until) return
    const leaders = await this.#cluster.leadersOf(topic)
    this.#topics.set(topic, { leaders, until: Date.now() + METADATA_AGE_MS })
  }

  /** Lets `look` ask again. */
  forgetLeaders(): void {
    this.#topics.clear()
  }

  /**
   * Sends batches of different partitions to the broker that leads them all.
   *
   * @returns Kafka's error number for each batch; 0: all in-sync replicas have it
   * @throws ConnectionError when there is no answer: the batches may be stored
   * @throws PartitionLost ProtocolError AuthenticationError
   */
  async send(batches: readonly KafkaBatch[]): Promise<ReadonlyMap<KafkaBatch, number>> {
    const [first] = batches
    if (!first) return new Map()
    const leader = this.#topics.get(first.topic)?.leaders[first.partition]
    if (leader === undefined) throw new PartitionLost()
    if (leader < 0) return new Map(batches.map((batch) => [batch, LEADER_NOT_AVAILABLE]))
    const identity = await this.#identify()
    const now = Date.now()
    const results = await this.#cluster.produce(leader, {
      timeoutMs: REPLICATION_TIMEOUT_MS,
      batches: batches.map((batch) => ({
        topic: batch.topic,
        partition: batch.partition,
        records: encodeBatch(batch.records, headers, identity, this.#sequenceOf(batch), now),
      })),
    })
    const errors = new Map(results.map((result) => [placeOf(result), result.error]))
    return new Map(
      batches.map((batch) => {
        const error = errors.get(placeOf(batch)) ?? UNKNOWN_SERVER_ERROR
        if (error === 0)
          this.#sequences.set(placeOf(batch), (this.#sequenceOf(batch) + batch.records.length) % SEQUENCES)
        return [batch, error]
      }),
    )
  }

  /** Continues under a new id, from zero. */
  renew(): void {
    this.#identity = null
    this.#sequences.clear()
  }

  /** Closes connections; the next request opens new ones, and numbers continue. */
  close(): void {
    this.#cluster.close()
  }

  #sequenceOf(batch: KafkaBatch): number {
    return this.#sequences.get(placeOf(batch)) ?? 0
  }

  /** One identity, though several brokers are sent to at once. */
  #identify(): Promise<ProducerIdentity> {
    if (this.#identity) return this.#identity
    const asked = this.#cluster.newProducer()
    this.#identity = asked
    asked.catch(() => {
      if (this.#identity === asked) this.#identity = null
    })
    return asked
  }
}
