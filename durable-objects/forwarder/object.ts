import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import type { SingleMessage } from '../../shared/core/wire/earlier-messages.ts'
import { type PublishedEvent, publishedEventOf } from '../../shared/core/wire/queue-message.ts'
import { openSink } from '../adapters/event-sink.ts'
import { Alarm } from '../aggregate/alarm.ts'
import { newMeter } from '../aggregate/meter.ts'
import type { Env } from '../env.ts'
import { newestVersion } from './checkpoint.ts'
import { CheckpointStore } from './checkpoint-store.ts'
import { ForwarderRegister } from './forwarders.ts'
import { ForwardingRate } from './forwarding-rate.ts'
import { ForwarderIntake } from './intake.ts'
import { MemoryBudget } from './memory.ts'
import { type ForwarderParts, logForwarderError } from './parts.ts'
import {
  type DeadLetterReference,
  type DeadLetterRetried,
  deadLetterReferenceSchema,
  type ForwarderCondition,
  type ForwardingPosition,
  type KnownStreams,
  type Redelivered,
  type Redelivery,
  redeliverySchema,
  type StreamsQuery,
  streamsQuerySchema,
} from './protocol.ts'
import { ForwarderReader } from './reader.ts'
import { ForwarderRedelivery, type SinkOpener } from './redelivery.ts'
import { ForwarderSender } from './sender.ts'
import { SinkConnection } from './sink-connection.ts'
import { forwarderCondition, forwardingPosition, recordedPage } from './status.ts'
import { StreamBuffers } from './stream-buffers.ts'
import { UnsequencedEvents } from './unsequenced-events.ts'

/** Events that may be in memory (JSON): an object has 128 MB for everything. */
const MAX_BUFFER_BYTES = 8 * 1024 * 1024
/** How long `forward` waits for the sink before the rest is recorded as backlog. */
const ACK_TIMEOUT_MS = 2 * SECOND
/** How long one alarm works; the next takes the rest. */
const ALARM_SLICE_MS = 20 * SECOND
/** How soon the alarm sends the backlog while the sink answers. */
const BACKLOG_DELAY_MS = SECOND

/** What tests set. */
export interface ForwarderOptions {
  readonly open?: SinkOpener
  readonly maxBufferBytes?: number
  readonly ackTimeoutMs?: number
}

/**
 * Brings the events of many aggregates to one sink, in order and with checkpoints: of each aggregate the sink gets
 * 1, 2, 3, … without gap or inversion, and a repeat only where the runtime died between the sink's
 * acknowledgement and the checkpoint.
 */
export class ForwarderObject extends DurableObject<Env> {
  /** Read by tests that limit what forwarding costs. */
  readonly meter = newMeter()
  readonly #alarm = new Alarm(this.ctx.storage, this.meter)
  readonly #register: ForwarderRegister
  readonly #parts: ForwarderParts
  readonly #sender: ForwarderSender
  readonly #reader: ForwarderReader
  readonly #intake: ForwarderIntake
  readonly #redelivery: ForwarderRedelivery
  /** Called when nothing is left that can be done now. */
  readonly #idlers: (() => void)[] = []

