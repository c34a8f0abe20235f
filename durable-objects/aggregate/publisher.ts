import { type AnyAggregate, schemaVersion } from '../../shared/core/aggregate.ts'
import { batchesOf } from '../../shared/core/batches.ts'
import { type CloudEvent, cloudEventOf, type PublishedMessage } from '../../shared/core/cloud-event.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Env } from '../env.ts'
import { findShard } from '../forwarder/forwarders.ts'
import type { AnyJournal } from './journal/journal.ts'
import { withoutPersonalData } from './journal/personal-data.ts'
import type { StoredEvent } from './journal/stored-rows.ts'
import type { Meter } from './meter.ts'

/** How long events are collected before they are published together (ms). */
const GATHER_MS = 1_000
/** The minimum between publications of a busy aggregate (ms): each costs commits. */
const MIN_PUBLISH_INTERVAL_MS = 5_000
/** The longest wait between failed publications (ms). */
const MAX_WAIT_MS = 60_000
/** When an unconfirmed event is sent again the first time (ms); doubles up to an hour. */
const CONFIRM_TIMEOUT_MS = 30_000
const MAX_RESEND_INTERVAL_MS = 60 * 60_000
/** One alarm publishes at most this many events; the next alarm publishes the rest. */
const MAX_EVENTS_PER_ALARM = 1_000
/** Limits of one send to a queue: messages, and bytes with room for the queue's own overhead. */
const SEND_LIMITS = { count: 100, bytes: 200_000 } as const
/** The largest page that a forwarder reads of a log: it reads several at a time, and has 128 MB of memory. */
const MAX_PAGE_CHARACTERS = 500_000

/**
 * Follows the log into the queue, in version order. An event counts as published when the consumer has
 * confirmed that a forwarder has recorded it; until then it is sent again at growing intervals. A queue that loses
 * messages (the local one does, in a crash) delays events and never drops them.
 */
export class Publisher {
  readonly #env: Env
  readonly #journal: AnyJournal
  readonly #meter: Meter
  /** Versions confirmed before an older one. */
  readonly #confirmed = new Set<number>()
  /** When unsent events are due (Unix ms). */
  #dueAt: number | null = null
  /** Failed tries in a row. */
  #failures = 0
  /** When events were last sent (Unix ms). */
  #sentAt = 0

  constructor(env: Env, journal: AnyJournal, meter: Meter) {
    this.#env = env
    this.#journal = journal
    this.#meter = meter
  }

  /** Schedules the publication of appended events. */
  appended(): void {
    this.#dueAt ??= Math.max(Date.now() + GATHER_MS, this.#sentAt + MIN_PUBLISH_INTERVAL_MS)
  }

