import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'
import type { PromotionCommand } from './commands.ts'
import type { PromotionEvent } from './events.ts'
import type { Conditions, EligibilityFacts, PromotionGift, PromotionTerms } from './terms.ts'

const spec = specification(promotion, { id: 'SPRING' })
const tenPercent: PromotionGift = { kind: 'percentage', value: { percent: 10 } }
const usd = (amount: number) => ({ amount, currency: 'USD' })
const fiveOff: PromotionGift = { kind: 'fixed', value: { amount: usd(500) } }

const terms: PromotionTerms = {
  code: 'SPRING',
  gift: tenPercent,
  class: 'order',
  combinesWith: [],
  exclusive: false,
  priority: 0,
}

type Created = Extract<PromotionEvent, { type: 'PromotionCreated' }>
function created(overrides: Partial<Created['data']> = {}): Created {
  return { type: 'PromotionCreated', data: { terms, conditions: {}, ...overrides } }
}

const facts: EligibilityFacts = {
  customerId: 'cus_1',
  currency: 'USD',
  lines: [
    { sku: 'MUG', quantity: 2, unitPrice: 1999 },
    { sku: 'TEE', quantity: 1, unitPrice: 2500 },
  ],
  customer: { tier: 'bronze', segment: 'new', firstOrder: true },
}
function apply(orderId: string, customerId = 'cus_1') {
  return { type: 'ApplyPromotion', orderId, facts: { ...facts, customerId } } as const
}
function applied(
  orderId: string,
  uses: number,
  extra: { usageLimit?: number; customerId?: string } = {},
): PromotionEvent {
  return {
    type: 'PromotionApplied',
    data: { code: 'SPRING', orderId, customerId: 'cus_1', terms, discount: usd(650), uses, ...extra },
  }
}
const use = { code: 'SPRING', orderId: 'ord_1', customerId: 'cus_1' }
const confirmed: PromotionEvent = { type: 'PromotionUseConfirmed', data: use }
const released: PromotionEvent = {
  type: 'PromotionReleased',
  data: { ...use, reason: 'order_cancelled', uses: 0 },
}
const release = { type: 'ReleasePromotion', orderId: 'ord_1', reason: 'order_cancelled' } as const
const exhausted: PromotionEvent = { type: 'PromotionExhausted', data: { code: 'SPRING', uses: 1 } }
const expired: PromotionEvent = { type: 'PromotionExpired', data: { code: 'SPRING', reason: 'operator' } }

describe('CreatePromotion', () => {
  const create = { type: 'CreatePromotion', code: 'SPRING', gift: tenPercent } as const

  it('fills in what was not said', () => {
    spec.given().when(create).then(created())
  })
  it('keeps what was said', () => {
    const said = {
      startsAt: NOW,
      endsAt: plus(NOW, DAY),
      usageLimit: 10,
      perCustomerLimit: 1,
      customerId: 'cus_1',
      currency: 'USD',
      conditions: { minimumSpend: usd(2000) },
    }
    spec
      .given()
      .when({
        ...create,
        ...said,
        class: 'product',
        combinesWith: ['order', 'shipping', 'order'],
        exclusive: true,
        priority: 7,
      })
      .then(
        created({
          ...said,
          terms: {
            ...terms,
            class: 'product',
            combinesWith: ['order', 'shipping'],
            exclusive: true,
            priority: 7,
          },
        }),
      )
  })
  it('takes a code in any case', () => {
    spec
      .given()
      .when({ ...create, code: 'spring' })
      .then(created())
  })
  it.each([tenPercent, fiveOff])(
    'is on products when it names some, and then the terms name them ($kind)',
    (gift) => {
      const { decision } = spec.given().when({ ...create, gift, conditions: { skus: ['MUG'] } })
      expect(decision.events[0]?.data).toMatchObject({
        terms: { class: 'product', skus: ['MUG'] },
        conditions: { skus: ['MUG'] },
      })
    },
  )
  it('is on the whole order if it says so, whatever products it asks for', () => {
    const conditions: Conditions = { skus: ['MUG'] }
    spec
      .given()
      .when({ ...create, class: 'order', conditions })
      .then(created({ conditions }))
  })
  it('is off shipping if it says so', () => {
    spec
      .given()
      .when({ ...create, class: 'shipping' })
      .then(created({ terms: { ...terms, class: 'shipping' } }))
  })
  it("has its fixed amount's currency", () => {
    spec
      .given()
      .when({ ...create, gift: fiveOff })
      .then(created({ terms: { ...terms, gift: fiveOff }, currency: 'USD' }))
  })
  it("has its minimum spend's currency", () => {
    const conditions: Conditions = { minimumSpend: usd(2000) }
    spec
      .given()
      .when({ ...create, conditions })
      .then(created({ conditions, currency: 'USD' }))
  })
  it('is refused when the code is taken', () => {
    spec.given(created()).when(create).thenRefused('promotion_exists')
  })
  it.each<[string, Partial<Extract<PromotionCommand, { type: 'CreatePromotion' }>>]>([
    ['it ends when it starts', { startsAt: NOW, endsAt: NOW }],
    ['its amount is in another currency than it', { gift: fiveOff, currency: 'EUR' }],
    [
      'its amounts are in two currencies',
      { gift: fiveOff, conditions: { minimumSpend: { amount: 1, currency: 'EUR' } } },
    ],
    ['it takes nothing off', { gift: { kind: 'fixed', value: { amount: usd(0) } } }],
  ])('is refused when %s', (_, fields) => {
    spec
      .given()
      .when({ ...create, ...fields })
      .thenRefused('promotion_invalid')
  })
})

