import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { cart } from './aggregate.ts'
import type { CartEvent } from './events.ts'
import { cartRules } from './policies.ts'

const spec = specification(cart)
const created: CartEvent = { type: 'CartCreated', data: { currency: 'USD' } }

describe('evolve', () => {
  it('starts with the creation only', () => {
    expect(() => cart.evolve(null, { type: 'CartAbandoned', data: { lines: 1 } }, NOW)).toThrow(
      'cannot be the first event',
    )
  })
  it('records a limited number of merged carts, the latest', () => {
    const merges = Array.from(
      { length: cartRules.maxMergedCarts + 1 },
      (_, n): CartEvent => ({
        type: 'CartUpdated',
        data: { lines: [], cause: 'merged', fromCartId: `crt_${n}`, decisions: [] },
      }),
    )
    const state = spec.fold([created, ...merges])
    expect(state?.mergedCartIds).toHaveLength(cartRules.maxMergedCarts)
    expect(state?.mergedCartIds[0]).toBe('crt_1')
  })
})
