/**
 * The wait before the next attempt (ms): doubles from `firstMs` to `maxMs`, with jitter in its upper half.
 *
 * @param failures failed attempts so far, from 1
 * @param random at least 0 and less than 1
 */
export function backoffMs(
  { firstMs, maxMs }: { readonly firstMs: number; readonly maxMs: number },
  failures: number,
  random: number,
): number {
  const ceiling = Math.min(firstMs * 2 ** Math.max(0, failures - 1), maxMs)
  return Math.round(ceiling * (0.5 + random / 2))
}
