/** The waits between the tries of one thing (ms). */
interface Backoff {
  /** After the first failed try; doubles with each further one. */
  readonly firstMs: number
  readonly maxMs: number
}

/**
 * The wait after a number of failed tries (ms): exponential, with jitter in its upper half.
 *
 * @param failures failed tries so far, from 1
 * @param random a random number, at least 0 and less than 1
 */
export function backoffMs({ firstMs, maxMs }: Backoff, failures: number, random: number): number {
  const ceiling = Math.min(firstMs * 2 ** Math.max(0, failures - 1), maxMs)
  return Math.round(ceiling * (0.5 + random / 2))
}
