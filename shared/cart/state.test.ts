import { describe, expect, it } from 'vitest'
import { specification } from '../core/specification.ts'
import { cart } from './aggregate.ts'
import type { CartEvent } from './events.ts'
import { cartRules } from './policies.ts'
import { evolve } from './state.ts'

const spec = specification(cart)
const created: CartEvent = { type: 'CartCreated', data: { currency: 'USD' } }

describe('evolve', () => {
  it('starts with the creation only', () => {
    expect(() => evolve(null, { type: 'CartAbandoned', data: { lines: 1 } })).toThrow(
      "cannot be a cart's first event",
    )
  })
  it('remembers only so many merged carts, the latest', () => {
    const merges = Array.from(
      { length: cartRules.mergedCarts + 1 },
      (_, n): CartEvent => ({
        type: 'CartUpdated',
        data: { lines: [], cause: 'merged', fromCartId: `crt_${n}`, decisions: [] },
      }),
    )
    const state = spec.fold([created, ...merges])
    expect(state?.mergedCartIds).toHaveLength(cartRules.mergedCarts)
    expect(state?.mergedCartIds[0]).toBe('crt_1')
  })
})
