import { describe, expect, it } from 'vitest'
import type { CommandsOutcome } from '../../core/effect.ts'
import { NOW } from '../../core/specification.fixture.ts'
import { MINUTE, plus } from '../../core/time.ts'
import type { OrderCommand } from '../commands.ts'
import type { OrderEvent } from '../events.ts'
import {
  allocated,
  CUSTOMER_ID,
  cancelled,
  charging,
  claiming,
  confirmed,
  created,
  DELIVERY_ID,
  declined,
  deliveryRequested,
  done,
  ended,
  HOLD_UNTIL,
  holdDecision,
  over,
  PAYMENT_ID,
  paymentStarted,
  refusedBy,
  requested,
  requestedLine,
  reservations,
  reserved,
  scheduled,
  sold,
  spec,
  stockCommitted,
  stockHeld,
  stockReleased,
  underReview,
  underWay,
  unpaid,
  usd,
} from '../order.fixture.ts'

const claims = (...outcome: CommandsOutcome): OrderCommand => ({ type: 'RecordClaims', outcome })
const holds = (...outcome: CommandsOutcome): OrderCommand => ({ type: 'RecordReservations', outcome })
const commits = (...outcome: CommandsOutcome): OrderCommand => ({ type: 'RecordStockCommitted', outcome })

const applied = (code: string): OrderEvent => ({ type: 'PromotionApplied', data: { code } })
const redeemed: OrderEvent = { type: 'OrderPointsRedeemed', data: { points: 500 } }

describe('the answer to the claims', () => {
  const waiting = created(claiming)
  const skipping = created({ ...claiming, skipInvalidPromotions: true })
  const ten = done('promotion', 'TEN')
  const five = done('promotion', 'FIVE')
  const points = done('customer', CUSTOMER_ID)
  const noFive = refusedBy('promotion', 'FIVE', 'promotion_not_eligible', {
    reasons: ['exhausted', 'expired'],
  })
  const noPoints = refusedBy('customer', CUSTOMER_ID, 'points_insufficient')

  it('records each claim that was granted', () => {
    const { state } = spec
      .given(waiting)
      .when(claims(ten, five, points))
      .then(applied('TEN'), applied('FIVE'), redeemed)
    expect(state?.openClaims).toEqual([])
  })
  it('ends the order when a promotion was lost, naming the first reason', () => {
    const { state } = spec
      .given(waiting)
      .when(claims(ten, noFive))
      .then(applied('TEN'), cancelled({ reason: 'promotion_refused', detail: 'FIVE: exhausted' }))
    expect(state?.status).toBe('cancelled')
  })
  it('treats a code as unknown if its refusal has no reason', () => {
    spec
      .given(waiting)
      .when(claims(refusedBy('promotion', 'TEN', 'anything')))
      .then(cancelled({ reason: 'promotion_refused', detail: 'TEN: unknown_code' }))
  })
  it('reprices the order without the lost promotion on request', () => {
    const { state, decision } = spec
      .given(skipping)
      .when(claims(ten, noFive, points))
      .thenTypes('OrderRepriced', 'PromotionApplied', 'OrderPointsRedeemed')
    expect(decision.events[0]).toMatchObject({
      data: {
        // 22.50 less 10 % by TEN, less 5.00 in points.
        pricing: { total: 1_525 },
        promotions: [
          { code: 'TEN', applied: true },
          { code: 'FIVE', applied: false, reason: 'exhausted' },
        ],
      },
    })
    // What is decided anew takes the place of what was decided when the order was taken.
    expect(state?.decisions.map(({ policy, about, outcome }) => [policy, about, outcome])).toEqual([
      ['orderValidationPolicy', undefined, 'valid'],
      ['promotionEligibilityPolicy', 'TEN', 'eligible'],
      ['pointsPolicy', undefined, 'allowed'],
      ['promotionEligibilityPolicy', 'FIVE', 'not_eligible'],
      ['orderDiscountPolicy', undefined, 'discounted'],
      ['promotionStackingPolicy', undefined, 'all_accepted'],
    ])
    expect(state).toMatchObject({ openClaims: [], terms: [{ code: 'TEN' }], redeemPoints: 500 })
  })
  it('continues without any promotion when all were lost', () => {
    const both = created({ ...claiming, redeemPoints: 0, skipInvalidPromotions: true })
    const { state } = spec
      .given(both)
      .when(claims(refusedBy('promotion', 'TEN', 'promotion_not_eligible', { reasons: ['expired'] }), noFive))
      .thenTypes('OrderRepriced')
    expect(state).toMatchObject({ status: 'pending', openClaims: [], terms: [], pricing: { total: 2_250 } })
  })
  it.each([
    ['and nothing may be skipped', waiting],
    ['whatever may be skipped', skipping],
  ])('ends the order when the points were not there, %s', (_, given) => {
    spec
      .given(given)
      .when(claims(ten, five, noPoints))
      .then(
        applied('TEN'),
        applied('FIVE'),
        cancelled({ reason: 'points_unavailable', detail: `${CUSTOMER_ID} says no.` }),
      )
  })
  it('is recorded for an ended order, so that what was granted is released', () => {
    const { state } = spec
      .given(waiting, cancelled())
      .when(claims(ten, noFive, points))
      .then(applied('TEN'), redeemed)
    expect(state?.status).toBe('cancelled')
  })
  it('changes nothing the second time', () => {
    const reported = [waiting, applied('TEN'), applied('FIVE'), redeemed]
    spec
      .given(...reported)
      .when(claims(ten, five, points))
      .then()
    spec
      .given(...reported, stockHeld())
      .when(claims(ten, noFive, noPoints))
      .then()
    spec
      .given(...reported, cancelled())
      .when(claims(ten, five, points))
      .then()
  })
})

