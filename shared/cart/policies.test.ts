import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ProductFacts } from '../catalog/commands.ts'
import type { CartLine } from './events.ts'
import { cartMergePolicy, cartRules, priceReviewPolicy } from './policies.ts'

function line(sku: string, quantity: number, amount = 100): CartLine {
  return { sku, name: sku, quantity, unitPrice: { amount, currency: 'USD' } }
}

describe('cartMergePolicy', () => {
  it('adds up what is in both at the quote of the target cart, and appends the rest', () => {
    expect(cartMergePolicy([line('MUG', 1, 100)], [line('TEE', 1), line('MUG', 2, 90)])).toMatchObject({
      lines: [line('MUG', 3, 100), line('TEE', 1)],
      capped: [],
    })
  })
  it('caps a quantity', () => {
    expect(cartMergePolicy([line('MUG', 998)], [line('MUG', 1)]).capped).toEqual([])
    expect(cartMergePolicy([line('MUG', 998)], [line('MUG', 2)])).toMatchObject({
      lines: [line('MUG', 999)],
      capped: [{ sku: 'MUG', rule: 'quantity_limit' }],
    })
  })
  it('leaves out what finds the cart full, but still adds to lines that are there', () => {
    const full = Array.from({ length: 100 }, (_, n) => line(`SKU-${n}`, 1))
    const { lines, capped } = cartMergePolicy(full, [line('MUG', 1), line('SKU-99', 1)])
    expect(lines).toHaveLength(100)
    expect(lines.at(-1)).toEqual(line('SKU-99', 2))
    expect(capped).toEqual([{ sku: 'MUG', rule: 'line_limit' }])
  })

  const carts = fc.uniqueArray(fc.record({ n: fc.nat(150), quantity: fc.integer({ min: 1, max: 999 }) }), {
    selector: ({ n }) => n,
    maxLength: 100,
  })
  it('keeps every cart within its limits and loses nothing silently', () => {
    fc.assert(
      fc.property(carts, carts, (a, b) => {
        const into = a.map(({ n, quantity }) => line(`SKU-${n}`, quantity))
        const from = b.map(({ n, quantity }) => line(`SKU-${n}`, quantity))
        const { lines, capped } = cartMergePolicy(into, from)
        expect(lines.length).toBeLessThanOrEqual(cartRules.maxLines)
        expect(new Set(lines.map(({ sku }) => sku)).size).toBe(lines.length)
        for (const { sku, quantity } of lines) {
          const inBoth = [...into, ...from].filter((other) => other.sku === sku)
          const wanted = inBoth.reduce((sum, other) => sum + other.quantity, 0)
          expect(quantity).toBe(Math.min(wanted, cartRules.maxQuantity))
          expect(capped.some((other) => other.sku === sku)).toBe(wanted > cartRules.maxQuantity)
        }
        for (const { sku } of from.filter(({ sku }) => !lines.some((other) => other.sku === sku)))
          expect(capped).toContainEqual({ sku, rule: 'line_limit' })
      }),
    )
  })
})

describe('priceReviewPolicy', () => {
  function product(sku: string, amount: number, onSale = true): ProductFacts {
    return { sku, name: `New ${sku}`, price: { amount, currency: 'USD' }, weightGrams: 0, onSale }
  }

  it('sorts lines into unavailable, changed and unchanged', () => {
    const lines = [line('GONE', 1), line('OLD', 1), line('MUG', 2), line('TEE', 3)]
    const products = [product('TEE', 100), product('MUG', 90), product('OLD', 100, false)]
    const unavailable = ['GONE', 'OLD']
    const changes = [
      { sku: 'MUG', from: { amount: 100, currency: 'USD' }, to: { amount: 90, currency: 'USD' } },
    ]
    expect(priceReviewPolicy(lines, products)).toEqual({
      unavailable,
      changes,
      lines: [
        { ...line('MUG', 2, 90), name: 'New MUG' },
        { ...line('TEE', 3), name: 'New TEE' },
      ],
      decision: {
        policy: 'priceReviewPolicy',
        rules: ['unavailable'],
        inputs: { lines: 4, unavailable, changes },
        outcome: 'unavailable',
      },
    })
  })
  it.each([
    ['price_changed', 90, ['price_changed']],
    ['prices_hold', 100, []],
  ])('comes to %s', (outcome, price, rules) => {
    const { decision } = priceReviewPolicy([line('MUG', 1)], [product('MUG', price)])
    expect(decision).toMatchObject({ outcome, rules })
  })
})
