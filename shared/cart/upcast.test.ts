import { describe, expect, it } from 'vitest'
import { cartEvent } from './events.ts'
import { cartUpcasters } from './upcast.ts'

/** Data as the first release stored it, in today's shape. */
function today(type: 'CartUpdated' | 'PromotionApplied', data: unknown) {
  const steps = cartUpcasters[type] ?? []
  return cartEvent.parse({ type, data: steps.reduce((form, step) => step(form), data) })
}

describe('events of the first release', () => {
  it('have no decision on a change of lines', () => {
    const data = {
      lines: [],
      cause: 'merged',
      fromCartId: 'crt_1',
      capped: [{ sku: 'MUG', rule: 'line_limit' }],
    }
    expect(today('CartUpdated', data)).toEqual({ type: 'CartUpdated', data: { ...data, decisions: [] } })
  })
  it('have no decision on a quote', () => {
    const data = { code: 'SPRING', discount: { amount: 1, currency: 'USD' } }
    expect(today('PromotionApplied', data)).toEqual({
      type: 'PromotionApplied',
      data: { ...data, decisions: [] },
    })
  })
})
