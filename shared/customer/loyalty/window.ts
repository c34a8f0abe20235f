import { DAY, type Instant, plus, plusMonths } from '../../core/time.ts'
import { customerRules } from '../policies.ts'

/** The entries of the last 12 months, at most the newest 500 of them. */
export function withinLoyaltyWindow<Entry extends { at: Instant }>(
  entries: readonly Entry[],
  now: Instant,
): Entry[] {
  const start = plusMonths(now, -customerRules.spendingMonths)
  // Months differ in length: the exact, slow comparison runs only near the boundary.
  const [surelyOut, surelyIn] = [plus(start, -2 * DAY), plus(start, 2 * DAY)]
  return entries
    .filter((entry) => entry.at > surelyIn || (entry.at > surelyOut && now < endOfLoyaltyWindow(entry)))
    .slice(-customerRules.maxRecorded)
}

/** When an entry leaves the last 12 months. */
export function endOfLoyaltyWindow({ at }: { at: Instant }): Instant {
  return plusMonths(at, customerRules.spendingMonths)
}
