import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { plusMonths } from './time.ts'

describe('plusMonths', () => {
  it('keeps the day and the time of day', () => {
    expect(plusMonths('2026-03-15T10:20:30.400Z', 12)).toBe('2027-03-15T10:20:30.400Z')
    expect(plusMonths('2026-11-30T23:59:59.999Z', 2)).toBe('2027-01-30T23:59:59.999Z')
  })
  it('takes the last day of a month that is too short', () => {
    expect(plusMonths('2026-01-31T12:00:00.000Z', 1)).toBe('2026-02-28T12:00:00.000Z')
    expect(plusMonths('2028-01-31T12:00:00.000Z', 1)).toBe('2028-02-29T12:00:00.000Z')
    expect(plusMonths('2028-02-29T12:00:00.000Z', 12)).toBe('2029-02-28T12:00:00.000Z')
  })
  it('goes back over the turn of a year', () => {
    expect(plusMonths('2026-01-31T12:00:00.000Z', -2)).toBe('2025-11-30T12:00:00.000Z')
    expect(plusMonths('2026-03-31T12:00:00.000Z', -12)).toBe('2025-03-31T12:00:00.000Z')
  })
  it('keeps the order of days, and of times within a day', () => {
    const instant = fc
      .date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true })
      .map((date) => date.toISOString())
    fc.assert(
      fc.property(instant, instant, fc.integer({ min: -240, max: 240 }), (a, b, months) => {
        const [first, second] = a <= b ? [a, b] : [b, a]
        // The last days of a month may become one day; then the times of day no longer say which was first.
        const isSameDay = first.slice(0, 10) === second.slice(0, 10)
        const compared = (instant: string) => plusMonths(instant, months).slice(0, isSameDay ? undefined : 10)
        expect(compared(first) <= compared(second)).toBe(true)
      }),
    )
  })
})
