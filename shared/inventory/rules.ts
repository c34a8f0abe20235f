import { DAY, MINUTE } from '../core/time.ts'

/**
 * Every constant of the inventory context; durations in milliseconds. The limits keep the busiest
 * SKU's state under two megabytes.
 */
export const inventoryRules = {
  /** The default duration of a hold. */
  holdTime: 30 * MINUTE,
  /** The maximum duration of a hold, including extensions. */
  longestHold: 14 * DAY,
  openReservations: 5_000,
  locations: 50,
  /** Units at one location. */
  onHand: 1_000_000_000,
  /** Holds that one timer expires; the next handles the rest. */
  expiriesPerTimer: 100,
  /** How long a closed reservation is retained, so that a repeated command changes nothing. */
  closedKeptFor: { committed: 30 * DAY, released: DAY, expired: DAY },
  closedKept: 2_000,
  /** The maximum of open holds, and of closed reservations, in a read copy: a hot SKU has thousands. */
  listed: 100,
} as const