describe('the answer to the holds', () => {
  const all = [reserved('MUG', 2), reserved('PEN', 1)]

  it('starts the payment', () => {
    const { state } = spec
      .given(created())
      .when(holds(...all))
      .then(stockHeld(), paymentStarted())
    expect(state).toMatchObject({
      status: 'pending',
      paymentStatus: 'pending',
      holdUntil: HOLD_UNTIL,
      reservations,
      payments: [{ id: PAYMENT_ID, status: 'pending', amount: 2_250, refunded: 0, startedAt: NOW }],
    })
  })
  it('makes an invoice order wait', () => {
    const { state } = spec
      .given(created({ paymentMethod: undefined }))
      .when(holds(...all))
      .then(stockHeld())
    expect(state).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'unpaid' })
  })
  it('confirms at once what costs nothing', () => {
    const { state } = spec
      .given(created({ lines: [requestedLine('MUG', 2, 0), requestedLine('PEN', 1, 0)] }))
      .when(holds(...all))
      .then(stockHeld(), confirmed('process', 0))
    expect(state).toMatchObject({ status: 'confirmed', paymentStatus: 'not_required' })
  })
  it('ends the order when the first of its holds ends', () => {
    const mug = reserved('MUG', 2, plus(NOW, 20 * MINUTE))
    const { state } = spec.given(created()).when(holds(mug, reserved('PEN', 1)))
    expect(state?.holdUntil).toBe(plus(NOW, 20 * MINUTE))
  })
  it('extends a hold that is nearly over when the answer comes, before anything is charged', () => {
    const now = plus(NOW, 20 * MINUTE)
    const { state } = spec
      .given(created())
      .when(holds(...all), { now })
      .then(
        stockHeld(),
        paymentStarted({
          holdUntil: plus(now, 30 * MINUTE),
          holdExtended: true,
          decisions: [{ ...holdDecision('extended'), inputs: { orderedAt: NOW, heldUntil: HOLD_UNTIL } }],
        }),
      )
    expect(state?.holdUntil).toBe(plus(now, 30 * MINUTE))
  })
  it('counts a hold that existed before as one to commit and to release', () => {
    const before = [reserved('MUG', 2), done('inventory', 'PEN')]
    const { state } = spec
      .given(created())
      .when(holds(...before))
      .thenTypes('OrderStockHeld', 'OrderPaymentStarted')
    expect(state?.reservations).toEqual([reservations[0], { sku: 'PEN', quantity: 1, allocations: [] }])
  })
  it('ends the order when stock is short, naming what there is', () => {
    const short = { sku: 'PEN', requested: 1, available: 0 }
    const { state } = spec
      .given(created())
      .when(holds(reserved('MUG', 2), refusedBy('inventory', 'PEN', 'out_of_stock', short)))
      .then(
        stockHeld({ reservations: reservations.slice(0, 1), decisions: [allocated('MUG', 2)] }),
        cancelled({ reason: 'out_of_stock', detail: 'PEN: 1 wanted, 0 available', shortages: [short] }),
      )
    expect(state).toMatchObject({ status: 'cancelled', cancellation: { shortages: [short] } })
  })
  it('ends the order without a hold when the first SKU is short', () => {
    spec
      .given(created())
      .when(holds(refusedBy('inventory', 'MUG', 'reservation_too_late')))
      .then(
        cancelled({
          reason: 'out_of_stock',
          detail: 'MUG: 2 wanted, 0 available',
          shortages: [{ sku: 'MUG', requested: 2, available: 0 }],
        }),
      )
  })
  it('is recorded for an ended order, so that the stock is released', () => {
    const { state } = spec
      .given(created(), cancelled())
      .when(holds(...all))
      .then(stockHeld())
    expect(state).toMatchObject({ status: 'cancelled', reservations })
    expect(state).not.toHaveProperty('holdUntil')
    spec
      .given(created(), cancelled())
      .when(holds(refusedBy('inventory', 'MUG', 'out_of_stock')))
      .then()
  })
  it('changes nothing the second time', () => {
    for (const reported of [charging, unpaid, sold, requested, ended])
      spec
        .given(...reported)
        .when(holds(...all))
        .then()
  })
})

