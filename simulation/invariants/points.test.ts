import { expect, it } from 'vitest'
import { pointsBalance, pointsOfOrders, pointsOnce } from './points.ts'
import { ordered, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

/** 68 points earned, of which an order cannot take any; so more are given. */
function rich() {
  const story = storyOf()
  const { shop, customer } = story
  shop
    .object('customer', customer)
    .changeLog(`UPDATE events SET data = json_set(data, '$.points', 500) WHERE type = 'RewardPointsEarned'`)
  return { ...story, shop: shop.reopened() }
}

it('finds points that come out of lots that do not hold them', () => {
  const { shop, customer } = rich()
  ordered(shop, customer, { redeemPoints: 200, code: null })
  expect(pointsBalance.check(shop.inspection())).toEqual([])
  const log = shop.object('customer', customer)
  log.changeLog(
    `UPDATE events SET data = json_set(data, '$.lots[0].points', 900) WHERE type = 'RewardPointsRedeemed'`,
  )
  expect(messagesOf(pointsBalance.check(shop.inspection()))).toEqual([
    expect.stringMatching(
      `customer/${customer}: version \\d+ \\(RewardPointsRedeemed\\) is of 200 points, but takes 900`,
    ),
    expect.stringMatching(`takes 900 points out of the lot .*, which has 500.`),
  ])
})

it('finds points that are earned twice', () => {
  const { shop, customer, review } = storyOf()
  expect(pointsOnce.check(shop.inspection())).toEqual([])
  const log = shop.object('customer', customer)
  log.changeLog(
    `INSERT INTO events SELECT 1 + (SELECT max(version) FROM events), last, type, schema, data, rest FROM events WHERE type = 'RewardPointsEarned' AND data ->> '$.source' = 'review'`,
  )
  expect(messagesOf(pointsOnce.check(shop.inspection()))).toEqual([
    expect.stringMatching(`customer/${customer} has points for the review ${review} again as version`),
  ])
})

it('finds orders without their points, and points of orders that have none', () => {
  const { shop, customer, completed } = rich()
  const order = ordered(shop, customer, { redeemPoints: 200, code: null })
  shop.run('order', order, { type: 'CancelOrder', reason: 'customer_request', detail: '' })
  expect(pointsOfOrders.check(shop.inspection())).toEqual([])
  const log = shop.object('customer', customer)
  log.changeLog(
    `UPDATE events SET data = json_set(data, '$.orderId', 'ord_x') WHERE type IN ('RewardPointsRestored', 'CustomerSpendingUpdated')`,
  )
  expect(messagesOf(pointsOfOrders.check(shop.inspection()))).toEqual([
    `order/${completed} is completed, but does not count as spending of its customer.`,
    `order/${order} is cancelled, but 200 points that paid for it were not given back.`,
  ])
})
