import { describe, expect, it } from 'vitest'
import type { Exchange, ShopCurrencies } from '../../core/money/exchange.ts'
import { specification } from '../../core/specification.fixture.ts'
import { customer } from '../aggregate.ts'
import type { CustomerCommand, CustomerCommandOf } from '../commands.ts'
import { CUSTOMER_ID, earned, registered, spent, started } from '../customer.fixture.ts'
import type { CustomerEvent } from '../events.ts'
import { averageOrder, spending12m, tierEndsAt } from './state.ts'

const NOW = '2026-03-01T12:00:00.000Z'
const asOf = '2026-11-01'
const currencies: ShopCurrencies = {
  base: 'USD',
  asOf,
  rates: { EUR: '1.08', IDR: '0.00006', JPY: '0.0065' },
}
const noted = (currency: string): Exchange => ({ base: 'USD', rate: currencies.rates[currency] ?? '1', asOf })
const spec = specification(customer, { id: CUSTOMER_ID, currencies })

const spend = (
  orderId: string,
  delta: number,
  currency: string,
  more: Partial<CustomerCommandOf<'UpdateSpending'>> = {},
): CustomerCommandOf<'UpdateSpending'> => ({ type: 'UpdateSpending', orderId, delta, currency, ...more })
const money = (amount: number, currency: string) => ({ amount, currency })

/** A customer after several commands, one after another. */
function after(...commands: readonly CustomerCommand[]) {
  const events: CustomerEvent[] = [started, registered]
  for (const command of commands) events.push(...spec.given(...events).when(command).decision.events)
  const { state } = spec.given(...events)
  if (!state) throw new Error('there is no customer')
  return { state, events }
}

describe('spending', () => {
  it('of ten orders of 10,000.00 IDR is 6 USD, and does not reach platinum', () => {
    const orders = Array.from({ length: 10 }, (_, index) =>
      spend(`o${index}`, 1_000_000, 'IDR', { exchange: noted('IDR') }),
    )
    const { state } = after(...orders)
    expect(spending12m(state.loyalty, NOW)).toBe(600)
    expect(state.loyalty).toMatchObject({ tier: 'bronze', deliveredOrders: 10 })
  })
  it.each([
    ['EUR', 46_296, 50_000, 'silver'],
    ['EUR', 46_295, 49_999, 'bronze'],
    ['JPY', 76_923, 50_000, 'silver'],
    ['USD', 50_000, 50_000, 'silver'],
  ])('in %s of %i counts as %i', (currency, amount, counted, tier) => {
    const { state } = after(spend('o1', amount, currency))
    expect(spending12m(state.loyalty, NOW)).toBe(counted)
    expect(state.loyalty.tier).toBe(tier)
  })
  it('is recorded with the rate and its day', () => {
    const { decision } = spec.given(started, registered).when(spend('o1', 10_000, 'EUR'))
    expect(decision.events[0]?.data).toMatchObject({
      currency: 'USD',
      delta: 10_800,
      spending12m: 10_800,
      decisions: [
        {
          policy: 'spendingPolicy',
          rules: ['rate_of_order'],
          inputs: { counted: { amount: 10_000, currency: 'EUR', rate: '1.08', asOf, inBase: 10_800 } },
        },
      ],
    })
  })
  it.each([['GBP'], ['KWD']])('without a rate of %s is an order and no spending', (currency) => {
    const { state } = after(spend('o1', 900_000, currency), spend('o2', 10_000, 'USD'))
    expect(spending12m(state.loyalty, NOW)).toBe(10_000)
    expect(state.loyalty).toMatchObject({ tier: 'bronze', deliveredOrders: 2 })
    // Nobody knows what it came to: it makes the average neither larger nor smaller.
    expect(averageOrder(state.loyalty, NOW)).toBe(10_000)
  })
  it('is undone to the cent by a refund, whatever the rates are by then', () => {
    const exchange = noted('EUR')
    const { events } = after(spend('o1', 33_333, 'EUR', { exchange }))
    const refund = spend('o1', -33_333, 'EUR', { refundedTotal: 33_333, exchange })
    const later = { ...currencies, rates: { EUR: '2' } }
    const { state } = spec.given(...events).when(refund, { currencies: later })
    expect(state && spending12m(state.loyalty, NOW)).toBe(0)
  })
  it('without a rate is not lowered either', () => {
    const exchange = null
    const { events } = after(spend('o1', 33_333, 'EUR', { exchange }), spend('o2', 5_000, 'USD'))
    const refund = spend('o1', -33_333, 'EUR', { refundedTotal: 33_333, exchange })
    spec
      .given(...events)
      .when(refund)
      .then()
  })
  it('that was counted one to one, before there were rates, goes back one to one', () => {
    const before = spent('o1', 10_000, 10_000)
    const { state } = spec
      .given(started, registered, before)
      .when(spend('o1', -10_000, 'GBP', { refundedTotal: 10_000 }))
    expect(state && spending12m(state.loyalty, NOW)).toBe(0)
  })
  it('is in the base currency when nothing else is said, as operators say it', () => {
    const { state } = after({ type: 'UpdateSpending', orderId: 'o1', delta: 10_000 })
    expect(spending12m(state.loyalty, NOW)).toBe(10_000)
  })
})

