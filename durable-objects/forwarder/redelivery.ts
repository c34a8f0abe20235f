import { batchesOf } from '../../shared/core/batches.ts'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import type { ForwarderContext } from './context.ts'
import type { Redelivered, Redelivery } from './position.ts'
import { readLog } from './reader.ts'
import type { ForwarderSender } from './sender.ts'
import { SinkHolder } from './sink-holder.ts'

/** Events of one aggregate that are sent once more in one turn. */
const EVENTS_A_PAGE = 500
/** A sink that nothing was sent to for so long is closed (ms). */
const IDLE = 30 * SECOND

/** Opens the sink, or another place in it. */
export type SinkOpener = (target?: string) => Promise<EventSink>

/**
 * Sends events that were delivered once before. They go through a sink of their own, beside the live one,
 * so that one that fails half-way leaves no batch behind that would have to go first.
 */
export class ForwarderRedelivery {
  readonly #context: ForwarderContext
  readonly #sender: ForwarderSender
  readonly #open: SinkOpener
  #held: { target: string | undefined; holder: SinkHolder } | null = null
  #idle: ReturnType<typeof setTimeout> | undefined

  constructor(context: ForwarderContext, sender: ForwarderSender, open: SinkOpener) {
    this.#context = context
    this.#sender = sender
    this.#open = open
  }

  /** Sends, or only counts, one page of an aggregate's delivered events. */
  async redeliver({ stream, after, from, to, target, dryRun }: Redelivery): Promise<Redelivered> {
    const delivered = this.#context.ledger.account(stream)?.delivered ?? 0
    const limit = Math.min(EVENTS_A_PAGE, delivered - after)
    if (limit <= 0) return { events: 0, refused: 0, next: null }
    const { circuit } = this.#context
    if (!dryRun && target === undefined && circuit.isOpen(Date.now()))
      return { events: 0, refused: 0, next: after, error: circuit.lastError?.error ?? 'the sink is down' }
    try {
      const found = await readLog(this.#context.source.env, stream, { after, limit })
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

  /** Sends events in order, in batches that the sink takes, when nobody else is at it; stops at a failure. */
  send(
    target: string | undefined,
    events: readonly { event: CloudEvent; bytes: number }[],
  ): Promise<SinkOutcome[]> {
    return this.#sender.turn(async () => {
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
    this.#idle = setTimeout(() => void this.#drop(), IDLE)
    return this.#held.holder
  }

  async #drop(): Promise<void> {
    clearTimeout(this.#idle)
    const held = this.#held
    this.#held = null
    await held?.holder.drop()
  }
}
