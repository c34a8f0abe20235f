import { describe, expect, it } from 'vitest'
import { waitingOrdersPolicy } from './policies.ts'

const order = (orderId: string, ...units: [sku: string, quantity: number][]) => ({
  orderId,
  units: units.map(([sku, quantity]) => ({ sku, quantity })),
})

describe('waitingOrdersPolicy', () => {
  it('lets three wait, and no fourth', () => {
    const waiting = [order('a', ['MUG', 1]), order('b', ['MUG', 1])]
    expect(waitingOrdersPolicy(waiting, order('c', ['MUG', 1]))).toEqual({ allowed: true })
    expect(waitingOrdersPolicy([...waiting, order('c')], order('d'))).toEqual({
      allowed: false,
      rule: 'too_many_open_orders',
      facts: { open: 3, limit: 3 },
    })
  })
  it('lets 50 units of each SKU wait, over all of them', () => {
    const waiting = [order('a', ['MUG', 20], ['PEN', 50]), order('b', ['MUG', 29])]
    expect(waitingOrdersPolicy(waiting, order('c', ['MUG', 1]))).toEqual({ allowed: true })
    expect(waitingOrdersPolicy(waiting, order('c', ['CAP', 50], ['MUG', 2]))).toEqual({
      allowed: false,
      rule: 'too_many_units_held',
      facts: { sku: 'MUG', held: 49, requested: 2, limit: 50 },
    })
    expect(waitingOrdersPolicy([], order('c', ['MUG', 51]))).toMatchObject({ rule: 'too_many_units_held' })
  })
  it('counts an order once that waits already', () => {
    const waiting = [order('a', ['MUG', 50]), order('b'), order('c')]
    expect(waitingOrdersPolicy(waiting, order('a', ['MUG', 50]))).toEqual({ allowed: true })
  })
})
