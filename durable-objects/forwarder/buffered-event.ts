import type { CloudEvent } from '../../shared/core/cloud-event.ts'
import type { StreamBuffer } from './stream-buffer.ts'

/** Waits until each of several events is acknowledged, dead-lettered, or given up for now. */
export class AckBarrier {
  readonly done: Promise<void>
  readonly #resolve: () => void
  #pending = 0

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#resolve = resolve
  }

  /** How many events it still waits for. */
  get pending(): number {
    return this.#pending
  }

  add(): void {
    this.#pending += 1
  }

  release(): void {
    this.#pending -= 1
    if (this.#pending === 0) this.#resolve()
  }
}

/** An event in memory, on its way to the sink. */
export class BufferedEvent {
  readonly event: CloudEvent
  /** Length of its JSON. */
  readonly bytes: number
  /** The buffer of its stream; `null` for an unsequenced event. */
  readonly buffer: StreamBuffer | null
  /** Read from the aggregate's log: no message brought it, or there was no room for it. */
  readonly isBackfilled: boolean
  /** Its version in its stream; 0 for an unsequenced event. */
  readonly version: number
  readonly #barriers: AckBarrier[] = []
  #isResolved = false
  #rowNumber: number | null = null

  constructor(
    event: CloudEvent,
    bytes: number,
    place: { buffer: StreamBuffer; version: number; isBackfilled: boolean } | null = null,
  ) {
    this.event = event
    this.bytes = bytes
    this.buffer = place?.buffer ?? null
    this.version = place?.version ?? 0
    this.isBackfilled = place?.isBackfilled ?? false
  }

  /** Its stream and version; `null` for an unsequenced event. */
  get position() {
    return this.buffer && { stream: this.buffer.checkpoint.stream, version: this.version }
  }

  /** Nothing is left to record of it: acknowledged, dead-lettered, or (unsequenced) stored. */
  get isResolved(): boolean {
    return this.#isResolved
  }

  /** The row of an unsequenced event that is stored. */
  get rowNumber(): number | null {
    return this.#rowNumber
  }

  await(barrier: AckBarrier): void {
    barrier.add()
    this.#barriers.push(barrier)
  }

  /** Releases those who wait for it; it may still be sent later. */
  release(): void {
    for (const barrier of this.#barriers.splice(0)) barrier.release()
  }

  resolve(): void {
    this.#isResolved = true
    this.release()
  }

  /** Notes the row in which an unsequenced event is stored. */
  storedAs(rowNumber: number): void {
    this.#rowNumber = rowNumber
    this.resolve()
  }
}

/** How many bytes of events may be in memory, and how many are. */
export class MemoryBudget {
  readonly maxBytes: number
  #bytes = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
  }

  /** Half of it is taken: nothing more is read that can wait. */
  get isHalfTaken(): boolean {
    return this.#bytes > this.maxBytes / 2
  }

  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.maxBytes
  }

  take(bytes: number): void {
    this.#bytes += bytes
  }

  free(bytes: number): void {
    this.#bytes -= bytes
  }
}
