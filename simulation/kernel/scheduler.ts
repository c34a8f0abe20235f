import { type Context, runIn } from './context.ts'
import type { Random } from './random.ts'

/** Something that will happen. It is dropped when its context is dead by then. */
export interface Task {
  readonly at: number
  readonly context: Context | null
  readonly label: string
  cancelled: boolean
}

interface QueuedTask extends Task {
  /** Which of several tasks of one moment runs first: drawn, or the same for those that keep their order. */
  readonly order: number
  readonly number: number
  readonly work: () => void
}

/**
 * Decides what happens next. One task runs at a time, and then all that follows from it without waiting (microtasks).
 * Time is a number that jumps from task to task.
 */
export class Scheduler {
  readonly #random: Random
  readonly #heap: QueuedTask[] = []
  readonly #afterTurn: (task: Task) => void
  readonly #externals: (() => Promise<void>)[] = []
  #isExternalRunning = false
  #count = 0
  /** Unix ms. */
  now: number
  /** Tasks that have run. */
  turns = 0

  /** @param afterTurn called when a task and its microtasks have run */
  constructor(random: Random, startsAt: number, afterTurn: (task: Task) => void) {
    this.#random = random
    this.now = startsAt
    this.#afterTurn = afterTurn
  }

  schedule(
    context: Context | null,
    delayMs: number,
    label: string,
    work: () => void,
    order: number = this.#random.fraction(),
  ): Task {
    const at = this.now + Math.max(delayMs, 0)
    this.#count += 1
    const task: QueuedTask = { at, context, label, work, cancelled: false, order, number: this.#count }
    this.#push(task)
    return task
  }

  /** Resolves after a time, for code outside of the product. */
  wait(delayMs: number, label: string): Promise<void> {
    return new Promise((resolve) => {
      this.schedule(null, delayMs, label, resolve)
    })
  }

  /**
   * Waits for a promise of Node itself (WebCrypto works in other threads). No task runs meanwhile, and several are
   * started one after another, so that the order in which they end is always the same.
   */
  external<Result>(start: () => Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#externals.push(() => start().then(resolve, reject))
    })
  }

  /** Runs tasks until none is left before a moment (Unix ms), or a condition holds; time ends at the last task. */
  run(until: number, isDone: () => boolean = () => false): Promise<void> {
    return new Promise((resolve, reject) => {
      const step = (): void => {
        if (this.#isExternalRunning || this.#runExternal()) {
          setImmediate(step)
          return
        }
        const task = isDone() ? undefined : this.#next(until)
        if (!task) {
          resolve()
          return
        }
        this.now = Math.max(this.now, task.at)
        this.turns += 1
        try {
          runIn(task.context, task.work)
        } catch (fault) {
          reject(fault)
          return
        }
        // Node runs all microtasks before the next immediate.
        setImmediate(turnEnds, task)
      }
      const turnEnds = (task: Task): void => {
        if (this.#isExternalRunning || this.#runExternal()) {
          setImmediate(turnEnds, task)
          return
        }
        try {
          this.#afterTurn(task)
        } catch (fault) {
          reject(fault)
          return
        }
        step()
      }
      setImmediate(step)
    })
  }

  /** When the next task is due (Unix ms); `null` without one. */
  nextAt(): number | null {
    return this.#heap[0]?.at ?? null
  }

  #runExternal(): boolean {
    const start = this.#externals.shift()
    if (!start) return false
    this.#isExternalRunning = true
    void start().finally(() => {
      this.#isExternalRunning = false
    })
    return true
  }

  #next(until: number): QueuedTask | undefined {
    for (;;) {
      const [first] = this.#heap
      if (!first || first.at > until) return undefined
      this.#pop()
      if (!first.cancelled && (first.context === null || first.context.alive)) return first
    }
  }

  #push(task: QueuedTask): void {
    const heap = this.#heap
    let index = heap.push(task) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      const above = heap[parent]
      if (!above || !isBefore(task, above)) break
      heap[index] = above
      index = parent
    }
    heap[index] = task
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      const left = heap[child]
      if (!left) break
      const right = heap[child + 1]
      if (right && isBefore(right, left)) child += 1
      const below = heap[child]
      if (!below || !isBefore(below, last)) break
      heap[index] = below
      index = child
    }
    heap[index] = last
  }
}

function isBefore(one: QueuedTask, other: QueuedTask): boolean {
  if (one.at !== other.at) return one.at < other.at
  return one.order === other.order ? one.number < other.number : one.order < other.order
}
