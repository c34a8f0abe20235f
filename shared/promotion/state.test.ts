import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'
import { noUses, usesBy } from './customer-uses.ts'
import type { PromotionEvent } from './events.ts'
import { promotionEligibilityPolicy } from './policies.ts'
import { promotionRules } from './rules.ts'
import { abridged, type Promotion, promotionStatus } from './state.ts'
import type { PromotionTerms } from './terms.ts'

const spec = specification(promotion)
const terms: PromotionTerms = {
  code: 'SPRING',
  gift: { kind: 'percentage', value: { percent: 10 } },
  class: 'order',
  combinesWith: [],
  exclusive: false,
  priority: 0,
}
function created(fields: Partial<Promotion> = {}): PromotionEvent {
  const { startsAt, endsAt, usageLimit, perCustomerLimit } = fields
  return {
    type: 'PromotionCreated',
    data: { terms, conditions: {}, startsAt, endsAt, usageLimit, perCustomerLimit },
  }
}
function applied(orderId: string, uses: number, customerId = 'cus_1'): PromotionEvent {
  const discount = { amount: 1, currency: 'USD' }
  return {
    type: 'PromotionApplied',
    data: { code: 'SPRING', orderId, customerId, terms, discount, uses, decisions: [] },
  }
}
function confirmed(orderId: string): PromotionEvent {
  return { type: 'PromotionUseConfirmed', data: { code: 'SPRING', orderId, customerId: 'cus_1' } }
}
const released: PromotionEvent = {
  type: 'PromotionReleased',
  data: { code: 'SPRING', orderId: 'ord_1', customerId: 'cus_1', reason: 'cancelled', uses: 0 },
}

function status(...events: PromotionEvent[]) {
  const state = spec.fold(events)
  return state && promotionStatus(state, NOW)
}

describe('promotionStatus', () => {
  it('follows from the time', () => {
    expect(status(created())).toBe('active')
    expect(status(created({ startsAt: plus(NOW, 1) }))).toBe('scheduled')
    expect(status(created({ startsAt: NOW, endsAt: plus(NOW, 1) }))).toBe('active')
    expect(status(created({ endsAt: NOW }))).toBe('expired')
  })
  it('follows from the uses', () => {
    expect(status(created({ usageLimit: 2 }), applied('ord_1', 1))).toBe('active')
    expect(status(created({ usageLimit: 1 }), applied('ord_1', 1))).toBe('exhausted')
    expect(status(created({ usageLimit: 1 }), applied('ord_1', 1), released)).toBe('active')
  })
  it('stays expired', () => {
    const expired: PromotionEvent = { type: 'PromotionExpired', data: { code: 'SPRING', reason: 'operator' } }
    expect(status(created({ startsAt: plus(NOW, 1) }), expired)).toBe('expired')
  })
})

describe('what is remembered of single uses', () => {
  it('forgets who used it when there is no limit for each customer', () => {
    expect(spec.fold([created(), applied('ord_1', 1)])?.customerUses).toEqual(noUses)
  })
  it('forgets a customer whose only use was given back', () => {
    const events = [created({ perCustomerLimit: 1 }), applied('ord_1', 1)]
    expect(spec.fold(events)?.customerUses.customers).toBe(1)
    const { customers, buckets } = spec.fold([...events, released])?.customerUses ?? noUses
    expect([customers, buckets.join('')]).toEqual([0, ''])
  })
  it('forgets a confirmed use after 30 days, but goes on counting it', () => {
    const state = spec.fold([
      [created({ perCustomerLimit: 5 }), NOW],
      [applied('ord_1', 1), NOW],
      [confirmed('ord_1'), NOW],
      [applied('ord_2', 2), plus(NOW, 30 * DAY)],
      [confirmed('ord_2'), plus(NOW, 30 * DAY)],
    ])
    expect(state?.confirmed.map((use) => use.orderId)).toEqual(['ord_2'])
    expect(state?.uses).toBe(2)
    expect(usesBy(state?.customerUses ?? noUses, 'cus_1')).toBe(2)
  })
  it('still knows it a millisecond earlier', () => {
    const later = plus(NOW, 30 * DAY - 1)
    const state = spec.fold([
      created(),
      applied('ord_1', 1),
      [confirmed('ord_1'), NOW],
      [applied('ord_2', 2), later],
      [confirmed('ord_2'), later],
    ])
    expect(state?.confirmed).toHaveLength(2)
  })
  it('never keeps more than so many, and lets the oldest go', () => {
    const { maxClaimedUses, maxConfirmedUses } = promotionRules
    const full: Promotion = {
      terms,
      conditions: {},
      uses: maxClaimedUses + maxConfirmedUses,
      draft: false,
      started: false,
      customerUses: noUses,
      claimed: Array.from({ length: maxClaimedUses }, (_, n) => ({ orderId: `claimed_${n}` })),
      confirmed: Array.from({ length: maxConfirmedUses }, (_, n) => ({
        orderId: `confirmed_${n}`,
        confirmedAt: NOW,
      })),
    }
    const claimedOneMore = promotion.evolve(full, applied('ord_1', full.uses + 1), NOW)
    expect(claimedOneMore.claimed).toHaveLength(maxClaimedUses)
    expect(claimedOneMore.claimed[0]?.orderId).toBe('claimed_1')
    expect(claimedOneMore.claimed.at(-1)?.orderId).toBe('ord_1')

    const confirmedOneMore = promotion.evolve(claimedOneMore, confirmed('ord_1'), NOW)
    expect(confirmedOneMore.claimed).toHaveLength(maxClaimedUses - 1)
    expect(confirmedOneMore.confirmed).toHaveLength(maxConfirmedUses)
    expect(confirmedOneMore.confirmed[0]?.orderId).toBe('confirmed_1')
    expect(confirmedOneMore.confirmed.at(-1)?.orderId).toBe('ord_1')
  })
})

