import {
  DAY,
  HOUR,
  type Instant,
  LATEST,
  MINUTE,
  millisecondsOf,
  plus,
  plusMonths,
  SECOND,
} from '../../../shared/core/time.ts'

/** ISO 8601: `P1Y2M3W4DT5H6M7.5S`, with at least one part, and at least one after a T. */
const form =
  /^P(?=[\dT])(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/
const MAX_DURATION_MS = 100 * 366 * DAY

/** The length of a duration from an instant (ms); `null` if malformed, over a century, or past `LATEST`. */
export function durationFrom(now: Instant, duration: string): number | null {
  const parts = form.exec(duration)
  if (!parts) return null
  const [years = 0, months = 0, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = parts
    .slice(1)
    .map((part) => Number(part ?? 0))
  const rest = (weeks * 7 + days) * DAY + hours * HOUR + minutes * MINUTE + Math.round(seconds * SECOND)
  if (years > 100 || months > 1_200 || rest > MAX_DURATION_MS) return null
  const target = plus(plusMonths(now, years * 12 + months), rest)
  const milliseconds = millisecondsOf(target) - millisecondsOf(now)
  return milliseconds > MAX_DURATION_MS || target > LATEST ? null : milliseconds
}
