import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { SECOND } from '../../shared/core/time.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'

/** The longest that a sink may take to be opened, or for one batch (ms); adapters give up earlier. */
const OPEN_WITHIN = 15 * SECOND
const DELIVER_WITHIN = 30 * SECOND

/** Holds a sink open from one batch to the next, and opens it anew after it was dropped. */
export class SinkHolder {
  readonly #open: () => Promise<EventSink>
  #sink: Promise<EventSink> | null = null

  constructor(open: () => Promise<EventSink>) {
    this.#open = open
  }

  /** @throws Error that says why it cannot be opened, such as which variable is missing */
  async get(): Promise<EventSink> {
    this.#sink ??= withTimeLimit(this.#open(), OPEN_WITHIN, 'opening the sink')
    try {
      return await this.#sink
    } catch (thrown) {
      this.#sink = null
      throw thrown
    }
  }

  /** Offers events; answers with one outcome for each, whatever the sink does. */
  async deliver(sink: EventSink, events: readonly CloudEvent[]): Promise<SinkOutcome[]> {
    try {
      const outcomes = await withTimeLimit(sink.deliver(events), DELIVER_WITHIN, 'a delivery')
      return events.map((_, index) => outcomes[index] ?? retry('the sink gave no outcome'))
    } catch (thrown) {
      // It may still be at it: what comes next goes through another.
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
      if (opened?.close) await withTimeLimit(opened.close(), OPEN_WITHIN, 'closing the sink')
    } catch {
      // It is not used any more.
    }
  }
}

function retry(error: string): SinkOutcome {
  return { delivered: false, kind: 'retry', error }
}
