import type { Stream } from '../../shared/core/projection.ts'
import type { PublishedEvent } from '../../shared/core/wire/queue-message.ts'
import { isAggregateKind } from '../../shared/registry.ts'
import { checkpointFor, withBacklog } from './checkpoint.ts'
import { storeDeadLetter } from './dead-letters.ts'
import { AckBarrier } from './memory.ts'
import type { ForwarderParts } from './parts.ts'
import type { ForwarderSender } from './sender.ts'
import type { BufferedEvent, StreamBuffer } from './stream-buffer.ts'

/** After a wait in vain the next one is this many times shorter. */
const SLOW_SINK_DIVISOR = 10
/** So many streams without events in memory may wait to be read; the others are only recorded. */
const MAX_AWAITING_READ = 1_000
const UNKNOWN_KIND = 'invalid: there is no aggregate of this kind'

/** Receives messages: drops what the sink has, and waits until the rest is acknowledged or recorded. */
export class ForwarderIntake {
  readonly #parts: ForwarderParts
  readonly #sender: ForwarderSender
  readonly #ackTimeoutMs: number
  /** Whether the last wait was in vain: a slow sink must not make the queue slow as well. */
  #isSinkSlow = false

  /** @param ackTimeoutMs how long a call waits for the sink before the rest is recorded as backlog */
  constructor(parts: ForwarderParts, sender: ForwarderSender, ackTimeoutMs: number) {
    this.#parts = parts
    this.#sender = sender
    this.#ackTimeoutMs = ackTimeoutMs
  }

  /** Resolves when every message is recorded: the sink has it, or it is backlog. */
  async receive(messages: readonly PublishedEvent[]): Promise<void> {
    const { buffers, unsequenced, sink } = this.#parts
    // A checkpoint counts for a sink by its name.
    if (sink.name === null) await sink.open()
    const barrier = new AckBarrier()
    const touched = new Set<StreamBuffer>()
    const received = new Map<PublishedEvent, BufferedEvent>()
    const unroutable: PublishedEvent[] = []
    for (const message of messages) {
      const { stream, event } = message
      if (!stream) received.set(message, unsequenced.receive(event, barrier))
      else if (!isAggregateKind(stream.kind)) unroutable.push(message)
      else {
        const buffer = this.#receiveOne({ event, stream }, barrier)
        if (buffer) touched.add(buffer)
        const buffered = buffer?.event(stream.version)
        if (buffered) received.set(message, buffered)
      }
    }
    for (const buffer of touched) buffers.sort(buffer)
    this.#parts.proceed()
    if (barrier.pending > 0 && !sink.isDown) await this.#wait(barrier)
    this.#record(messages, received)
    for (const message of unroutable) await this.#deadLetter(message)
  }

  async #wait(barrier: AckBarrier): Promise<void> {
    const { promise: timeout, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(
      resolve,
      this.#isSinkSlow ? this.#ackTimeoutMs / SLOW_SINK_DIVISOR : this.#ackTimeoutMs,
    )
    await Promise.race([barrier.done, timeout])
    clearTimeout(timer)
    this.#isSinkSlow = barrier.pending > 0
  }

  /** Takes a message of a stream; `null` if nothing is to be done in memory. */
  #receiveOne(
    { stream, event }: PublishedEvent & { stream: NonNullable<PublishedEvent['stream']> },
    barrier: AckBarrier,
  ): StreamBuffer | null {
    const { buffers, store, sink } = this.#parts
    const { kind, id, version, confirmed = 0 } = stream
    let buffer = buffers.get(stream)
    if (!buffer) {
      const stored = store.checkpoint(stream)
      const checkpoint = checkpointFor(sink.name, { kind, id }, stored, confirmed)
      if (version <= checkpoint.acknowledged) store.countDropped()
      if (version <= checkpoint.acknowledged || checkpoint.heldAt !== null) return null
      buffer = buffers.open(checkpoint, stored)
    }
    if (buffer.isDone(version) || buffer.event(version)) store.countDropped()
    else buffer.receive(version, event)
    buffer.event(version)?.await(barrier)
    return buffer
  }

  /** Records as backlog what the sink does not have. */
  #record(messages: readonly PublishedEvent[], received: ReadonlyMap<PublishedEvent, BufferedEvent>): void {
    const { store, unsequenced } = this.#parts
    const now = Date.now()
    const newest = new Map<string, { stream: Stream; version: number; confirmed: number }>()
    let hasUnsequenced = false
    for (const message of messages) {
      const { stream } = message
      if (received.get(message)?.isResolved) continue
      if (!stream) hasUnsequenced = true
      if (!stream || !isAggregateKind(stream.kind)) continue
      const { kind, id, version, confirmed = 0 } = stream
      const name = JSON.stringify([kind, id])
      const known = newest.get(name)
      if (!known || known.version < version) newest.set(name, { stream: { kind, id }, version, confirmed })
    }
    store.transaction(() => {
      for (const { stream, version, confirmed } of newest.values())
        this.#recordOne(stream, version, confirmed, now)
      if (hasUnsequenced) {
        const inFlight = this.#sender.offered.filter(({ buffer, rowNumber }) => !buffer && rowNumber === null)
        unsequenced.store(inFlight, now)
      }
    })
    this.#parts.arm()
  }

  #recordOne(stream: Stream, version: number, confirmed: number, now: number): void {
    const { store, buffers, sink } = this.#parts
    const buffer = buffers.get(stream)
    const stored = buffer ? buffer.stored : store.checkpoint(stream)
    const checkpoint = buffer?.checkpoint ?? checkpointFor(sink.name, stream, stored, confirmed)
    const { acknowledged, lastSeenVersion, backlogSince } = checkpoint
    if (version > acknowledged && (backlogSince === null || version > lastSeenVersion)) {
      const next = withBacklog(checkpoint, version, now)
      store.save(stored, next)
      buffer?.recorded(next)
    }
    // With nothing of it in memory, it is read from its log in its turn.
    if (buffer?.isEmpty && (sink.isDown || buffers.awaitingRead.size > MAX_AWAITING_READ))
      buffers.forget(buffer)
  }

  /** Nothing of a kind that does not exist can be delivered, read, or confirmed. @throws Error if R2 is down */
  async #deadLetter({ stream, event }: PublishedEvent): Promise<void> {
    const { source, store, sink } = this.#parts
    const { kind = '', id = '', version = 0 } = stream ?? {}
    const position = { stream: { kind, id }, version }
    const record = await storeDeadLetter(source, {
      event,
      sink: sink.name ?? '',
      reason: UNKNOWN_KIND,
      position,
    })
    const now = Date.now()
    store.transaction(() => {
      store.recordDeadLetter(record, now)
      store.count({ setAside: 1 }, now)
    })
  }
}
