import { describe, expect, it } from 'vitest'
import { NOW } from '../../core/specification.fixture.ts'
import { DAY, plus, plusMonths } from '../../core/time.ts'
import { earned, redeemed, registered, started, timer, timersLeft } from '../customer.fixture.ts'

const usd = (amount: number) => ({ amount, currency: 'USD' })
const inDays = (days: number) => plus(NOW, days * DAY)

describe('the timer of points', () => {
  it('expires the points of the lot that lapses first, as long as there is one', () => {
    const points = 'points-expiry'
    const earn = { type: 'EarnPoints', orderId: 'o2', netPaid: usd(200_00) } as const
    const first = timer(points, plusMonths(NOW, 12), 'ExpirePoints')
    const second = timer(points, plusMonths(inDays(1), 12), 'ExpirePoints')
    expect(timersLeft([started, registered, earned('o1', 100)], earn, inDays(1))).toEqual({ [points]: first })
    const both = [started, registered, earned('o1', 100), [earned('o2', 200, inDays(1)), inDays(1)]] as const
    const redeem = { type: 'RedeemPoints', orderId: 'o9', points: 100, subtotal: usd(200_00) } as const
    expect(timersLeft([...both], redeem, inDays(2))).toEqual({ [points]: second })
    expect(timersLeft([...both], { type: 'ExpirePoints' }, plusMonths(NOW, 12))).toEqual({ [points]: second })
    const clawBack = { type: 'ClawBackPoints', orderId: 'o1', paid: 100_00, refundedTotal: 100_00 } as const
    expect(timersLeft([started, registered, earned('o1', 100)], clawBack)).toEqual({
      [points]: { cancelled: points },
    })
    const taken = redeemed('o9', 100, { 'order/o1': 100 })
    expect(
      timersLeft([started, registered, earned('o1', 100), taken], { type: 'RestorePoints', orderId: 'o9' }),
    ).toEqual({ [points]: first })
    expect(
      timersLeft([started, registered], { type: 'AccruePoints', orderId: 'o1', netPaid: usd(200_00) }),
    ).toEqual({})
  })
})
