import type { PublishedMessage } from '../../shared/core/cloud-event.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { accountWith, withOwed } from './checkpoint.ts'
import { type ForwarderContext, openedSink } from './context.ts'
import { storeDeadLetter } from './dead-letters.ts'
import { takeOver } from './handover.ts'
import type { ForwarderSender } from './sender.ts'
import { type Course, type Entry, settle, type Waiting } from './stream-buffer.ts'

/** By so much the wait is shorter after one in vain. */
const SHORTER = 10
/** So many ids of events of no log are remembered, to drop those that come twice. */
const IDS_REMEMBERED = 1_000
/** So many aggregates without events in memory may wait to be read; more wait on the books. */
const MOST_HUNGRY = 1_000

/** Takes messages in: drops what was delivered before, and sees that the rest is delivered, or on the books. */
export class ForwarderIntake {
  readonly #context: ForwarderContext
  readonly #sender: ForwarderSender
  /** Events of no log that came last, by id. */
  readonly #recent = new Map<string, Entry>()

  readonly #patience: number
  /** Whether whoever waited last did so in vain: a slow sink is not to make the queue slow as well. */
  #isSinkSlow = false

  /** @param patience how long whoever brings messages waits for the sink (ms), before what is left is owed */
  constructor(context: ForwarderContext, sender: ForwarderSender, patience: number) {
    this.#context = context
    this.#sender = sender
    this.#patience = patience
  }

  /** Resolves when every message is on the books: the sink has it, or it is recorded as owed. */
  async take(messages: readonly PublishedMessage[]): Promise<void> {
    const context = this.#context
    // Accounts count for a sink by its name.
    if (context.sinkName === null) await openedSink(context)
    await takeOver(context, messages)
    const { promise, resolve } = Promise.withResolvers<void>()
    const waiting: Waiting = { left: 0, done: resolve }
    const courses = new Set<Course>()
    const entries = new Map<PublishedMessage, Entry>()
    const strays: PublishedMessage[] = []
    for (const message of messages) {
      const { stream, event } = message
      if (!stream) entries.set(message, this.#takeLoose(event, waiting))
      else if (!isAggregateKind(stream.kind)) strays.push(message)
      else {
        const course = this.#takeOne({ event, stream }, waiting)
        if (course) courses.add(course)
        const entry = course?.events.get(stream.version)
        if (entry) entries.set(message, entry)
      }
    }
    for (const course of courses) context.memory.sort(course)
    context.proceed()
    if (waiting.left > 0 && !context.circuit.isOpen(Date.now())) {
      const timer = setTimeout(resolve, this.#isSinkSlow ? this.#patience / SHORTER : this.#patience)
      await promise
      clearTimeout(timer)
      this.#isSinkSlow = waiting.left > 0
    }
    this.#book(messages, entries)
    for (const stray of strays) await this.#keepStray(stray)
  }

  #takeLoose(event: PublishedMessage['event'], waiting: Waiting): Entry {
    const { memory, ledger } = this.#context
    const known = this.#recent.get(event.id)
    if (known) {
      ledger.totals.dropped += 1
      if (!known.isAccountedFor) wait(known, waiting)
      return known
    }
    const bytes = Buffer.byteLength(JSON.stringify(event))
    const facts = { course: null, version: 0, event, bytes, filled: false }
    const entry: Entry = { ...facts, number: null, isAccountedFor: false, waiting: [] }
    this.#recent.set(event.id, entry)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > IDS_REMEMBERED && oldest !== undefined) this.#recent.delete(oldest)
    memory.add(entry)
    wait(entry, waiting)
    return entry
  }

  /** Takes a message of an aggregate up; `null` if nothing is to be done in memory. */
  #takeOne(
    { stream, event }: PublishedMessage & { stream: NonNullable<PublishedMessage['stream']> },
    waiting: Waiting,
  ): Course | null {
    const { memory, ledger, sinkName } = this.#context
    const { version, confirmed = 0 } = stream
    let course = memory.course(stream)
    if (!course) {
      const stored = ledger.account(stream)
      const account = accountWith(sinkName, { kind: stream.kind, id: stream.id }, stored, confirmed)
      if (version <= account.delivered) {
        ledger.totals.dropped += 1
        return null
      }
      if (account.heldAt !== null) return null
      course = memory.open(account, stored)
    }
    const known = course.events.get(version)
    if (version <= course.account.delivered || course.taken.has(version) || known) {
      ledger.totals.dropped += 1
      if (known) wait(known, waiting)
      return course
    }
    course.wanted = Math.max(course.wanted, version)
    const bytes = Buffer.byteLength(JSON.stringify(event))
    if (!memory.hasRoom(bytes)) return course
    const facts = { course, version, event, bytes, filled: false }
    const entry: Entry = { ...facts, number: null, isAccountedFor: false, waiting: [] }
    memory.add(entry)
    wait(entry, waiting)
    return course
  }

