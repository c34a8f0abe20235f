import { type Context, runIn } from '../kernel/context.ts'
import type { Random } from '../kernel/random.ts'
import type { Scheduler, Task } from '../kernel/scheduler.ts'
import type { Release, WorkerModule } from '../releases/load.ts'

/** One instance of the product's code in memory, with all that its modules hold. */
export class Isolate {
  readonly name: string
  readonly release: Release
  /** Acquired when it is first needed. */
  #module: WorkerModule | null = null
  isAlive = true

  constructor(name: string, release: Release) {
    this.name = name
    this.release = release
  }

  get module(): WorkerModule {
    this.#module ??= runIn(null, () => this.release.acquire())
    return this.#module
  }

  /** Nothing runs in it any more. */
  end(): void {
    this.isAlive = false
    if (this.#module) this.release.giveBack(this.#module)
    this.#module = null
  }
}

/** A call of the Worker's `fetch`, `queue` or `scheduled`, and what it does after its answer. */
export class Invocation implements Context {
  readonly name: string
  readonly random: Random
  readonly isolate: Isolate
  /** What goes on after the answer. */
  readonly background: Promise<unknown>[] = []
  #isOver = false
  #timers = 0

  constructor(name: string, random: Random, isolate: Isolate) {
    this.name = name
    this.random = random
    this.isolate = isolate
  }

  get alive(): boolean {
    return this.isolate.isAlive && !this.#isOver
  }

  end(): void {
    this.#isOver = true
  }

  leave(action: () => void): void {
    action()
  }

  timerStarted(): void {
    this.#timers += 1
  }

  timerEnded(): void {
    this.#timers -= 1
  }

  /** `ExecutionContext` */
  readonly execution = {
    waitUntil: (work: Promise<unknown>) => {
      this.background.push(work.catch(() => undefined))
    },
    passThroughOnException: () => {},
    props: {},
  }
}

/** A timer of the product's code. */
export interface Timer {
  readonly task: Task
  readonly context: Context
}

/** Sets a timer for a context. */
export function startTimer(
  scheduler: Scheduler,
  context: Context,
  delayMs: number,
  callback: () => void,
): Timer {
  context.timerStarted()
  const fire = () => {
    context.timerEnded()
    task.cancelled = true
    callback()
  }
  // Timers of one moment fire in the order in which they were set.
  const task = scheduler.schedule(context, Math.max(delayMs, 0), `${context.name} timer`, fire, 0)
  return { task, context }
}

export function stopTimer({ task, context }: Timer): void {
  if (task.cancelled) return
  task.cancelled = true
  context.timerEnded()
}
