import { currentContext } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler } from '../kernel/scheduler.ts'
import type { Disturbances } from './disturbances.ts'
import { LostCall } from './rpc.ts'

/** A consumer of a queue, as wrangler.toml configures it. */
export interface QueueConsumer {
  readonly queue: string
  readonly maxBatchSize: number
  readonly maxRetries: number
  readonly deadLetterQueue: string | null
}

interface StoredMessage {
  readonly id: string
  /** JSON text. */
  readonly body: string
  readonly sentAt: number
  attempts: number
  isTaken: boolean
}

/** A batch as the consumer gets it, and what it said of each message. */
export interface Delivery {
  readonly batch: object
  /** What the consumer's end means for the messages: `fault` if it threw. */
  settle(failed: boolean): void
  /** The consumer died: nothing that it said counts. */
  drop(): void
}

interface QueueOptions {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly disturbances: Disturbances
  /** Runs the consumer on a batch. */
  consume(delivery: Delivery): void
}

/** How long a consumer that died holds its messages back (ms). */
const VISIBILITY_MS = 30_000
/** Consumers of one queue at the same time. */
const CONCURRENCY = 3

/**
 * The queues of a deployment: at least once, in any order, in batches of any size. What is not acknowledged comes again
 * until its retries are used up; then it goes to the dead-letter queue.
 */
export class Queues {
  readonly #options: QueueOptions
  readonly #consumers: ReadonlyMap<string, QueueConsumer>
  readonly #messages = new Map<string, StoredMessage[]>()
  readonly #running = new Map<string, number>()
  #count = 0

  constructor(options: QueueOptions, consumers: readonly QueueConsumer[]) {
    this.#options = options
    this.#consumers = new Map(consumers.map((consumer) => [consumer.queue, consumer]))
  }

