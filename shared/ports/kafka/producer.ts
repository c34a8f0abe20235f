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
const CONNECTION_TIMEOUT_MS = 4_000
const AUTHENTICATION_TIMEOUT_MS = 6_000
const ANSWER_TIMEOUT_MS = 7_000
/** For the other replicas: the leader has to give up before the client does. */
const REPLICATION_TIMEOUT_MS = 6_000
/** One retry by kafkajs, for a connection that the broker closed or a leader that has moved. */
const RETRY = { retries: 1, initialRetryTime: 100, maxRetryTime: 1_000 } as const
/** Covers all attempts of kafkajs, each with a connection of its own. */
const REQUEST_TIMEOUT_MS = 60_000
/** kafkajs waits for answers that a broken connection cannot deliver. */
const CLOSE_TIMEOUT_MS = 2_000

/**
 * An idempotent producer with exact sequence numbers. kafkajs treats a request as one unit: if one partition
 * fails, it takes the numbers of all partitions back, although some batches may have been stored. So each
 * request goes to one broker, and a failed request has to be sent again in the same batches; the broker
 * identifies a batch by the producer's id and its first and last number, and stores it once. The id and
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
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      authenticationTimeout: AUTHENTICATION_TIMEOUT_MS,
      requestTimeout: ANSWER_TIMEOUT_MS,
      retry: RETRY,
      // The outcome reports errors.
      logLevel: logLevel.NOTHING,
      logCreator: () => () => {},
    })
    this.#producer = this.#newProducer()
  }

  /** The partition of a record and its leader; `null` before `look`. */
  locate(record: KafkaRecord): { partition: number; leader: number } | null {
    return this.#leaders.locate(record)
  }

  /** Fetches the partitions of this record's topic. */
  async look({ topic, key }: KafkaRecord): Promise<void> {
    try {
      // Its leader is unknown, so the guard stops it: nothing is sent.
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

  /** Closes connections; the next request opens new ones, and numbers continue. */
  async disconnect(): Promise<void> {
    this.#connected = false
    await within(CLOSE_TIMEOUT_MS, this.#producer.disconnect()).catch(() => {})
  }

  /** Continues under a new id, from zero. */
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
      await within(REQUEST_TIMEOUT_MS, this.#producer.connect())
      this.#connected = true
    }
    await within(
      REQUEST_TIMEOUT_MS,
      this.#producer.sendBatch({
        acks: -1,
        timeout: REPLICATION_TIMEOUT_MS,
        compression: CompressionTypes.GZIP,
        topicMessages,
      }),
    )
  }
}

/** The leaders of partitions, as kafkajs last read them. */
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
    // murmur2 of the key, as in every client of Kafka.
    const partition = this.#partitionOf({ topic, partitionMetadata, message: { key, value: null } })
    const leader = this.leaderOf({ topic, partition })
    return leader === undefined ? null : { partition, leader }
  }

  /** Lets a message pass the guard if this broker leads its partition. */
  expect(message: Message, leader: number | undefined): void {
    this.#expected.set(message, leader)
  }

  /**
   * kafkajs calls its partitioner for each message right before it groups a request by brokers, with the
   * metadata that it groups by. A message whose partition has another leader than expected stops the
   * request before it is sent, and the present leaders are recorded.
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
          // Called for every connection and before a session ends; each call returns a new token.
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
