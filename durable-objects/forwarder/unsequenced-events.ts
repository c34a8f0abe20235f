import type { SerializedEvent } from '../../shared/core/wire/serialized-event.ts'
import type { CheckpointStore } from './checkpoint-store.ts'
import type { AckBarrier, MemoryBudget } from './memory.ts'
import { BufferedEvent } from './stream-buffer.ts'

/** So many ids are kept, to drop events that come twice. */
const MAX_RECENT_IDS = 1_000
/** Stored events that are read at a time. */
const PAGE_SIZE = 200

/** Events of no stream, in the order they came: those that are stored first, then those in memory. */
export class UnsequencedEvents {
  readonly #store: CheckpointStore
  readonly #budget: MemoryBudget
  readonly #waiting: BufferedEvent[] = []
  readonly #recent = new Map<string, BufferedEvent>()

  constructor(store: CheckpointStore, budget: MemoryBudget) {
    this.#store = store
    this.#budget = budget
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#store.unsequenced === 0
  }

  /** Takes an event, unless it came before. The barrier waits for it where it is on its way. */
  receive(event: SerializedEvent, barrier: AckBarrier): BufferedEvent {
    const known = this.#recent.get(event.id)
    if (known) {
      this.#store.countDropped()
      if (!known.isResolved) known.await(barrier)
      return known
    }
    const received = new BufferedEvent(event)
    this.#recent.set(event.id, received)
    const [oldest] = this.#recent.keys()
    if (this.#recent.size > MAX_RECENT_IDS && oldest !== undefined) this.#recent.delete(oldest)
    received.await(barrier)
    this.putBack(received)
    return received
  }

  /** The next events, at most so many; they stay until `take`. */
  next(limit: number): BufferedEvent[] {
    if (this.#store.unsequenced === 0) return this.#waiting.slice(0, limit)
    return this.#store.unsequencedEvents(Math.min(limit, PAGE_SIZE)).map(({ number, event }) => {
      const stored = new BufferedEvent(event)
      stored.storedAs(number)
      return stored
    })
  }

  /** Takes the first events that are in memory out of it: they go to the sink, or are stored. */
  take(count = this.#waiting.length): BufferedEvent[] {
    const taken = this.#waiting.splice(0, count)
    for (const { bytes } of taken) this.#budget.free(bytes)
    return taken
  }

  /** The sink did not try this event: it waits again, behind the others. */
  putBack(event: BufferedEvent): void {
    if (event.rowNumber !== null) return
    this.#budget.take(event.bytes)
    this.#waiting.push(event)
  }

  /** Stores events that are with the sink, and those that wait, so that none is lost with the memory. */
  store(inFlight: readonly BufferedEvent[], now: number): void {
    for (const event of [...inFlight, ...this.take()])
      event.storedAs(this.#store.storeUnsequenced(event.event, now))
  }

  /** Releases those who wait for any event. */
  release(): void {
    for (const event of this.#waiting) event.release()
  }
}
