import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.ts'
import { DAY, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'

const spec = specification(promotion)
const endsAt = plus(NOW, DAY)
const create = {
  type: 'CreatePromotion',
  code: 'SPRING',
  gift: { kind: 'percentage', value: { percent: 10 } },
} as const
const expire = { type: 'ExpirePromotion', reason: 'end_date' } as const

describe('the end of a promotion', () => {
  it('is set with the end date', () => {
    expect(spec.given().when({ ...create, endsAt }).effects).toEqual([
      { type: 'timer', id: 'end', at: endsAt, command: expire },
    ])
  })
  it('is not set without one', () => {
    expect(spec.given().when(create).effects).toEqual([])
  })
  it('comes with a command that the promotion takes', () => {
    const events = spec.given().when({ ...create, endsAt }).decision.events
    spec
      .given(...events)
      .when(expire, { now: endsAt })
      .then({ type: 'PromotionExpired', data: { code: 'SPRING', reason: 'end_date' } })
  })
  it('is taken back when an operator was earlier', () => {
    const events = spec.given().when({ ...create, endsAt }).decision.events
    expect(spec.given(...events).when({ type: 'ExpirePromotion', reason: 'operator' }).effects).toEqual([
      { type: 'cancelTimer', id: 'end' },
    ])
  })
})

describe('a use', () => {
  it('causes nothing elsewhere', () => {
    const facts = { currency: 'USD', lines: [{ sku: 'MUG', quantity: 1, unitPrice: 100 }] }
    const events = spec.given().when({ ...create, usageLimit: 1 }).decision.events
    const claim = spec.given(...events).when({ type: 'ApplyPromotion', orderId: 'ord_1', facts })
    expect(claim.effects).toEqual([])
    const claimed = [...events, ...claim.decision.events]
    expect(spec.given(...claimed).when({ type: 'ConfirmPromotionUse', orderId: 'ord_1' }).effects).toEqual([])
    expect(
      spec.given(...claimed).when({ type: 'ReleasePromotion', orderId: 'ord_1', reason: 'cancelled' })
        .effects,
    ).toEqual([])
  })
})