describe('ApplyPromotion', () => {
  it('claims a use and tells the terms and what they are worth', () => {
    spec.given(created()).when(apply('ord_1')).then(applied('ord_1', 1))
  })
  it('counts on from earlier uses', () => {
    spec
      .given(created(), applied('ord_1', 1))
      .when(apply('ord_2', 'cus_2'))
      .then(applied('ord_2', 2, { customerId: 'cus_2' }))
  })
  it('claims once for an order', () => {
    spec.given(created(), applied('ord_1', 1)).when(apply('ord_1')).then()
  })
  it('claims nothing again for a confirmed order', () => {
    spec.given(created(), applied('ord_1', 1), confirmed).when(apply('ord_1')).then()
  })
  it('answers a repeated claim even when the last use was its own', () => {
    spec
      .given(created({ usageLimit: 1 }), applied('ord_1', 1, { usageLimit: 1 }), exhausted)
      .when(apply('ord_1'))
      .then()
  })
  it('tells when the last use is taken', () => {
    spec
      .given(created({ usageLimit: 1 }))
      .when(apply('ord_1'))
      .then(applied('ord_1', 1, { usageLimit: 1 }), exhausted)
  })
  it('is refused with every reason against it', () => {
    const given = created({
      usageLimit: 1,
      perCustomerLimit: 1,
      startsAt: plus(NOW, DAY),
      conditions: { skus: ['CAP'] },
    })
    const { decision } = spec
      .given(given, applied('ord_1', 1))
      .when(apply('ord_2'))
      .thenRefused('promotion_not_eligible')
    expect(decision.refusal?.facts).toEqual({
      reasons: ['not_started', 'exhausted', 'per_customer_limit', 'no_matching_product'],
    })
  })
  it('is refused after the promotion has expired', () => {
    spec.given(created(), expired).when(apply('ord_1')).thenRefused('promotion_not_eligible')
  })
  it('is refused with unknown_code where there is no promotion', () => {
    const { decision } = spec.given().when(apply('ord_1')).thenRefused('promotion_not_eligible')
    expect(decision.refusal?.facts).toEqual({ reasons: ['unknown_code'] })
  })
})

describe('ConfirmPromotionUse', () => {
  const confirm = { type: 'ConfirmPromotionUse', orderId: 'ord_1' } as const

  it('spends the claimed use', () => {
    spec.given(created(), applied('ord_1', 1)).when(confirm).then(confirmed)
  })
  it('spends it even after the promotion has ended', () => {
    spec.given(created(), applied('ord_1', 1), expired).when(confirm).then(confirmed)
  })
  it('changes nothing the second time', () => {
    spec.given(created(), applied('ord_1', 1), confirmed).when(confirm).then()
  })
  it('changes nothing for an order without a claim', () => {
    spec.given(created()).when(confirm).then()
  })
  it('is refused where there is no promotion', () => {
    spec.given().when(confirm).thenRefused('promotion_not_found')
  })
})

describe('ReleasePromotion', () => {
  it('gives a claimed use back', () => {
    spec.given(created(), applied('ord_1', 1)).when(release).then(released)
  })
  it('gives a confirmed use back', () => {
    spec.given(created(), applied('ord_1', 1), confirmed).when(release).then(released)
  })
  it('changes nothing the second time', () => {
    spec.given(created(), applied('ord_1', 1), released).when(release).then()
    spec.given(created(), applied('ord_1', 1), confirmed, released).when(release).then()
  })
  it('changes nothing for an order without a claim', () => {
    spec.given(created(), applied('ord_2', 1)).when(release).then()
  })
  it('changes nothing where there is no promotion', () => {
    spec.given().when(release).then()
  })
  it('makes an exhausted promotion usable again, by the same customer too', () => {
    spec
      .given(created({ usageLimit: 1, perCustomerLimit: 1 }), applied('ord_1', 1), exhausted, released)
      .when(apply('ord_2'))
      .then(applied('ord_2', 1, { usageLimit: 1 }), exhausted)
  })
})

describe('ExpirePromotion', () => {
  it('ends the promotion', () => {
    spec.given(created()).when({ type: 'ExpirePromotion', reason: 'operator' }).then(expired)
  })
  it('ends one that has not started', () => {
    spec
      .given(created({ startsAt: plus(NOW, DAY) }))
      .when({ type: 'ExpirePromotion', reason: 'operator' })
      .then(expired)
  })
  it('changes nothing the second time', () => {
    spec.given(created(), expired).when({ type: 'ExpirePromotion', reason: 'end_date' }).then()
  })
  it('is refused where there is no promotion', () => {
    spec.given().when({ type: 'ExpirePromotion', reason: 'operator' }).thenRefused('promotion_not_found')
  })
})
