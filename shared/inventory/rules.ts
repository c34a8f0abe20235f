import { DAY, MINUTE } from '../core/time.ts'

/**
 * Every constant of the inventory context; spans of time in milliseconds. The counts keep the busiest
 * SKU's state under two megabytes.
 */
export const inventoryRules = {
  /** How long stock is held for an order that does not say. */
  holdTime: 30 * MINUTE,
  /** However often it is extended, a hold ends at the latest so long after it was made. */
  longestHold: 14 * DAY,
  openReservations: 5_000,
  locations: 50,
  /** Units at one location. */
  onHand: 1_000_000_000,
  /** Holds that one timer ends; the next takes the rest. */
  expiriesPerTimer: 100,
  /** How long a closed reservation is kept, so that a repeated command finds it done. */
  closedKeptFor: { committed: 30 * DAY, released: DAY, expired: DAY },
  closedKept: 2_000,
  /** How many open holds, and how many closed reservations, a reader gets: a hot SKU has thousands. */
  listed: 100,
} as const
