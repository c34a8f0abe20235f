import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../core/specification.fixture.ts'
import { DAY, plus, plusMonths } from '../core/time.ts'
import { customer } from './aggregate.ts'
import { customerFactsSchema } from './commands.ts'
import {
  CUSTOMER_ID,
  codeRequested,
  earned,
  registered,
  spent,
  started,
  suspended,
  tierChanged,
} from './customer.fixture.ts'
import type { CustomerEvent } from './events.ts'
import { pointBalance } from './loyalty/points.ts'
import { spending12m, tierEndsAt } from './loyalty/state.ts'
import { type Customer, customerFacts } from './state.ts'

const spec = specification(customer, { id: CUSTOMER_ID })

function customerAfter(...events: Parameters<typeof spec.fold>[0]): Customer {
  return customer.state.parse(spec.fold(events))
}

describe('evolve', () => {
  it('takes no other event for the first', () => {
    expect(() => customer.evolve(null, registered, NOW)).toThrow('first event')
  })
  it('closes the log-in of a suspended customer', () => {
    expect(customerAfter(started, registered, codeRequested, suspended).logIns).toEqual([])
  })
  it('dates the registration from the verified address', () => {
    const later = plus(NOW, DAY)
    expect(customerAfter(started).registeredAt).toBe(NOW)
    expect(customerAfter(started, [registered, later]).registeredAt).toBe(later)
  })
  it('ignores what has nothing to belong to', () => {
    const pending = customerAfter(started)
    const others: CustomerEvent[] = [
      { type: 'WelcomePromotionIssued', data: { promotionCode: 'X' } },
      { type: 'WelcomeEmailSent', data: { promotionCode: 'X' } },
      { type: 'LogInCodeRejected', data: { attempt: 1 } },
      { type: 'RetentionPromotionIssued', data: { promotionCode: 'X', toBeMailed: true } },
      { type: 'RetentionOfferSent', data: { promotionCode: 'X' } },
    ]
    for (const other of others) expect(customer.evolve(pending, other, NOW)).toEqual(pending)
  })
})

describe('tierEndsAt', () => {
  const keptUntil = plusMonths(NOW, 12)
  const endOf = (...events: Parameters<typeof spec.fold>[0]) =>
    tierEndsAt(customerAfter(started, registered, ...events).loyalty)
  const becameSilver = tierChanged(['bronze', 'silver'], 'tier_earned', 500_00)

  it('is never for bronze', () => {
    expect(endOf(spent('o1', 400_00, 400_00))).toBeNull()
  })
  it('is the end of its 12 months when the spending that earned it is gone by then', () => {
    expect(endOf(spent('o1', 500_00, 500_00), becameSilver)).toBe(keptUntil)
    expect(endOf(spent('o1', 500_00, 500_00), becameSilver, spent('o1', -500_00, 0))).toBe(keptUntil)
  })
  it('is when the spending no longer reaches the tier, if that is later', () => {
    const [first, second] = [plus(NOW, 100 * DAY), plus(NOW, 200 * DAY)]
    const history = [spent('o1', 500_00, 500_00), becameSilver] as const
    expect(endOf(...history, [spent('o2', 500_00, 1_000_00), first])).toBe(plusMonths(first, 12))
    const both = [
      [spent('o2', 450_00, 950_00), first],
      [spent('o3', 100_00, 1_050_00), second],
    ] as const
    expect(endOf(...history, ...both)).toBe(plusMonths(first, 12))
  })
  it('counts the months of a leap year as the spending does', () => {
    const leap = '2028-02-29T12:00:00.000Z'
    const { loyalty } = customerAfter(started, registered, [spent('o1', 500_00, 500_00), leap])
    const end = plusMonths(leap, 12)
    expect(spending12m(loyalty, plus(end, -1))).toBe(500_00)
    expect(spending12m(loyalty, end)).toBe(0)
  })
})

describe('customerFacts', () => {
  it('describes a customer before the first order', () => {
    const facts = customerFacts(CUSTOMER_ID, customerAfter(started, registered), NOW)
    expect(customerFactsSchema.parse(facts)).toEqual({
      customerId: CUSTOMER_ID,
      status: 'active',
      tier: 'bronze',
      segment: 'new',
      firstOrder: true,
      pointsAvailable: 0,
    })
  })
  it('ends the first order with one that was delivered, not with a refund', () => {
    const refunded = customerAfter(started, registered, spent('o1', -1_00, 0))
    expect(customerFacts(CUSTOMER_ID, refunded, NOW).firstOrder).toBe(true)
    const bought = customerAfter(started, registered, spent('o1', 1_00, 1_00))
    expect(customerFacts(CUSTOMER_ID, bought, NOW).firstOrder).toBe(false)
  })
  it('shows that a customer is erased', () => {
    const state = customerAfter(started, registered, { type: 'CustomerErased', data: { emailHash: 'h' } })
    expect(customerFactsSchema.parse(customerFacts(CUSTOMER_ID, state, NOW)).status).toBe('erased')
  })
  it('counts points that are active and have not lapsed', () => {
    const soon = plus(NOW, DAY)
    const state = customerAfter(started, registered, earned('o1', 150), earned('o2', 300, soon))
    expect(customerFacts(CUSTOMER_ID, state, NOW).pointsAvailable).toBe(150)
    expect(pointBalance(state.loyalty, NOW)).toEqual({ available: 150, pending: 300 })
    expect(customerFacts(CUSTOMER_ID, state, soon).pointsAvailable).toBe(450)
    expect(customerFacts(CUSTOMER_ID, state, plusMonths(NOW, 12)).pointsAvailable).toBe(300)
    expect(customerFacts(CUSTOMER_ID, state, plusMonths(soon, 12)).pointsAvailable).toBe(0)
  })
})
