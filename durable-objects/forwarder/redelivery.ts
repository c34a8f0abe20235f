import { batchesOf } from '../../shared/core/batches.ts'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import type { Env } from '../env.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { Redelivered, Redelivery } from './position.ts'
import { readLog } from './reader.ts'
import type { ForwarderSender } from './sender.ts'
import type { SinkConnection } from './sink-connection.ts'
import { SinkHolder } from './sink-holder.ts'

/** Events of one aggregate that one call sends at most. */
const PAGE_SIZE = 500
/** After so long without use the sink is closed. */
const IDLE_TIMEOUT_MS = 30 * SECOND

/** Opens the sink, or another place in it. */
export type SinkOpener = (target?: string) => Promise<EventSink>

interface RedeliveryParts {
  readonly env: Env
  readonly store: CheckpointStore
  readonly sink: SinkConnection
  readonly sender: ForwarderSender
}

/**
 * Sends acknowledged events once more. They go through a sink of their own, beside the live one, so that a
 * failure leaves no batch in doubt that would have to go first.
 */
export class ForwarderRedelivery {
  readonly #parts: RedeliveryParts
  readonly #open: SinkOpener
  #held: { target: string | undefined; holder: SinkHolder } | null = null
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(parts: RedeliveryParts, open: SinkOpener) {
    this.#parts = parts
    this.#open = open
  }

  /** Sends, or only counts, one page of an aggregate's acknowledged events. */
  async redeliver({ stream, after, from, to, target, dryRun }: Redelivery): Promise<Redelivered> {
    const { env, store, sink } = this.#parts
    const delivered = store.checkpoint(stream)?.acknowledged ?? 0
    const limit = Math.min(PAGE_SIZE, delivered - after)
    if (limit <= 0) return { events: 0, refused: 0, next: null }
    if (!dryRun && target === undefined && sink.isDown)
      return { events: 0, refused: 0, next: after, error: sink.lastError?.error ?? 'the sink is down' }
    try {
      const found = await readLog(env, stream, { after, limit })
      const page = found.map(({ event }) => event)
      const last = page.at(-1)?.sequence ?? delivered
      const isAtEnd = last >= delivered || (to !== undefined && (page.at(-1)?.time ?? '') >= to)
      const next = isAtEnd ? null : last
      const wanted = found.filter(
        ({ event }) => (from === undefined || event.time >= from) && (to === undefined || event.time < to),
      )
      if (dryRun || wanted.length === 0) return { events: wanted.length, refused: 0, next }
      const outcomes = await this.send(target, wanted)
      const failure = outcomes.find((outcome) => !outcome.delivered && outcome.kind === 'retry')
      if (failure && !failure.delivered) return { events: 0, refused: 0, next: after, error: failure.error }
      const events = outcomes.filter((outcome) => outcome.delivered).length
      return { events, refused: outcomes.length - events, next }
    } catch (thrown) {
      return { events: 0, refused: 0, next: after, error: faultText(thrown) }
    }
  }

  /** Sends events in order, in batches that the sink takes, while nobody else uses it; stops at a failure. */
  send(
    target: string | undefined,
    events: readonly { event: CloudEvent; bytes: number }[],
  ): Promise<SinkOutcome[]> {
    return this.#parts.sender.runExclusive(async () => {
      const holder = this.#holderOf(target)
      const sink = await holder.get()
      const outcomes: SinkOutcome[] = []
      const limits = { count: sink.limits.events, bytes: sink.limits.bytes }
      for (const part of batchesOf(events, ({ bytes }) => bytes, limits)) {
        const batch = part.map(({ event }) => event)
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
