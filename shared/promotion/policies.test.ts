import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { plus } from '../core/time.ts'
import { type CustomerUses, countUse, noUses } from './customer-uses.ts'
import { promotionEligibilityPolicy } from './policies.ts'
import type { Promotion } from './state.ts'
import type { EligibilityFacts, EligibilityReason } from './terms.ts'

/** Each name stands for one use of theirs. */
function used(...customerIds: string[]): CustomerUses {
  return customerIds.reduce((uses, customerId) => countUse(uses, customerId, 1), noUses)
}
const usd = (amount: number) => ({ amount, currency: 'USD' })
const promotion: Promotion = {
  terms: {
    code: 'SPRING',
    gift: { kind: 'percentage', value: { percent: 10 } },
    class: 'order',
    combinesWith: [],
    exclusive: false,
    priority: 0,
  },
  conditions: {},
  uses: 3,
  draft: false,
  started: false,
  customerUses: noUses,
  claimed: [],
  confirmed: [],
}
const facts: EligibilityFacts = {
  customerId: 'cus_1',
  currency: 'USD',
  lines: [
    { sku: 'MUG', quantity: 2, unitPrice: 1000 },
    { sku: 'TEE', quantity: 1, unitPrice: 500 },
  ],
  customer: { tier: 'silver', segment: 'active', firstOrder: false },
}
const { customer: _, customerId: __, ...guest } = facts

function reasons(changes: Partial<Promotion>, of: EligibilityFacts = facts): readonly EligibilityReason[] {
  const decision = promotionEligibilityPolicy({ ...promotion, ...changes }, of, NOW)
  expect(decision.eligible).toBe(decision.reasons.length === 0)
  return decision.reasons
}

describe('a promotion that takes nothing off', () => {
  const terms = (changes: Partial<Promotion['terms']>) => ({ terms: { ...promotion.terms, ...changes } })
  const freeShipping = terms({ class: 'shipping', gift: { kind: 'free_shipping', value: {} } })

  it.each<[string, Partial<Promotion>, EligibilityFacts]>([
    ['free shipping where it is free', freeShipping, { ...facts, shippingPrice: 0 }],
    ['a percentage of nothing', {}, { ...facts, lines: [{ sku: 'MUG', quantity: 1, unitPrice: 0 }] }],
    ['a share below half a minor unit', {}, { ...facts, lines: [{ sku: 'MUG', quantity: 1, unitPrice: 4 }] }],
    ['products that are not there', terms({ class: 'product', skus: ['CAP'] }), facts],
  ])('is not applied: %s', (_, changes, of) => {
    expect(reasons(changes, of)).toEqual(['worth_nothing'])
  })
  it('may discount shipping while its price is unknown, and does where there is one', () => {
    expect(reasons(freeShipping)).toEqual([])
    expect(reasons(freeShipping, { ...facts, shippingPrice: 1 })).toEqual([])
  })
  it('is reported by its underlying reason, where there is one', () => {
    expect(reasons({ ...freeShipping, usageLimit: 3 }, { ...facts, shippingPrice: 0 })).toEqual(['exhausted'])
  })
})

