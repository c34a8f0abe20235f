/** Waits until each of several events is acknowledged, dead-lettered, or given up for now. */
export class AckBarrier {
  readonly done: Promise<void>
  readonly #resolve: () => void
  /** How many events it still waits for. */
  pending = 0

  constructor() {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.done = promise
    this.#resolve = resolve
  }

  add(): void {
    this.pending += 1
  }

  release(): void {
    this.pending -= 1
    if (this.pending === 0) this.#resolve()
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