  /** Writes down as owed what the sink does not have. */
  #book(messages: readonly PublishedMessage[], entries: ReadonlyMap<PublishedMessage, Entry>): void {
    const { ledger } = this.#context
    const now = Date.now()
    const newest = new Map<string, { stream: Stream; version: number; confirmed: number }>()
    let hasLoose = false
    for (const message of messages) {
      const { stream } = message
      if (entries.get(message)?.isAccountedFor) continue
      if (!stream) hasLoose = true
      if (!stream || !isAggregateKind(stream.kind)) continue
      const { kind, id, version, confirmed = 0 } = stream
      const name = JSON.stringify([kind, id])
      const known = newest.get(name)
      if (!known || known.version < version) newest.set(name, { stream: { kind, id }, version, confirmed })
    }
    ledger.transaction(() => {
      for (const { stream, version, confirmed } of newest.values())
        this.#bookOne(stream, version, confirmed, now)
      if (hasLoose) this.#storeLoose(now)
    })
    this.#context.arm()
  }

  #bookOne(stream: Stream, version: number, confirmed: number, now: number): void {
    const { ledger, memory, circuit, sinkName } = this.#context
    const course = memory.course(stream)
    const stored = course ? course.stored : ledger.account(stream)
    const account = course?.account ?? accountWith(sinkName, stream, stored, confirmed)
    const isOnTheBooks =
      version <= account.delivered || (account.owedSince !== null && version <= account.known)
    if (!isOnTheBooks) {
      const owed = withOwed(account, version, now)
      ledger.save(stored, owed)
      if (course) {
        course.account = owed
        course.stored = owed
      }
    }
    // Nothing of it is in memory: it is read from its log in its turn.
    const isIdle = course && course.events.size === 0 && !course.isReading
    if (isIdle && (circuit.isOpen(now) || memory.hungry.size > MOST_HUNGRY)) memory.forget(course)
  }

  /** Stores the events of no log that are in memory, in the order they came. */
  #storeLoose(now: number): void {
    const { ledger, memory } = this.#context
    const offered = this.#sender.offered.filter(({ course, number }) => course === null && number === null)
    for (const entry of [...offered, ...memory.takeLoose()]) {
      entry.number = ledger.storeLoose(entry.event, now)
      entry.isAccountedFor = true
      settle(entry)
    }
  }

  /** Of a kind that does not exist: nothing can be delivered, read, or confirmed. @throws if R2 is down */
  async #keepStray({ stream, event }: PublishedMessage): Promise<void> {
    const { source, ledger, sinkName } = this.#context
    const { kind = '', id = '', version = 0 } = stream ?? {}
    const position = { stream: { kind, id }, version }
    const sink = sinkName ?? ''
    const reason = 'invalid: there is no aggregate of this kind'
    const now = Date.now()
    const key = await storeDeadLetter(source, { event, sink, reason, position }, now)
    ledger.transaction(() => {
      ledger.recordSetAside({ eventId: event.id, sink, position, key, reason }, now)
      ledger.totals.setAside += 1
      ledger.saveTotals()
    })
  }
}

function wait(entry: Entry, waiting: Waiting): void {
  waiting.left += 1
  entry.waiting.push(waiting)
}
