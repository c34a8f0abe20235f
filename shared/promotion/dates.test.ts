import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
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
  it('and its start are taken back when an operator was earlier', () => {
    const events = spec.given().when({ ...create, endsAt }).decision.events
    expect(spec.given(...events).when({ type: 'ExpirePromotion', reason: 'operator' }).effects).toEqual([
      { type: 'cancelTimer', id: 'start' },
      { type: 'cancelTimer', id: 'end' },
    ])
  })
  it('of a draft is certain too', () => {
    expect(spec.given().when({ ...create, endsAt, draft: true }).effects).toEqual([
      { type: 'timer', id: 'end', at: endsAt, command: expire },
    ])
  })
})

describe('the start of a promotion', () => {
  const startsAt = plus(NOW, DAY)
  const start = { type: 'StartPromotion' } as const
  const timer = { type: 'timer', id: 'start', at: startsAt, command: start }

  it('is set with a date to come', () => {
    expect(spec.given().when({ ...create, startsAt }).effects).toEqual([timer])
  })
  it('is not set for one that may be used at once', () => {
    expect(spec.given().when({ ...create, startsAt: NOW }).effects).toEqual([])
  })
  it('comes with a command that the promotion takes', () => {
    const { events } = spec.given().when({ ...create, startsAt }).decision
    const started = spec.given(...events).when(start, { now: startsAt })
    started.then({ type: 'PromotionStarted', data: { code: 'SPRING' } })
    expect(started.effects).toEqual([])
  })
  it('of a draft is set when it is activated', () => {
    const draft = spec.given().when({ ...create, startsAt, draft: true })
    expect(draft.effects).toEqual([])
    const { events } = draft.decision
    expect(spec.given(...events).when({ type: 'ActivatePromotion' }).effects).toEqual([timer])
  })
  it('of a draft whose date has passed needs no timer', () => {
    const { events } = spec.given().when({ ...create, startsAt, draft: true }).decision
    const late = { now: plus(startsAt, 1) }
    // The fold of a specification plays at its own time; the decision does at the later one.
    expect(spec.given(...events).when({ type: 'ActivatePromotion' }, late).effects).toEqual([])
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
