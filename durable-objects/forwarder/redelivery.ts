import { batchesOf } from '../../shared/core/batches.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { eventId } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { withAcknowledged } from './checkpoint.ts'
import { readDeadLetter, removeDeadLetter } from './dead-letters.ts'
import type { ForwarderParts } from './parts.ts'
import {
  type DeadLetterReference,
  type DeadLetterRetried,
  NO_DEAD_LETTER,
  type Redelivered,
  type Redelivery,
} from './protocol.ts'
import { type ForwarderReader, NOT_IN_LOG, readLog } from './reader.ts'
import type { ForwarderSender } from './sender.ts'
import { SinkHolder } from './sink-connection.ts'

/** The most events of one aggregate that one call sends. */
const PAGE_SIZE = 500
/** An unused sink is closed after this time. */
const IDLE_TIMEOUT_MS = 30 * SECOND

/** Opens the sink, or another place in it. */
export type SinkOpener = (target?: string) => Promise<EventSink>

/**
 * Sends acknowledged events again, and dead letters. They go through a sink of their own, beside the live one, so that a
 * failure leaves no batch in doubt that would have to go first.
 */
export class ForwarderRedelivery {
  readonly #parts: ForwarderParts
  readonly #sender: ForwarderSender
  readonly #reader: ForwarderReader
  readonly #open: SinkOpener
  #held: { target: string | undefined; holder: SinkHolder } | null = null
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(parts: ForwarderParts, sender: ForwarderSender, reader: ForwarderReader, open: SinkOpener) {
    this.#parts = parts
    this.#sender = sender
    this.#reader = reader
    this.#open = open
  }

  /** Sends, or only counts, one page of an aggregate's acknowledged events. */
  async redeliver({ stream, after, from, to, target, dryRun }: Redelivery): Promise<Redelivered> {
    const { source, store, sink } = this.#parts
    const delivered = store.checkpoint(stream)?.acknowledged ?? 0
    const limit = Math.min(PAGE_SIZE, delivered - after)
    if (limit <= 0) return { events: 0, refused: 0, next: null }
    if (!dryRun && target === undefined && sink.isDown)
      return { events: 0, refused: 0, next: after, error: sink.lastError?.error ?? 'the sink is down' }
    try {
      const page = await readLog(source.env, stream, { after, limit })
      const last = page.at(-1)?.sequence ?? delivered
      const isAtEnd = last >= delivered || (to !== undefined && (page.at(-1)?.time ?? '') >= to)
      const next = isAtEnd ? null : last
      const wanted = page.filter(
        ({ time }) => (from === undefined || time >= from) && (to === undefined || time < to),
      )
      if (dryRun || wanted.length === 0) return { events: wanted.length, refused: 0, next }
      const outcomes = await this.#send(target, wanted)
      const failure = outcomes.find((outcome) => !outcome.delivered && outcome.kind === 'retry')
      if (failure && !failure.delivered) return { events: 0, refused: 0, next: after, error: failure.error }
      const events = outcomes.filter((outcome) => outcome.delivered).length
      return { events, refused: outcomes.length - events, next }
    } catch (thrown) {
      return { events: 0, refused: 0, next: after, error: faultText(thrown) }
    }
  }

  /**
   * Offers a dead letter to the sink again. Once it is delivered its record is removed, and in strict order its
   * stream resumes.
   */
  async retryDeadLetter(reference: DeadLetterReference): Promise<DeadLetterRetried> {
    const { source, store } = this.#parts
    const { LAKE } = source.env
    const position = 'stream' in reference ? reference : null
    const id =
      'stream' in reference
        ? eventId(reference.stream.kind, reference.stream.id, reference.version)
        : reference.event
    const record = store.deadLetter(id)
    if (!record) return { delivered: false, error: NO_DEAD_LETTER }
    try {
      // An event of a stream is read from the log: a message may have named a version that does not exist.
      const event = position
        ? await eventInLog(source.env, position.stream, position.version)
        : await readDeadLetter(LAKE, record.key)
      if (!event)
        return { delivered: false, error: position ? NOT_IN_LOG : 'it is not in the lake bucket any more' }
      const [outcome] = await this.#send(undefined, [event])
      if (!outcome?.delivered)
        return { delivered: false, error: outcome?.error ?? 'the sink gave no outcome' }
      store.transaction(() => {
        store.removeDeadLetter(id)
        const held = position && store.checkpoint(position.stream)
        if (held?.heldAt !== position?.version || !held || !position) return
        const released = withAcknowledged({ ...held, heldAt: null, dueAt: Date.now() }, position.version)
        store.save(held, released)
        if (released.dueAt !== null) this.#reader.sweep()
        this.#parts.arm()
      })
      await removeDeadLetter(LAKE, record.key)
      this.#parts.proceed()
      return { delivered: true }
    } catch (thrown) {
      return { delivered: false, error: faultText(thrown) }
    }
  }

  /** Sends events in order, in batches that the sink takes, not while a batch is sent; stops at a failure. */
  #send(target: string | undefined, events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    return this.#sender.runExclusive(async () => {
      const holder = this.#holderOf(target)
      const sink = await holder.get()
      const outcomes: SinkOutcome[] = []
      const limits = { count: sink.limits.events, bytes: sink.limits.bytes }
      for (const batch of batchesOf(events, ({ bytes }) => bytes, limits)) {
        const answers = await holder.deliver(sink, batch)
        outcomes.push(...answers)
        if (answers.some((answer) => !answer.delivered && answer.kind === 'retry')) {
          await this.#drop()
          break
        }
      }
      return outcomes
    })
  }

  #holderOf(target: string | undefined): SinkHolder {
    if (this.#held?.target !== target) void this.#drop()
    this.#held ??= { target, holder: new SinkHolder(() => this.#open(target)) }
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.#drop(), IDLE_TIMEOUT_MS)
    return this.#held.holder
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#idle)
    const held = this.#held
    this.#held = null
    await held?.holder.drop()
  }
}

async function eventInLog(env: Env, stream: Stream, version: number): Promise<SerializedEvent | null> {
  const [found] = await readLog(env, stream, { after: version - 1, limit: 1 })
  return found?.sequence === version ? found : null
}
