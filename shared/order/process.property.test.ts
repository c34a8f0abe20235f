import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sum } from '../core/money/money.ts'
import { earningOf, outstandingPoints, pointBalance } from '../customer/loyalty/points.ts'
import { levelsOf, reservationsOf } from '../inventory/state.ts'
import { refundedTotal } from '../payment/state.ts'
import { orderEvent } from './events.ts'
import { comeToRest, play, type Scenario, type Shop, scenario, sendParcels } from './shop.fixture.ts'
import {
  currentDelivery,
  hasEnded,
  isFinal,
  netPaid,
  type Order,
  openPayment,
  refundDue,
  settled,
} from './state.ts'

// The order against the real aggregates, with every answer late, lost or repeated, in any order.

type OrderStates = [id: string, order: Order][]

/** What the gateway took for an order and did not give back. */
function charged(shop: Shop, orderId: string): number {
  const taken = [...shop.charges.values()].filter(
    ({ request, result }) => request.orderId === orderId && result.status === 'succeeded',
  )
  const refunds = taken.flatMap(({ request }) => shop.refunds.get(request.key) ?? [])
  const back = refunds.filter(({ result }) => result.status === 'succeeded')
  const lost = taken.flatMap(({ request }) => {
    const paid = shop.payments.states.get(request.key)
    const all = paid && 'refunds' in paid ? paid.refunds : []
    return all.filter(({ source, status }) => source === 'dispute' && status === 'succeeded')
  })
  return Math.max(
    0,
    sum(taken.map(({ request }) => request.amount.amount)) -
      sum(back.map(({ request }) => request.amount.amount)) -
      sum(lost.map(({ amount }) => amount)),
  )
}

/** Whether the goods of an order have reached its customer, even when their price went back afterwards. */
function hasArrived({ deliveries }: Order): boolean {
  return deliveries.some(({ status }) => status === 'completed')
}

/** Orders whose goods are sold: they have not ended, or only by a refund after the delivery. */
function soldBy(shop: Shop): OrderStates {
  return [...shop.orders.states].filter(([, order]) => !hasEnded(order) || hasArrived(order))
}

/** Holds at every moment: no refund, asked for or made, goes beyond what was charged. */
function nothingIsRefundedTwice(shop: Shop): void {
  for (const [id, payment] of shop.payments.states) {
    if (!('refunds' in payment)) continue
    // Beside what began at the gateway, the rest may have been asked for already: the gateway refuses it.
    const ours = payment.refunds.filter(({ status, source }) => status !== 'failed' && !source)
    const asked = Math.max(sum(ours.map(({ amount }) => amount)), refundedTotal(payment))
    const made = (shop.refunds.get(id) ?? []).filter(({ result }) => result.status === 'succeeded')
    const given = sum(made.map(({ request }) => request.amount.amount))
    if (Math.max(asked, given) > payment.amount.amount) expect({ id, asked, given }).toBe('within the charge')
  }
  for (const { payments } of shop.orders.states.values())
    for (const payment of payments)
      if (payment.refunded < 0 || payment.refunded > payment.amount) expect(payment).toBe('sound')
}

/** Holds at every moment: no stock below what is held of it, no use beyond the limit. */
function nothingIsOversold(shop: Shop): void {
  for (const { locations, held } of shop.stock.states.values()) {
    const allocations = held.flatMap((reservation) => reservation.allocations)
    const sound = locations.every(({ location, onHand, reserved }) => {
      const here = allocations.filter((allocation) => allocation.location === location)
      return onHand >= reserved && reserved === sum(here.map(({ quantity }) => quantity))
    })
    // Asked so often that only the failure is put to `expect`.
    if (!sound) expect({ locations, held }).toBe('sound')
  }
  for (const { uses, usageLimit = 0 } of shop.promotions.states.values())
    if (uses > usageLimit) expect(uses).toBeLessThanOrEqual(usageLimit)
}

/** Holds whenever nothing is under way, timers apart: only an order that still needs it holds or claims. */
function onlyOpenOrdersHoldAnything(shop: Shop): void {
  if (shop.isBusy()) return
  const isOpen = (orderId: string) => {
    const known = shop.orders.states.get(orderId)
    return known !== undefined && ['pending', 'awaiting_payment'].includes(known.status)
  }
  const holding = [...shop.stock.states.values()].flatMap(({ held }) => held)
  const claiming = [...shop.promotions.states.values()].flatMap(({ claimed }) => claimed)
  for (const { orderId } of [...holding, ...claiming])
    if (!isOpen(orderId)) expect(orderId).toBe('an order that is open')
}

