import { expect, it } from 'vitest'
import { DAY, HOUR, MINUTE } from '../../../shared/core/time.ts'
import { durationFrom } from './durations.ts'

const now = '2026-01-31T12:00:00.000Z'

it.each([
  ['PT30M', 30 * MINUTE],
  ['P1D', DAY],
  ['P1DT2H', DAY + 2 * HOUR],
  ['P2W', 14 * DAY],
  ['PT1.5S', 1_500],
  ['PT0S', 0],
  // Calendar months: 31 January and one month is 28 February.
  ['P1M', 28 * DAY],
  ['P1Y', 365 * DAY],
])('%s leads %i ms ahead', (duration, milliseconds) => {
  expect(durationFrom(now, duration)).toBe(milliseconds)
})

it.each([
  ['2099-12-31T12:00:00.000Z', 'P1D', DAY],
  ['2099-12-31T12:00:00.000Z', 'P3D', null],
  ['2026-01-31T12:00:00.000Z', 'P75Y', null],
])('from %s %s leads %s, and never past 2099', (from, duration, milliseconds) => {
  expect(durationFrom(from, duration)).toBe(milliseconds)
})

it.each(['', 'P', 'PT', 'P1', '1D', 'P1H', 'P-1D', 'PT1D', 'P1DT', 'P101Y', 'P99999999D', 'PT1.0001S'])(
  '%s is no duration that the clock takes',
  (duration) => {
    expect(durationFrom(now, duration)).toBeNull()
  },
)
