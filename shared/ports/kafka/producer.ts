import {
  CompressionTypes,
  type ICustomPartitioner,
  Kafka,
  logLevel,
  type Message,
  type PartitionerArgs,
  Partitioners,
  type PartitionMetadata,
  type Producer,
  type SASLOptions,
  type TopicMessages,
} from 'kafkajs'
import { withTimeLimit } from '../time-limit.ts'
import './kafkajs-request-queue.ts'
import type { AwsCredentials } from '../aws/request.ts'
import { type KafkaBatch, type KafkaRecord, placeOf } from './batches.ts'
import { LeadersMoved, RequestLost } from './errors.ts'
import { mskIamToken } from './msk-iam-token.ts'
import type { KafkaSettings } from './settings.ts'

const CLIENT = 'petrel'
/** How long a connection, its authentication, and an answer may take (ms). */
const CONNECTED_WITHIN = 4_000
const AUTHENTICATED_WITHIN = 6_000
const ANSWERED_WITHIN = 7_000
/** How long the leader may wait for the other replicas (ms): it is to give up before we do. */
const REPLICATED_WITHIN = 6_000
/** kafkajs's own second try, which takes a connection that the broker closed, or a leader that has moved. */
const RETRY = { retries: 1, initialRetryTime: 100, maxRetryTime: 1_000 } as const
/** kafkajs has settled each request by then (ms): several tries, each with a connection of its own. */
const SETTLED_WITHIN = 60_000
/** How long a farewell may take (ms): kafkajs waits for answers that a broken connection cannot bring. */
const CLOSED_WITHIN = 2_000

/**
 * An idempotent producer that is known to number exactly. kafkajs counts a request as one, whatever its
 * parts: if one partition fails, all their numbers are taken back, though others may have been stored. So a
 * request goes to one broker only, and one that failed is to be sent again in just the same batches; the
 * broker knows a batch by the producer's id and its first and last number, and stores it once. The id and
 * the numbers outlive connections.
 */
export class KafkaProducer {
  readonly #kafka: Kafka
  readonly #leaders = new Leaders()
  #producer: Producer
  #connected = false

  constructor(settings: KafkaSettings, credentials: () => Promise<AwsCredentials>) {
    this.#kafka = new Kafka({
      clientId: CLIENT,
      brokers: [...settings.brokers],
      ssl: settings.tls,
      ...saslOf(settings, credentials),
      connectionTimeout: CONNECTED_WITHIN,
      authenticationTimeout: AUTHENTICATED_WITHIN,
      requestTimeout: ANSWERED_WITHIN,
      retry: RETRY,
      // What went wrong is in the outcome.
      logLevel: logLevel.NOTHING,
      logCreator: () => () => {},
    })
    this.#producer = this.#newProducer()
  }

  /** Where records of this topic go; `null` until `look` has found out. */
  locate(record: KafkaRecord): { partition: number; leader: number } | null {
    return this.#leaders.locate(record)
  }

  /** Finds out where records of the topic of this record go. */
  async look({ topic, key }: KafkaRecord): Promise<void> {
    try {
      // Its leader is not known, which stops it on the way out: nothing is sent.
      await this.#send([{ topic, messages: [{ key, value: null }] }])
    } catch (error) {
      if (!this.#leaders.knows(topic)) throw error
    }
  }

  /** Sends batches of different partitions to the broker that leads them all. */
  async send(request: readonly KafkaBatch[]): Promise<void> {
    const [first] = request
    if (!first) return
    const leader = this.#leaders.leaderOf(first)
    const topics = Map.groupBy(request, ({ topic }) => topic)
    await this.#send(
      [...topics].map(([topic, batches]) => ({
        topic,
        messages: batches.flatMap((batch) => this.#messagesOf(batch, leader)),
      })),
    )
  }

  /** Lets go of connections; the next request makes new ones, and numbers go on. */
  async disconnect(): Promise<void> {
    this.#connected = false
    await within(CLOSED_WITHIN, this.#producer.disconnect()).catch(() => {})
  }

  /** Goes on under a new id, from zero. */
  async renew(): Promise<void> {
    await this.disconnect()
    this.#producer = this.#newProducer()
  }

  #newProducer(): Producer {
    return this.#kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: this.#leaders.guard,
      retry: RETRY,
    })
  }

  #messagesOf({ partition, records }: KafkaBatch, leader: number | undefined): Message[] {
    return records.map(({ key, value, headers }) => {
      const message: Message = { key, value, headers: { ...headers }, partition }
      this.#leaders.expect(message, leader)
      return message
    })
  }

  async #send(topicMessages: TopicMessages[]): Promise<void> {
    if (!this.#connected) {
      await within(SETTLED_WITHIN, this.#producer.connect())
      this.#connected = true
    }
    await within(
      SETTLED_WITHIN,
      this.#producer.sendBatch({
        acks: -1,
        timeout: REPLICATED_WITHIN,
        compression: CompressionTypes.GZIP,
        topicMessages,
      }),
    )
  }
}

