import { backoffMs } from '../../shared/core/backoff.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'

/** Limits of the adapters are shorter. */
const OPEN_TIMEOUT_MS = 15 * SECOND
const DELIVER_TIMEOUT_MS = 30 * SECOND
/**
 * The waits after a failure. They stay under ten seconds: an idle object is then evicted, and with it the batch that
 * must be offered again unchanged
 * (https://developers.cloudflare.com/durable-objects/concepts/durable-object-lifecycle/).
 */
const SINK_RETRY = { firstMs: 500, maxMs: 8 * SECOND } as const

/** Holds a sink open from one batch to the next, and opens it anew after it was dropped. */
export class SinkHolder {
  readonly #open: () => Promise<EventSink>
  #sink: Promise<EventSink> | null = null

  constructor(open: () => Promise<EventSink>) {
    this.#open = open
  }

  /** @throws Error with the reason, such as a missing variable */
  async get(): Promise<EventSink> {
    this.#sink ??= withTimeLimit(this.#open(), OPEN_TIMEOUT_MS, 'opening the sink')
    try {
      return await this.#sink
    } catch (thrown) {
      this.#sink = null
      throw thrown
    }
  }

  /** Offers events; returns one outcome for each, whatever the sink does. */
  async deliver(sink: EventSink, events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    try {
      const outcomes = await withTimeLimit(sink.deliver(events), DELIVER_TIMEOUT_MS, 'a delivery')
      return events.map((_, index) => outcomes[index] ?? retry('the sink gave no outcome'))
    } catch (thrown) {
      // The call may still run: the next one goes through another connection.
      await this.drop()
      const error = faultText(thrown)
      return events.map(() => retry(error))
    }
  }

  /** Closes the sink, if it is open. */
  async drop(): Promise<void> {
    const sink = this.#sink
    this.#sink = null
    try {
      const opened = await sink
      if (opened?.close) await withTimeLimit(opened.close(), OPEN_TIMEOUT_MS, 'closing the sink')
    } catch {
      // It is no longer used.
    }
  }
}

/** The live sink of a forwarder: opened when it is needed, and not used for a while after each failure. */
export class SinkConnection {
  readonly #holder: SinkHolder
  readonly #listener: { opened(name: string): void; failed(error: string): void }
  #failures = 0
  /** The name of the sink; `null` until it was opened for the first time. */
  name: string | null = null
  /** When the sink is tried again (Unix ms); `null` while it answers. */
  retryAt: number | null = null
  /** The last fault; it stays after the sink answers again. */
  lastError: { readonly at: number; readonly error: string } | null = null

  /** @param listener `opened`: for the first time, or another sink than before */
  constructor(
    open: () => Promise<EventSink>,
    listener: { opened(name: string): void; failed(error: string): void },
  ) {
    this.#holder = new SinkHolder(open)
    this.#listener = listener
  }

  /** Whether the sink is not used now, after a failure. */
  get isDown(): boolean {
    return this.retryAt !== null && Date.now() < this.retryAt
  }

  /** The sink; `null` while it is down, and where it cannot be opened, which counts as a failure. */
  async open(): Promise<EventSink | null> {
    if (this.isDown) return null
    try {
      const sink = await this.#holder.get()
      if (this.name !== sink.name) {
        this.name = sink.name
        this.#listener.opened(sink.name)
      }
      return sink
    } catch (thrown) {
      this.failed(faultText(thrown))
      return null
    }
  }

  /** Offers events; returns one outcome for each. */
  deliver(sink: EventSink, events: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    return this.#holder.deliver(sink, events)
  }

  /** The sink failed for some events (`partly`), or for all. The wait grows only while all fail. */
  failed(error: string, { partly = false } = {}): void {
    this.#failures = partly ? 1 : this.#failures + 1
    this.note(error)
    this.retryAt = Date.now() + backoffMs(SINK_RETRY, this.#failures, Math.random())
    this.#listener.failed(error)
  }

  succeeded(): void {
    this.#failures = 0
    this.retryAt = null
  }

  /** Notes a fault that is not the sink's, such as a log that cannot be read. */
  note(error: string): void {
    this.lastError = { at: Date.now(), error }
  }
}

function retry(error: string): SinkOutcome {
  return { delivered: false, kind: 'retry', error }
}
