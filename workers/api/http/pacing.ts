import { createMiddleware } from 'hono/factory'
import { isDevelopment } from '../../../durable-objects/env.ts'
import type { ApiEnv } from './context.ts'

/** How many requests work at the same moment: fewer leave a processor idle, more end together. */
const MAX_AT_WORK = 12
/**
 * A request that takes longer does not count any more (ms): it waits for a process (`Prefer: wait`), or its client has
 * gone, in which case the runtime ends it without another word.
 */
const COUNTED_MS = 500
/** How often a request that waits looks whether it may go on (ms). */
const POLL_MS = 2

/** A request that waits, and when it last looked whether it may go on (Unix ms). */
interface Waiting {
  lookedAt: number
}

/**
 * Admits few requests at a time, in the order in which they came. Those that are gone without a word hold up nobody for
 * long.
 */
export class Pacing {
  readonly #now: () => number
  readonly #sleep: (milliseconds: number) => Promise<void>
  /** When each request at work was admitted (Unix ms). */
  readonly #atWork = new Map<symbol, number>()
  readonly #waiting = new Set<Waiting>()

  /** `now` is the time (Unix ms); `sleep` ends after so many milliseconds. */
  constructor(
    now: () => number = Date.now,
    sleep: (milliseconds: number) => Promise<void> = (milliseconds) => scheduler.wait(milliseconds),
  ) {
    this.#now = now
    this.#sleep = sleep
  }

  /** Runs some work once few others are at work. */
  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    const waiting = { lookedAt: this.#now() }
    this.#waiting.add(waiting)
    while (!this.#mayGoOn(waiting)) await this.#sleep(POLL_MS)
    this.#waiting.delete(waiting)
    const request = Symbol('request')
    this.#atWork.set(request, this.#now())
    try {
      return await work()
    } finally {
      this.#atWork.delete(request)
    }
  }

  #mayGoOn(waiting: Waiting): boolean {
    const now = this.#now()
    waiting.lookedAt = now
    for (const [request, since] of this.#atWork) if (now - since >= COUNTED_MS) this.#atWork.delete(request)
    let [first] = this.#waiting
    for (; first && now - first.lookedAt >= COUNTED_MS; [first] = this.#waiting) this.#waiting.delete(first)
    // One that was taken for gone has waited long enough.
    const isNext = first === waiting || !this.#waiting.has(waiting)
    return isNext && this.#atWork.size < MAX_AT_WORK
  }
}

const pacing = new Pacing()

/**
 * In development, lets few requests work at the same moment. The local runtime looks for network input, output and timers
 * only when nothing else is left to do, and a crowd of requests always leaves something: of a hundred orders sent at once,
 * all would be answered together, at the end. On Cloudflare, isolates and objects run side by side.
 */
export const pace = createMiddleware<ApiEnv>((c, next) => (isDevelopment(c.env) ? pacing.run(next) : next()))