function ordersAreAtRest(shop: Shop): void {
  expect(shop.parked).toEqual([])
  expect([shop.orders, shop.payments, shop.deliveries].flatMap((host) => host.timers())).toEqual([])
  expect([...shop.profiles.states.values()].flatMap(({ open }) => open)).toEqual([])
  for (const state of shop.orders.states.values()) {
    expect(['pending', 'awaiting_payment']).not.toContain(state.status)
    expect(settled(state)).toBe(true)
    expect(openPayment(state)).toBeUndefined()
  }
}

function stockIsWhereItBelongs(shop: Shop, initial: Scenario['stock']): void {
  for (const [sku, state] of shop.stock.states) {
    const committed = reservationsOf(state).filter((reservation) => reservation.state === 'committed')
    const sold = soldBy(shop).flatMap(([orderId, { pricing, reservations }]) => {
      // What an operator put back on the shelf is not sold, wherever its order is by now.
      if (!reservations.some((reservation) => reservation.sku === sku)) return []
      const quantity = sum(pricing.lines.filter((line) => line.sku === sku).map((line) => line.quantity))
      return quantity === 0 ? [] : [{ orderId, quantity }]
    })
    const byOrder = (a: { orderId: string }, b: { orderId: string }) => (a.orderId < b.orderId ? -1 : 1)
    expect(committed.map(({ orderId, quantity }) => ({ orderId, quantity })).sort(byOrder)).toEqual(
      sold.sort(byOrder),
    )
    const total = Object.entries(initial).find(([name]) => name === sku)?.[1]
    expect(levelsOf(state).onHand + sum(committed.map(({ quantity }) => quantity))).toBe(total)
  }
}

function promotionsAreUsedByWhatIsSold(shop: Shop): void {
  for (const [code, { confirmed, uses }] of shop.promotions.states) {
    const users = soldBy(shop)
      .filter(([, { terms }]) => terms.some((one) => one.code === code))
      .map(([id]) => id)
    expect(confirmed.map(({ orderId }) => orderId).sort()).toEqual(users.sort())
    expect(uses).toBe(users.length)
  }
}

function pointsAndSpendingAreThoseOfOrders(shop: Shop): void {
  for (const [id, { loyalty }] of shop.customers.states) {
    const own = [...shop.orders.states].filter(([, order]) => order.customerId === id)
    const completed = own.filter(([, { paidAtCompletion }]) => paidAtCompletion !== undefined)
    expect(loyalty.deliveredOrders).toBe(completed.length)
    for (const [orderId, order] of own) {
      const redemption = loyalty.redemptions.find((known) => known.orderId === orderId)
      // Points that paid for an order are spent by it as long as it has not ended.
      expect(redemption ? !redemption.restored : false).toBe(order.redeemPoints > 0 && !hasEnded(order))
      const earning = earningOf(loyalty, orderId)
      if (hasEnded(order) && earning)
        expect((earning.given?.points ?? 0) - earning.clawedBack).toBe(outstandingPoints(earning))
      if (!completed.some(([known]) => known === orderId)) continue
      const entry = loyalty.spending.find((known) => known.orderId === orderId)
      // What went back before the completion was never counted, also when the bank sends it back later.
      const counted = Math.min(netPaid(order), order.paidAtCompletion ?? 0)
      expect((entry?.spent ?? 0) - (entry?.refunded ?? 0)).toBe(counted)
      expect(earning?.kept ?? order.paidAtCompletion).toBe(counted)
    }
    // Whatever was delivered is completed by now, or went back.
    expect(pointBalance(loyalty, shop.now()).pending).toBe(0)
  }
}

function moneyIsPaidByLiveOrders(shop: Shop): void {
  for (const [id, order] of shop.orders.states) {
    const open = sum(order.payments.map((payment) => refundDue(order, payment)))
    const late = order.payments.filter(({ status }) => status === 'returned')
    const kept = sum(late.map(({ amount, refunded }) => amount - refunded))
    // The order knows of every cent that the gateway has.
    expect(netPaid(order) + kept).toBe(charged(shop, id))
    if (!hasEnded(order)) continue
    expect(charged(shop, id)).toBe(open)
    // What an order that has ended still has is the bank's matter, or an operator's who was told.
    if (open > 0) expect(order.payments.some((one) => one.disputed || one.abandoned)).toBe(true)
    else expect(['unpaid', 'failed', 'refunded', 'invoiced', 'not_required']).toContain(order.paymentStatus)
  }
}

