import { describe, expect, it } from 'vitest'
import type { CommandOf } from '../core/aggregate.ts'
import { NOW, specification } from '../core/specification.fixture.ts'
import { promotion } from './aggregate.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionBenefit, PromotionClass, SpendTier } from './terms.ts'

const spec = specification(promotion, { id: 'SPRING' })
type CreatePromotion = CommandOf<PromotionCommand, 'CreatePromotion'>

const usd = (amount: number) => ({ amount, currency: 'USD' })
const euros = (amount: number) => ({ amount, currency: 'EUR' })
function tiered(...tiers: [from: number, off: number][]): PromotionBenefit {
  return {
    kind: 'tiered',
    value: { tiers: tiers.map(([from, off]): SpendTier => ({ from: usd(from), off: usd(off) })) },
  }
}
const percentage: PromotionBenefit = { kind: 'percentage', value: { percent: 10 } }
const fixed: PromotionBenefit = { kind: 'fixed', value: { amount: usd(500) } }
const freeShipping: PromotionBenefit = { kind: 'free_shipping', value: {} }
const bundle: PromotionBenefit = { kind: 'buy_x_get_y', value: { buy: 2, get: 1 } }
const mugBundle: PromotionBenefit = { kind: 'buy_x_get_y', value: { buy: 2, get: 1, sku: 'MUG' } }
const spend = tiered([5_000, 500], [10_000, 1_500])

function creating(fields: Partial<CreatePromotion>) {
  return spec.given().when({ type: 'CreatePromotion', code: 'SPRING', gift: percentage, ...fields })
}
/** Where the request contradicts itself, and how. */
function refused(fields: Partial<CreatePromotion>) {
  const { facts } = creating(fields).thenRefused('promotion_invalid').decision.refusal ?? {}
  const errors: unknown = facts?.errors
  return Array.isArray(errors) ? errors.map(({ pointer, code }) => [pointer, code]) : []
}

describe('the class of a promotion', () => {
  it.each<[PromotionBenefit, PromotionClass]>([
    [percentage, 'order'],
    [fixed, 'order'],
    [freeShipping, 'shipping'],
    [bundle, 'product'],
    [spend, 'order'],
  ])('follows from its kind ($kind)', (benefit, expected) => {
    expect(creating({ gift: benefit }).thenTypes('PromotionCreated').state?.terms.class).toBe(expected)
  })
  it.each<[PromotionBenefit, PromotionClass, boolean]>([
    [percentage, 'shipping', true],
    [fixed, 'shipping', true],
    [freeShipping, 'order', false],
    [freeShipping, 'product', false],
    [bundle, 'order', true],
    [bundle, 'shipping', false],
    [spend, 'product', true],
    [spend, 'shipping', false],
  ])('can be another where that has a meaning ($0.kind on $1)', (benefit, promotionClass, possible) => {
    if (possible) creating({ gift: benefit, class: promotionClass }).thenTypes('PromotionCreated')
    else expect(refused({ gift: benefit, class: promotionClass })).toEqual([['/class', 'class_not_possible']])
  })
})

describe('the currency of a promotion', () => {
  it('is that of its tiers', () => {
    expect(creating({ gift: spend }).state?.currency).toBe('USD')
  })
  it('is the same in all its amounts', () => {
    const mixed: PromotionBenefit = { kind: 'tiered', value: { tiers: [{ from: usd(100), off: euros(10) }] } }
    expect(refused({ gift: mixed })).toEqual([['/value/tiers/0/off', 'mixed_currencies']])
    expect(refused({ gift: fixed, currency: 'EUR' })).toEqual([['/value/amount', 'mixed_currencies']])
    expect(refused({ gift: fixed, conditions: { minimumSpend: euros(1) } })).toEqual([
      ['/conditions/minimumSpend', 'mixed_currencies'],
    ])
  })
})

describe('what a promotion takes off', () => {
  it('is above zero', () => {
    expect(refused({ gift: { kind: 'fixed', value: { amount: usd(0) } } })).toEqual([
      ['/value/amount', 'amount_is_zero'],
    ])
    expect(refused({ gift: tiered([100, 0]) })).toEqual([['/value/tiers/0/off', 'amount_is_zero']])
  })
  it('rises with each tier', () => {
    expect(refused({ gift: tiered([100, 10], [100, 20]) })).toEqual([['/value/tiers/1', 'tiers_do_not_rise']])
    expect(refused({ gift: tiered([100, 10], [200, 10]) })).toEqual([['/value/tiers/1', 'tiers_do_not_rise']])
    expect(refused({ gift: tiered([200, 20], [100, 10]) })).toEqual([['/value/tiers/1', 'tiers_do_not_rise']])
  })
  it('is never more than a tier asks for', () => {
    expect(refused({ gift: tiered([100, 101]) })).toEqual([['/value/tiers/0/off', 'off_above_from']])
    creating({ gift: tiered([100, 100]) }).thenTypes('PromotionCreated')
  })
})

describe('a bundle of one product', () => {
  it('is among those that the conditions name', () => {
    expect(refused({ gift: mugBundle, conditions: { skus: ['TEE'] } })).toEqual([
      ['/value/sku', 'sku_not_in_conditions'],
    ])
    creating({ gift: mugBundle, conditions: { skus: ['TEE', 'MUG'] } }).thenTypes('PromotionCreated')
  })
})

describe('a promotion that contradicts itself', () => {
  it('in its dates is refused', () => {
    expect(refused({ startsAt: NOW, endsAt: NOW })).toEqual([['/endsAt', 'ends_before_start']])
  })
  it('more than once reports all of them', () => {
    expect(
      refused({ gift: tiered([100, 0], [50, 60]), class: 'shipping', startsAt: NOW, endsAt: NOW }),
    ).toEqual([
      ['/endsAt', 'ends_before_start'],
      ['/value/tiers/0/off', 'amount_is_zero'],
      ['/class', 'class_not_possible'],
      ['/value/tiers/1', 'tiers_do_not_rise'],
      ['/value/tiers/1/off', 'off_above_from'],
    ])
  })
})

describe('a promotion on first orders', () => {
  it('is for one use of each customer, unless it says otherwise', () => {
    const limitOf = (fields: Partial<CreatePromotion>) =>
      creating(fields).thenTypes('PromotionCreated').state?.perCustomerLimit
    expect(limitOf({ conditions: { firstOrderOnly: true } })).toBe(1)
    expect(limitOf({ conditions: { firstOrderOnly: true }, perCustomerLimit: 2 })).toBe(2)
    expect(limitOf({ conditions: { firstOrderOnly: false } })).toBeUndefined()
    expect(limitOf({})).toBeUndefined()
  })
})
