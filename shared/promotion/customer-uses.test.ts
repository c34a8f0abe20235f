import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countUse, customerUsesSchema, noUses, usesBy } from './customer-uses.ts'

/** A customer's id as it is made: 43 characters, most of them chance. */
function customerId(number: number): string {
  return `cus_0199f3a1-7c00-7000-8000-${number.toString(16).padStart(12, '0')}`
}

describe('the uses of each customer', () => {
  it('are none to begin with', () => {
    expect(usesBy(noUses, 'cus_1')).toBe(0)
    expect(usesBy(noUses)).toBe(0)
  })
  it('of buyers without an id are those of one customer', () => {
    const uses = countUse(countUse(noUses, undefined, 1), undefined, 1)
    expect([usesBy(uses), usesBy(uses, 'cus_1'), uses.customers]).toEqual([2, 0, 1])
  })
  it('never fall below zero', () => {
    expect(countUse(noUses, 'cus_1', -1).customers).toBe(0)
    expect(usesBy(countUse(noUses, 'cus_1', -1), 'cus_1')).toBe(0)
  })
  it('take a name for nothing but a name', () => {
    expect(usesBy(countUse(noUses, 'constructor', 1), 'constructor')).toBe(1)
  })
  it('count as far as any limit reaches', () => {
    let uses = noUses
    for (let use = 1; use <= 1_000; use += 1) uses = countUse(uses, 'cus_1', 1)
    expect([usesBy(uses, 'cus_1'), uses.customers]).toEqual([1_000, 1])
  })

  it('are those of a plain table, whatever comes and goes', () => {
    const change = fc.record({
      customer: fc.nat(300),
      change: fc.constantFrom(1 as const, 1 as const, -1 as const),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 400 }), (changes) => {
        const table = new Map<string, number>()
        let uses = noUses
        for (const { customer, change } of changes) {
          const id = customerId(customer)
          uses = countUse(uses, id, change)
          table.set(id, Math.max((table.get(id) ?? 0) + change, 0))
        }
        customerUsesSchema.parse(uses)
        for (const [id, count] of table) expect(usesBy(uses, id)).toBe(count)
        expect(uses.customers).toBe([...table.values()].filter((count) => count > 0).length)
      }),
    )
  })
})
