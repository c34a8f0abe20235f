import { DurableObject } from 'cloudflare:workers'
import { z } from 'zod'
import type { PublishedMessage } from '../../shared/core/cloud-event.ts'
import { readPublishedMessage } from '../../shared/core/cloud-event-reading.ts'
import { type Stream, streamSchema } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { instantOf, MINUTE, SECOND } from '../../shared/core/time.ts'
import type { EventSink } from '../../shared/ports/event-sink.ts'
import { eventId } from '../../shared/stream-names.ts'
import { Alarm } from '../aggregate/alarm.ts'
import { newMeter } from '../aggregate/meter.ts'
import type { Env } from '../env.ts'
import { withDelivered } from './checkpoint.ts'
import { CheckpointStore } from './checkpoint-store.ts'
import { Circuit } from './circuit.ts'
import { openSink } from './configured-sink.ts'
import { complain, type ForwarderContext, openedSink } from './context.ts'
import { readDeadLetter } from './dead-letters.ts'
import { ForwardingRate } from './forwarding-rate.ts'
import { handOver } from './handover.ts'
import { ForwarderIntake } from './intake.ts'
import {
  type ForwarderCondition,
  type ForwardingPosition,
  type HandedOver,
  type KnownStreams,
  NO_DEAD_LETTER,
  type Redelivered,
  type Redelivery,
  redeliverySchema,
} from './position.ts'
import { ForwarderReader, NOT_IN_LOG, readLog } from './reader.ts'
import { ForwarderRedelivery, type SinkOpener } from './redelivery.ts'
import { ForwarderSender } from './sender.ts'
import { SinkHolder } from './sink-holder.ts'
import { ForwarderMemory } from './stream-buffer.ts'

/** Events that may be in memory (bytes of JSON): an object has 128 MB for everything. */
const MOST_BYTES = 8 * 1024 * 1024
/** How long `forward` waits for the sink (ms), before what is left is written down as owed. */
const PATIENCE = 2 * SECOND
/** How long one alarm works (ms); the next takes the rest. */
const ALARM_SLICE = 20 * SECOND
/** How soon the alarm looks after what is owed while the sink answers (ms). */
const LOOK_AGAIN = SECOND
/** An entry in the register of forwarders that failed is tried again after so long (ms). */
const REGISTER_AGAIN = MINUTE

const streamsQuerySchema = z.object({
  kinds: z.array(z.string()).optional(),
  after: streamSchema.nullable(),
  limit: z.int().min(1).max(1_000),
})
export type StreamsQuery = z.infer<typeof streamsQuerySchema>

const deadLetterReferenceSchema = z.union([
  z.object({ stream: streamSchema, version: z.int().min(1) }),
  /** The id of an event of no log. */
  z.object({ event: z.string() }),
])
/** An event that was set aside: of an aggregate by its version, one of no log by its id. */
export type DeadLetterReference = z.infer<typeof deadLetterReferenceSchema>

/** What became of another try with an event that was set aside. */
export type DeadLetterRetried =
  | { readonly delivered: true }
  | { readonly delivered: false; readonly error: string }

/** What tests set: what a sink is, how many bytes events may take, how long (ms) it is waited for. */
export interface ForwarderOptions {
  readonly open?: SinkOpener
  readonly maxBufferBytes?: number
  readonly ackTimeoutMs?: number
}

/**
 * Ordered, ledgered delivery of the events of many aggregates to one sink: of each aggregate the sink gets
 * 1, 2, 3, … without gap or inversion, and a repeat only where the runtime died between the sink's word
 * and the ledger's.
 */
export class ForwarderObject extends DurableObject<Env> {
  /** Read by tests that hold deliveries to their costs. */
  readonly meter = newMeter()
  readonly #alarm: Alarm
  readonly #ledger: CheckpointStore
  readonly #context: ForwarderContext
  readonly #sender: ForwarderSender
  readonly #reader: ForwarderReader
  readonly #intake: ForwarderIntake
  readonly #redelivery: ForwarderRedelivery
  /** Who waits for everything that can be done to be done. */
  readonly #idlers: (() => void)[] = []
  /** When the register is to be told of this forwarder (Unix ms). */
  #registerAt = 0

