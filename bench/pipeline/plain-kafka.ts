import { CompressionTypes, Kafka, logLevel, type Message, type Producer } from 'kafkajs'
import type { RecordBatch } from './topic.ts'

/** When it began (Unix ms), and how long this process used a processor for it (seconds). */
export interface PlainRun {
  readonly startedAt: number
  readonly processorTime: number
}

/**
 * What sends batches beside Petrel: kafkajs in plain Node, with the settings of Petrel's sink (idempotent,
 * acks all, gzip, keys), and with as many producers as had sent them: each forwarder has one of its own.
 * Bodies are text already and connections stay open, so nothing is timed but the sending.
 */
export class PlainKafka {
  readonly #kafka: Kafka
  readonly #producers: Producer[] = []

  constructor(address: string) {
    this.#kafka = new Kafka({
      clientId: 'petrel-bench-plain',
      brokers: [address],
      logLevel: logLevel.NOTHING,
    })
  }

  /** Sends the batches, each as one send, those of one producer one after another in their order. */
  async send(topic: string, batches: readonly RecordBatch[]): Promise<PlainRun> {
    const queues = new Map<string, Message[][]>()
    for (const { producer, messages } of batches) {
      const sends = queues.get(producer) ?? []
      queues.set(producer, sends)
      sends.push(messages.map(({ key, value, headers }) => ({ key, value, ...(headers && { headers }) })))
    }
    await this.#connect(queues.size)
    const usedBefore = process.cpuUsage()
    const startedAt = Date.now()
    await Promise.all(
      [...queues.values()].map(async (sends, index) => {
        for (const messages of sends)
          await this.#producers[index]?.send({
            topic,
            messages,
            acks: -1,
            compression: CompressionTypes.GZIP,
          })
      }),
    )
    const used = process.cpuUsage(usedBefore)
    return { startedAt, processorTime: (used.user + used.system) / 1_000_000 }
  }

  async #connect(count: number): Promise<void> {
    while (this.#producers.length < count) {
      const producer = this.#kafka.producer({ idempotent: true, allowAutoTopicCreation: false })
      await producer.connect()
      this.#producers.push(producer)
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#producers.map((producer) => producer.disconnect()))
  }
}