describe('the answer to the commit', () => {
  const all = [done('inventory', 'MUG'), done('inventory', 'PEN')]
  const gone = refusedBy('inventory', 'PEN', 'reservation_gone')

  it('requests a delivery', () => {
    const { state } = spec
      .given(...sold)
      .when(commits(...all))
      .then(stockCommitted, deliveryRequested)
    expect(state).toMatchObject({
      status: 'confirmed',
      stockCommitted: true,
      deliveries: [{ id: DELIVERY_ID, status: 'requested' }],
    })
  })
  it('ends an order whose stock is gone, and refunds it', () => {
    const { state } = spec
      .given(...sold)
      .when(commits(done('inventory', 'MUG'), gone))
      .then(
        cancelled({
          reason: 'out_of_stock',
          detail: 'The hold on the stock had ended.',
          shortages: [{ sku: 'PEN', requested: 1, available: 0 }],
          refund: usd(2_250),
        }),
      )
    expect(state?.status).toBe('cancelled')
  })
  it('ends an invoice order without a refund', () => {
    const { decision } = spec.given(...unpaid, confirmed('operator')).when(commits(gone))
    expect(decision.events[0]?.data).not.toHaveProperty('refund')
  })
  it('changes nothing for an order that has ended', () => {
    const late = spec.given(...sold, cancelled({ refund: usd(2_250) }))
    late.when(commits(...all)).then()
    late.when(commits(gone)).then()
  })
  it('changes nothing the second time', () => {
    spec
      .given(...requested)
      .when(commits(...all))
      .then()
    spec
      .given(...requested)
      .when(commits(gone))
      .then()
  })
})

describe('stock that an operator releases', () => {
  const reports: OrderCommand = { type: 'RecordReservationReleased', sku: 'MUG', quantity: 2, available: 7 }
  const outOfStock = {
    reason: 'out_of_stock' as const,
    detail: 'The stock was released by an operator.',
    shortages: [{ sku: 'MUG', requested: 2, available: 7 }],
  } satisfies Parameters<typeof cancelled>[0]

  it('ends an order before it is charged', () => {
    for (const given of [unpaid, declined, underReview]) {
      const { state } = spec
        .given(...given)
        .when(reports)
        .then(stockReleased, cancelled(outOfStock))
      expect(state?.reservations.map(({ sku }) => sku)).toEqual(['PEN'])
    }
  })
  it('ends an order whose hold is not confirmed yet', () => {
    spec.given(created()).when(reports).then(cancelled(outOfStock))
    spec
      .given(created())
      .when({ ...reports, sku: 'CUP' })
      .then()
  })
  it('ends an order whose charge is pending, which is refunded when it succeeds', () => {
    const { state, decision } = spec
      .given(...charging)
      .when(reports)
      .then(stockReleased, cancelled(outOfStock))
    expect(state?.status).toBe('cancelled')
    const { state: later, effects } = spec
      .given(...charging, ...decision.events)
      .when({
        type: 'RecordPayment',
        paymentId: PAYMENT_ID,
        result: { status: 'processed', amount: usd(2_250) },
      })
      .thenTypes('OrderPaymentReturned')
    expect(later?.status).toBe('cancelled')
    expect(JSON.stringify(effects)).toContain('RefundRemainder')
  })
  it('ends an order that was charged, and refunds it', () => {
    const { effects } = spec
      .given(...sold)
      .when(reports)
      .then(stockReleased, cancelled({ ...outOfStock, refund: usd(2_250) }))
    const reported = JSON.stringify(effects)
    expect(reported).toContain('RefundRemainder')
    expect(reported).toContain('"id":"PEN"')
    expect(reported).not.toContain('"id":"MUG"')
  })
  it('requests the consent of a delivery that has not left', () => {
    const { state } = spec
      .given(...scheduled)
      .when(reports)
      .thenTypes('OrderStockReleased', 'OrderCancellationRequested')
    expect(state?.cancelling?.reason).toBe('out_of_stock')
  })
  it('leaves a shipped order unchanged, and is not restocked a second time', () => {
    for (const given of [underWay, over]) {
      const { state } = spec
        .given(...given)
        .when(reports)
        .then(stockReleased)
      expect(state?.reservations.map(({ sku }) => sku)).toEqual(['PEN'])
    }
  })
  it('is recorded once', () => {
    spec
      .given(...unpaid, stockReleased, cancelled(outOfStock))
      .when(reports)
      .then()
  })
})

it('ignores how the cart was closed', () => {
  for (const step of [done('cart', 'crt_1'), refusedBy('cart', 'crt_1', 'cart_closed')])
    spec
      .given(created({ cartId: 'crt_1' }))
      .when({ type: 'RecordCartClosed', outcome: [step] })
      .then()
})
