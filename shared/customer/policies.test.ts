import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { promotionCodeSchema } from '../core/ids.ts'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, plus, plusMonths } from '../core/time.ts'
import { tiers } from '../promotion/terms.ts'
import { WELCOME_CODE } from './customer.fixture.ts'
import {
  customerLoyaltyPolicy,
  customerRules,
  customerSegmentationPolicy,
  explainLoyalty,
  explainSegmentation,
  nextSegmentChange,
  tierKeptUntil,
} from './policies.ts'

describe('customerLoyaltyPolicy', () => {
  it.each([
    [0, 'bronze'],
    [499_99, 'bronze'],
    [500_00, 'silver'],
    [1_499_99, 'silver'],
    [1_500_00, 'gold'],
    [2_999_99, 'gold'],
    [3_000_00, 'platinum'],
  ] as const)('spending of %i earns %s', (spending12m, tier) => {
    expect(customerLoyaltyPolicy({ tier: 'bronze', spending12m, now: NOW }).tier).toBe(tier)
  })
  it('raises at once', () => {
    const keptUntil = plus(NOW, DAY)
    expect(customerLoyaltyPolicy({ tier: 'silver', keptUntil, spending12m: 1_500_00, now: NOW })).toEqual({
      tier: 'gold',
      rule: 'tier_earned',
    })
  })
  it('leaves a tier that is still earned', () => {
    expect(customerLoyaltyPolicy({ tier: 'silver', spending12m: 500_00, now: NOW })).toEqual({
      tier: 'silver',
      rule: 'tier_still_earned',
    })
  })
  it('keeps a tier that is no longer earned until its 12 months are over', () => {
    const keptUntil = tierKeptUntil(NOW)
    expect(keptUntil).toBe(plusMonths(NOW, 12))
    const facts = { tier: 'platinum', keptUntil, spending12m: 500_00 } as const
    expect(customerLoyaltyPolicy({ ...facts, now: plus(keptUntil, -1) })).toEqual({
      tier: 'platinum',
      rule: 'tier_kept_for_its_period',
    })
    expect(customerLoyaltyPolicy({ ...facts, now: keptUntil })).toEqual({
      tier: 'silver',
      rule: 'tier_period_ended',
    })
  })
  it('explains itself', () => {
    const keptUntil = plus(NOW, -1)
    const facts = { tier: 'gold', keptUntil, spending12m: 500_00, now: NOW } as const
    expect(explainLoyalty(facts, customerLoyaltyPolicy(facts))).toEqual({
      policy: 'customerLoyaltyPolicy',
      rules: ['tier_period_ended'],
      inputs: { previousTier: 'gold', keptUntil, spending12m: 500_00 },
      outcome: 'silver',
    })
  })
  it('never gives less for more', () => {
    const spending = fc.integer({ min: 0, max: 5_000_00 })
    fc.assert(
      fc.property(fc.constantFrom(...tiers), spending, spending, (tier, a, b) => {
        const rank = (spending12m: number) =>
          tiers.indexOf(customerLoyaltyPolicy({ tier, spending12m, now: NOW }).tier)
        expect(rank(Math.max(a, b))).toBeGreaterThanOrEqual(rank(Math.min(a, b)))
      }),
    )
  })
})

