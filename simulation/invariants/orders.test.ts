import { expect, it } from 'vitest'
import { DAY, HOUR } from '../../shared/core/time.ts'
import {
  deliveriesOfOrders,
  holdsOfPayments,
  onceInALog,
  oneOrderOfACart,
  ordersEnd,
  ordersOfClosedProfiles,
  waitingOrdersLimit,
} from './orders.ts'
import { ordered, partsOf, SKU, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds what has happened twice', () => {
  const { shop, completed } = storyOf()
  expect(onceInALog.check(shop.inspection())).toEqual([])
  const order = shop.object('order', completed)
  order.changeLog(
    `INSERT INTO events SELECT 1 + (SELECT max(version) FROM events), last, type, schema, data, rest FROM events WHERE type = 'OrderReviewsRequested' OR type = 'OrderConfirmed' LIMIT 1`,
  )
  expect(messagesOf(onceInALog.check(shop.inspection()))).toEqual([
    expect.stringMatching(`order/${completed} has OrderConfirmed as version \\d+ and again as version \\d+.`),
  ])
})

it('finds orders that wait for what will not come', () => {
  const { shop, completed, confirmed, customer } = storyOf()
  const invoice = ordered(shop, customer, { paymentMethod: '', code: null })
  expect(ordersEnd.check(shop.inspection())).toEqual([])
  const later = { now: shop.now + 2 * DAY }
  expect(messagesOf(ordersEnd.check(shop.inspection(later)))).toEqual([
    expect.stringMatching(`order/${invoice} is awaiting_payment although its hold ended at`),
  ])
  shop.object('order', completed).changeLog(`DELETE FROM events WHERE type = 'OrderCompleted'`)
  shop.object('order', confirmed).changeLog(`DELETE FROM events WHERE type = 'OrderDeliveryScheduled'`)
  expect(messagesOf(ordersEnd.check(shop.inspection()))).toEqual([
    expect.stringMatching(`order/${completed} is delivered since .*, and was not completed.`),
    expect.stringMatching(
      `order/${confirmed} is confirmed and waits for its delivery dlv_.* to be scheduled.`,
    ),
  ])
})

it('finds a parcel that its order does not know of', () => {
  const { shop, confirmed } = storyOf()
  expect(deliveriesOfOrders.check(shop.inspection())).toEqual([])
  const { delivery } = partsOf(shop, confirmed)
  shop.run('delivery', delivery, { type: 'StartDelivery' })
  shop.object('order', confirmed).changeLog(`DELETE FROM events WHERE type = 'OrderShipped'`)
  expect(messagesOf(deliveriesOfOrders.check(shop.inspection()))).toEqual([
    `delivery/${delivery} is started, but order ${confirmed} (confirmed) has it as scheduled.`,
  ])
})

it('finds an order that goes on after its customer was suspended', () => {
  const { shop, customer } = storyOf()
  const order = ordered(shop, customer, { paymentMethod: '', code: null })
  shop.run('customer', customer, { type: 'SuspendCustomer', reason: 'unpaid bills' })
  shop.pass(HOUR)
  expect(ordersOfClosedProfiles.check(shop.inspection())).toEqual([])
  shop.object('order', order).changeLog(`DELETE FROM events WHERE type = 'OrderCancelled'`)
  expect(messagesOf(ordersOfClosedProfiles.check(shop.inspection()))).toEqual([
    expect.stringMatching(
      `customer_profile/${customer} was closed at .*, and order/${order} still waited for a payment at`,
    ),
  ])
})

it('finds a payment whose stock is held too short', () => {
  const { shop, customer } = storyOf()
  const order = ordered(shop, customer, { paymentMethod: '', code: null })
  shop.pass(HOUR / 3)
  shop.run('order', order, { type: 'SubmitPayment', paymentMethod: 'pm_card_visa' })
  expect(holdsOfPayments.check(shop.inspection())).toEqual([])
  shop
    .object('inventory', SKU)
    .changeLog(
      `DELETE FROM events WHERE type IN ('ReservationExtended', 'ReservationCommitted') AND data ->> '$.orderId' = ?`,
      order,
    )
  expect(messagesOf(holdsOfPayments.check(shop.inspection()))).toEqual([
    expect.stringMatching(
      `order/${order} extended its hold to .* for the payment pay_.*, but ${SKU} is held for it until`,
    ),
  ])
})

it('finds too many orders that wait unpaid', () => {
  const { shop, customer, other } = storyOf()
  shop.run('inventory', SKU, { type: 'UpdateStock', location: 'main', set: 50, country: 'US' })
  const waiting = (of: string) => ordered(shop, of, { paymentMethod: '', code: null })
  for (const of of [customer, customer, customer]) waiting(of)
  const fourth = waiting(other)
  expect(waitingOrdersLimit.check(shop.inspection())).toEqual([])
  shop
    .object('order', fourth)
    .changeLog(`UPDATE events SET data = json_set(data, '$.customerId', ?) WHERE version = 1`, customer)
  expect(messagesOf(waitingOrdersLimit.check(shop.inspection()))).toEqual([
    expect.stringMatching(`4 orders of the customer ${customer} waited unpaid at`),
  ])
})

it('finds a cart that was ordered twice', () => {
  const { shop, completed, confirmed } = storyOf()
  expect(oneOrderOfACart.check(shop.inspection())).toEqual([])
  for (const order of [completed, confirmed])
    shop
      .object('order', order)
      .changeLog(`UPDATE events SET data = json_set(data, '$.cartId', 'crt_1') WHERE version = 1`)
  expect(messagesOf(oneOrderOfACart.check(shop.inspection()))).toEqual([
    `The cart crt_1 has become 2 orders: ${completed}, ${confirmed}.`,
  ])
})
