import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sum } from '../../core/money/money.ts'
import { anyPromotions, basketSkus } from '../../promotion/promotions.fixture.ts'
import { tiers } from '../../promotion/terms.ts'
import { type Pricing, pricingSchema } from '../events.ts'
import { loyaltyDiscountPercent, orderDiscountPolicy, type PricingInput, shippingPaid } from './pricing.ts'

// Whatever is ordered, by whom, with whatever codes, points and shipping.

const line = fc.record({
  sku: fc.constantFrom(...basketSkus),
  quantity: fc.integer({ min: 1, max: 999 }),
  unitPrice: fc.oneof(fc.nat(30), fc.nat(100_000)),
  name: fc.constant('any'),
  weightGrams: fc.constant(0),
})
const input: fc.Arbitrary<PricingInput> = fc.record({
  currency: fc.constant('USD'),
  lines: fc.array(line, { minLength: 1, maxLength: 6 }),
  terms: anyPromotions(5),
  tier: fc.constantFrom(...tiers),
  redeemPoints: fc.oneof(fc.constant(0), fc.nat(50_000)),
  shippingPrice: fc.oneof(fc.constant(0), fc.nat(3_000)),
})

/** What a pricing takes off, by the source of the discount. */
function takenBy(pricing: Pricing, source: Pricing['discounts'][number]['source']): number {
  return sum(pricing.discounts.filter((discount) => discount.source === source).map(({ amount }) => amount))
}

it('every discount adds up, and so do the lines and the total', () => {
  fc.assert(
    fc.property(input, (given) => {
      const pricing = pricingSchema.parse(orderDiscountPolicy(given).pricing)
      expect(pricing.subtotal).toBe(sum(given.lines.map(({ quantity, unitPrice }) => quantity * unitPrice)))
      const onLines = pricing.discounts.filter(({ source }) => source !== 'shipping_promotion')
      for (const { amount, allocations } of onLines) {
        expect(amount).toBeGreaterThan(0)
        expect(sum(allocations)).toBe(amount)
        expect(allocations).toHaveLength(given.lines.length)
      }
      for (const [index, { quantity, unitPrice, discount, total }] of pricing.lines.entries()) {
        expect(discount).toBe(sum(onLines.map(({ allocations }) => allocations[index] ?? 0)))
        expect(total).toBe(quantity * unitPrice - discount)
        expect(total).toBeGreaterThanOrEqual(0)
      }
      expect(pricing.shipping).toBe(given.shippingPrice)
      expect(shippingPaid(pricing)).toBe(given.shippingPrice - takenBy(pricing, 'shipping_promotion'))
      expect(shippingPaid(pricing)).toBeGreaterThanOrEqual(0)
      expect(pricing.total).toBe(sum(pricing.lines.map(({ total }) => total)) + shippingPaid(pricing))
      // As a customer adds it up.
      const off = sum(pricing.discounts.map(({ amount }) => amount))
      expect(pricing.subtotal - off + pricing.shipping).toBe(pricing.total)
    }),
    { numRuns: 500 },
  )
})

it('does not depend on the order in which the codes are given', () => {
  const shuffled = input.chain((given) =>
    fc.tuple(
      fc.constant(given),
      fc.shuffledSubarray([...given.terms], { minLength: given.terms.length, maxLength: given.terms.length }),
    ),
  )
  fc.assert(
    fc.property(shuffled, ([given, terms]) => {
      const one = orderDiscountPolicy(given)
      const other = orderDiscountPolicy({ ...given, terms })
      expect(other.pricing).toEqual(one.pricing)
      expect(other.accepted).toEqual(one.accepted)
      expect(other.stacking).toEqual(one.stacking)
      expect([...other.notCombinable].sort()).toEqual([...one.notCombinable].sort())
    }),
    { numRuns: 300 },
  )
})

it('every code takes something off, or is reported as lost or worth nothing', () => {
  fc.assert(
    fc.property(input, (given) => {
      const { pricing, accepted, notCombinable, worthless } = orderDiscountPolicy(given)
      const codes = accepted.map(({ code }) => code)
      expect([...codes, ...notCombinable, ...worthless].sort()).toEqual(
        given.terms.map(({ code }) => code).sort(),
      )
      const used = pricing.discounts.flatMap(({ code }) => code ?? [])
      expect(used.sort()).toEqual(codes.sort())
    }),
  )
})

it('the tier takes its percentage of each line as promotions left it, half to even', () => {
  fc.assert(
    fc.property(input, (given) => {
      const { discounts, lines } = orderDiscountPolicy(given).pricing
      const loyalty = discounts.find(({ source }) => source === 'loyalty')
      for (const [index, { quantity, unitPrice }] of lines.entries()) {
        const before = discounts.filter(({ source }) => source.endsWith('_promotion'))
        const left = quantity * unitPrice - sum(before.map(({ allocations }) => allocations[index] ?? 0))
        const exact = left * loyaltyDiscountPercent[given.tier]
        const taken = (loyalty?.allocations[index] ?? 0) * 100
        expect(Math.abs(exact - taken)).toBeLessThanOrEqual(50)
        if (Math.abs(exact - taken) === 50) expect((taken / 100) % 2).toBe(0)
      }
    }),
  )
})

it('points pay for lines only, all that are requested as far as there is something to pay', () => {
  fc.assert(
    fc.property(input, (given) => {
      const { pricing } = orderDiscountPolicy(given)
      const without = orderDiscountPolicy({ ...given, redeemPoints: 0 }).pricing
      const payable = without.total - shippingPaid(without)
      expect(takenBy(pricing, 'points')).toBe(Math.min(given.redeemPoints, payable))
      expect(pricing.shipping).toBe(without.shipping)
      expect(pricing.total).toBe(without.total - takenBy(pricing, 'points'))
    }),
  )
})

it('no better tier, no further point makes an order dearer', () => {
  fc.assert(
    fc.property(input, fc.nat(5_000), (given, more) => {
      const totals = tiers.map((tier) => orderDiscountPolicy({ ...given, tier }).pricing.total)
      expect(totals).toEqual([...totals].sort((a, b) => b - a))
      const { total } = orderDiscountPolicy(given).pricing
      const cheaper = orderDiscountPolicy({ ...given, redeemPoints: given.redeemPoints + more })
      expect(cheaper.pricing.total).toBeLessThanOrEqual(total)
    }),
  )
})
