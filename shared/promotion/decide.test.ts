import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'
import type { PromotionEvent } from './events.ts'
import type { Conditions, EligibilityFacts, PromotionBenefit, PromotionTerms } from './terms.ts'

const spec = specification(promotion, { id: 'SPRING' })
const tenPercent: PromotionBenefit = { kind: 'percentage', value: { percent: 10 } }
const usd = (amount: number) => ({ amount, currency: 'USD' })
const fiveOff: PromotionBenefit = { kind: 'fixed', value: { amount: usd(500) } }

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
type Applied = Extract<PromotionEvent, { type: 'PromotionApplied' }>
function applied(orderId: string, uses: number, extra: Partial<Applied['data']> = {}): PromotionEvent {
  return {
    type: 'PromotionApplied',
    data: {
      code: 'SPRING',
      orderId,
      customerId: 'cus_1',
      terms,
      discount: usd(650),
      uses,
      decisions: [],
      ...extra,
    },
  }
}
/** The claim's own decision, beside which a test looks at all the rest. */
function decided(rules: string[], inputs: Record<string, unknown>): Pick<Applied['data'], 'decisions'> {
  const basket = { currency: 'USD', spend: 6498, tier: 'bronze', segment: 'new', firstOrder: true }
  const decision = { policy: 'promotionEligibilityPolicy', rules, outcome: 'eligible' }
  return { decisions: [{ ...decision, inputs: { ...basket, ...inputs } }] }
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
    (benefit) => {
      const { decision } = spec.given().when({ ...create, gift: benefit, conditions: { skus: ['MUG'] } })
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
})

describe('ApplyPromotion', () => {
  it('claims a use and reports the terms and their discount', () => {
    spec
      .given(created())
      .when(apply('ord_1'))
      .then(applied('ord_1', 1, decided([], { uses: 0 })))
  })
  it('counts on from earlier uses', () => {
    spec
      .given(created(), applied('ord_1', 1))
      .when(apply('ord_2', 'cus_2'))
      .then(applied('ord_2', 2, { customerId: 'cus_2', ...decided([], { uses: 1 }) }))
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
  it('reports when the last use is claimed', () => {
    spec
      .given(created({ usageLimit: 1 }))
      .when(apply('ord_1'))
      .then(
        applied('ord_1', 1, { usageLimit: 1, ...decided(['exhausted'], { uses: 0, usageLimit: 1 }) }),
        exhausted,
      )
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
  it('is worth what it takes off shipping, as far as the price is known', () => {
    const benefit: PromotionBenefit = { kind: 'free_shipping', value: {} }
    const free = created({ terms: { ...terms, gift: benefit, class: 'shipping' } })
    const claim = apply('ord_1')
    const worth = (claim: ReturnType<typeof apply>) => {
      const [event] = spec.given(free).when(claim).thenTypes('PromotionApplied').decision.events
      return event?.type === 'PromotionApplied' ? event.data.discount : undefined
    }
    expect(worth({ ...claim, facts: { ...claim.facts, shippingPrice: 700 } })).toEqual(usd(700))
    expect(worth(claim)).toEqual(usd(0))
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
  it('is refused where there is no promotion', () => {
    spec.given().when(release).thenRefused('promotion_not_found')
  })
  it('makes an exhausted promotion usable again, by the same customer too', () => {
    spec
      .given(created({ usageLimit: 1, perCustomerLimit: 1 }), applied('ord_1', 1), exhausted, released)
      .when(apply('ord_2'))
      .then(
        applied('ord_2', 1, {
          usageLimit: 1,
          ...decided(['exhausted', 'per_customer_limit'], {
            ...{ uses: 0, usageLimit: 1, perCustomerLimit: 1, usesOfCustomer: 0 },
          }),
        }),
        exhausted,
      )
  })
})

describe('a draft', () => {
  const create = { type: 'CreatePromotion', code: 'SPRING', gift: tenPercent } as const
  const draft = created({ draft: true })
  const activate = { type: 'ActivatePromotion' } as const
  const activated: PromotionEvent = { type: 'PromotionActivated', data: { code: 'SPRING' } }

  it('is created as one when it is asked for', () => {
    spec
      .given()
      .when({ ...create, draft: true })
      .then(draft)
    spec
      .given()
      .when({ ...create, draft: false })
      .then(created())
  })
  it('cannot be used before it is activated', () => {
    const { decision } = spec.given(draft).when(apply('ord_1')).thenRefused('promotion_not_eligible')
    expect(decision.refusal?.facts).toEqual({ reasons: ['not_started'] })
    spec.given(draft, activated).when(apply('ord_1')).thenTypes('PromotionApplied')
  })
  it('is activated once', () => {
    spec.given(draft).when(activate).then(activated)
    spec.given(draft, activated).when(activate).then()
    spec.given(created()).when(activate).then()
  })
  it('cannot be activated after its end', () => {
    spec.given(draft, expired).when(activate).thenRefused('promotion_expired')
    spec
      .given(created({ draft: true, endsAt: NOW }))
      .when(activate)
      .thenRefused('promotion_expired')
  })
  it('is not activated where there is no promotion', () => {
    spec.given().when(activate).thenRefused('promotion_not_found')
  })
})

describe('StartPromotion', () => {
  const start = { type: 'StartPromotion' } as const
  const started: PromotionEvent = { type: 'PromotionStarted', data: { code: 'SPRING' } }

  it('reports the start once', () => {
    const scheduled = created({ startsAt: NOW })
    spec.given(scheduled).when(start).then(started)
    spec.given(scheduled, started).when(start).then()
  })
  it.each<[string, PromotionEvent[]]>([
    ['has not come', [created({ startsAt: plus(NOW, 1) })]],
    ['is that of a draft', [created({ startsAt: NOW, draft: true })]],
    ['is that of a promotion which has ended', [created({ startsAt: NOW }), expired]],
  ])('reports nothing when the start %s', (_, events) => {
    spec
      .given(...events)
      .when(start)
      .then()
  })
  it('reports it for a promotion that is exhausted already', () => {
    const scheduled = created({ startsAt: NOW, usageLimit: 1 })
    spec
      .given(scheduled, applied('ord_1', 1, { usageLimit: 1 }), exhausted)
      .when(start)
      .then(started)
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
