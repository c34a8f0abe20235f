import type { DomainEvent } from '../../shared/core/aggregate.ts'
import type { Decision, Refusal } from '../../shared/core/refusal.ts'
import type { Instant } from '../../shared/core/time.ts'
import { isSameRequest } from './fingerprints.ts'
import type { AnyJournal, Journal } from './journal/journal.ts'
import type { CommandRecord, StoredEvent } from './journal/stored-rows.ts'
import { type AggregateView, type CommandReply, packRefusal, replyEvent } from './protocol.ts'

/** The reply to a command that was accepted and committed. */
export function accepted<State>(
  journal: Journal<State>,
  stored: readonly StoredEvent[],
): CommandReply<State> {
  return {
    ok: true,
    view: existing(journal, journal.view()),
    events: stored.map(replyEvent),
    repeated: false,
  }
}

/** The reply to a refused command, with the events that record the refusal. */
export function refused(
  refusal: Refusal,
  version: number,
  events: readonly Parameters<typeof replyEvent>[0][] = [],
): Extract<CommandReply<never>, { ok: false }> {
  return {
    ok: false,
    refusal: packRefusal(refusal),
    version,
    events: events.map(replyEvent),
    repeated: false,
  }
}

/** The reply that the first command of this id got; a refusal where the fingerprint is that of another request. */
export function replyFromRecord<State>(
  journal: Journal<State>,
  { first, last, refusal, answered, ...record }: CommandRecord,
  fingerprint: string | undefined,
): CommandReply<State> {
  if (fingerprint && record.fingerprint !== null && !isSameRequest(record.fingerprint, fingerprint)) {
    const detail = 'This key was used for another request.'
    return refused({ code: 'idempotency_key_reused', detail }, journal.cache.version)
  }
  const events = journal.log.eventsAfter(first - 1, last - first + 1, last)
  if (refusal) return { ...refused(refusal, last, events), repeated: true }
  const view = journal.viewAt(answered ?? last)
  if (!view) throw new Error(`${journal.aggregate.kind} has lost version ${answered ?? last}`)
  return { ok: true, view, events: events.map(replyEvent), repeated: true }
}

/** The reply that a decision would lead to if it were committed. */
export function preview<State>(
  journal: Journal<State>,
  id: string,
  { events, refusal }: Decision<DomainEvent>,
  now: Instant,
): CommandReply<State> {
  const { version } = journal.cache
  const numbered = events.map((event, index) => ({ ...event, version: version + 1 + index }))
  if (refusal) return refused(refusal, version, numbered)
  const view = existing(journal, journal.preview(id, events, now))
  return { ok: true, view, events: numbered.map(replyEvent), repeated: false }
}

function existing<State>(journal: AnyJournal, view: AggregateView<State> | null): AggregateView<State> {
  if (!view) throw new Error(`${journal.aggregate.kind} accepted its first command without an event`)
  return view
}
