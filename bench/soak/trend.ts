import { slope } from '../statistics.ts'
import type { Sample } from './sample.ts'

/** What grows in the second half of a soak: in the first, caches fill and code is compiled. `NaN`: not known. */
export interface Trend {
  /** Orders of the second half. */
  readonly orders: number
  /** Of the runtime (MB for each 1,000 orders). */
  readonly memory: number
  /** Of forwarding (s for each minute). */
  readonly lag: number
}

/** By linear regression over the samples of the second half. */
export function trendOf(samples: readonly Sample[]): Trend {
  const half = samples.slice(Math.floor(samples.length / 2))
  const [first, last] = [half.at(0), half.at(-1)]
  return {
    orders: (last?.orders ?? 0) - (first?.orders ?? 0),
    memory: slope(half.flatMap(({ orders, memory }) => (memory === null ? [] : [[orders / 1_000, memory]]))),
    lag: slope(half.map(({ seconds, lag }) => [seconds / 60, lag / 1_000])),
  }
}