  /** Messages that wait or are being delivered, by queue. */
  waiting(): Map<string, number> {
    return new Map([...this.#messages].map(([queue, messages]) => [queue, messages.length]))
  }

  /** The process died, and the queues with it. Returns how many messages are lost. */
  lose(): number {
    const lost = [...this.#messages.values()].reduce((sum, messages) => sum + messages.length, 0)
    this.#messages.clear()
    this.#running.clear()
    return lost
  }

  /** The binding of a producer. */
  producer(queue: string) {
    return {
      send: (body: unknown, options?: { delaySeconds?: number }) =>
        this.#send(queue, [{ body, delaySeconds: options?.delaySeconds }]),
      sendBatch: (messages: Iterable<{ body: unknown; delaySeconds?: number }>) =>
        this.#send(queue, [...messages]),
    }
  }

  async #send(
    queue: string,
    messages: readonly { body: unknown; delaySeconds?: number | undefined }[],
  ): Promise<void> {
    const { scheduler, disturbances } = this.#options
    const sender = currentContext()
    const texts = messages.map(({ body, delaySeconds = 0 }) => ({
      text: JSON.stringify(body),
      delayMs: delaySeconds * 1_000,
    }))
    refuseLarge(texts.map(({ text }) => Buffer.byteLength(text)))
    return new Promise((resolve, reject) => {
      const back = (action: () => void) =>
        scheduler.schedule(sender, disturbances.latency(sender.random, 2), `${queue} answers`, action)
      sender.leave(() => {
        const outcome = disturbances.outcome('queue', queue)
        if (outcome === 'before') return void back(() => reject(new LostCall()))
        scheduler.schedule(
          null,
          disturbances.latency(sender.random, 2),
          `${sender.name} sends ${texts.length} to ${queue}`,
          () => {
            // In part: a batch is accepted or not, but several sends of one turn may fare differently.
            for (const { text, delayMs } of texts) this.#store(queue, text, delayMs)
            if (outcome === 'hang') return
            if (outcome === 'normal') back(resolve)
            else back(() => reject(new LostCall()))
          },
        )
      })
    })
  }

  #store(queue: string, body: string, delayMs: number): void {
    const { scheduler, disturbances } = this.#options
    this.#count += 1
    const message = {
      id: `message-${this.#count}`,
      body,
      sentAt: scheduler.now,
      attempts: 0,
      isTaken: true,
    }
    let messages = this.#messages.get(queue)
    if (!messages) {
      messages = []
      this.#messages.set(queue, messages)
    }
    messages.push(message)
    const { lateMs } = disturbances.message(queue)
    this.#offer(queue, message, delayMs + lateMs)
  }

  /** Makes a message ready for a batch after a delay. */
  #offer(queue: string, message: StoredMessage, delayMs: number): void {
    const { scheduler, random } = this.#options
    const gathering = delayMs + random.between(1, 300)
    scheduler.schedule(null, gathering, `${queue} ${message.id} is ready`, () => {
      if (!this.#messages.get(queue)?.includes(message)) return
      message.isTaken = false
      this.#deliver(queue)
    })
  }

  #deliver(queue: string): void {
    const consumer = this.#consumers.get(queue)
    const running = this.#running.get(queue) ?? 0
    if (!consumer || running >= CONCURRENCY) return
    const { random, disturbances } = this.#options
    const ready = (this.#messages.get(queue) ?? []).filter(({ isTaken }) => !isTaken)
    if (ready.length === 0) return
    const size = random.between(1, Math.min(consumer.maxBatchSize, ready.length))
    const taken = random.shuffled(ready).slice(0, size)
    for (const message of taken) message.isTaken = true
    // Twice within one batch, too.
    const twice = taken.filter(() => disturbances.message(queue).twice)
    this.#running.set(queue, running + 1)
    this.#options.consume(this.#deliveryOf(consumer, [...taken, ...twice], taken))
    this.#deliver(queue)
  }

  #deliveryOf(
    consumer: QueueConsumer,
    messages: readonly StoredMessage[],
    taken: readonly StoredMessage[],
  ): Delivery {
    const { queue } = consumer
    const verdicts = new Map<StoredMessage, { retry: boolean; delayMs: number }>()
    const all = (retry: boolean, delaySeconds = 0) => {
      for (const message of taken)
        if (!verdicts.has(message)) verdicts.set(message, { retry, delayMs: delaySeconds * 1_000 })
    }
    const views = messages.map((message) => ({
      id: message.id,
      timestamp: new Date(message.sentAt),
      body: JSON.parse(message.body),
      attempts: message.attempts + 1,
      ack: () => {
        if (!verdicts.has(message)) verdicts.set(message, { retry: false, delayMs: 0 })
      },
      retry: (options?: { delaySeconds?: number }) => {
        if (!verdicts.has(message))
          verdicts.set(message, { retry: true, delayMs: (options?.delaySeconds ?? 0) * 1_000 })
      },
    }))
    const batch = {
      queue,
      messages: views,
      metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } },
      ackAll: () => all(false),
      retryAll: (options?: { delaySeconds?: number }) => all(true, options?.delaySeconds),
    }
    let isOver = false
    const over = (work: (message: StoredMessage) => void) => {
      if (isOver) return
      isOver = true
      this.#running.set(queue, Math.max((this.#running.get(queue) ?? 0) - 1, 0))
      for (const message of taken) work(message)
      this.#deliver(queue)
    }
    return {
      batch,
      settle: (failed) =>
        over((message) => {
          const { retry, delayMs } = verdicts.get(message) ?? { retry: failed, delayMs: 0 }
          if (retry) this.#again(consumer, message, delayMs)
          else this.#remove(queue, message)
        }),
      drop: () => over((message) => this.#again(consumer, message, VISIBILITY_MS)),
    }
  }

  #again(consumer: QueueConsumer, message: StoredMessage, delayMs: number): void {
    message.attempts += 1
    if (message.attempts <= consumer.maxRetries) {
      this.#offer(consumer.queue, message, delayMs)
      return
    }
    this.#remove(consumer.queue, message)
    if (consumer.deadLetterQueue) this.#store(consumer.deadLetterQueue, message.body, 0)
  }

  #remove(queue: string, message: StoredMessage): void {
    const messages = this.#messages.get(queue)
    const index = messages?.indexOf(message) ?? -1
    if (index >= 0) messages?.splice(index, 1)
  }
}

const LIMITS = { messages: 100, messageBytes: 128_000, batchBytes: 256_000 } as const

/** @throws Error for what a queue does not take in one send */
function refuseLarge(sizes: readonly number[]): void {
  const [first] = sizes
  if (first === undefined) throw new TypeError('sendBatch() requires at least one message')
  if (sizes.length > LIMITS.messages) throw new Error('Queue sendBatch failed: Too Many Messages')
  const sum = sizes.reduce((total, size) => total + size)
  if (Math.max(...sizes) > LIMITS.messageBytes || sum > LIMITS.batchBytes)
    throw new Error('Queue sendBatch failed: Payload Too Large')
}
