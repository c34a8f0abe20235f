import { describe, expect, it } from 'vitest'
import { NOW } from '../core/specification.fixture.ts'
import { DAY, HOUR, MINUTE, plus } from '../core/time.ts'
import { createOrder, percent, product, requestedLine } from './order.fixture.ts'
import {
  holdPolicy,
  orderValidationPolicy,
  paymentTriesPolicy,
  pointsPolicy,
  refundRetryPolicy,
  reviewHoldPolicy,
} from './policies.ts'

describe('orderValidationPolicy', () => {
  const violations = (overrides: Parameters<typeof createOrder>[0]) =>
    orderValidationPolicy(createOrder(overrides)).map(({ pointer, code }) => [pointer, code])
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => requestedLine(`SKU-${index}`, 1))

  it('takes 1 to 100 lines of 1 to 999', () => {
    expect(violations({})).toEqual([])
    expect(violations({ lines: [requestedLine('MUG', 1)] })).toEqual([])
    expect(violations({ lines: [requestedLine('MUG', 999)] })).toEqual([])
    expect(violations({ lines: many(100) })).toEqual([])
  })
  it('takes no order without lines, or with more than 100', () => {
    expect(violations({ lines: [] })).toEqual([['/lines', 'no_lines']])
    expect(violations({ lines: many(101) })).toEqual([['/lines', 'too_many_lines']])
  })
  it.each([0, -1])('takes no line of %i', (quantity) => {
    expect(violations({ lines: [requestedLine('PEN', 1), requestedLine('MUG', quantity)] })).toEqual([
      ['/lines/1/quantity', 'quantity_out_of_range'],
    ])
  })
  it('counts what is ordered of a SKU over all lines', () => {
    const lines = [requestedLine('PEN', 1), requestedLine('MUG', 500), requestedLine('MUG', 499)]
    expect(violations({ lines })).toEqual([])
    expect(violations({ lines: [...lines, requestedLine('MUG', 1)] })).toEqual([
      ['/lines/1/quantity', 'quantity_out_of_range'],
    ])
  })
  it('accepts only known SKUs, on sale and in one currency', () => {
    const gone = { sku: 'OLD', quantity: 1, product: { ...product('OLD'), onSale: false } }
    const foreign = {
      sku: 'TEE',
      quantity: 1,
      product: { ...product('TEE'), price: { amount: 1, currency: 'EUR' } },
    }
    expect(
      violations({
        lines: [{ sku: 'NONE', quantity: 1, product: null }, requestedLine('MUG', 1), gone, foreign],
      }),
    ).toEqual([
      ['/lines/0/sku', 'unknown_sku'],
      ['/lines/2/sku', 'product_not_on_sale'],
      ['/lines/3/sku', 'mixed_currencies'],
    ])
  })
  it('takes at most ten promotion codes', () => {
    const codes = (count: number) =>
      Array.from({ length: count }, (_, index) => ({
        code: `CODE-${index}`,
        terms: percent(`CODE-${index}`, 1),
      }))
    expect(violations({ promotions: codes(10) })).toEqual([])
    expect(violations({ promotions: codes(11) })).toEqual([['/promotionCodes', 'too_many_codes']])
  })
  it('refuses an order without a carrier', () => {
    expect(violations({ shippingQuote: null })).toEqual([['/shippingAddress', 'no_carrier']])
  })
  it('describes each violation in a sentence', () => {
    const [violation] = orderValidationPolicy(
      createOrder({ lines: [{ sku: 'NONE', quantity: 1, product: null }] }),
    )
    expect(violation?.detail).toBe('There is no product NONE.')
  })
})

describe('pointsPolicy', () => {
  it.each([
    [0, 1_000, true],
    [99, 1_000, false],
    [100, 1_000, true],
    [500, 1_001, true],
    [501, 1_001, false],
    [100, 199, false],
    [0, 0, true],
  ])('%i points on a subtotal of %i: %s', (points, subtotal, allowed) => {
    expect(pointsPolicy(points, subtotal)).toEqual({
      allowed,
      minimum: 100,
      maximum: Math.floor(subtotal / 2),
    })
  })
})

describe('paymentTriesPolicy', () => {
  const tries = (...startedAt: string[]) => startedAt.map((at) => ({ startedAt: at }))

  it('allows five tries within an hour', () => {
    expect(paymentTriesPolicy([], NOW)).toEqual({ allowed: true, tries: 0 })
    expect(paymentTriesPolicy(tries(NOW, NOW, NOW, NOW), NOW)).toEqual({ allowed: true, tries: 4 })
    expect(paymentTriesPolicy(tries(NOW, NOW, NOW, NOW, NOW), NOW)).toEqual({ allowed: false, tries: 5 })
  })
  it('ignores a try after an hour', () => {
    const five = tries(plus(NOW, -HOUR), NOW, NOW, NOW, NOW)
    expect(paymentTriesPolicy(five, NOW)).toEqual({ allowed: true, tries: 4 })
    expect(paymentTriesPolicy(five, plus(NOW, -1))).toEqual({ allowed: false, tries: 5 })
  })
})

describe('holdPolicy', () => {
  const since = NOW

  it('leaves a hold that lasts another quarter of an hour', () => {
    const until = plus(NOW, 15 * MINUTE)
    expect(holdPolicy({ orderedAt: since, until }, NOW)).toEqual({
      holdUntil: until,
      extended: false,
      rule: 'enough_left',
    })
  })
  it.each([15 * MINUTE - 1, 0, -HOUR])('gives half an hour to one that ends in %i ms', (left) => {
    expect(holdPolicy({ orderedAt: since, until: plus(NOW, left) }, NOW)).toEqual({
      holdUntil: plus(NOW, 30 * MINUTE),
      extended: true,
      rule: 'extended',
    })
  })
  it('lasts three hours from the first at most, however often it is extended', () => {
    const longest = plus(since, 3 * HOUR)
    const late = plus(since, 2 * HOUR + 45 * MINUTE)
    expect(holdPolicy({ orderedAt: since, until: plus(late, MINUTE) }, late)).toEqual({
      holdUntil: longest,
      extended: true,
      rule: 'longest_hold',
    })
    expect(holdPolicy({ orderedAt: since, until: longest }, plus(late, MINUTE))).toEqual({
      holdUntil: longest,
      extended: false,
      rule: 'longest_hold',
    })
  })
  it('is never shortened: the time after a review may exceed the maximum', () => {
    const now = plus(since, 20 * HOUR)
    const until = plus(now, 10 * MINUTE)
    expect(holdPolicy({ orderedAt: since, until }, now)).toEqual({
      holdUntil: until,
      extended: false,
      rule: 'longest_hold',
    })
  })
})

describe('refundRetryPolicy', () => {
  it.each([
    [0, HOUR],
    [1, DAY],
    [2, 3 * DAY],
  ])('after %i retries waits %i ms', (retries, wait) => {
    expect(refundRetryPolicy(retries, NOW)).toEqual({ rule: 'retry_later', retryAt: plus(NOW, wait) })
  })
  it('then gives up', () => {
    expect(refundRetryPolicy(3, NOW)).toEqual({ rule: 'retries_used_up' })
  })
})

describe('reviewHoldPolicy', () => {
  it('waits a day for an operator, never more than a day after the longest hold', () => {
    const inHours = (hours: number) => plus(NOW, hours * HOUR)
    expect(reviewHoldPolicy(NOW, NOW)).toBe(inHours(24))
    expect(reviewHoldPolicy(NOW, inHours(3))).toBe(inHours(27))
    expect(reviewHoldPolicy(NOW, inHours(20))).toBe(inHours(27))
  })
})