/** Which broker leads which partition, as far as kafkajs has heard. */
class Leaders {
  readonly #partitions = new Map<string, PartitionMetadata[]>()
  readonly #leaders = new Map<string, number>()
  readonly #expected = new WeakMap<Message, number | undefined>()
  readonly #partitionOf = Partitioners.DefaultPartitioner()

  knows(topic: string): boolean {
    return this.#partitions.has(topic)
  }

  leaderOf(place: Pick<KafkaBatch, 'topic' | 'partition'>): number | undefined {
    return this.#leaders.get(placeOf(place))
  }

  locate({ topic, key }: KafkaRecord): { partition: number; leader: number } | null {
    const partitionMetadata = this.#partitions.get(topic)
    if (!partitionMetadata) return null
    // murmur2 of the key, as every client of Kafka's does it.
    const partition = this.#partitionOf({ topic, partitionMetadata, message: { key, value: null } })
    const leader = this.leaderOf({ topic, partition })
    return leader === undefined ? null : { partition, leader }
  }

  /** Lets a message pass the guard if this broker leads its partition. */
  expect(message: Message, leader: number | undefined): void {
    this.#expected.set(message, leader)
  }

  /**
   * Passed to kafkajs as its partitioner, which it asks, message by message, right before it groups a
   * request by brokers, with what it groups by. A message whose partition has another leader than expected
   * stops the request before it is sent; from then on the present leaders are known.
   */
  readonly guard: ICustomPartitioner = () => (request: PartitionerArgs) => {
    const { topic, partitionMetadata, message } = request
    const { partition } = message
    const leader = partitionMetadata.find(({ partitionId }) => partitionId === partition)?.leader
    const moved = leader === undefined || leader !== this.#expected.get(message)
    if (
      partition === undefined ||
      moved ||
      partitionMetadata.length !== this.#partitions.get(topic)?.length
    ) {
      this.#learn(topic, partitionMetadata)
      throw new LeadersMoved()
    }
    return partition
  }

  #learn(topic: string, partitions: readonly PartitionMetadata[]): void {
    this.#partitions.set(topic, [...partitions])
    for (const { partitionId, leader } of partitions)
      this.#leaders.set(placeOf({ topic, partition: partitionId }), leader)
  }
}

function saslOf(
  { authentication }: KafkaSettings,
  credentials: () => Promise<AwsCredentials>,
): { sasl?: SASLOptions } {
  switch (authentication.mechanism) {
    case 'none':
      return {}
    case 'scram-sha-512':
      return { sasl: authentication }
    case 'msk-iam':
      return {
        sasl: {
          mechanism: 'oauthbearer',
          // Asked with every connection, and before a session ends: each time it is a token of its own.
          oauthBearerProvider: async () => ({
            value: await mskIamToken({
              region: authentication.region,
              credentials: await credentials(),
              now: Date.now(),
              userAgent: CLIENT,
            }),
          }),
        },
      }
  }
}

/** @throws RequestLost when it takes longer (ms) */
function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  return withTimeLimit(work, milliseconds, () => new RequestLost())
}
