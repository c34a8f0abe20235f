import { mapBounded } from '../../shared/core/concurrency.ts'
import { faultText } from '../../shared/core/text/text.ts'
import type { EventSink, SinkOutcome } from '../../shared/ports/event-sink.ts'
import { withBacklog } from './checkpoint.ts'
import { type StoredDeadLetter, storeDeadLetter } from './dead-letters.ts'
import type { ForwarderParts } from './parts.ts'
import type { BufferedEvent, StreamBuffer } from './stream-buffer.ts'

/** Dead letters that are stored at the same time. */
const DEAD_LETTER_CONCURRENCY = 6

/** The largest share of a batch for unsequenced events while streams wait. */
const MAX_UNSEQUENCED_SHARE = 0.5

/** The result of the delivery of one event of a batch. */
type DeliveryResult =
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'deadLettered'; readonly record: StoredDeadLetter }
  | { readonly kind: 'failed'; readonly error: string; readonly untried?: boolean }

/** Sends one batch after the other, and records each result. */
export class ForwarderSender {
  readonly #parts: ForwarderParts
  readonly #strict: boolean
  /** The batch that is with the sink, or in doubt: offered again unchanged, before anything else. */
  offered: readonly BufferedEvent[] = []
  /** Ends with the last task that was given to `runExclusive`. */
  #last: Promise<void> = Promise.resolve()
  isRunning = false

  /** @param strict whether a dead letter holds up the later events of its stream */
  constructor(parts: ForwarderParts, strict: boolean) {
    this.#parts = parts
    this.#strict = strict
  }

  /** Runs a task while no other task uses a sink. */
  async runExclusive<Result>(task: () => Promise<Result>): Promise<Result> {
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

  /** Starts to send what can be sent, unless it runs already or the sink is down. */
  start(): void {
    const { buffers, unsequenced, sink } = this.#parts
    const hasWork = this.offered.length > 0 || buffers.ready.size > 0 || !unsequenced.isEmpty
    if (!this.isRunning && hasWork && !sink.isDown) void this.#run()
  }

  async #run(): Promise<void> {
    const { sink } = this.#parts
    this.isRunning = true
    try {
      let hasMore = true
      while (hasMore && !sink.isDown) hasMore = await this.runExclusive(() => this.#sendNext())
    } catch (fault) {
      // A defect, or storage that fails: the same batch is offered again.
      sink.failed(faultText(fault))
    } finally {
      this.isRunning = false
      this.#parts.proceed()
    }
  }

  /** Sends one batch; false when there is nothing to send, or no sink. */
  async #sendNext(): Promise<boolean> {
    const { sink } = this.#parts
    const opened = await sink.open()
    if (!opened) return false
    if (this.offered.length === 0) this.offered = composeBatch(this.#parts, opened.limits, this.#strict)
    const batch = this.offered
    if (batch.length === 0) return false
    const outcomes = await sink.deliver(
      opened,
      batch.map(({ event }) => event),
    )
    this.#applyResults(batch, await this.#resultsOf(opened.name, batch, outcomes))
    return true
  }

  /** The result of each event. Only those that were refused take time. */
  async #resultsOf(
    sink: string,
    batch: readonly BufferedEvent[],
    outcomes: readonly SinkOutcome[],
  ): Promise<DeliveryResult[]> {
    const results: DeliveryResult[] = []
    const refused: { index: number; event: BufferedEvent; reason: string }[] = []
    for (const [index, event] of batch.entries()) {
      const outcome = outcomes[index]
      if (!outcome) results.push(UNKNOWN)
      else if (outcome.delivered) results.push(ACKNOWLEDGED)
      else {
        const { kind, error, untried = false } = outcome
        results.push({ kind: 'failed', error, untried })
        if (kind === 'refused') refused.push({ index, event, reason: error })
      }
    }
    await mapBounded(refused, DEAD_LETTER_CONCURRENCY, async ({ index, event, reason }) => {
      results[index] = await this.#deadLetter(sink, event, reason)
    })
    return results
  }

