import { backoffMs } from '../../shared/core/backoff.ts'
import type { Stream } from '../../shared/core/projection.ts'
import { faultText } from '../../shared/core/text/text.ts'
import { MINUTE, SECOND } from '../../shared/core/time.ts'
import { readSerialized, type SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import { withTimeLimit } from '../../shared/ports/time-limit.ts'
import { eventId } from '../../shared/stream-names.ts'
import { anyAggregateStub } from '../addressing.ts'
import type { Env } from '../env.ts'
import { checkpointFor, type StreamCheckpoint, withAcknowledged, withBacklog } from './checkpoint.ts'
import { reportDeadLetter, type StoredDeadLetter, storeDeadLetter } from './dead-letters.ts'
import { type ForwarderParts, logForwarderError } from './parts.ts'
import type { StreamBuffer } from './stream-buffer.ts'

/** Logs that are read at the same time, and the most events of one read. */
const READ_CONCURRENCY = 8
const MAX_EVENTS_A_READ = 200
const READ_TIMEOUT_MS = 10 * SECOND
/** The waits after a log that could not be read. */
const READ_RETRY = { firstMs: SECOND, maxMs: 5 * MINUTE } as const
/** Checkpoints that are looked up at a time while the backlog is swept. */
const SWEEP_PAGE_SIZE = 64
/** Why a message is refused whose event never happened. */
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
): Promise<SerializedEvent[]> {
  const events: (SerializedEvent | string)[] = await withTimeLimit(
    anyAggregateStub(env, kind, id).published(page),
    READ_TIMEOUT_MS,
    `reading the log of ${kind} ${id}`,
  )
  // An object that still runs the release before, during a deployment, gives the texts alone.
  return events.map((event) => (typeof event === 'string' ? readSerialized(event) : event))
}

/** Reads from the logs what is not in memory: gaps, and the backlog. */
export class ForwarderReader {
  readonly #parts: ForwarderParts
  #reading = 0
  /** How far the sweep of due streams has come; `null` when there is none. */
  #sweep: { after: StreamCheckpoint | null; page: StreamCheckpoint[] } | null = null

  constructor(parts: ForwarderParts) {
    this.#parts = parts
  }

  get isReading(): boolean {
    return this.#reading > 0
  }

  /** Goes once through all streams that are due, as soon as there is room for each. */
  sweep(): void {
    this.#sweep ??= { after: null, page: [] }
  }

  /** Starts as many reads as may run at the same time. */
  start(): void {
    const { buffers, sink } = this.#parts
    while (this.#reading < READ_CONCURRENCY && !sink.isDown) {
      // With nothing to send, one log is read in any case: events in memory may wait for just that.
      const canWait = this.#reading > 0 || buffers.ready.size > 0
      if (canWait && buffers.isHalfFull) return
      const buffer = this.#next()
      if (!buffer) return
      void this.#read(buffer)
    }
  }

  #next(): StreamBuffer | null {
    const { buffers } = this.#parts
    for (;;) {
      const [buffer] = buffers.awaitingRead
      if (!buffer) {
        if (this.#openDue()) continue
        // Of a long log, the next page is read while the sink has the one before.
        const [unfinished] = buffers.unfinished
        if (!unfinished || buffers.isHalfFull) return null
        buffers.unfinished.delete(unfinished)
        return unfinished
      }
      buffers.dequeue(buffer)
      const { failedReads, dueAt } = buffer.checkpoint
      if (failedReads === 0 || dueAt === null || dueAt <= Date.now()) return buffer
      // Its log could not be read a moment ago, and the backlog is recorded.
      buffers.forget(buffer)
    }
  }

  /** Opens the next stream that is due; false when there is none. */
  #openDue(): boolean {
    const { store, buffers, sink } = this.#parts
    while (this.#sweep && sink.name !== null) {
      const { page, after } = this.#sweep
      const found = page.shift()
      if (!found) {
        const next = store.due(Date.now(), after, SWEEP_PAGE_SIZE)
        this.#sweep = next.length === 0 ? null : { after: next.at(-1) ?? null, page: next }
        continue
      }
      const stored = buffers.get(found.stream) ? null : store.current(found)
      if (!stored || stored.dueAt === null) continue
      buffers.sort(buffers.open(checkpointFor(sink.name, stored.stream, stored, 0), stored))
      return true
    }
    return false
  }

  async #read(buffer: StreamBuffer): Promise<void> {
    const { buffers, source } = this.#parts
    this.#reading += 1
    const { after, missing } = buffer.startRead()
    try {
      const limit = Math.min(missing, MAX_EVENTS_A_READ)
      const read = await readLog(source.env, buffer.checkpoint.stream, { after, limit })
      if (!buffers.has(buffer)) return
      if (buffer.finishRead(read)) buffers.sort(buffer)
      else await this.#endAtLog(buffer)
    } catch (fault) {
      buffer.failRead()
      if (buffers.has(buffer)) this.#postpone(buffer, faultText(fault))
    } finally {
      this.#reading -= 1
      this.#parts.proceed()
    }
  }

  /** Postpones one stream alone, for longer each time. */
  #postpone(buffer: StreamBuffer, fault: string): void {
    const { buffers, store, sink } = this.#parts
    sink.note(fault)
    logForwarderError(store.totals.shard, 'log', fault)
    // A message may have brought what was missing.
    if (buffer.status !== 'awaitingRead') {
      buffers.sort(buffer)
      return
    }
    const now = Date.now()
    const { checkpoint, stored, targetVersion } = buffer
    const next = {
      ...withBacklog(checkpoint, targetVersion, now),
      failedReads: checkpoint.failedReads + 1,
      dueAt: now + backoffMs(READ_RETRY, checkpoint.failedReads + 1, Math.random()),
    }
    store.save(stored, next)
    this.#parts.arm()
    buffers.forget(buffer)
  }

  /** The log ends before a version that a message named: that message is wrong, and the checkpoint follows the log. */
  async #endAtLog(buffer: StreamBuffer): Promise<void> {
    const { buffers, store, source, sink: connection } = this.#parts
    const { stream } = buffer.checkpoint
    const sink = connection.name ?? ''
    const last = buffer.nextVersion - 1
    const unroutable = buffer.eventsAfter(last)
    const records: StoredDeadLetter[] = []
    for (const { event, position } of unroutable)
      records.push(await storeDeadLetter(source, { event, sink, reason: NOT_IN_LOG, position }))
    if (unroutable.length === 0) {
      const id = eventId(stream.kind, stream.id, buffer.targetVersion)
      reportDeadLetter(source, { sink, eventId: id, eventType: 'unknown', reason: NOT_IN_LOG, key: '' })
    }
    const now = Date.now()
    store.transaction(() => {
      for (const record of records) store.recordDeadLetter(record, now)
      const { checkpoint, stored } = buffer
      store.save(stored, withAcknowledged({ ...checkpoint, lastSeenVersion: last }, checkpoint.acknowledged))
      store.count({ setAside: records.length }, now)
    })
    for (const event of unroutable) event.resolve()
    buffers.forget(buffer)
  }
}
