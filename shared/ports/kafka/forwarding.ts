import type { SerializedEvent } from '../../core/wire/serialized-event.ts'
import type { SinkOutcome } from '../event-sink.ts'
import { type KafkaRecord, recordOf } from './batches.ts'

const NOT_SENT = 'Kafka: not sent yet'

/** Collects the outcomes of one call of `deliver`. */
export class KafkaBatchResult {
  /** Still without an outcome. */
  readonly #records = new Map<string, KafkaRecord>()
  readonly #outcomes = new Map<string, SinkOutcome>()
  readonly #events: readonly SerializedEvent[]
  #reason = NOT_SENT
  #answered = false

  constructor(events: readonly SerializedEvent[], topicOf: (event: SerializedEvent) => string | null) {
    this.#events = events
    for (const event of events) {
      const topic = topicOf(event)
      if (topic !== null) this.#records.set(event.id, recordOf(event, topic))
      else
        this.#outcomes.set(event.id, {
          delivered: false,
          kind: 'refused',
          error: 'Kafka: its type gives no valid topic',
        })
    }
  }

  /** Outcomes that come later are ignored. */
  get answered(): boolean {
    return this.#answered
  }

  /** Records without an outcome, in their order. */
  pending(): KafkaRecord[] {
    return [...this.#records.values()]
  }

  /** @returns whether this delivery waited for it */
  accept(id: string): boolean {
    return this.#settle(id, { delivered: true })
  }

  refuse(id: string, error: string): void {
    this.#settle(id, { delivered: false, kind: 'refused', error })
  }

  /** Leaves these records unsent. */
  postpone(records: readonly KafkaRecord[], error: string): void {
    for (const { id } of records) this.#settle(id, { delivered: false, kind: 'retry', untried: true, error })
  }

  /** Sets the reason of records that stay without an outcome. */
  fail(error: string): void {
    this.#reason = error
  }

  /** One outcome for each event, in their order. */
  answer(): SinkOutcome[] {
    this.#answered = true
    const late: SinkOutcome = { delivered: false, kind: 'retry', error: this.#reason }
    return this.#events.map(({ id }) => this.#outcomes.get(id) ?? late)
  }

  #settle(id: string, outcome: SinkOutcome): boolean {
    if (this.#answered || !this.#records.delete(id)) return false
    this.#outcomes.set(id, outcome)
    return true
  }
}