describe('promotionEligibilityPolicy', () => {
  it('lets a promotion without conditions be used by anybody', () => {
    expect(reasons({})).toEqual([])
    expect(reasons({}, guest)).toEqual([])
  })

  it.each<[EligibilityReason, Partial<Promotion>, Partial<Promotion>]>([
    ['not_started', { startsAt: plus(NOW, 1) }, { startsAt: NOW }],
    ['expired', { endsAt: NOW }, { endsAt: plus(NOW, 1) }],
    ['expired', { expiredBy: 'operator' }, {}],
    ['exhausted', { usageLimit: 3 }, { usageLimit: 4 }],
    [
      'per_customer_limit',
      { perCustomerLimit: 2, customerUses: used('cus_1', 'cus_1') },
      { perCustomerLimit: 2, customerUses: used('cus_1', 'cus_2', 'cus_2') },
    ],
    [
      'minimum_spend',
      { conditions: { minimumSpend: usd(2501) } },
      { conditions: { minimumSpend: usd(2500) } },
    ],
    ['first_order_only', { conditions: { firstOrderOnly: true } }, { conditions: { firstOrderOnly: false } }],
    [
      'wrong_segment',
      { conditions: { segments: ['vip', 'new'] } },
      { conditions: { segments: ['vip', 'active'] } },
    ],
    ['wrong_tier', { conditions: { tiers: ['gold'] } }, { conditions: { tiers: ['silver', 'gold'] } }],
    ['no_matching_product', { conditions: { skus: ['CAP'] } }, { conditions: { skus: ['CAP', 'TEE'] } }],
    ['wrong_currency', { currency: 'EUR' }, { currency: 'USD' }],
    ['unknown_code', { customerId: 'cus_2' }, { customerId: 'cus_1' }],
  ])('%s', (reason, against, inFavour) => {
    expect(reasons(against)).toEqual([reason])
    expect(reasons(inFavour)).toEqual([])
  })

  it('reports every reason', () => {
    expect(
      reasons({
        startsAt: plus(NOW, 2),
        endsAt: NOW,
        usageLimit: 3,
        perCustomerLimit: 1,
        customerUses: used('cus_1'),
        currency: 'USD',
        conditions: {
          minimumSpend: usd(9_999),
          firstOrderOnly: true,
          segments: ['new'],
          tiers: ['gold'],
          skus: ['CAP'],
        },
      }),
    ).toEqual([
      'not_started',
      'expired',
      'exhausted',
      'per_customer_limit',
      'minimum_spend',
      'first_order_only',
      'wrong_segment',
      'wrong_tier',
      'no_matching_product',
    ])
  })

  it('does not compare a minimum spend with a basket in another currency', () => {
    const euros = { amount: 9_999, currency: 'EUR' }
    expect(reasons({ currency: 'EUR', conditions: { minimumSpend: euros } })).toEqual(['wrong_currency'])
  })

  it('lets a buyer on the first order use what is for first orders', () => {
    const customer = { tier: 'bronze', segment: 'new', firstOrder: true } as const
    expect(reasons({ conditions: { firstOrderOnly: true } }, { ...facts, customer })).toEqual([])
  })

  it('takes no condition on the customer to hold for a guest', () => {
    const conditions: Promotion['conditions'] = {
      firstOrderOnly: true,
      segments: ['new'],
      tiers: ['bronze'],
    }
    expect(reasons({ conditions }, guest)).toEqual(['first_order_only', 'wrong_segment', 'wrong_tier'])
  })

  it('counts all buyers without an id as one', () => {
    expect(reasons({ perCustomerLimit: 1, customerUses: used('') }, guest)).toEqual(['per_customer_limit'])
  })

  it('reveals nothing of a personal promotion to other customers', () => {
    expect(reasons({ customerId: 'cus_2', endsAt: NOW })).toEqual(['unknown_code'])
    expect(reasons({ customerId: 'cus_2' }, guest)).toEqual(['unknown_code'])
  })

  it('finds nothing to discount in an empty basket', () => {
    expect(reasons({}, { ...facts, lines: [] })).toEqual(['no_matching_product'])
  })

  it('wants as many units as it takes to get one free, of products that it is on', () => {
    const benefit = { kind: 'buy_x_get_y', value: { buy: 2, get: 1, sku: undefined } } as const
    const bundle = { ...promotion.terms, gift: benefit, class: 'product' } as const
    const mugs = { ...benefit, value: { ...benefit.value, sku: 'MUG' } }
    expect(reasons({ terms: bundle })).toEqual([])
    expect(reasons({ terms: { ...bundle, skus: ['MUG'] } })).toEqual(['no_matching_product'])
    expect(reasons({ terms: { ...bundle, gift: mugs } })).toEqual(['no_matching_product'])
    expect(reasons({ terms: { ...bundle, gift: { ...mugs, value: { ...mugs.value, buy: 1 } } } })).toEqual([])
  })

  it('wants the first tier to be reached, by products that it is on', () => {
    const benefit = { kind: 'tiered', value: { tiers: [{ from: usd(2_500), off: usd(500) }] } } as const
    const tiered = { ...promotion.terms, gift: { ...benefit, value: { tiers: [...benefit.value.tiers] } } }
    expect(reasons({ terms: tiered })).toEqual([])
    expect(reasons({ terms: { ...tiered, class: 'product', skus: ['MUG'] } })).toEqual(['minimum_spend'])
    expect(reasons({ terms: tiered, currency: 'USD' }, { ...facts, currency: 'EUR' })).toEqual([
      'wrong_currency',
    ])
  })

  it('does not allow the use of a draft', () => {
    expect(reasons({ draft: true })).toEqual(['not_started'])
  })

  it('says on what it decided, and by which checks', () => {
    const limits = { usageLimit: 4, perCustomerLimit: 2, customerUses: used('cus_1') }
    const inputs = {
      ...{ currency: 'USD', spend: 2_500, tier: 'silver', segment: 'active', firstOrder: false },
      ...{ uses: 3, usageLimit: 4, perCustomerLimit: 2, usesOfCustomer: 1 },
    }
    const checked = { ...promotion, ...limits, startsAt: NOW, customerId: 'cus_1' }
    expect(promotionEligibilityPolicy(checked, facts, NOW).decision).toEqual({
      policy: 'promotionEligibilityPolicy',
      rules: ['unknown_code', 'not_started', 'exhausted', 'per_customer_limit'],
      inputs,
      outcome: 'eligible',
    })
    const later = { ...checked, startsAt: plus(NOW, 1), terms: promotion.terms }
    expect(promotionEligibilityPolicy(later, facts, NOW).decision).toEqual({
      policy: 'promotionEligibilityPolicy',
      rules: ['not_started'],
      inputs,
      outcome: 'not_eligible',
    })
    const priced = promotionEligibilityPolicy(promotion, { ...guest, shippingPrice: 300 }, NOW).decision
    expect(priced.inputs).toEqual({ currency: 'USD', spend: 2_500, shippingPrice: 300, uses: 3 })
  })
})
