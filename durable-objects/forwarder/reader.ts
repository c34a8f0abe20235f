import { backoffMs } from '../../shared/core/backoff.ts'
import type { CloudEvent } from '../../shared/core/cloud-event.ts'

import { readCloudEvent } from '../../shared/core/cloud-event-reading.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { eventId } from '../../shared/stream-names.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import { accountWith, saveAccount, withDelivered, withOwed } from './checkpoint.ts'
import type { StreamCheckpoint } from './checkpoint-store.ts'
import { complain, type ForwarderContext } from './context.ts'
import { reportDeadLetter, storeDeadLetter } from './dead-letters.ts'
import { type Course, missingVersions, nextVersion } from './stream-buffer.ts'

/** Logs read at the same time, and events of one log read at once. */
const READ_AT_ONCE = 8
const EVENTS_A_PAGE = 200
/** The longest that an aggregate may take to answer (ms). */
const READ_WITHIN = 10 * SECOND
/** The waits after a log that could not be read. */
const READ_RETRY = { firstMs: SECOND, maxMs: 5 * MINUTE } as const
/** Accounts looked up at once while what is owed is gone through. */
const ACCOUNTS_A_PAGE = 64
/** Why a message is refused that speaks of what never happened. */
export const NOT_IN_LOG = 'invalid: the log has no such version'

/**
 * Events of an aggregate's log after a version, as sinks get them; none at the log's end.
 *
 * @throws Error where the aggregate does not answer
 */
export async function readLog(
  env: Env,
  { kind, id }: Stream,
  page: { after: number; limit: number },
): Promise<{ event: CloudEvent; bytes: number }[]> {
  const texts = await withTimeLimit(
    anyAggregateStub(env, kind, id).published(page),
    READ_WITHIN,
    `reading the log of ${kind} ${id}`,
  )
  return texts.map((text) => ({
    event: readCloudEvent(text),
    bytes: Buffer.byteLength(text),
  }))
}

/** Reads from the logs what no message brought: gaps, and what is owed. */
export class ForwarderReader {
  readonly #context: ForwarderContext
  #reading = 0
  /** How far the accounts that are due have been gone through; `null` when nobody goes. */
  #sweep: { after: StreamCheckpoint | null; page: StreamCheckpoint[] } | null = null

  constructor(context: ForwarderContext) {
    this.#context = context
  }

  get isReading(): boolean {
    return this.#reading > 0
  }

  /** Goes through all that is due, once, whenever there is room for more. */
  sweep(): void {
    this.#sweep ??= { after: null, page: [] }
  }

  /** Begins to read as much as can be read side by side. */
  start(): void {
    const { memory, circuit } = this.#context
    while (this.#reading < READ_AT_ONCE && !circuit.isOpen(Date.now())) {
      // When nothing can be sent, one is read all the same: events in memory may wait for just that.
      const canWait = this.#reading > 0 || memory.ready.size > 0
      if (canWait && memory.bytes > memory.mostBytes / 2) return
      const course = this.#next()
      if (!course) return
      void this.#read(course)
    }
  }

  #next(): Course | null {
    const { memory } = this.#context
    for (;;) {
      const [hungry] = memory.hungry
      if (!hungry) {
        if (!this.#takeUpDue()) return null
        continue
      }
      memory.hungry.delete(hungry)
      const { tries, dueAt } = hungry.account
      if (tries === 0 || dueAt === null || dueAt <= Date.now()) return hungry
      // Its log could not be read a moment ago, and it is on the books.
      memory.forget(hungry)
    }
  }

  /** Takes up the next account that is due; false when there is none. */
  #takeUpDue(): boolean {
    const { ledger, memory, sinkName } = this.#context
    while (this.#sweep && sinkName !== null) {
      const { page, after } = this.#sweep
      const found = page.shift()
      if (!found) {
        const next = ledger.due(Date.now(), after, ACCOUNTS_A_PAGE)
        this.#sweep = next.length === 0 ? null : { after: next.at(-1) ?? null, page: next }
        continue
      }
      // It may have changed since the page was read.
      const stored = memory.course(found.stream) ? null : ledger.account(found.stream)
      if (!stored || stored.dueAt === null) continue
      const course = memory.open(accountWith(sinkName, stored.stream, stored, 0), stored)
      memory.sort(course)
      return true
    }
    return false
  }

  async #read(course: Course): Promise<void> {
    const { memory, source } = this.#context
    const { stream } = course.account
    this.#reading += 1
    course.isReading = true
    try {
      const after = nextVersion(course) - 1
      const limit = Math.min(missingVersions(course), EVENTS_A_PAGE)
      const found = await readLog(source.env, stream, { after, limit })
      course.isReading = false
      // It was let go of meanwhile.
      if (memory.course(stream) !== course) return
      for (const { event, bytes } of found) {
        const { sequence: version = 0 } = event
        if (version <= course.account.delivered || course.taken.has(version) || course.events.has(version))
          continue
        const facts = { course, version, event, bytes, filled: true }
        memory.add({ ...facts, number: null, isAccountedFor: false, waiting: [] })
      }
      if (found.length === 0 && !course.events.has(nextVersion(course))) await this.#correct(course)
      else memory.sort(course)
    } catch (fault) {
      course.isReading = false
      if (memory.course(stream) === course) this.#putOff(course, faultText(fault))
    } finally {
      this.#reading -= 1
      this.#context.proceed()
    }
  }

  /** Puts one aggregate off, by itself, for longer each time. */
  #putOff(course: Course, fault: string): void {
    const { memory, ledger, circuit } = this.#context
    const now = Date.now()
    circuit.note(fault, now)
    complain(ledger.totals.shard, 'log', fault)
    // What was missing may have come by itself meanwhile.
    if (course.events.has(nextVersion(course))) {
      memory.sort(course)
      return
    }
    const dueAt = now + backoffMs(READ_RETRY, course.account.tries + 1, Math.random())
    const account = {
      ...withOwed(course.account, course.wanted, now),
      tries: course.account.tries + 1,
      dueAt,
    }
    saveAccount(ledger, course, account)
    this.#context.arm()
    memory.forget(course)
  }

  /** The log ends before a version that somebody spoke of: that message was wrong, and the books follow the log. */
  async #correct(course: Course): Promise<void> {
    const { memory, ledger, source, sinkName } = this.#context
    const { stream } = course.account
    const sink = sinkName ?? ''
    const last = nextVersion(course) - 1
    const stray = [...course.events.values()].filter(({ version }) => version > last)
    const kept: { eventId: string; version: number; key: string }[] = []
    for (const { event, version } of stray) {
      const refused = { event, sink, reason: NOT_IN_LOG, position: { stream, version } }
      kept.push({ eventId: event.id, version, key: await storeDeadLetter(source, refused, Date.now()) })
    }
    if (stray.length === 0) {
      const id = eventId(stream.kind, stream.id, course.wanted)
      reportDeadLetter(source, { sink, eventId: id, eventType: 'unknown', reason: NOT_IN_LOG, key: '' })
    }
    ledger.transaction(() => {
      for (const { eventId, version, key } of kept)
        ledger.recordSetAside(
          { eventId, sink, position: { stream, version }, key, reason: NOT_IN_LOG },
          Date.now(),
        )
      ledger.totals.setAside += kept.length
      const account = withDelivered({ ...course.account, known: last }, course.account.delivered)
      saveAccount(ledger, course, account)
      ledger.saveTotals()
    })
    for (const entry of stray) entry.isAccountedFor = true
    memory.forget(course)
  }
}