  /** Stores a dead letter before anything moves: one that cannot be stored now is offered again. */
  async #deadLetter(
    sink: string,
    { event, position }: BufferedEvent,
    reason: string,
  ): Promise<DeliveryResult> {
    try {
      const record = await storeDeadLetter(this.#parts.source, { event, sink, reason, position })
      return { kind: 'deadLettered', record }
    } catch (thrown) {
      return { kind: 'failed', error: `a refused event could not be kept: ${faultText(thrown)}` }
    }
  }

  /** Records the results of a batch, all at once, and then applies them in memory. */
  #applyResults(batch: readonly BufferedEvent[], results: readonly DeliveryResult[]): void {
    const { store, buffers, unsequenced, sink, rate } = this.#parts
    const now = Date.now()
    const events = batch.map((event, index) => ({ event, result: results[index] ?? UNKNOWN }))
    const failed = events.flatMap(({ event, result }) =>
      result.kind === 'failed' ? [{ event, ...result }] : [],
    )
    const done = events.filter(({ result }) => result.kind !== 'failed')
    const acknowledged = done.filter(({ result }) => result.kind === 'acknowledged')
    const versions = new Map<StreamBuffer, number[]>()
    const held = new Map<StreamBuffer, number>()
    for (const { event, result } of done) {
      const { buffer, version } = event
      if (buffer && this.#strict && result.kind === 'deadLettered') held.set(buffer, version)
      else if (buffer) {
        const known = versions.get(buffer)
        known ? known.push(version) : versions.set(buffer, [version])
      }
    }
    const checkpoints = new Map([...versions].map(([buffer, done]) => [buffer, buffer.checkpointAfter(done)]))
    for (const [buffer, heldAt] of held)
      checkpoints.set(buffer, {
        ...withBacklog(buffer.checkpoint, buffer.targetVersion, now),
        heldAt,
        dueAt: null,
      })
    store.transaction(() => {
      for (const { event, result } of done) {
        if (result.kind === 'deadLettered') store.recordDeadLetter(result.record, now)
        if (event.rowNumber !== null) store.removeUnsequenced(event.rowNumber)
      }
      for (const [buffer, checkpoint] of checkpoints) store.save(buffer.stored, checkpoint)
      store.count(
        {
          delivered: acknowledged.length,
          filled: acknowledged.filter(({ event }) => event.isBackfilled).length,
          setAside: done.length - acknowledged.length,
        },
        now,
      )
    })
    rate.add(acknowledged.length, now)
    this.offered = failed.flatMap(({ event, untried }) => (untried ? [] : [event]))
    for (const [buffer, checkpoint] of checkpoints) {
      buffer.settle(versions.get(buffer) ?? [], checkpoint)
      if (held.has(buffer)) buffers.forget(buffer)
      else buffers.sort(buffer)
    }
    for (const { event } of done) if (!event.buffer) event.resolve()
    // Behind the others: what cannot be sent at all, such as to a missing topic, holds up nothing else.
    for (const { event, untried } of failed) {
      if (untried && event.buffer) event.buffer.putBack(event)
      if (untried && event.buffer && buffers.has(event.buffer)) buffers.sort(event.buffer)
      if (untried && !event.buffer) unsequenced.putBack(event)
    }
    const [failure] = failed
    if (!failure) sink.succeeded()
    else {
      for (const { event } of failed) event.release()
      sink.failed(failure.error, { partly: failed.length < batch.length })
    }
    this.#parts.proceed()
  }
}

const ACKNOWLEDGED: DeliveryResult = { kind: 'acknowledged' }
const UNKNOWN: DeliveryResult = { kind: 'failed', error: 'the sink gave no outcome' }

/**
 * Composes the next batch: unsequenced events, and of each stream that is ready its next events without a gap. In
 * strict order each stream gives one event only, so that none overtakes one that is refused.
 */
function composeBatch(
  { buffers, unsequenced }: ForwarderParts,
  limits: EventSink['limits'],
  strict: boolean,
): BufferedEvent[] {
  const batch: BufferedEvent[] = []
  let bytes = 0
  const add = (event: BufferedEvent): boolean => {
    if (batch.length > 0 && (batch.length >= limits.events || bytes + event.bytes > limits.bytes))
      return false
    batch.push(event)
    bytes += event.bytes
    event.buffer?.send(event)
    return true
  }
  const share = buffers.ready.size === 0 ? 1 : MAX_UNSEQUENCED_SHARE
  for (const event of unsequenced.next(Math.ceil(limits.events * share))) if (!add(event)) break
  unsequenced.take(batch.filter(({ rowNumber }) => rowNumber === null).length)
  for (const buffer of buffers.ready) {
    for (const event of buffer.sequence()) {
      if (!add(event)) return batch
      if (strict) break
    }
    // It is queued again, behind the others, when this batch is settled.
    buffers.dequeue(buffer)
  }
  return batch
}
