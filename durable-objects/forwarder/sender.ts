import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/text/fault-text.ts'
import type { SinkOutcome } from '../../shared/ports/event-sink.ts'
import { composeBatch } from './batch.ts'
import { saveAccount, withDelivered, withOwed } from './checkpoint.ts'
import { type ForwarderContext, openedSink, sinkFailed } from './context.ts'
import { storeDeadLetter } from './dead-letters.ts'
import { type Course, type Entry, settle } from './stream-buffer.ts'

/** Refused events that are kept at the same time. */
const KEEP_AT_ONCE = 6

/** What became of one entry of a batch. */
type Fate =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'kept'; readonly key: string; readonly reason: string }
  | { readonly kind: 'again'; readonly error: string; readonly untried?: boolean }

/** Sends batches one after the other, and moves the ledger after each. */
export class ForwarderSender {
  readonly #context: ForwarderContext
  /** What is with the sink, or came back: offered again before anything else, exactly as it was. */
  #offered: readonly Entry[] = []
  /** Ends with the last of those who take turns at the sink. */
  #last: Promise<void> = Promise.resolve()
  #isRunning = false

  constructor(context: ForwarderContext) {
    this.#context = context
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  get offered(): readonly Entry[] {
    return this.#offered
  }

  /** Runs a task when nobody else is at the sink. */
  async turn<Result>(task: () => Promise<Result>): Promise<Result> {
    const before = this.#last
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#last = promise
    await before
    try {
      return await task()
    } finally {
      resolve()
    }
  }

  /** Begins to send what can be sent, unless that is under way or the sink does not answer. */
  start(): void {
    const { memory, ledger, circuit } = this.#context
    const hasWork =
      this.#offered.length > 0 || memory.ready.size > 0 || memory.loose.length > 0 || ledger.loose > 0
    if (!this.#isRunning && hasWork && !circuit.isOpen(Date.now())) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    try {
      let isGoingOn = true
      while (isGoingOn && !this.#context.circuit.isOpen(Date.now()))
        isGoingOn = await this.turn(() => this.#sendNext())
    } catch (fault) {
      // A defect, or storage that fails: what was offered is offered again.
      sinkFailed(this.#context, faultText(fault))
    } finally {
      this.#isRunning = false
      this.#context.proceed()
    }
  }

  /** Sends one batch; false when there is nothing to send, or nobody to send it to. */
  async #sendNext(): Promise<boolean> {
    const { memory, ledger, holder, strict } = this.#context
    const sink = await openedSink(this.#context)
    if (!sink) return false
    if (this.#offered.length === 0) this.#offered = composeBatch(memory, ledger, sink.limits, { strict })
    const batch = this.#offered
    if (batch.length === 0) return false
    const outcomes = await holder.deliver(
      sink,
      batch.map(({ event }) => event),
    )
    const fates = await mapBounded([...batch.entries()], KEEP_AT_ONCE, ([index, entry]) =>
      this.#fateOf(sink.name, entry, outcomes[index]),
    )
    this.#conclude(sink.name, batch, fates)
    return true
  }

  /** Keeps what was refused before anything moves: what cannot be kept now is offered once more. */
  async #fateOf(sink: string, entry: Entry, outcome: SinkOutcome | undefined): Promise<Fate> {
    if (!outcome) return { kind: 'again', error: 'the sink gave no outcome' }
    if (outcome.delivered) return { kind: 'delivered' }
    const { kind, error: reason, untried = false } = outcome
    if (kind === 'retry') return { kind: 'again', error: reason, untried }
    const { event } = entry
    const refused = { event, sink, reason, position: positionOf(entry) }
    try {
      return { kind: 'kept', key: await storeDeadLetter(this.#context.source, refused, Date.now()), reason }
    } catch (thrown) {
      return { kind: 'again', error: `a refused event could not be kept: ${faultText(thrown)}` }
    }
  }

  /** Moves the ledger, all of a batch at once, and then what is in memory. */
  #conclude(sink: string, batch: readonly Entry[], fates: readonly Fate[]): void {
    const { ledger, memory, circuit, rate } = this.#context
    const now = Date.now()
    const courses = new Set<Course>()
    const failed = batch.filter((_, index) => fates[index]?.kind === 'again')
    const untried = new Set(batch.filter((_, index) => isUntried(fates[index])))
    const delivered = fates.filter(({ kind }) => kind === 'delivered').length
    ledger.transaction(() => {
      for (const [index, entry] of batch.entries()) {
        const fate = fates[index]
        if (!fate || fate.kind === 'again') continue
        if (fate.kind === 'kept') this.#recordSetAside(sink, entry, fate, now)
        else if (entry.filled) ledger.totals.filled += 1
        const { course, version, number } = entry
        if (number !== null) ledger.removeLoose(number)
        if (!course || course.isHandedOver) continue
        courses.add(course)
        if (fate.kind === 'kept' && this.#context.strict)
          course.account = { ...withOwed(course.account, course.wanted, now), heldAt: version, dueAt: null }
        else course.taken.add(version)
      }
      for (const course of courses) {
        let { delivered } = course.account
        while (course.taken.delete(delivered + 1)) delivered += 1
        const isHeld = course.account.heldAt !== null
        saveAccount(ledger, course, isHeld ? course.account : withDelivered(course.account, delivered))
      }
      ledger.totals.delivered += delivered
      if (delivered > 0) ledger.totals.lastDeliveredAt = now
      ledger.saveTotals()
    })
    rate.add(delivered, now)
    this.#offered = failed.filter((entry) => !untried.has(entry))
    for (const [index, entry] of batch.entries()) {
      if (fates[index]?.kind === 'again') continue
      if (entry.course) memory.remove(entry.course, entry)
      else entry.isAccountedFor = true
      settle(entry)
    }
    for (const course of courses) course.account.heldAt === null ? memory.sort(course) : memory.forget(course)
    // Behind the others: what cannot be sent at all, such as to a topic that is missing, holds up nothing else.
    for (const entry of untried) {
      const { course } = entry
      if (course && memory.course(course.account.stream) === course) memory.sort(course)
      else if (!course && entry.number === null) memory.add(entry)
    }
    const failure = fates.find((fate) => fate.kind === 'again')
    if (failure?.kind !== 'again') circuit.succeeded()
    else {
      for (const entry of failed) settle(entry)
      sinkFailed(this.#context, failure.error, { partly: failed.length < batch.length })
    }
    this.#context.proceed()
  }

  #recordSetAside(sink: string, entry: Entry, { key, reason }: Fate & { kind: 'kept' }, now: number): void {
    const { ledger } = this.#context
    const { event } = entry
    ledger.recordSetAside({ eventId: event.id, sink, position: positionOf(entry), key, reason }, now)
    ledger.totals.setAside += 1
  }
}

function isUntried(fate: Fate | undefined): boolean {
  return fate?.kind === 'again' && fate.untried === true
}

function positionOf({ course, version }: Entry) {
  return course && { stream: course.account.stream, version }
}
