import { describe, expect, it } from 'vitest'
import { pointsBounds, pointsTerms, redeemablePoints } from './points-terms.ts'

describe('points that pay for an order', () => {
  it('are at least 100, and at most half of the subtotal', () => {
    expect(pointsTerms).toEqual({ minimum: 100, maxShare: 0.5 })
    expect(pointsBounds(1_001)).toEqual({ minimum: 100, maximum: 500 })
  })
  it.each([
    [0, 1_000, 0],
    [99, 1_000, 0],
    [100, 1_000, 100],
    [900, 1_001, 500],
    [900, 199, 0],
    [900, 200, 100],
  ])('of %i available, for a subtotal of %i, are at most %i', (available, subtotal, redeemable) => {
    expect(redeemablePoints(available, subtotal)).toBe(redeemable)
  })
})
