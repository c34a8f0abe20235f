import type { Stream } from '../../shared/core/projection.ts'
import type { StreamCheckpoint } from './checkpoint.ts'
import type { MemoryBudget } from './memory.ts'
import { StreamBuffer } from './stream-buffer.ts'

/**
 * The streams of which something is in memory, sorted by what they need next. Streams without an event in
 * memory are only recorded, and are read from their logs when their turn comes.
 */
export class StreamBuffers {
  readonly #budget: MemoryBudget
  readonly #buffers = new Map<string, StreamBuffer>()
  /** Streams whose next event can be sent, in the order they came. */
  readonly ready = new Set<StreamBuffer>()
  /** Streams whose next event has to be read, in the order they came. */
  readonly awaitingRead = new Set<StreamBuffer>()
  /** Streams whose log can be read on while their events are on their way, in the order they came. */
  readonly unfinished = new Set<StreamBuffer>()

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  /** Half of the memory for events is taken: nothing more is read that can wait. */
  get isHalfFull(): boolean {
    return this.#budget.isHalfTaken
  }

  get(stream: Stream): StreamBuffer | undefined {
    return this.#buffers.get(nameOf(stream))
  }

  /** Whether it has not been forgotten meanwhile. */
  has(buffer: StreamBuffer): boolean {
    return this.get(buffer.checkpoint.stream) === buffer
  }

  /** Opens the buffer of a stream; see the constructor of `StreamBuffer`. */
  open(checkpoint: StreamCheckpoint, stored: StreamCheckpoint | null): StreamBuffer {
    const buffer = new StreamBuffer(checkpoint, stored, this.#budget)
    this.#buffers.set(nameOf(checkpoint.stream), buffer)
    return buffer
  }

  /** Puts a buffer behind the others that need the same, and forgets it when it needs nothing. */
  sort(buffer: StreamBuffer): void {
    this.dequeue(buffer)
    const { status } = buffer
    if (status === 'ready') this.ready.add(buffer)
    else if (status === 'awaitingRead') this.awaitingRead.add(buffer)
    else if (status === 'idle') this.forget(buffer)
    if (buffer.canReadAhead && status !== 'awaitingRead') this.unfinished.add(buffer)
    else this.unfinished.delete(buffer)
  }

  /** Takes a buffer out of its queue: it is being read, or its events are on their way to the sink. */
  dequeue(buffer: StreamBuffer): void {
    this.ready.delete(buffer)
    this.awaitingRead.delete(buffer)
  }

  /** Lets go of a buffer and its events. What is recorded stays recorded. */
  forget(buffer: StreamBuffer): void {
    this.dequeue(buffer)
    this.unfinished.delete(buffer)
    buffer.clear()
    if (this.has(buffer)) this.#buffers.delete(nameOf(buffer.checkpoint.stream))
  }

  /** From now on all events go to the sink with this name. */
  useSink(name: string): void {
    for (const buffer of [...this.#buffers.values()]) {
      buffer.useSink(name)
      this.sort(buffer)
    }
  }

  /** Releases those who wait for any event. */
  release(): void {
    for (const buffer of this.#buffers.values()) buffer.release()
  }
}

function nameOf({ kind, id }: Stream): string {
  return `${kind} ${id}`
}