  constructor(state: DurableObjectState, env: Env, options: ForwarderOptions = {}) {
    super(state, env)
    const strict = env.STRICT_ORDER === 'true'
    const open = options.open ?? ((target?: string): Promise<EventSink> => openSink(env, target))
    this.#alarm = new Alarm(state.storage, this.meter)
    this.#ledger = new CheckpointStore(state.storage, this.meter, { strict })
    if (/^\d{1,9}$/.test(state.id.name ?? '')) this.#ledger.totals.shard = Number(state.id.name)
    this.#context = {
      source: { env, waitUntil: (work) => state.waitUntil(work) },
      memory: new ForwarderMemory(options.maxBufferBytes ?? MOST_BYTES),
      ledger: this.#ledger,
      circuit: new Circuit(),
      rate: new ForwardingRate(),
      holder: new SinkHolder(() => open()),
      strict,
      sinkName: null,
      proceed: () => this.#proceed(),
      arm: () => void this.#alarm.scheduleBy(this.#nextAlarm()),
    }
    this.#sender = new ForwarderSender(this.#context)
    this.#reader = new ForwarderReader(this.#context)
    this.#intake = new ForwarderIntake(this.#context, this.#sender, options.ackTimeoutMs ?? PATIENCE)
    this.#redelivery = new ForwarderRedelivery(this.#context, this.#sender, open)
  }

  /**
   * Resolves when every message is on the books: the sink has it, or it is recorded as owed and delivered
   * later. While the sink is down it answers at once.
   */
  async forward(input: PublishedMessage[]): Promise<void> {
    const messages = input.map(checkedMessage)
    this.#register()
    await this.#intake.take(messages)
  }

  /** How far the events of an aggregate have been delivered. */
  async position(input: Stream): Promise<ForwardingPosition> {
    const stream = streamSchema.parse(input)
    const account = this.#ledger.account(stream)
    if (!account) {
      const sink = await this.#sinkName()
      return { sink, delivered: 0, owed: 0, setAside: [], heldAt: null }
    }
    const { sink, delivered, known, heldAt } = account
    const newest = Math.max(known, this.#context.memory.course(stream)?.wanted ?? 0)
    const setAside = this.#ledger.versionsSetAside(stream, sink)
    const owed = Math.max(0, newest - delivered)
    // First met while no sink could be opened.
    return { sink: sink || (await this.#sinkName()), delivered, owed, setAside, heldAt }
  }

  /** What this forwarder owes, how fast it is, and what went wrong last. */
  async condition(): Promise<ForwarderCondition> {
    const sink = await this.#sinkName()
    const { circuit, rate } = this.#context
    const { shard, delivered, dropped, filled, setAside, lastDeliveredAt } = this.#ledger.totals
    const now = Date.now()
    const oldest = this.#ledger.oldestOwed()
    return {
      shard,
      sink,
      owed: {
        events: this.#ledger.owedEvents + this.#ledger.loose,
        aggregates: this.#ledger.owedAggregates,
        oldestAt: oldest === null ? null : instantOf(oldest),
      },
      lagMilliseconds: oldest === null ? 0 : Math.max(0, now - oldest),
      total: { delivered, dropped, filled, setAside },
      rate: rate.perSecond(now),
      lastDeliveredAt: lastDeliveredAt === null ? null : instantOf(lastDeliveredAt),
      lastError: circuit.lastError && {
        at: instantOf(circuit.lastError.at),
        error: circuit.lastError.error,
      },
      retryAt: circuit.retryAt === null ? null : instantOf(circuit.retryAt),
      held: this.#ledger.held,
    }
  }

  /** A page of the aggregates that this forwarder has heard of, by kind and id. */
  async streams(input: StreamsQuery): Promise<KnownStreams> {
    const { kinds, after, limit } = streamsQuerySchema.parse(input)
    const accounts = this.#ledger.accounts(kinds, after, limit)
    const streams = accounts.map(({ stream, delivered, known }) => ({
      ...stream,
      delivered,
      lastSeenVersion: Math.max(delivered, known),
    }))
    return { streams, next: accounts.length < limit ? null : (accounts.at(-1)?.stream ?? null) }
  }

  /** For each aggregate, whether this forwarder has heard of it. */
  async knows(input: Stream[]): Promise<boolean[]> {
    return z
      .array(streamSchema)
      .parse(input)
      .map((stream) => this.#ledger.account(stream) !== null)
  }

  /** The newest version of an aggregate that this forwarder has heard of, delivered or owed; 0 if of none. */
  async lastSeenVersion(input: Stream): Promise<number> {
    const stream = streamSchema.parse(input)
    const account = this.#ledger.account(stream)
    return account ? Math.max(account.delivered, account.known) : 0
  }

  /** Gives aggregates up to another forwarder, to which they belong now; tells how far each was delivered. */
  async handOver(input: Stream[]): Promise<(HandedOver | null)[]> {
    const streams = z.array(streamSchema).parse(input)
    return this.#sender.turn(async () => handOver(this.#context, streams))
  }

  /** Sends, or only counts, one page of an aggregate's delivered events once more. The ledger stays as it is. */
  async redeliver(input: Redelivery): Promise<Redelivered> {
    return this.#redelivery.redeliver(redeliverySchema.parse(input))
  }

  /**
   * Offers an event that was set aside once more. Once it is delivered nothing is on record of it any more,
   * and in strict order its aggregate goes on.
   */
  async retryDeadLetter(input: DeadLetterReference): Promise<DeadLetterRetried> {
    const asked = deadLetterReferenceSchema.parse(input)
    const position = 'stream' in asked ? asked : null
    const id = 'stream' in asked ? eventId(asked.stream.kind, asked.stream.id, asked.version) : asked.event
    const record = this.#ledger.setAside(id)
    if (!record) return { delivered: false, error: NO_DEAD_LETTER }
    try {
      // What is of a log is what stands there: a message may have spoken of what never happened.
      const event = position
        ? await this.#fromLog(position.stream, position.version)
        : await readDeadLetter(this.env.LAKE, record.key)
      if (!event)
        return { delivered: false, error: position ? NOT_IN_LOG : 'it is not in the lake bucket any more' }
      const bytes = Buffer.byteLength(JSON.stringify(event))
      const [outcome] = await this.#redelivery.send(undefined, [{ event, bytes }])
      if (!outcome?.delivered)
        return { delivered: false, error: outcome?.error ?? 'the sink gave no outcome' }
      this.#ledger.transaction(() => {
        this.#ledger.removeSetAside(id)
        if (position) this.#goOnAfter(position.stream, position.version)
      })
      await this.env.LAKE.delete(record.key)
      this.#proceed()
      return { delivered: true }
    } catch (thrown) {
      return { delivered: false, error: faultText(thrown) }
    }
  }

  async #fromLog(stream: Stream, version: number) {
    const [found] = await readLog(this.env, stream, { after: version - 1, limit: 1 })
    return found?.event.sequence === version ? found.event : null
  }

  /** In strict order: what waited for this version is due. */
  #goOnAfter(stream: Stream, version: number): void {
    const account = this.#ledger.account(stream)
    if (!account || account.heldAt !== version) return
    const now = Date.now()
    const released = withDelivered({ ...account, heldAt: null, dueAt: now }, version)
    this.#ledger.save(account, released)
    if (released.dueAt !== null) this.#reader.sweep()
    this.#context.arm()
  }

  override async alarm(): Promise<void> {
    this.#alarm.fired()
    try {
      this.#register()
      this.#reader.sweep()
      await openedSink(this.#context)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#idlers.push(resolve)
      const timer = setTimeout(resolve, ALARM_SLICE)
      this.#proceed()
      await promise
      clearTimeout(timer)
      await this.#alarm.scheduleAt(this.#nextAlarm())
    } catch (fault) {
      // Thrown on, the platform would give up after six tries.
      complain(this.#ledger.totals.shard, 'alarm', faultText(fault))
      await this.#alarm.scheduleAt(Date.now() + MINUTE)
    }
  }

  /** Begins what can be begun. When that is nothing, and nothing is under way, tells those who wait for it. */
  #proceed(): void {
    this.#reader.start()
    this.#sender.start()
    if (this.#sender.isRunning || this.#reader.isReading) return
    for (const done of this.#idlers.splice(0)) done()
  }

  /** When the alarm is to ring for what is owed (Unix ms); `null` when nothing is. */
  #nextAlarm(): number | null {
    const now = Date.now()
    const due = this.#ledger.loose > 0 ? now : this.#ledger.nextDue()
    if (due === null) return null
    const { retryAt } = this.#context.circuit
    return retryAt !== null && retryAt > now ? Math.max(due, retryAt) : Math.max(due, now + LOOK_AGAIN)
  }

  async #sinkName(): Promise<string> {
    if (this.#context.sinkName === null) await openedSink(this.#context)
    return this.#context.sinkName ?? this.env.EVENT_SINK ?? 'lake'
  }

  /** Enters this forwarder in the register, once in a life, in the background. */
  #register(): void {
    const now = Date.now()
    if (now < this.#registerAt) return
    this.#registerAt = Number.POSITIVE_INFINITY
    const register = this.env.DATABASE.prepare('INSERT OR IGNORE INTO forwarders (shard) VALUES (?)')
    const failed = () => {
      this.#registerAt = now + REGISTER_AGAIN
    }
    this.ctx.waitUntil(
      register
        .bind(this.#ledger.totals.shard)
        .run()
        .then(() => {}, failed),
    )
  }
}

/** @throws ZodError for anything else than a message */
function checkedMessage(input: unknown): PublishedMessage {
  const read = readPublishedMessage(input)
  if (!read.success) throw read.error
  return read.data
}
