import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { faultText } from '../../shared/core/text/text.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { Circuit } from './circuit.ts'
import { SinkHolder } from './sink-holder.ts'

/** Who has to know what happens to the connection. */
interface SinkListener {
  /** The sink was opened for the first time, or another one than before. */
  opened(name: string): void
  failed(error: string): void
}

/** The live sink of a forwarder: opened when it is needed, left alone for a while after each failure. */
export class SinkConnection {
  readonly #holder: SinkHolder
  readonly #circuit = new Circuit()
  readonly #listener: SinkListener
  #name: string | null = null

  constructor(open: () => Promise<EventSink>, listener: SinkListener) {
    this.#holder = new SinkHolder(open)
    this.#listener = listener
  }

  /** The name of the sink; `null` until it was opened for the first time. */
  get name(): string | null {
    return this.#name
  }

  /** When the sink is tried again (Unix ms); `null` while it answers. */
  get retryAt(): number | null {
    return this.#circuit.retryAt
  }

  get lastError(): Circuit['lastError'] {
    return this.#circuit.lastError
  }

  /** Whether the sink is left alone now, after a failure. */
  get isDown(): boolean {
    return this.#circuit.isOpen(Date.now())
  }

  /** The sink; `null` while it is left alone, and where it cannot be opened, which counts as a failure. */
  async open(): Promise<EventSink | null> {
    if (this.isDown) return null
    try {
      const sink = await this.#holder.get()
      if (this.#name !== sink.name) {
        this.#name = sink.name
        this.#listener.opened(sink.name)
      }
      return sink
    } catch (thrown) {
      this.failed(faultText(thrown))
      return null
    }
  }

  /** Offers events; returns one outcome for each. */
  deliver(sink: EventSink, events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    return this.#holder.deliver(sink, events)
  }

  /** The sink failed for some events (`partly`), or for all. */
  failed(error: string, { partly = false } = {}): void {
    this.#circuit.failed(error, Date.now(), { partly })
    this.#listener.failed(error)
  }

  succeeded(): void {
    this.#circuit.succeeded()
  }

  /** Notes a fault beside the sink, such as a log that cannot be read. */
  note(error: string): void {
    this.#circuit.note(error, Date.now())
  }
}
