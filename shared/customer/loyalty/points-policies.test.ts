import { describe, expect, it } from 'vitest'
import {
  explainRedemption,
  explainReward,
  pointsRedemptionPolicy,
  rewardPointsPolicy,
} from './points-policies.ts'

describe('rewardPointsPolicy', () => {
  const pointsOf = (netPaid: number, tier: 'bronze' | 'silver' | 'gold' | 'platinum') =>
    rewardPointsPolicy({ source: 'order', netPaid, tier }).points

  it.each([
    ['bronze', 540],
    ['silver', 1_080],
    ['gold', 1_620],
    ['platinum', 2_700],
  ] as const)('gives %s %i points for 540.00', (tier, points) => {
    expect(pointsOf(540_00, tier)).toBe(points)
  })
  it('rounds down', () => {
    expect(pointsOf(199, 'bronze')).toBe(1)
    expect(pointsOf(99, 'bronze')).toBe(0)
    expect(pointsOf(99, 'platinum')).toBe(4)
  })
  it('gives 50 points for a review', () => {
    expect(rewardPointsPolicy({ source: 'review' })).toEqual({ points: 50, rule: 'review_bonus' })
  })
  it('explains itself', () => {
    const facts = { source: 'order', netPaid: 540_00, tier: 'silver' } as const
    expect(explainReward(facts, rewardPointsPolicy(facts))).toEqual({
      policy: 'rewardPointsPolicy',
      rules: ['rate_of_tier'],
      inputs: { source: 'order', netPaid: 540_00, tier: 'silver', percent: 2, points: 1_080 },
      outcome: 'granted',
    })
  })
})

describe('pointsRedemptionPolicy', () => {
  const facts = { points: 100, subtotal: 1_000, available: 1_000 }

  it('names the first bound that is missed', () => {
    expect(pointsRedemptionPolicy(facts)).toEqual({ allowed: true })
    expect(pointsRedemptionPolicy({ ...facts, points: 99 })).toEqual({
      allowed: false,
      rule: 'points_minimum',
      bound: 100,
    })
    expect(pointsRedemptionPolicy({ ...facts, points: 501 })).toEqual({
      allowed: false,
      rule: 'points_maximum',
      bound: 500,
    })
    expect(pointsRedemptionPolicy({ ...facts, available: 99 })).toEqual({
      allowed: false,
      rule: 'points_insufficient',
      bound: 99,
    })
  })
  it('explains what it allows', () => {
    expect(explainRedemption({ ...facts, subtotal: 1_001 })).toEqual({
      policy: 'pointsRedemptionPolicy',
      rules: ['within_bounds'],
      inputs: { points: 100, subtotal: 1_001, available: 1_000, minimum: 100, maximum: 500 },
      outcome: 'allowed',
    })
  })
})
