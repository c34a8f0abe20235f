import { type CloudEvent, eventVersion } from '../../shared/core/cloud-event.ts'
import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import { eventIn } from '../../shared/core/wire/wire.fixture.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'

const delivered: SinkOutcome = { delivered: true }
const down: SinkOutcome = { delivered: false, kind: 'retry', error: 'the sink is down' }
export const busy: SinkOutcome = { delivered: false, kind: 'retry', error: 'busy' }
export const tooLarge: SinkOutcome = { delivered: false, kind: 'refused', error: 'too large' }

/** A sink that records the events it accepts and answers as a test sets it. */
export class RecordingSink implements EventSink {
  readonly name: string
  limits = { events: 100, bytes: 1_000_000 }
  /** The ids of every batch that was offered. */
  readonly offers: string[][] = []
  /** Accepted events, in the order of their acceptance. */
  readonly delivered: CloudEvent[] = []
  /** Ids of events that are refused. */
  readonly refused = new Set<string>()
  closed = 0
  isDown = false
  /** The outcome of an event while the sink is up. */
  outcomeOf: (event: SerializedEvent) => SinkOutcome = ({ id }) =>
    this.refused.has(id) ? tooLarge : delivered
  /** Runs before a batch is answered. */
  before: () => Promise<void> = async () => {}
  readonly #isShared: boolean
  #isDelivering = false

  /** A sink that forwarders share may get batches concurrently; any other fails the test then. */
  constructor(name = 'recording', { isShared = false } = {}) {
    this.name = name
    this.#isShared = isShared
  }

  async deliver(offered: readonly SerializedEvent[]): Promise<SinkOutcome[]> {
    if (this.#isDelivering && !this.#isShared) throw new Error('a batch came while another was under way')
    this.#isDelivering = true
    const events = offered.map(eventIn)
    try {
      this.offers.push(events.map(({ id }) => id))
      await this.before()
      const outcomes = offered.map((event) => (this.isDown ? down : this.outcomeOf(event)))
      this.delivered.push(...events.filter((_, index) => outcomes[index]?.delivered))
      return outcomes
    } finally {
      this.#isDelivering = false
    }
  }

  async close(): Promise<void> {
    this.closed += 1
  }

  /** Ids of accepted events, in the order of their acceptance. */
  get ids(): string[] {
    return this.delivered.map(({ id }) => id)
  }

  /** The accepted versions of an aggregate, in the order of their acceptance. */
  versions(subject: string): (number | undefined)[] {
    return this.delivered.filter((event) => event.subject === subject).map(eventVersion)
  }
}
