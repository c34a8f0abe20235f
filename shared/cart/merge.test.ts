import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.fixture.ts'
import { cart } from './aggregate.ts'
import type { CartCommand } from './commands.ts'
import type { CartEvent, CartLine } from './events.ts'

const spec = specification(cart, { id: 'crt_1' })
function line(sku: string, quantity: number): CartLine {
  return { sku, name: sku, quantity, unitPrice: { amount: 1999, currency: 'USD' } }
}
const created: CartEvent = { type: 'CartCreated', data: { currency: 'USD' } }
const twoMugs: CartEvent = { type: 'ProductAddedToCart', data: { line: line('MUG', 2), added: 2 } }
const abandoned: CartEvent = { type: 'CartAbandoned', data: { lines: 1 } }
const merged: CartEvent = { type: 'CartMerged', data: { intoCartId: 'crt_2' } }
const checkedOut: CartEvent = { type: 'CartCheckedOut', data: { orderId: 'ord_1', customerId: 'cus_1' } }
const merge: Extract<CartCommand, { type: 'MergeCarts' }> = {
  type: 'MergeCarts',
  fromCartId: 'crt_guest',
  promotions: [],
  lines: [line('MUG', 3), line('TEE', 1)],
}

describe('MergeCarts', () => {
  const mergedLines = [line('MUG', 5), line('TEE', 1)]

  it("adds the guest cart's lines", () => {
    spec
      .given(created, twoMugs)
      .when(merge)
      .then({
        type: 'CartUpdated',
        data: {
          lines: mergedLines,
          cause: 'merged',
          fromCartId: 'crt_guest',
          decisions: [
            {
              policy: 'cartMergePolicy',
              rules: [],
              inputs: { linesInto: 1, linesFrom: 2, lineLimit: 100, quantityLimit: 999 },
              outcome: 'all_taken',
            },
          ],
        },
      })
  })
  it('reports what exceeded the limits', () => {
    const { decision } = spec
      .given(created, twoMugs)
      .when({ ...merge, lines: [line('MUG', 998)] })
      .thenTypes('CartUpdated')
    expect(decision.events[0]?.data).toMatchObject({
      lines: [line('MUG', 999)],
      capped: [{ sku: 'MUG', rule: 'quantity_limit' }],
      decisions: [{ policy: 'cartMergePolicy', rules: ['quantity_limit'], outcome: 'capped' }],
    })
  })
  it('opens an abandoned cart again', () => {
    expect(spec.given(created, twoMugs, abandoned).when(merge).state?.status).toBe('open')
  })
  it('adds the same guest cart once', () => {
    const { events } = spec.given(created, twoMugs).when(merge).decision
    spec
      .given(created, twoMugs, ...events)
      .when(merge)
      .then()
    spec
      .given(created, twoMugs, ...events, checkedOut)
      .when(merge)
      .then()
  })
  it('adds one guest cart after another', () => {
    const { events } = spec.given(created, twoMugs).when(merge).decision
    const { state } = spec
      .given(created, twoMugs, ...events)
      .when({ ...merge, fromCartId: 'crt_other' })
      .thenTypes('CartUpdated')
    expect(state?.mergedCartIds).toEqual(['crt_guest', 'crt_other'])
    expect(state?.lines[0]?.quantity).toBe(8)
  })
  it('is refused for a cart in another currency', () => {
    const euros = { ...line('MUG', 1), unitPrice: { amount: 1, currency: 'EUR' } }
    spec
      .given(created)
      .when({ ...merge, lines: [euros] })
      .thenRefused('wrong_currency')
  })
  it('is refused for the cart itself', () => {
    spec
      .given(created, twoMugs)
      .when({ ...merge, fromCartId: 'crt_1' })
      .thenRefused('cart_not_mergeable')
  })
})

