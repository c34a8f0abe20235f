import { z } from 'zod'

/**
 * A moment in UTC with milliseconds, as RFC 3339 text of fixed length (`2026-11-23T10:15:30.000Z`).
 * The fixed form makes two instants comparable as text, in code and in SQL.
 */
export type Instant = string

/** With offset and nanoseconds a time has 35 characters. */
const MAX_TIME_LENGTH = 40

export const instantSchema = z.iso.datetime({ precision: 3, offset: false })

/**
 * A time in a request (RFC 3339, any offset), converted to an `Instant`. Its year as written is 1970 to 2099: within
 * the range of timers, and with the four digits that keep instants comparable as text.
 */
export const outsideTimeSchema = z.iso
  .datetime({ offset: true })
  .max(MAX_TIME_LENGTH)
  .regex(/^(19[7-9]|20[0-9])[0-9]-/, 'must be a time in the years 1970 to 2099')
  .transform((time) => instantOf(Date.parse(time)))

/** No time of a request and no timer is later (UTC). */
export const LATEST: Instant = '2100-01-02T00:00:00.000Z'

export const SECOND = 1_000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** The instant of a Unix time in milliseconds. */
export function instantOf(milliseconds: number): Instant {
  return new Date(milliseconds).toISOString()
}

/** Unix time in milliseconds of an instant. */
export function millisecondsOf(instant: Instant): number {
  return Date.parse(instant)
}

/** The instant that lies a number of milliseconds after (or, if negative, before) another. */
export function plus(instant: Instant, milliseconds: number): Instant {
  return instantOf(millisecondsOf(instant) + milliseconds)
}

/** The earlier of two instants. */
export function earlier(a: Instant, b: Instant): Instant {
  return a <= b ? a : b
}

/**
 * The instant that lies a number of calendar months after (or, if negative, before) another: the same
 * day and time of day in UTC, or the month's last day where it has no such day (31 January + 1 month
 * is 28 or 29 February).
 */
export function plusMonths(instant: Instant, months: number): Instant {
  const date = new Date(millisecondsOf(instant))
  const day = date.getUTCDate()
  date.setUTCDate(1)
  date.setUTCMonth(date.getUTCMonth() + months)
  const lastDay = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
  date.setUTCDate(Math.min(day, lastDay))
  return date.toISOString()
}
