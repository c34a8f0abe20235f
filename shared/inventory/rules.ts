import { DAY, MINUTE } from '../core/time.ts'

/**
 * Every constant of the inventory context; durations in milliseconds. The limits keep the busiest
 * SKU's state under two megabytes.
 */
export const inventoryRules = {
  /** The default duration of a hold. */
  holdMs: 30 * MINUTE,
  /** The maximum duration of a hold, including extensions. */
  maxHoldMs: 14 * DAY,
  maxOpenReservations: 5_000,
  maxLocations: 50,
  /** Units at one location. */
  maxOnHand: 1_000_000_000,
  /** Holds that one timer expires; the next handles the rest. */
  expiriesPerTimer: 100,
  /** How long a closed reservation is retained, so that a repeated command changes nothing. */
  closedRetentionMs: { committed: 30 * DAY, released: DAY, expired: DAY },
  maxClosedReservations: 2_000,
  /** The maximum of open holds, and of closed reservations, in a read copy: a hot SKU has thousands. */
  maxListed: 100,
} as const
