import { describe, expect, it } from 'vitest'
import { backoffMs } from '../../../shared/core/backoff.ts'
import { HOUR } from '../../../shared/core/time.ts'
import { EFFECT_RETRY, faultOf, MAX_ATTEMPTS } from './effects.ts'

describe('the tries of an effect', () => {
  it('last for about three hours', () => {
    const failures = Array.from({ length: MAX_ATTEMPTS }, (_, index) => index + 1)
    const total = failures.reduce((sum, failed) => sum + backoffMs(EFFECT_RETRY, failed, 1), 0)
    expect(total / HOUR).toBeGreaterThan(2)
    expect(total / HOUR).toBeLessThan(4)
  })
})

describe('a fault', () => {
  it('that may be transient is tried again', () => {
    expect(faultOf(new Error('down'))).toEqual({ action: 'retry', error: 'Error: down' })
    expect(faultOf('a thrown text')).toEqual({ action: 'retry', error: 'unknown fault' })
  })
  it('that is permanent is parked', () => {
    expect(faultOf(new RangeError('no such kind')).action).toBe('park')
    expect(faultOf(Object.assign(new Error('shape'), { name: 'ZodError' })).action).toBe('park')
  })
  it('is described briefly', () => {
    expect(faultOf(new Error('x'.repeat(1_000))).error).toHaveLength(300)
  })
})
