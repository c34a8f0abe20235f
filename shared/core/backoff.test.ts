import { describe, expect, it } from 'vitest'
import { backoffMs } from './backoff.ts'

const waits = { firstMs: 200, maxMs: 600_000 }
const highest = 1 - Number.EPSILON

describe('the wait before another try', () => {
  it('starts at the first wait and doubles up to the longest', () => {
    expect([1, 2, 3, 4].map((failures) => backoffMs(waits, failures, highest))).toEqual([
      200, 400, 800, 1_600,
    ])
    expect(backoffMs(waits, 12, highest)).toBeLessThan(600_000)
    expect(backoffMs(waits, 13, highest)).toBe(600_000)
    expect(backoffMs(waits, 1_000, highest)).toBe(600_000)
  })
  it('is spread over the upper half, so that those who failed together do not come back together', () => {
    for (const failures of [1, 2, 10, 25])
      expect(backoffMs(waits, failures, 0)).toBe(backoffMs(waits, failures, highest) / 2)
    expect(backoffMs(waits, 10, 0.5)).toBe(Math.round(200 * 2 ** 9 * 0.75))
  })
})
