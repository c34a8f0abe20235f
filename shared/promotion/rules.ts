import { DAY } from '../core/time.ts'

/**
 * How many single uses a promotion retains, so that they can be released and are not claimed twice.
 * Dropped uses stay counted. The limits keep the busiest promotion's state under 1.9 megabytes, so
 * that a snapshot of it fits into one row.
 */
export const promotionRules = {
  /** Milliseconds. */
  confirmedUsesRetentionMs: 30 * DAY,
  maxConfirmedUses: 2_500,
  /** Claims of orders under way; more at the same time would mean orders that never end. */
  maxClaimedUses: 3_000,
  /** The maximum of customers counted under a per-customer limit; for others the promotion is exhausted. */
  maxCustomersCounted: 100_000,
} as const
