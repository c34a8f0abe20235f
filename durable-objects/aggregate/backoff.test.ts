import { describe, expect, it } from 'vitest'
import { HOUR, MINUTE } from '../../shared/core/time.ts'
import { backoff, faultOf, MAX_ATTEMPTS } from './effects.ts'

const attempts = Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1)

describe('the wait before another try', () => {
  it('begins at a fifth of a second and doubles up to ten minutes', () => {
    expect([1, 2, 3, 4].map((attempt) => backoff(attempt, 1))).toEqual([200, 400, 800, 1_600])
    expect(backoff(12, 1)).toBeLessThan(10 * MINUTE)
    expect(backoff(13, 1)).toBe(10 * MINUTE)
    expect(backoff(1_000, 1)).toBe(10 * MINUTE)
  })
  it('is spread over the upper half, so that those who failed together do not come back together', () => {
    for (const attempt of attempts) expect(backoff(attempt, 0)).toBe(backoff(attempt, 1) / 2)
    expect(new Set(Array.from({ length: 50 }, () => backoff(10))).size).toBeGreaterThan(10)
  })
  it('comes to about three hours over all tries', () => {
    const total = attempts.reduce((sum, attempt) => sum + backoff(attempt, 1), 0)
    expect(total / HOUR).toBeGreaterThan(2)
    expect(total / HOUR).toBeLessThan(4)
  })
})

describe('a fault', () => {
  it('that may pass is tried again', () => {
    expect(faultOf(new Error('down'))).toEqual({ action: 'retry', error: 'Error: down' })
    expect(faultOf('a thrown text')).toEqual({ action: 'retry', error: 'unknown fault' })
  })
  it('that no retry helps is parked', () => {
    expect(faultOf(new RangeError('no such kind')).action).toBe('park')
    expect(faultOf(Object.assign(new Error('shape'), { name: 'ZodError' })).action).toBe('park')
  })
  it('is told in few words', () => {
    expect(faultOf(new Error('x'.repeat(1_000))).error).toHaveLength(300)
  })
})