describe('a shop whose base currency has other decimals', () => {
  const yen: ShopCurrencies = { base: 'JPY', rates: {} }
  const inYen = specification(customer, { id: CUSTOMER_ID, currencies: yen })

  it('has tiers from as many units of it', () => {
    const { state } = inYen.given(started, registered).when(spend('o1', 3_000, 'JPY'))
    expect(state?.loyalty.tier).toBe('platinum')
    const less = inYen.given(started, registered).when(spend('o1', 499, 'JPY'))
    expect(less.state?.loyalty.tier).toBe('bronze')
  })
  it('keeps a tier as long as that spending lasts', () => {
    const { state } = inYen.given(started, registered).when(spend('o1', 3_000, 'JPY'))
    expect(state && tierEndsAt(state.loyalty)).toBe('2027-03-01T12:00:00.000Z')
  })
})

describe('points', () => {
  const accrue = (amount: number, currency: string, exchange?: Exchange | null) =>
    ({ type: 'AccruePoints', orderId: 'o1', netPaid: money(amount, currency), exchange }) as const
  const earn = (amount: number, currency: string, exchange?: Exchange | null) =>
    ({ type: 'EarnPoints', orderId: 'o1', netPaid: money(amount, currency), exchange }) as const
  const pointsOf = (state: ReturnType<typeof after>['state']) =>
    state.loyalty.lots.reduce((total, lot) => total + lot.points, 0)

  it.each([
    ['USD', 54_000, 540],
    ['EUR', 50_000, 540],
    ['IDR', 100_000_000, 60],
    ['JPY', 10_000, 65],
  ])('for %s %i are %i', (currency, amount, points) => {
    expect(pointsOf(after(accrue(amount, currency), earn(amount, currency)).state)).toBe(points)
  })
  it('are explained by what was paid, at which rate of which day', () => {
    const { events } = after(earn(50_000, 'EUR'))
    expect(JSON.stringify(events)).toContain(
      '"counted":{"amount":50000,"currency":"EUR","base":"USD","rate":"1.08","asOf":"2026-11-01","inBase":54000}',
    )
  })
  it.each(['GBP', 'KWD'])('are none for %s without a rate', (currency) => {
    const { state, events } = after(accrue(900_000, currency, null), earn(900_000, currency, null))
    expect(pointsOf(state)).toBe(0)
    const clawBack = { type: 'ClawBackPoints', orderId: 'o1', paid: 900_000, refundedTotal: 900_000 } as const
    spec
      .given(...events)
      .when({ ...clawBack, currency, exchange: null })
      .then()
  })
  it('are clawed back with what goes back, at the rate of the order', () => {
    const exchange = noted('EUR')
    const clawBack = {
      type: 'ClawBackPoints',
      orderId: 'o1',
      paid: 50_000,
      currency: 'EUR',
      exchange,
    } as const
    const { state } = after(accrue(50_000, 'EUR', exchange), earn(50_000, 'EUR', exchange), {
      ...clawBack,
      refundedTotal: 25_000,
    })
    expect(pointsOf(state)).toBe(270)
    const none = after(earn(50_000, 'EUR', exchange), { ...clawBack, refundedTotal: 50_000 })
    expect(pointsOf(none.state)).toBe(0)
  })
  it('may pay for half of a subtotal, in the base currency', () => {
    const redeem = (points: number, subtotal: ReturnType<typeof money>) =>
      ({ type: 'RedeemPoints', orderId: 'o2', points, subtotal }) as const
    const rich = [started, registered, earned('o1', 5_000)] as const
    spec
      .given(...rich)
      .when(redeem(540, money(1_000, 'EUR')))
      .thenTypes('RewardPointsRedeemed')
    spec
      .given(...rich)
      .when(redeem(541, money(1_000, 'EUR')))
      .thenRefused('points_maximum')
    // 10,000.00 IDR are 60 cents: they were half a thousand times as many points.
    spec
      .given(...rich)
      .when(redeem(100, money(1_000_000, 'IDR')))
      .thenRefused('points_maximum')
    spec
      .given(...rich)
      .when(redeem(100, money(100_000, 'GBP')))
      .thenRefused('points_currency')
  })
})

describe('the facts of a customer for fraud detection', () => {
  it('is an average in the base currency, whatever is being paid', () => {
    const attempt = { type: 'RecordPaymentAttempt', paymentId: 'p1', orderId: 'o9' } as const
    const { events } = after(spend('o1', 10_000, 'EUR'), { ...attempt, amount: money(1_000_000, 'IDR') })
    expect(JSON.stringify(events)).toContain('"averageOrder":{"amount":10800,"currency":"USD"}')
  })
})
