import { randomUUID } from 'node:crypto'
import { Kafka, type KafkaMessage, logLevel } from 'kafkajs'
import { z } from 'zod'

/** What one producer sent at a time, as the broker keeps it. */
export interface RecordBatch {
  readonly producer: string
  /** When the broker appended it, by its own clock (Unix ms): the acknowledgement follows at once. */
  readonly appendedAt: number
  readonly messages: readonly KafkaMessage[]
}

/** The one partition of the bench's topics: with more, a send could not be told from the next. */
const PARTITION = 0

/** What kafkajs tells of the batch that a message came in, beyond its types. */
const contextSchema = z.object({
  batchContext: z.object({ producerId: z.string(), firstOffset: z.string(), maxTimestamp: z.string() }),
})

/** A topic of the bench, read back batch by batch. */
export class Topic {
  readonly name: string
  readonly #kafka: Kafka

  constructor(address: string, name: string) {
    this.name = name
    this.#kafka = new Kafka({ clientId: 'petrel-bench', brokers: [address], logLevel: logLevel.NOTHING })
  }

  async create(): Promise<void> {
    const admin = this.#kafka.admin()
    await admin.connect()
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }]
    const topics = [{ topic: this.name, numPartitions: 1, replicationFactor: 1, configEntries }]
    await admin.createTopics({ topics, waitForLeaders: true })
    await admin.disconnect()
  }

  /** The offset that the next message will get. */
  async end(): Promise<number> {
    const admin = this.#kafka.admin()
    await admin.connect()
    const [partition] = await admin.fetchTopicOffsets(this.name)
    await admin.disconnect()
    return Number(partition?.high ?? 0)
  }

  /** The batches from an offset up to the present end. */
  async batchesFrom(start: number): Promise<RecordBatch[]> {
    const end = await this.end()
    const batches = new Map<string, { producer: string; appendedAt: number; messages: KafkaMessage[] }>()
    if (end === start) return []
    const consumer = this.#kafka.consumer({ groupId: `bench-${randomUUID()}`, maxWaitTimeInMs: 100 })
    await consumer.connect()
    await consumer.subscribe({ topics: [this.name], fromBeginning: true })
    await new Promise<void>((resolve, reject) => {
      // A coordinator that is still loading, for example, is asked again by kafkajs itself.
      consumer.on('consumer.crash', ({ payload }) => {
        if (!payload.restart) reject(payload.error)
      })
      consumer
        .run({
          autoCommit: false,
          eachBatch: async ({ batch }) => {
            for (const message of batch.messages) if (Number(message.offset) >= start) keep(batches, message)
            if (Number(batch.lastOffset()) + 1 >= end) resolve()
          },
        })
        .catch(reject)
      consumer.seek({ topic: this.name, partition: PARTITION, offset: String(start) })
    })
    await consumer.disconnect()
    return [...batches.values()]
  }
}

function keep(
  batches: Map<string, { producer: string; appendedAt: number; messages: KafkaMessage[] }>,
  message: KafkaMessage,
): void {
  const { producerId, firstOffset, maxTimestamp } = contextSchema.parse(message).batchContext
  const known = batches.get(firstOffset)
  if (known) known.messages.push(message)
  else
    batches.set(firstOffset, { producer: producerId, appendedAt: Number(maxTimestamp), messages: [message] })
}

/** How many messages there are in batches. */
export function messagesIn(batches: readonly RecordBatch[]): number {
  return batches.reduce((sum, { messages }) => sum + messages.length, 0)
}

/**
 * Messages a second from a moment (Unix ms) until a share of them (0 to 1) was appended. The last few
 * are left out: the queue keeps back a batch that is not full, which is a delay and no limit.
 */
export function rateSince(startedAt: number, batches: readonly RecordBatch[], share: number): number {
  const wanted = Math.ceil(messagesIn(batches) * share)
  let seen = 0
  for (const { appendedAt, messages } of [...batches].sort((a, b) => a.appendedAt - b.appendedAt)) {
    seen += messages.length
    if (seen >= wanted) return seen / ((appendedAt - startedAt) / 1_000)
  }
  return Number.NaN
}
