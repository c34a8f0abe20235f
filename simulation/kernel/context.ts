import { AsyncLocalStorage } from 'node:async_hooks'
import type { Random } from './random.ts'

/**
 * What a piece of the product's code runs for: an object's life in memory, a request, a batch of a queue. A dead context
 * gets no more turns: its timers, calls under way and continuations are dropped, as in a crash.
 */
export interface Context {
  /** For traces: `OrderObject/ord_…`. */
  readonly name: string
  readonly alive: boolean
  readonly random: Random
  /** Does something that others can see, as soon as all that the context has written so far is durable. */
  leave(action: () => void): void
  /** Keeps count of timers: an object with timers is not idle. */
  timerStarted(): void
  timerEnded(): void
}

const storage = new AsyncLocalStorage<Context>()

/** Runs code for a context; what follows from it, after any number of awaits, runs for the same one. */
export function runIn<Result>(context: Context | null, work: () => Result): Result {
  return context === null ? storage.exit(work) : storage.run(context, work)
}

/** The context that code runs for. @throws Error outside of any: the code would belong to nobody */
export function currentContext(): Context {
  const context = storage.getStore()
  if (!context) throw new Error('this runs outside of every simulated context')
  return context
}
