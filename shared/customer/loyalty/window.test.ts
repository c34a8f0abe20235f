import { describe, expect, it } from 'vitest'
import { NOW, specification } from '../../core/specification.fixture.ts'
import { plusMonths } from '../../core/time.ts'
import { customer } from '../aggregate.ts'
import { accrued, CUSTOMER_ID, earned, registered, spent, started } from '../customer.fixture.ts'
import { playHistory } from '../history.fixture.ts'
import { customerRules } from '../policies.ts'
import { pointBalance } from './points.ts'

const usd = (amount: number) => ({ amount, currency: 'USD' })

describe('the memory of a very busy customer', () => {
  it('stays bounded and loses no points', () => {
    const orders = customerRules.maxRecorded + 20
    let state = customer.evolve(customer.evolve(null, started, NOW), registered, NOW)
    for (let number = 1; number <= orders; number += 1) {
      state = customer.evolve(state, earned(`o${number}`, 100), NOW)
      state = customer.evolve(state, spent(`o${number}`, 0, 0), NOW)
    }
    const { loyalty } = customer.state.parse(state)
    expect(loyalty.lots).toHaveLength(customerRules.maxRecorded)
    expect(loyalty.earnings).toHaveLength(customerRules.maxRecorded)
    expect(loyalty.spending).toHaveLength(customerRules.maxRecorded)
    expect(loyalty.deliveredOrders).toBe(orders)
    expect(pointBalance(loyalty, NOW).available).toBe(orders * 100)
  })
  it('forgets after 12 months what can no longer matter', () => {
    const year = 366
    const { loyalty } = playHistory(
      [
        { command: { type: 'EarnPoints', orderId: 'o1', netPaid: usd(200_00) }, days: 0 },
        { command: { type: 'RedeemPoints', orderId: 'o2', points: 100, subtotal: usd(200_00) }, days: 0 },
        { command: { type: 'UpdateSpending', orderId: 'o1', delta: 200_00 }, days: 0 },
        { command: { type: 'EarnPoints', orderId: 'o3', netPaid: usd(200_00) }, days: year },
        { command: { type: 'RedeemPoints', orderId: 'o4', points: 100, subtotal: usd(200_00) }, days: 0 },
        { command: { type: 'UpdateSpending', orderId: 'o3', delta: 200_00 }, days: 0 },
      ],
      () => {},
    )
    expect(loyalty.lots.map((lot) => lot.lotId)).toEqual(['order/o3'])
    expect(loyalty.earnings.map((earning) => earning.orderId)).toEqual(['o3'])
    expect(loyalty.redemptions.map((redemption) => redemption.orderId)).toEqual(['o4'])
    expect(loyalty.spending.map((entry) => entry.orderId)).toEqual(['o3'])
  })
})

describe('the points of an order that took long', () => {
  const spec = specification(customer, { id: CUSTOMER_ID })
  const late = plusMonths(NOW, 13)
  const refund = { type: 'ClawBackPoints', orderId: 'o1', paid: 500_00, refundedTotal: 500_00 } as const
  const earn = { type: 'EarnPoints', orderId: 'o1', netPaid: usd(500_00) } as const

  it('are remembered as long as they are pending', () => {
    const { decision } = spec.given(started, registered, accrued('o1', 500)).when(refund, { now: late })
    const [clawedBack] = decision.events
    expect(clawedBack?.data).toMatchObject({ points: 500, lots: [{ lotId: 'order/o1', points: 500 }] })
    if (!clawedBack) return
    spec.given(started, registered, accrued('o1', 500), [clawedBack, late]).when(refund, { now: late }).then()
  })
  it('are remembered for as long as their lot lives', () => {
    const [active, now] = [plusMonths(NOW, 6), plusMonths(NOW, 13)]
    spec
      .given(started, registered, accrued('o1', 500), [earned('o1', 500, active), active])
      .when(earn, { now })
      .then()
  })
})
