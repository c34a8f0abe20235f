import { HOUR, MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { type Env, isDevelopment } from '../env.ts'
import { findShard } from '../forwarder/forwarders.ts'
import { publicOrigin } from '../public-url.ts'
import type { AnyJournal } from './journal/journal.ts'
import type { Meter } from './meter.ts'
import { presentListing, publicationsOf, publishedEvent, sendsOf } from './publication.ts'

/** How long events are gathered in memory before they are published together (ms). */
const GATHER_MS = 500
/** The minimum between publications of a busy aggregate (ms). */
const MIN_PUBLISH_INTERVAL_MS = 2 * SECOND
/** How long after a commit the alarm does what memory has not done (ms), because the object crashed or was evicted. */
export const SAFETY_NET_MS = 30 * SECOND
/** The wait after a failed publication (ms); it doubles. What waits for longer than the net is left to the alarm. */
const RETRY_MS = 2 * SECOND
/** The longest wait between the alarm's failed publications (ms). */
const MAX_WAIT_MS = MINUTE
/** How long a publication may take (ms): less than the net. */
const SEND_TIMEOUT_MS = 20 * SECOND
/** When an unconfirmed event is sent again the first time (ms); doubles. A slow queue has not lost anything. */
const CONFIRM_TIMEOUT_MS = 5 * MINUTE
const MAX_RESEND_INTERVAL_MS = HOUR
/** In development, how long after a publication the queue is asked whether it has lost it (ms); doubles with each resend. */
const LOSS_CHECK_MS = 30 * SECOND
/** One publication has at most this many events; the next has the rest. */
const MAX_EVENTS = 1_000

/** What the publisher needs of its object. */
interface PublisherHost {
  /** Runs `publish`, and logs what it throws. */
  publish(): void
  /** Cursors have moved in memory. */
  moved(): void
}

/**
 * Follows the log into the queue, in version order and from memory: a commit is published a moment later, together with
 * those that follow it. The alarm publishes only what a crash or an eviction has left. An event counts as published when
 * the consumer has confirmed that a forwarder has recorded it; until then it is sent again at growing intervals. A queue
 * that loses messages delays events and never drops them. The local queue does so whenever its process ends; it is asked,
 * so that nobody waits for minutes after a restart: it has lost what is not confirmed while it is empty.
 */
export class Publisher {
  readonly #env: Env
  readonly #journal: AnyJournal
  readonly #meter: Meter
  readonly #host: PublisherHost
  /** Versions confirmed before an older one. */
  readonly #confirmed = new Set<number>()
  #isGathering = false
  #isSending = false
  /** When the alarm publishes unsent events (Unix ms). */
  #dueAt: number | null = null
  /** The alarm tries nothing before (Unix ms). */
  #notBefore = 0
  /** Failed tries in a row. */
  #failures = 0
  /** When events were last sent (Unix ms). */
  #sentAt = 0
  /** The local queue is not asked before (Unix ms). */
  #notAskedBefore = 0

  constructor(env: Env, journal: AnyJournal, meter: Meter, host: PublisherHost) {
    this.#env = env
    this.#journal = journal
    this.#meter = meter
    this.#host = host
  }

  /** Schedules the publication of appended events. */
  appended(): void {
    this.#dueAt ??= Date.now() + SAFETY_NET_MS
    this.#gather()
  }

  /** When the alarm has something to send (Unix ms); `null` when all is confirmed. */
  nextDue(): number | null {
    const { version, cursors } = this.#journal.cache
    const due: number[] = []
    if (version > cursors.sent) due.push(this.#dueAt ?? Date.now())
    const resendDue = this.#resendDue()
    if (resendDue !== null) due.push(resendDue)
    return due.length === 0 ? null : Math.max(Math.min(...due), this.#notBefore)
  }

  /** Whether there are events that have not been sent, or not been confirmed in time. */
  isBehind(): boolean {
    const resendDue = this.#resendDue()
    const isDue = resendDue !== null && resendDue <= Date.now()
    return isDue || this.#journal.cache.version > this.#journal.cache.cursors.sent
  }

  /** Sends events that have not been sent, or not been confirmed in time. @throws Error if the queue does not take them */
  async publish(): Promise<void> {
    if (this.#journal.cache.id === null || this.#isSending || !this.isBehind()) return
    const now = Date.now()
    this.#isSending = true
    this.#notBefore = now + SAFETY_NET_MS
    try {
      await this.#askForLoss(now)
      await withTimeLimit(this.#send(now), SEND_TIMEOUT_MS, 'publication')
    } catch (fault) {
      this.#notBefore = now + Math.min(SAFETY_NET_MS * 2 ** this.#failures, MAX_WAIT_MS)
      this.#failures += 1
      this.#gather()
      throw fault
    } finally {
      this.#isSending = false
    }
    this.#failures = 0
    this.#notBefore = 0
    this.#sentAt = now
    this.#dueAt = null
    if (this.#journal.cache.version > this.#journal.cache.cursors.sent) this.appended()
    this.#host.moved()
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

  /** Confirms versions that a forwarder has recorded. Returns whether the cursor has moved. */
  confirm(versions: readonly number[]): boolean {
    const { cursors, version } = this.#journal.cache
    for (const confirmed of versions)
      if (cursors.published < confirmed && confirmed <= version) this.#confirmed.add(confirmed)
    let { published } = cursors
    while (this.#confirmed.delete(published + 1)) published += 1
    if (published === cursors.published) return false
    const sent = Math.max(cursors.sent, published)
    const resendAt = published < sent ? Date.now() + CONFIRM_TIMEOUT_MS : null
    this.#journal.moveCursors({ published, sent, resends: 0, resendAt })
    return true
  }

  /** Publishes from memory after a while. No alarm is set for it, and nothing is written. */
  #gather(): void {
    const sinceSent = Date.now() - this.#sentAt
    const waitMs =
      this.#failures > 0
        ? RETRY_MS * 2 ** (this.#failures - 1)
        : Math.max(GATHER_MS, MIN_PUBLISH_INTERVAL_MS - Math.max(sinceSent, 0))
    if (this.#isGathering || waitMs >= SAFETY_NET_MS) return
    this.#isGathering = true
    setTimeout(() => {
      this.#isGathering = false
      this.#host.publish()
    }, waitMs)
  }

  /** When unconfirmed events are sent again, or the local queue is asked for them (Unix ms); `null` without any. */
  #resendDue(): number | null {
    const { published, sent, resendAt, resends } = this.#journal.cache.cursors
    if (published >= sent || resendAt === null) return null
    if (!isDevelopment(this.#env)) return resendAt
    const askedAt = resendAt - resendWaitMs(resends) + LOSS_CHECK_MS * 2 ** resends
    return Math.min(resendAt, Math.max(askedAt, this.#notAskedBefore))
  }

  /** Makes unconfirmed events due where the local queue has nothing left to deliver. */
  async #askForLoss(now: number): Promise<void> {
    const due = this.#resendDue()
    if (due === null || due > now || this.#isResendDue()) return
    this.#notAskedBefore = now + LOSS_CHECK_MS
    const { backlogCount } = await withTimeLimit(this.#env.EVENTS.metrics(), SEND_TIMEOUT_MS, 'queue metrics')
    if (backlogCount === 0) this.#journal.moveCursors({ resendAt: now })
  }

  #isResendDue(): boolean {
    const { published, sent, resendAt } = this.#journal.cache.cursors
    return published < sent && resendAt !== null && resendAt <= Date.now()
  }

  async #send(now: number): Promise<void> {
    const { aggregate, log, cache } = this.#journal
    const { id, cursors } = cache
    if (id === null) return
    const isAgain = this.#isResendDue()
    const isAwaiting = cursors.published < cursors.sent
    const shard = cache.shard ?? (await this.shard()) ?? undefined
    const stored = log.eventsAfter(isAgain ? cursors.published : cursors.sent, MAX_EVENTS)
    const missing = stored.filter(({ version }) => !this.#confirmed.has(version))
    const published = { aggregate, id, origin: publicOrigin(this.#env) }
    const present = presentListing(this.#journal)
    const messages = publicationsOf(
      { stream: { kind: aggregate.kind, id }, shard, confirmed: cursors.published },
      missing.map((one) => publishedEvent(published, one)),
      present ? { version: present.version, text: present.listing } : undefined,
    )
    for (const batch of sendsOf(messages)) {
      this.#meter.queueSends += 1
      await this.#env.EVENTS.sendBatch(
        batch.map(({ text: body }) => ({ body, contentType: 'text' as const })),
      )
    }
    // Read again: confirmations may have arrived during the send.
    const sent = Math.max(this.#journal.cache.cursors.sent, stored.at(-1)?.version ?? 0)
    this.#journal.moveCursors({ sent })
    const { published: confirmed, resends, resendAt } = this.#journal.cache.cursors
    // New events do not postpone a resend: a busy aggregate would never send again.
    if (confirmed === sent || (isAwaiting && !isAgain && resendAt !== null)) return
    const again = isAgain ? resends + 1 : 0
    this.#journal.moveCursors({ resends: again, resendAt: now + resendWaitMs(again) })
  }
}

/** How long after a publication its events are sent again if they are not confirmed (ms), by how often they were. */
function resendWaitMs(resends: number): number {
  return Math.min(CONFIRM_TIMEOUT_MS * 2 ** resends, MAX_RESEND_INTERVAL_MS)
}
