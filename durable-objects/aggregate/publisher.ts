import { type Aggregate, type AnyAggregate, schemaVersion } from '../../shared/core/aggregate.ts'
import { batchesOf } from '../../shared/core/batches.ts'
import { type CloudEvent, cloudEventOf, type PublishedMessage } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { streamName } from '../../shared/stream-names.ts'
import type { Journal } from './journal/journal.ts'
import { withoutPersonalData } from './journal/personal-data.ts'
import type { StoredEvent } from './journal/stored-rows.ts'
import type { Meter } from './meter.ts'

/** How long events are gathered before they are published (ms): one send then carries many. */
const GATHER_MS = 1_000
/** A busy aggregate is published no more often than this (ms): each publication costs commits. */
const MIN_PUBLISH_INTERVAL_MS = 5_000
/** The longest wait between failed publications (ms). */
const MAX_WAIT_MS = 60_000
/** When an unconfirmed event is sent again the first time (ms); doubles up to an hour. */
const CONFIRM_TIMEOUT_MS = 30_000
const MAX_RESEND_INTERVAL_MS = 60 * 60_000
/** At most so many events are published by one alarm; the next takes the rest. */
const MAX_EVENTS_PER_ALARM = 1_000
/** Limits of one send to a queue: messages, and bytes with room for the queue's own overhead. */
const SEND_LIMITS = { count: 100, bytes: 200_000 } as const
/** How much a forwarder reads of a log at once: it reads several at a time, and has 128 MB of memory. */
const MAX_PAGE_CHARACTERS = 500_000

/**
 * Follows the log into the queue, in version order. An event counts as published when the consumer has
 * confirmed that a forwarder has recorded it; until then it is sent again, ever less often. So a queue that loses
 * its messages (the local one does, in a crash) delays an event and never drops it.
 */
export class Publisher<State> {
  readonly #journal: Journal<State>
  readonly #queue: Queue<PublishedMessage>
  readonly #meter: Meter
  readonly #findShard: (stream: Stream) => Promise<number>
  /** Versions confirmed ahead of an older one that is still on its way. */
  readonly #confirmed = new Set<number>()
  /** When unsent events are due (Unix ms). */
  #dueAt: number | null = null
  /** Failed tries in a row. */
  #failures = 0
  /** When events were last sent (Unix ms). */
  #sentAt = 0

  /** @param findShard for a stream that an earlier release created without a shard */
  constructor(
    journal: Journal<State>,
    queue: Queue<PublishedMessage>,
    meter: Meter,
    findShard: (stream: Stream) => Promise<number>,
  ) {
    this.#journal = journal
    this.#queue = queue
    this.#meter = meter
    this.#findShard = findShard
  }

  /** Events were appended: they are sent after a short wait for more. */
  appended(): void {
    this.#dueAt ??= Math.max(Date.now() + GATHER_MS, this.#sentAt + MIN_PUBLISH_INTERVAL_MS)
  }

  /** When there is something to send (Unix ms); `null` when all is confirmed. */
  nextDue(): number | null {
    const { version, cursors } = this.#journal.cache
    if (version > cursors.sent) return this.#dueAt ?? Date.now()
    return cursors.published < cursors.sent ? cursors.resendAt : null
  }

  /** Sends what has not been sent, or not been confirmed in time. */
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
    // Should the queue refuse, or the disk, the next try comes after a wait that grows; events keep coming meanwhile.
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
      await this.#queue.sendBatch(batch.map((body) => ({ body, contentType: 'json' as const })))
    }
    // Read anew: confirmations may have come while the queue was sending.
    const present = this.#journal.cache.cursors
    const sent = Math.max(present.sent, stored.at(-1)?.version ?? 0)
    this.#journal.moveCursors({ sent })
    // New events do not put off what was sent before them: a busy aggregate would never send it again.
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
   * The number of this stream's forwarder; `null` before the first commit. A stream of an earlier release gets it
   * here, before anything is sent under it.
   */
  async shard(): Promise<number | null> {
    const { id, shard } = this.#journal.cache
    if (id === null || shard !== null) return shard
    const found = await this.#findShard({ kind: this.#journal.aggregate.kind, id })
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
    // With more on its way the next send stores this too; a crash before it only sends again.
    if (sent === version) this.#journal.saveCursors()
    return published === version
  }
}

/** An event of a log as it is read by everyone outside: history, queue, replay. */
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

/** Stored events as sinks get them, up to about so many bytes: a page of one read. At least one, if there is one. */
export function publishedPage<State>(
  aggregate: Aggregate<State>,
  id: string,
  stored: readonly StoredEvent[],
): string[] {
  const page: string[] = []
  let length = 0
  for (const one of stored) {
    const text = JSON.stringify(toCloudEvent(aggregate, id, withoutPersonalData(aggregate, one)))
    if (page.length > 0 && length + text.length > MAX_PAGE_CHARACTERS) break
    page.push(text)
    length += text.length
  }
  return page
}

/** Cuts messages into sends that a queue takes. */
export function sendsOf(messages: readonly PublishedMessage[]): PublishedMessage[][] {
  // Two bytes a character: more than UTF-8 needs for nearly all text, and cheap to compute.
  return batchesOf(messages, (message) => JSON.stringify(message).length * 2, SEND_LIMITS)
}
