import { DAY } from '../core/time.ts'

/**
 * What a promotion keeps of single uses, so that they can be given back and are not claimed twice.
 * What is forgotten stays counted. The numbers keep the busiest promotion's state under 1.9 megabytes, so
 * that a snapshot of it fits into one row.
 */
export const promotionRules = {
  /** Milliseconds. */
  confirmedUsesKeptFor: 30 * DAY,
  confirmedUsesKept: 2_500,
  /** Claims of orders under way; more at the same time would be orders that never end. */
  claimedUsesKept: 3_000,
  /** With a limit for each customer, so many are counted; to others the promotion is exhausted. */
  customersCounted: 100_000,
} as const
