import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { customer } from './aggregate.ts'
import { customerEvent } from './events.ts'

/** An event as its first release stored it, read as the object reads it. */
function read(type: keyof NonNullable<typeof customer.upcasters>, stored: object) {
  const steps = customer.upcasters?.[type] ?? []
  const data = steps.reduce<unknown>((older, step) => step(older), stored)
  return customerEvent.parse({ type, data }).data
}

describe('events of the first release', () => {
  it('LoyaltyStatusUpdated: the rule has become a decision', () => {
    const rest = { previousTier: 'bronze', tier: 'silver', keptUntil: NOW, spending12m: 500_00 }
    expect(read('LoyaltyStatusUpdated', { ...rest, rule: 'tier_earned' })).toEqual({
      ...rest,
      decisions: [
        {
          policy: 'customerLoyaltyPolicy',
          rules: ['tier_earned'],
          inputs: { previousTier: 'bronze', spending12m: 500_00 },
          outcome: 'silver',
        },
      ],
    })
  })
  it('CustomerSegmentChanged: the rule has become a decision', () => {
    const rest = { previousSegment: 'new', segment: 'active' }
    expect(read('CustomerSegmentChanged', { ...rest, rule: 'no_other_rule' })).toEqual({
      ...rest,
      decisions: [
        {
          policy: 'customerSegmentationPolicy',
          rules: ['no_other_rule'],
          inputs: {},
          outcome: 'active',
        },
      ],
    })
  })
  it('RewardPointsEarned: without reasons', () => {
    const stored = {
      ...{ lotId: 'order/o1', source: 'order', orderId: 'o1', points: 540, tier: 'bronze' },
      ...{ activeFrom: NOW, expiresAt: NOW },
    }
    expect(read('RewardPointsEarned', stored)).toEqual({ ...stored, decisions: [] })
  })
  it('RewardPointsRedeemed: without reasons', () => {
    const stored = { orderId: 'o1', points: 100, lots: [{ lotId: 'order/o1', points: 100 }] }
    expect(read('RewardPointsRedeemed', stored)).toEqual({ ...stored, decisions: [] })
  })
  it('that cannot be read are a fault, never a guess', () => {
    expect(() => read('LoyaltyStatusUpdated', { tier: 'silver' })).toThrow('rule')
    expect(() => read('CustomerSegmentChanged', { segment: 'active' })).toThrow('rule')
  })
})
