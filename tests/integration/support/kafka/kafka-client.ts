import { randomUUID } from 'node:crypto'
import { type Admin, Kafka, logLevel } from 'kafkajs'

/** A record as it was read from a topic. */
export interface TopicRecord {
  readonly partition: number
  /** From 0, without a gap. */
  readonly offset: number
  readonly key: string
  readonly value: string
  readonly headers: Readonly<Record<string, string>>
}

/** What tests ask of a broker. */
export interface KafkaClient {
  /** Whether it takes requests; it has a second for it. */
  answers(): Promise<boolean>
  /** Whether the broker of this id is among the living; the cluster has a second for it. */
  hasBroker(id: number): Promise<boolean>
  createTopic(name: string, partitions: number, settings?: Readonly<Record<string, string>>): Promise<void>
  /** Changes limits of a topic's own. */
  changeTopic(name: string, settings: Readonly<Record<string, string>>): Promise<void>
  deleteTopic(name: string): Promise<void>
  /** The id of the broker that leads each partition. */
  leadersOf(topic: string): Promise<number[]>
  /** Every record up to the present end, in order per partition. */
  readTopic(name: string): Promise<TopicRecord[]>
}

/** A client of the brokers at these addresses, without authentication. A topic has a replica on each. */
export function kafkaClient(addresses: readonly string[]): KafkaClient {
  const kafka = new Kafka({
    clientId: 'petrel-tests',
    brokers: [...addresses],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: 10_000,
    retry: { retries: 5, initialRetryTime: 50, maxRetryTime: 1_000 },
  })
  return {
    answers: async () => (await brokersOf(addresses)).length > 0,
    hasBroker: async (id) => (await brokersOf(addresses)).includes(id),
    createTopic: (name, partitions, settings = {}) =>
      asAdmin(kafka, async (admin) => {
        await admin.createTopics({
          waitForLeaders: true,
          topics: [
            {
              topic: name,
              numPartitions: partitions,
              replicationFactor: addresses.length,
              configEntries: Object.entries(settings).map(([entry, value]) => ({ name: entry, value })),
            },
          ],
        })
      }),
    changeTopic: (name, settings) =>
      asAdmin(kafka, async (admin) => {
        await admin.alterConfigs({
          validateOnly: false,
          resources: [
            {
              // ConfigResourceTypes.TOPIC, a name that plain Node cannot import from kafkajs.
              type: 2,
              name,
              configEntries: Object.entries(settings).map(([entry, value]) => ({ name: entry, value })),
            },
          ],
        })
      }),
    deleteTopic: (name) => asAdmin(kafka, (admin) => admin.deleteTopics({ topics: [name] })),
    leadersOf: (topic) =>
      asAdmin(kafka, async (admin) => {
        const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
        const partitions = topics[0]?.partitions ?? []
        return partitions.sort((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader)
      }),
    readTopic: (name) => readTopic(kafka, name),
  }
}

/** The ids of the living brokers; none when nobody says. */
async function brokersOf(addresses: readonly string[]): Promise<number[]> {
  const admin = new Kafka({
    brokers: [...addresses],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 1_000,
    retry: { retries: 1, initialRetryTime: 50 },
  }).admin()
  try {
    await admin.connect()
    const { brokers } = await admin.describeCluster()
    return brokers.map(({ nodeId }) => nodeId)
  } catch {
    return []
  } finally {
    await admin.disconnect()
  }
}

async function asAdmin<Result>(kafka: Kafka, act: (admin: Admin) => Promise<Result>): Promise<Result> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await act(admin)
  } finally {
    await admin.disconnect()
  }
}

async function readTopic(kafka: Kafka, topic: string): Promise<TopicRecord[]> {
  const ends = new Map<number, number>()
  const offsets = await asAdmin(kafka, (admin) => admin.fetchTopicOffsets(topic))
  for (const { partition, high } of offsets) if (Number(high) > 0) ends.set(partition, Number(high))
  if (ends.size === 0) return []
  const records: TopicRecord[] = []
  const consumer = kafka.consumer({ groupId: `read-${randomUUID()}`, maxWaitTimeInMs: 100 })
  await consumer.connect()
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      // It starts again by itself after what passes, such as a coordinator that is still loading.
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error)
      })
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const { offset, key, value, headers } of batch.messages)
              records.push({
                partition: batch.partition,
                offset: Number(offset),
                key: key?.toString() ?? '',
                value: value?.toString() ?? '',
                headers: Object.fromEntries(
                  Object.entries(headers ?? {}).map(([name, content]) => [name, String(content)]),
                ),
              })
            if (Number(batch.lastOffset()) + 1 >= (ends.get(batch.partition) ?? 0))
              ends.delete(batch.partition)
            if (ends.size === 0) resolve()
          },
        })
        .catch(reject)
    })
  } finally {
    await consumer.disconnect()
  }
  return records.sort((one, other) => one.partition - other.partition || one.offset - other.offset)
}