describe('customerSegmentationPolicy', () => {
  const ago = (days: number) => plus(NOW, -days * DAY)
  const facts = { deliveredOrders: 0, registeredAt: NOW, tier: 'bronze', now: NOW } as const
  const buyer = { ...facts, deliveredOrders: 3, registeredAt: ago(400), lastOrderAt: ago(1) }

  it('is new without an order, for 30 days', () => {
    expect(customerSegmentationPolicy(facts)).toEqual({ segment: 'new', rule: 'no_order_yet' })
    expect(customerSegmentationPolicy({ ...facts, registeredAt: plus(ago(30), 1) }).segment).toBe('new')
    expect(customerSegmentationPolicy({ ...facts, registeredAt: ago(30) })).toEqual({
      segment: 'active',
      rule: 'no_other_rule',
    })
  })
  it('is active with an order', () => {
    const first = { ...facts, deliveredOrders: 1, lastOrderAt: NOW }
    expect(customerSegmentationPolicy(first).segment).toBe('active')
    expect(customerSegmentationPolicy({ ...buyer, tier: 'silver' }).segment).toBe('active')
  })
  it('is loyal with gold and vip with platinum', () => {
    expect(customerSegmentationPolicy({ ...buyer, tier: 'gold' })).toEqual({
      segment: 'loyal',
      rule: 'gold_tier',
    })
    expect(customerSegmentationPolicy({ ...buyer, tier: 'platinum' })).toEqual({
      segment: 'vip',
      rule: 'platinum_tier',
    })
  })
  it('is at risk after 60 days without an order, whatever the tier', () => {
    const away = { ...buyer, tier: 'platinum' } as const
    expect(customerSegmentationPolicy({ ...away, lastOrderAt: plus(ago(60), 1) }).segment).toBe('vip')
    expect(customerSegmentationPolicy({ ...away, lastOrderAt: ago(60) })).toEqual({
      segment: 'at_risk',
      rule: 'no_order_for_60_days',
    })
  })
  it('is lapsed after 180 days without an order', () => {
    expect(customerSegmentationPolicy({ ...buyer, lastOrderAt: plus(ago(180), 1) }).segment).toBe('at_risk')
    expect(customerSegmentationPolicy({ ...buyer, lastOrderAt: ago(180) })).toEqual({
      segment: 'lapsed',
      rule: 'no_order_for_180_days',
    })
  })
  it('counts the days of one who never ordered from the registration', () => {
    expect(customerSegmentationPolicy({ ...facts, registeredAt: ago(60) }).segment).toBe('at_risk')
    expect(customerSegmentationPolicy({ ...facts, registeredAt: ago(180) }).segment).toBe('lapsed')
  })
})

describe('nextSegmentChange', () => {
  const facts = { deliveredOrders: 0, registeredAt: NOW, tier: 'bronze', now: NOW } as const
  const inDays = (days: number) => plus(NOW, days * DAY)

  it('is when being new ends, then when the customer has stayed away', () => {
    expect(nextSegmentChange(facts, 'new')).toBe(inDays(30))
    expect(nextSegmentChange({ ...facts, now: inDays(30) }, 'active')).toBe(inDays(60))
    expect(nextSegmentChange({ ...facts, now: inDays(60) }, 'at_risk')).toBe(inDays(180))
    expect(nextSegmentChange({ ...facts, now: inDays(180) }, 'lapsed')).toBeNull()
  })
  it('passes over what changes nothing', () => {
    const loyal = { ...facts, deliveredOrders: 3, lastOrderAt: inDays(10), tier: 'gold' } as const
    expect(nextSegmentChange({ ...loyal, now: inDays(10) }, 'loyal')).toBe(inDays(70))
  })
  it('is now for what should have changed already', () => {
    expect(nextSegmentChange({ ...facts, now: inDays(61) }, 'active')).toBe(inDays(61))
  })
})

describe('explainSegmentation', () => {
  it('names the facts', () => {
    const lastOrderAt = plus(NOW, -DAY)
    const facts = {
      ...{ deliveredOrders: 2, registeredAt: plus(NOW, -90 * DAY), tier: 'gold' as const },
      ...{ lastOrderAt, now: NOW },
    }
    expect(explainSegmentation(facts, customerSegmentationPolicy(facts))).toEqual({
      policy: 'customerSegmentationPolicy',
      rules: ['gold_tier'],
      inputs: { deliveredOrders: 2, registeredAt: plus(NOW, -90 * DAY), tier: 'gold', lastOrderAt },
      outcome: 'loyal',
    })
  })
})

describe('the welcome promotion', () => {
  it('has a code that a promotion can have', () => {
    expect(promotionCodeSchema.parse(WELCOME_CODE)).toBe(WELCOME_CODE)
    expect(customerRules.welcome.percent).toBe(10)
  })
})
