import { currentContext } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Disturbances } from './disturbances.ts'
import { LostCall } from './rpc.ts'

/** A consumer of a queue, as wrangler.toml configures it. */
export interface QueueConsumer {
  readonly queue: string
  readonly maxBatchSize: number
  /** How long a batch waits for more messages (ms). */
  readonly maxBatchTimeoutMs: number
  readonly maxRetries: number
  readonly deadLetterQueue: string | null
}

interface StoredMessage {
  readonly id: string
  /** JSON text. */
  readonly body: string
  readonly sentAt: number
  attempts: number
  /** Not delivered before (Unix ms). */
  readyAt: number
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
  /** The next delivery of each queue. */
  readonly #gathering = new Map<string, Task>()
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
    // Text is stored as it is.
    refuseLarge(
      messages.map(({ body }, index) =>
        Buffer.byteLength(typeof body === 'string' ? body : (texts[index]?.text ?? '')),
      ),
    )
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
      readyAt: 0,
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
    message.isTaken = false
    message.readyAt = this.#options.scheduler.now + delayMs
    this.#gather(queue, message.readyAt)
  }

  /** Delivers what is ready some time after a moment (Unix ms): a batch waits for more messages, for so long. */
  #gather(queue: string, from: number): void {
    const consumer = this.#consumers.get(queue)
    const present = this.#gathering.get(queue)
    if (!consumer || (present !== undefined && present.at <= from + consumer.maxBatchTimeoutMs)) return
    const { scheduler, random } = this.#options
    if (present) present.cancelled = true
    const delay = Math.max(from - scheduler.now, 0) + random.between(1, consumer.maxBatchTimeoutMs)
    this.#gathering.set(
      queue,
      scheduler.schedule(null, delay, `${queue} gathers`, () => {
        this.#gathering.delete(queue)
        this.#deliver(consumer)
      }),
    )
  }

  #deliver(consumer: QueueConsumer): void {
    const { queue, maxBatchSize } = consumer
    const { random, disturbances, scheduler } = this.#options
    const waiting = (this.#messages.get(queue) ?? []).filter(({ isTaken }) => !isTaken)
    const ready = waiting.filter(({ readyAt }) => readyAt <= scheduler.now)
    const running = this.#running.get(queue) ?? 0
    if (ready.length > 0 && running < CONCURRENCY) {
      const most = Math.min(maxBatchSize, ready.length)
      const taken = random.shuffled(ready).slice(0, random.chance(0.5) ? most : random.between(1, most))
      for (const message of taken) message.isTaken = true
      // Twice within one batch, too.
      const twice = taken.filter(() => disturbances.message(queue).twice)
      this.#running.set(queue, running + 1)
      this.#options.consume(this.#deliveryOf(consumer, [...taken, ...twice], taken))
    }
    const next = Math.min(...waiting.filter(({ isTaken }) => !isTaken).map(({ readyAt }) => readyAt))
    if (Number.isFinite(next)) this.#gather(queue, Math.max(next, scheduler.now))
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
      this.#gather(queue, this.#options.scheduler.now)
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