  /** When the next send is due (Unix ms); `null` when all is confirmed. */
  nextDue(): number | null {
    const { version, cursors } = this.#journal.cache
    if (version > cursors.sent) return this.#dueAt ?? Date.now()
    if (cursors.published === cursors.sent || cursors.resendAt === null) return null
    // A resend that failed waits, too: its own time has passed, and the alarm would fire without end.
    return Math.max(cursors.resendAt, this.#failures > 0 ? (this.#dueAt ?? 0) : 0)
  }

  /** Sends events that have not been sent, or not been confirmed in time. */
  async publish(): Promise<void> {
    const { id, version, cursors } = this.#journal.cache
    if (id === null) return
    const now = Date.now()
    const awaiting = cursors.published < cursors.sent
    const again = awaiting && cursors.resendAt !== null && cursors.resendAt <= now
    const from = again ? cursors.published : cursors.sent
    if (from === version) return
    const { aggregate, log } = this.#journal
    const stored = log.eventsAfter(from, MAX_EVENTS_PER_ALARM)
    // If the queue or the disk fails, the next try follows after a growing wait, whatever is appended meanwhile.
    this.#dueAt = now + Math.min(GATHER_MS * 2 ** this.#failures, MAX_WAIT_MS)
    this.#failures += 1
    const shard = this.#journal.cache.shard ?? (await this.shard()) ?? undefined
    const missing = stored.filter(({ version }) => !this.#confirmed.has(version))
    for (const batch of sendsOf(
      missing.map((one) => ({
        stream: { kind: aggregate.kind, id, version: one.version, confirmed: cursors.published, shard },
        event: toCloudEvent(aggregate, id, withoutPersonalData(aggregate, one)),
      })),
    )) {
      this.#meter.queueSends += 1
      await this.#env.EVENTS.sendBatch(batch.map((body) => ({ body, contentType: 'json' as const })))
    }
    // Read again: confirmations may have arrived during the send.
    const present = this.#journal.cache.cursors
    const sent = Math.max(present.sent, stored.at(-1)?.version ?? 0)
    this.#journal.moveCursors({ sent })
    // New events do not postpone a resend: a busy aggregate would never send again.
    if (again || !awaiting || present.resendAt === null) {
      const resends = again ? present.resends + 1 : 0
      const resendAt = now + Math.min(CONFIRM_TIMEOUT_MS * 2 ** resends, MAX_RESEND_INTERVAL_MS)
      this.#journal.moveCursors({ resends, resendAt })
    }
    this.#journal.saveCursors()
    this.#failures = 0
    this.#sentAt = now
    this.#dueAt = stored.length === MAX_EVENTS_PER_ALARM ? now + GATHER_MS : null
    if (sent < this.#journal.cache.version) this.appended()
  }

  /**
   * The number of this stream's forwarder; `null` before the first commit. A stream that an earlier release created
   * without one gets it here.
   */
  async shard(): Promise<number | null> {
    const { id, shard } = this.#journal.cache
    if (id === null || shard !== null) return shard
    const found = await findShard(this.#env, { kind: this.#journal.aggregate.kind, id })
    this.#journal.saveShard(found)
    return found
  }

  /** Confirms versions that a forwarder has recorded. Returns whether all are confirmed now. */
  confirm(versions: readonly number[]): boolean {
    const { cursors, version } = this.#journal.cache
    for (const confirmed of versions) if (confirmed > cursors.published) this.#confirmed.add(confirmed)
    let { published } = cursors
    while (this.#confirmed.delete(published + 1)) published += 1
    if (published === cursors.published) return false
    const sent = Math.max(cursors.sent, published)
    const resendAt = published < sent ? Date.now() + CONFIRM_TIMEOUT_MS : null
    this.#journal.moveCursors({ published, sent, resends: 0, resendAt })
    // Otherwise the next send stores the cursors; a crash before it only causes a resend.
    if (sent === version) this.#journal.saveCursors()
    return published === version
  }
}

/** An event of a log as it is read outside the object: history, queue, replay. */
export function toCloudEvent(
  aggregate: Pick<AnyAggregate, 'kind' | 'context' | 'errorEvents' | 'upcasters'>,
  id: string,
  { version, time, type, data, trace }: StoredEvent,
): CloudEvent {
  const category = aggregate.errorEvents?.includes(type) ? 'error' : 'business'
  const { kind, context } = aggregate
  const stream = streamName(kind, id)
  const event = { type, schemaVersion: schemaVersion(aggregate, type), data }
  return cloudEventOf({ stream, context, id, version, time, event, category, trace })
}

/** Stored events as sinks get them: one page of limited size, with at least one event if there is one. */
export function publishedPage(aggregate: AnyAggregate, id: string, stored: readonly StoredEvent[]): string[] {
  const page: string[] = []
  let length = 0
  for (const one of stored) {
    const text = JSON.stringify(toCloudEvent(aggregate, id, withoutPersonalData(aggregate, one)))
    length += text.length
    if (page.length > 0 && length > MAX_PAGE_CHARACTERS) break
    page.push(text)
  }
  return page
}

/** Cuts messages into sends within the queue's limits. */
export function sendsOf(messages: readonly PublishedMessage[]): PublishedMessage[][] {
  // Two bytes a character: more than UTF-8 needs for nearly all text, and cheap to compute.
  return batchesOf(messages, (message) => JSON.stringify(message).length * 2, SEND_LIMITS)
}
