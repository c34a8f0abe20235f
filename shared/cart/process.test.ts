import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus } from '../core/time.ts'
import { cart } from './aggregate.ts'
import type { CartCommand } from './commands.ts'
import type { CartEvent } from './events.ts'

const spec = specification(cart, { id: 'crt_1' })
const price = { amount: 1999, currency: 'USD' }
const line = { sku: 'MUG', name: 'Mug', quantity: 1, unitPrice: price }
const product = { sku: 'MUG', name: 'Mug', price, weightGrams: 0, onSale: true }

const created: CartEvent = { type: 'CartCreated', data: { currency: 'USD' } }
const added: CartEvent = { type: 'ProductAddedToCart', data: { line, added: 1 } }
const add = { type: 'AddItem', sku: 'MUG', quantity: 1, product } as const
const quote = {
  type: 'ApplyPromotion',
  code: 'SPRING',
  quote: { discount: price, decisions: [] },
} satisfies CartCommand
const set = { type: 'timer', id: 'abandon', at: plus(NOW, DAY), command: { type: 'AbandonCart' } }
const taken = { type: 'cancelTimer', id: 'abandon' }

describe('the abandonment', () => {
  it('is not set for an empty cart', () => {
    expect(spec.given().when({ type: 'CreateCart', currency: 'USD' }).effects).toEqual([])
    expect(spec.given(created).when(quote).effects).toEqual([taken])
  })
  it.each([add, { ...add, type: 'ChangeQuantity', quantity: 2 } as const, quote])(
    'is 24 hours after $type',
    (command) => {
      expect(spec.given(created, added).when(command).effects).toEqual([set])
    },
  )
  it('moves with the last change', () => {
    const now = plus(NOW, DAY - 1)
    expect(spec.given(created, added).when(add, { now }).effects).toEqual([{ ...set, at: plus(now, DAY) }])
  })
  it('moves when the cart gets new prices', () => {
    const products = [{ ...product, price: { ...price, amount: 1 } }]
    expect(spec.given(created, added).when({ type: 'ReviewPrices', products }).effects).toEqual([set])
  })
  it('is set again when an abandoned cart is opened', () => {
    const abandoned: CartEvent = { type: 'CartAbandoned', data: { lines: 1 } }
    expect(spec.given(created, added, abandoned).when(add).effects).toEqual([set])
  })
  it.each([
    { type: 'RemoveItem', sku: 'MUG' } as const,
    { type: 'CheckOut', orderId: 'ord_1', customerId: 'cus_1' } as const,
    { type: 'AbandonCart' } as const,
  ])('is taken back by $type', (command) => {
    expect(spec.given(created, added).when(command).effects).toEqual([taken])
  })
})

describe('a merge', () => {
  const mergeInto = { type: 'MergeInto', intoCartId: 'crt_2' } as const
  const applied: CartEvent = {
    type: 'PromotionApplied',
    data: { code: 'SPRING', discount: price, decisions: [] },
  }

  it('sends lines and codes to the target cart, and receives the result', () => {
    expect(spec.given(created, added, applied).when(mergeInto).effects).toEqual([
      taken,
      {
        type: 'commands',
        steps: [
          {
            to: { kind: 'cart', id: 'crt_2' },
            command: {
              type: 'MergeCarts',
              fromCartId: 'crt_1',
              lines: [line],
              promotions: [{ code: 'SPRING', discount: price, outdated: false }],
            },
          },
        ],
        stopAtRefusal: true,
        reply: { type: 'RecordMergeOutcome', intoCartId: 'crt_2' },
      },
    ])
  })
  it('that failed sets the abandonment again', () => {
    const merged: CartEvent = { type: 'CartMerged', data: { intoCartId: 'crt_2' } }
    const refusal = { code: 'cart_closed', detail: 'The cart is checked out.' }
    const outcome = [{ ok: false as const, to: { kind: 'cart', id: 'crt_2' }, refusal }]
    const record: CartCommand = { type: 'RecordMergeOutcome', intoCartId: 'crt_2', outcome }
    expect(spec.given(created, added, merged).when(record).effects).toEqual([set])
  })
})