describe('the codes of a merge', () => {
  const code = (name: string) => ({ code: name, discount: { amount: 100, currency: 'USD' } })
  const applied = (name: string): CartEvent => ({
    type: 'PromotionApplied',
    data: { ...code(name), decisions: [] },
  })
  const withCodes = (...names: string[]) => ({ ...merge, promotions: names.map(code) })

  it('are merged, and have to be quoted again', () => {
    const { state } = spec.given(created, applied('OWN')).when(withCodes('SPRING')).thenTypes('CartUpdated')
    expect(state?.promotions).toEqual([
      { ...code('OWN'), outdated: true },
      { ...code('SPRING'), outdated: true },
    ])
  })
  it('are added once', () => {
    const { state, decision } = spec.given(created, applied('SPRING')).when(withCodes('SPRING', 'SUMMER'))
    expect(state?.promotions.map((promotion) => promotion.code)).toEqual(['SPRING', 'SUMMER'])
    expect(decision.events[0]?.data).toMatchObject({ promotions: [code('SUMMER')] })
  })
  it('are reported where they exceed the limit', () => {
    const own = Array.from({ length: 9 }, (_, index) => `OWN-${index}`)
    const { state, decision } = spec.given(created, ...own.map(applied)).when(withCodes('SPRING', 'SUMMER'))
    expect(state?.promotions).toHaveLength(10)
    expect(decision.events[0]?.data).toMatchObject({
      promotions: [code('SPRING')],
      droppedCodes: [{ code: 'SUMMER', rule: 'promotion_limit' }],
    })
  })
})

describe('MergeInto', () => {
  const into = { type: 'MergeInto', intoCartId: 'crt_2' } as const

  it('closes the source cart, abandoned or not', () => {
    spec.given(created, twoMugs).when(into).then(merged)
    const { state } = spec.given(created, twoMugs, abandoned).when(into).then(merged)
    expect(state).toMatchObject({ status: 'merged', intoCartId: 'crt_2' })
  })
  it('merges into one cart only', () => {
    spec.given(created, twoMugs, merged).when(into).then()
    spec
      .given(created, twoMugs, merged)
      .when({ ...into, intoCartId: 'crt_3' })
      .thenRefused('cart_closed')
    spec.given(created, twoMugs, checkedOut).when(into).thenRefused('cart_closed')
  })
  it('is refused for the cart itself', () => {
    spec
      .given(created, twoMugs)
      .when({ ...into, intoCartId: 'crt_1' })
      .thenRefused('cart_not_mergeable')
  })
})

describe('RecordMergeOutcome', () => {
  const to = { kind: 'cart', id: 'crt_2' }
  const refused = { ok: false as const, to, refusal: { code: 'cart_closed', detail: 'Checked out.' } }
  const taken = { ok: true as const, to, version: 3, events: [] }
  const record = (outcome: typeof refused | typeof taken, intoCartId = 'crt_2'): CartCommand => ({
    ...{ type: 'RecordMergeOutcome', intoCartId },
    outcome: [outcome],
  })

  it('changes nothing where the lines were taken', () => {
    spec.given(created, twoMugs, merged).when(record(taken)).then()
  })
  it('opens the cart again where they were not', () => {
    const { state } = spec
      .given(created, twoMugs, merged)
      .when(record(refused))
      .then({ type: 'CartMergeFailed', data: { intoCartId: 'crt_2', reason: 'cart_closed' } })
    expect(state).toMatchObject({ status: 'open', lines: [line('MUG', 2)] })
    expect(state).not.toHaveProperty('intoCartId')
  })
  it('is about the cart that it names', () => {
    spec.given(created, twoMugs, merged).when(record(refused, 'crt_3')).then()
    spec.given(created, twoMugs).when(record(refused)).then()
  })
})

describe('RemovePromotion', () => {
  const applied: CartEvent = {
    type: 'PromotionApplied',
    data: { code: 'SPRING', discount: { amount: 100, currency: 'USD' }, decisions: [] },
  }

  it('takes the code off', () => {
    const { state } = spec
      .given(created, applied)
      .when({ type: 'RemovePromotion', code: 'SPRING' })
      .then({ type: 'PromotionRemoved', data: { code: 'SPRING' } })
    expect(state?.promotions).toEqual([])
  })
  it('opens an abandoned cart again', () => {
    const remove = { type: 'RemovePromotion', code: 'SPRING' } as const
    expect(spec.given(created, twoMugs, applied, abandoned).when(remove).state?.status).toBe('open')
  })
  it('is refused for a code that is not there, and for a closed cart', () => {
    const remove = { type: 'RemovePromotion', code: 'SUMMER' } as const
    spec.given(created, applied).when(remove).thenRefused('promotion_not_in_cart')
    spec.given(created, applied, checkedOut).when(remove).thenRefused('cart_closed')
  })
})
