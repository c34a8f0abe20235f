import type { DomainEvent } from '../../shared/core/aggregate.ts'
import type { Decision, Refusal } from '../../shared/core/refusal.ts'
import type { Instant } from '../../shared/core/time.ts'
import { isSameRequest } from './fingerprints.ts'
import type { Journal } from './journal/journal.ts'
import type { CommandRecord, StoredEvent } from './journal/stored-rows.ts'
import { type AggregateView, type CommandReply, packRefusal, replyEvent } from './protocol.ts'

/** Builds the replies to commands from the journal. */
export class Replies<State> {
  readonly #journal: Journal<State>

  constructor(journal: Journal<State>) {
    this.#journal = journal
  }

  accepted(stored: readonly StoredEvent[]): CommandReply<State> {
    const view = this.#existing(this.#journal.view())
    return { ok: true, view, events: stored.map(replyEvent), repeated: false }
  }

  refused(
    refusal: Refusal,
    events: readonly StoredEvent[] = [],
    version: number = this.#journal.cache.version,
  ): CommandReply<State> {
    return {
      ok: false,
      refusal: packRefusal(refusal),
      version,
      events: events.map(replyEvent),
      repeated: false,
    }
  }

  /** The reply that the first command of this id got; a refusal where the fingerprint shows another request. */
  fromRecord(record: CommandRecord, fingerprint: string | undefined): CommandReply<State> {
    if (fingerprint && record.fingerprint !== null && !isSameRequest(record.fingerprint, fingerprint))
      return this.refused({
        code: 'idempotency_key_reused',
        detail: 'This key was used for another request.',
      })
    const { first, last, refusal, answered } = record
    const events = this.#journal.log.eventsAfter(first - 1, last - first + 1, last)
    if (refusal) return { ...this.refused(refusal, events, last), repeated: true }
    const view = this.#journal.viewAt(answered ?? last)
    if (!view) throw new Error(`${this.#journal.aggregate.kind} has lost version ${answered ?? last}`)
    return { ok: true, view, events: events.map(replyEvent), repeated: true }
  }

  /** The reply that a decision would lead to if it were committed. */
  preview(id: string, { events, refusal }: Decision<DomainEvent>, now: Instant): CommandReply<State> {
    const { version } = this.#journal.cache
    const preview = events.map((event, index) => replyEvent({ ...event, version: version + 1 + index }))
    if (refusal)
      return { ok: false, refusal: packRefusal(refusal), version, events: preview, repeated: false }
    const view = this.#existing(this.#journal.preview(id, events, now))
    return { ok: true, view, events: preview, repeated: false }
  }

  #existing(view: AggregateView<State> | null): AggregateView<State> {
    if (!view) throw new Error(`${this.#journal.aggregate.kind} accepted a command without coming into being`)
    return view
  }
}
