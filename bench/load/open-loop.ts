import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation } from './closed-loop.ts'
import type { Connection } from './connection.ts'

/** At what rate operations begin, and for how long (ms). */
export interface Arrivals {
  readonly perSecond: number
  readonly milliseconds: number
}

/** The time that load is put on by (ms). */
export interface LoadClock {
  now(): number
  sleep(milliseconds: number): Promise<unknown>
}

const systemClock: LoadClock = { now: () => performance.now(), sleep }

/** The end of an operation. `latency` (ms) counts from when it was to begin, not from when a connection was free. */
export interface Ended {
  readonly latency: number
  /** What was thrown instead of a result. */
  readonly fault: unknown
}

/**
 * Begins operations at a fixed rate, whatever became of the ones before: a closed loop asks less often while answers are
 * slow, and so leaves out of its latencies what callers wait for in such a time (coordinated omission). What no
 * connection is free for waits, and its wait counts.
 */
export async function arriveAtRate(
  connections: readonly Connection[],
  operation: Operation,
  { perSecond, milliseconds }: Arrivals,
  observe: (ended: Ended) => void,
  clock: LoadClock = systemClock,
): Promise<void> {
  const begin = clock.now()
  let turn = 0
  const work = async (connection: Connection, index: number) => {
    for (;;) {
      const mine = turn++
      const due = begin + (mine * 1_000) / perSecond
      if (due >= begin + milliseconds) return
      const early = due - clock.now()
      if (early > 0) await clock.sleep(early)
      let fault: unknown = null
      try {
        await operation(connection, mine, index)
      } catch (thrown) {
        fault = thrown
      }
      observe({ latency: clock.now() - due, fault })
    }
  }
  await Promise.all(connections.map(work))
}
