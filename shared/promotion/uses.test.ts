import fc from 'fast-check'
import { expect, it } from 'vitest'
import { NOW, specificationContext } from '../core/specification.fixture.ts'
import { DAY, MINUTE, plus } from '../core/time.ts'
import { promotion } from './aggregate.ts'
import type { PromotionCommand } from './commands.ts'
import { type Promotion, promotionStatus } from './state.ts'
import type { EligibilityFacts } from './terms.ts'

// Whatever is claimed, confirmed, given back and repeated in whatever order and at whatever time.

const orderId = fc.constantFrom('ord_1', 'ord_2', 'ord_3', 'ord_4', 'ord_5', 'ord_6')
const facts = fc.record({
  customerId: fc.constantFrom('cus_1', 'cus_2', undefined),
  currency: fc.constant('USD'),
  lines: fc.constant<EligibilityFacts['lines']>([{ sku: 'MUG', quantity: 1, unitPrice: 1000 }]),
})
const command: fc.Arbitrary<PromotionCommand> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant('ApplyPromotion'), orderId, facts }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('ConfirmPromotionUse'), orderId }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('ReleasePromotion'),
      orderId,
      reason: fc.constant('cancelled'),
    }),
  },
)
const life: fc.Arbitrary<PromotionCommand> = fc.constantFrom<PromotionCommand>(
  { type: 'ActivatePromotion' },
  { type: 'StartPromotion' },
  { type: 'ActivatePromotion' },
  { type: 'ExpirePromotion', reason: 'operator' },
)
const steps = fc.array(
  fc.record({
    command: fc.oneof({ weight: 12, arbitrary: command }, { weight: 1, arbitrary: life }),
    after: fc.constantFrom(0, MINUTE, 10 * DAY, 31 * DAY),
  }),
  {
    maxLength: 60,
  },
)
const limit = fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined })

it('uses never exceed the limit, nor the limit for each customer', () => {
  fc.assert(
    fc.property(limit, limit, fc.nat(3), steps, (usageLimit, perCustomerLimit, kind, steps) => {
      const create: PromotionCommand = {
        type: 'CreatePromotion',
        code: 'SPRING',
        gift: { kind: 'percentage', value: { percent: 10 } },
        usageLimit,
        perCustomerLimit,
        // Each life has something else that stands before the first use.
        ...[{}, { draft: true }, { startsAt: plus(NOW, MINUTE) }, { endsAt: plus(NOW, 11 * DAY) }][kind],
      }
      let state: Promotion | null = null
      let now = NOW
      // Counted from the events alone, so that a mistake in the state cannot hide.
      let uses = 0
      const usesByCustomer = new Map<string, number>()
      for (const step of [{ command: create, after: 0 }, ...steps]) {
        now = plus(now, step.after)
        const decision = promotion.decide(step.command, state, specificationContext({ now }))
        const before = state
        for (const event of decision.events) {
          state = promotion.state.parse(promotion.evolve(state, promotion.event.parse(event), now))
          if (event.type !== 'PromotionApplied' && event.type !== 'PromotionReleased') continue
          const change = event.type === 'PromotionApplied' ? 1 : -1
          if (change === 1) expect(promotionStatus(before ?? state, now)).toBe('active')
          const customer = event.data.customerId ?? 'nobody'
          uses += change
          usesByCustomer.set(customer, (usesByCustomer.get(customer) ?? 0) + change)
          expect(event.data.uses).toBe(uses)
        }
        expect(state?.uses).toBe(uses)
        expect(uses).toBeGreaterThanOrEqual(0)
        expect(uses).toBeLessThanOrEqual(usageLimit ?? Number.POSITIVE_INFINITY)
        for (const count of usesByCustomer.values())
          expect(count).toBeLessThanOrEqual(perCustomerLimit ?? Number.POSITIVE_INFINITY)
      }
    }),
    { numRuns: 300 },
  )
})