describe('an abridged copy', () => {
  it('shows how often a promotion was used, but not by whom', () => {
    const state = spec.fold([
      created({ perCustomerLimit: 2 }),
      applied('ord_1', 1),
      confirmed('ord_1'),
      applied('ord_2', 2),
    ])
    if (!state) throw new Error('the promotion was created')
    expect(abridged(state)).toEqual({ ...state, customerUses: noUses, claimed: [], confirmed: [] })
    expect(abridged(state).uses).toBe(2)
    expect(promotion.abridged).toBe(abridged)
  })
})

describe('a promotion that the whole town uses once', () => {
  const customers = 50_000
  const idOf = (number: number) => `${number.toString(16).padStart(8, '0')}-7c00-7000-8000-0199f3a17c00`
  function claimedBy(number: number, uses: number): PromotionEvent {
    return applied(`ord_${idOf(number)}`, uses, `cus_${idOf(number)}`)
  }
  const full = promotion.state.parse(
    Array.from({ length: customers }, (_, number) => claimedBy(number, number + 1)).reduce(
      (state, event) => promotion.evolve(state, event, NOW),
      promotion.evolve(null, created({ perCustomerLimit: 1 }), NOW),
    ),
  )
  const facts = { currency: 'USD', lines: [{ sku: 'MUG', quantity: 1, unitPrice: 1_000 }] }
  const reasonsFor = (state: Promotion, number: number) =>
    promotionEligibilityPolicy(state, { ...facts, customerId: `cus_${idOf(number)}` }, NOW).reasons

  it('refuses each of them a second use, and no other customer the first', () => {
    for (let number = 0; number < customers; number += 97)
      expect(reasonsFor(full, number)).toEqual(['per_customer_limit'])
    for (let number = customers; number < customers + 500; number += 1)
      expect(reasonsFor(full, number)).toEqual([])
  })
  it('fits into a snapshot with everything else at its largest, and with twice the customers', () => {
    const confirmedAt = NOW
    const confirmed = full.claimed.slice(-promotionRules.maxConfirmedUses)
    const counted = JSON.stringify(full.customerUses).length
    const largest = { ...full, confirmed: confirmed.map((use) => ({ ...use, confirmedAt })) }
    const others = (promotionRules.maxCustomersCounted - customers) * (counted / customers)
    expect(full.claimed).toHaveLength(promotionRules.maxClaimedUses)
    expect(JSON.stringify(largest).length + others).toBeLessThan(1_900_000)
  })
  it('is exhausted to new customers when no more can be distinguished', () => {
    const { maxCustomersCounted } = promotionRules
    const crowded = { ...full, customerUses: { ...full.customerUses, customers: maxCustomersCounted } }
    expect(reasonsFor(crowded, customers)).toEqual(['exhausted'])
    expect(reasonsFor({ ...crowded, perCustomerLimit: 2 }, 0)).toEqual([])
    const { perCustomerLimit: _, ...unlimited } = crowded
    expect(reasonsFor(unlimited, customers)).toEqual([])
  })
})

describe('evolve', () => {
  it('starts with the creation only', () => {
    expect(() => promotion.evolve(null, applied('ord_1', 1), NOW)).toThrow('cannot be the first event')
  })
})
