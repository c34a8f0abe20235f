import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.ts'
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
  customerId: 'cus_1',
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
  it('tells what did not fit', () => {
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

describe('RecordMerged', () => {
  const record = { type: 'RecordMerged', intoCartId: 'crt_2' } as const

  it('closes the guest cart, abandoned or not', () => {
    spec.given(created, twoMugs).when(record).then(merged)
    const { state } = spec.given(created, twoMugs, abandoned).when(record).then(merged)
    expect(state).toMatchObject({ status: 'merged', intoCartId: 'crt_2' })
  })
  it('changes nothing once the cart is closed', () => {
    spec.given(created, twoMugs, merged).when(record).then()
    spec.given(created, twoMugs, checkedOut).when(record).then()
  })
})