  constructor(state: DurableObjectState, env: Env, options: ForwarderOptions = {}) {
    super(state, env)
    const strict = env.STRICT_ORDER === 'true'
    const open = options.open ?? ((target?: string) => openSink(env, target))
    const shard = /^\d{1,9}$/.test(state.id.name ?? '') ? Number(state.id.name) : null
    const store = new CheckpointStore(state.storage, this.meter, { strict, shard })
    const budget = new MemoryBudget(options.maxBufferBytes ?? MAX_BUFFER_BYTES)
    const buffers = new StreamBuffers(budget)
    const unsequenced = new UnsequencedEvents(store, budget)
    const sink = new SinkConnection(() => open(), {
      opened: (name) => {
        store.releaseHeldByOthers(name)
        buffers.useSink(name)
        this.#parts.arm()
      },
      failed: (error) => {
        logForwarderError(store.totals.shard, 'sink', error)
        buffers.release()
        unsequenced.release()
      },
    })
    const source = { env, waitUntil: (work: Promise<unknown>) => state.waitUntil(work) }
    this.#register = new ForwarderRegister(env, store.totals.shard, source.waitUntil)
    this.#parts = {
      ...{ source, store, buffers, unsequenced, sink, rate: new ForwardingRate() },
      proceed: () => this.#proceed(),
      arm: () => void this.#alarm.scheduleBy(this.#nextAlarm()),
    }
    this.#sender = new ForwarderSender(this.#parts, strict)
    this.#reader = new ForwarderReader(this.#parts)
    this.#intake = new ForwarderIntake(this.#parts, this.#sender, options.ackTimeoutMs ?? ACK_TIMEOUT_MS)
    this.#redelivery = new ForwarderRedelivery(this.#parts, this.#sender, this.#reader, open)
  }

  /**
   * Resolves when every event is recorded: the sink has it, or it is backlog and sent later. While the sink is down it
   * returns at once. The consumer has checked the events.
   */
  async forward(input: (PublishedEvent | SingleMessage)[]): Promise<void> {
    this.#register.enter()
    await this.#intake.receive(input.map(publishedEventOf))
  }

  /** How far a stream has been forwarded. */
  async position(stream: Stream): Promise<ForwardingPosition> {
    return forwardingPosition(this.#parts, streamSchema.parse(stream))
  }

  /** The backlog of this forwarder, its rates, and its last error. */
  async condition(): Promise<ForwarderCondition> {
    return forwarderCondition(this.#parts)
  }

  /** A page of the recorded streams, by kind and id. */
  async streams(query: StreamsQuery): Promise<KnownStreams> {
    return recordedPage(this.#parts.store, streamsQuerySchema.parse(query))
  }

  /**
   * The newest version of a stream that any forwarder has recorded which the stream may belong to; 0 if there is none.
   *
   * @throws Error where a forwarder does not answer
   */
  async lastSeenVersion(input: Stream): Promise<number> {
    const stream = streamSchema.parse(input)
    const checkpoint = this.#parts.store.checkpoint(stream)
    return checkpoint ? newestVersion(checkpoint) : this.#register.lastSeenVersionElsewhere(stream)
  }

  /** The newest version of a stream that belongs to this forwarder; 0 if there is none. */
  async recordedVersion(stream: Stream): Promise<number> {
    return this.#parts.store.recordedVersion(streamSchema.parse(stream))
  }

  /** Records a value of `FORWARDERS`, at forwarder 0. Returns all that were ever recorded. */
  async recordCount(count: number): Promise<number[]> {
    return this.#parts.store.recordCount(z.int().parse(count))
  }

  /** Sends, or only counts, one page of a stream's acknowledged events again. No checkpoint moves. */
  async redeliver(input: Redelivery): Promise<Redelivered> {
    return this.#redelivery.redeliver(redeliverySchema.parse(input))
  }

  /** Offers a dead letter to the sink again. */
  async retryDeadLetter(input: DeadLetterReference): Promise<DeadLetterRetried> {
    return this.#redelivery.retryDeadLetter(deadLetterReferenceSchema.parse(input))
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired()
    try {
      this.#register.enter()
      this.#reader.sweep()
      await this.#parts.sink.open()
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#idlers.push(resolve)
      const timer = setTimeout(resolve, ALARM_SLICE_MS)
      this.#proceed()
      await promise
      clearTimeout(timer)
      await this.#alarm.scheduleAt(this.#nextAlarm())
    } catch (fault) {
      // After an error that is thrown, the platform tries six times and then stops.
      logForwarderError(this.#parts.store.totals.shard, 'alarm', faultText(fault))
      await this.#alarm.scheduleAt(Date.now() + MINUTE)
    }
  }

  /** Starts what can be started. When nothing is left to do, the waiting alarm ends. */
  #proceed(): void {
    this.#reader.start()
    this.#sender.start()
    if (this.#sender.isRunning || this.#reader.isReading) return
    for (const done of this.#idlers.splice(0)) done()
  }

  /** When the alarm is due for the backlog (Unix ms); `null` without one. */
  #nextAlarm(): number | null {
    const now = Date.now()
    const due = this.#parts.store.unsequenced > 0 ? now : this.#parts.store.nextDue()
    if (due === null) return null
    const { retryAt } = this.#parts.sink
    return retryAt !== null && retryAt > now ? Math.max(due, retryAt) : Math.max(due, now + BACKLOG_DELAY_MS)
  }
}