function deliveriesAreThoseOfLiveOrders(shop: Shop): void {
  for (const [id, state] of shop.orders.states) {
    const own = [...shop.deliveries.states].filter(([, { orderId }]) => orderId === id)
    const open = own.filter(([, { status }]) => !['cancelled', 'failed', 'returning'].includes(status))
    expect(open.map(([deliveryId]) => deliveryId)).toEqual(
      [currentDelivery(state)].flatMap((current) => current?.id ?? []),
    )
    if (hasEnded(state)) {
      expect(open.length > 0).toBe(hasArrived(state))
      continue
    }
    const [status] = open.map(([, one]) => one.status)
    const expected = {
      scheduled: 'confirmed',
      started: 'shipped',
      completed: 'delivered',
      confirmed: 'completed',
    }
    if (status && status in expected) expect(Object.entries(expected)).toContainEqual([status, state.status])
  }
}

function whatWasDeliveredIsAskedAbout(shop: Shop): void {
  for (const [id, { status, reviewsRequested, personalDataErased, pricing }] of shop.orders.states) {
    if (status === 'completed') expect(reviewsRequested || personalDataErased).toBe(true)
    const asked = [...shop.reviews.states.values()].filter(({ orderId }) => orderId === id)
    const skus = [...new Set(pricing.lines.map(({ sku }) => sku))].sort()
    expect(asked.map(({ sku }) => sku).sort()).toEqual(reviewsRequested ? skus : [])
  }
}

it('whatever people do and whenever, nothing is left behind', { timeout: 30_000 }, () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const shop = play(given, (present) => {
        nothingIsOversold(present)
        nothingIsRefundedTwice(present)
        onlyOpenOrdersHoldAnything(present)
      })
      ordersAreAtRest(shop)
      stockIsWhereItBelongs(shop, given.stock)
      promotionsAreUsedByWhatIsSold(shop)
      pointsAndSpendingAreThoseOfOrders(shop)
      moneyIsPaidByLiveOrders(shop)
      deliveriesAreThoseOfLiveOrders(shop)
      whatWasDeliveredIsAskedAbout(shop)
    }),
    { numRuns: 150 },
  )
})

it('an order left alone is confirmed and waits for its parcel, or has ended for a reason', {
  timeout: 30_000,
}, () => {
  fc.assert(
    fc.property(scenario, (given) => {
      const shop = play({ ...given, acts: [] })
      ordersAreAtRest(shop)
      for (const { status, fulfilmentStatus, cancellation } of shop.orders.states.values()) {
        if (status === 'confirmed') expect(fulfilmentStatus).toBe('scheduled')
        else
          expect([status, cancellation?.reason]).toEqual([
            'cancelled',
            expect.stringMatching(
              /^(out_of_stock|payment_failed|promotion_refused|points_unavailable|order_limit)$/,
            ),
          ])
      }
    }),
    { numRuns: 60 },
  )
})

it('an order left alone reaches its end once its parcel was handed over, whatever that comes to', {
  timeout: 30_000,
}, () => {
  fc.assert(
    fc.property(scenario, fc.infiniteStream(fc.boolean()), (given, luck) => {
      const shop = play({ ...given, acts: [] })
      sendParcels(shop, () => luck.next().value === true)
      comeToRest(shop, nothingIsRefundedTwice)
      ordersAreAtRest(shop)
      for (const order of shop.orders.states.values()) expect(isFinal(order)).toBe(true)
      stockIsWhereItBelongs(shop, given.stock)
      promotionsAreUsedByWhatIsSold(shop)
      pointsAndSpendingAreThoseOfOrders(shop)
      moneyIsPaidByLiveOrders(shop)
      deliveriesAreThoseOfLiveOrders(shop)
      whatWasDeliveredIsAskedAbout(shop)
    }),
    { numRuns: 60 },
  )
})

it('sees everything that can happen to an order', { timeout: 30_000 }, () => {
  const seen = new Set<string>()
  // The same runs each time, because the rarest of these is seen in one of thirty.
  for (const given of fc.sample(scenario, { seed: 2, numRuns: 200 }))
    for (const { type } of play(given).orders.log) seen.add(type)
  const everything = orderEvent.options.map(({ shape }) => shape.type.value)
  expect([...seen].sort()).toEqual(everything.sort())
})
