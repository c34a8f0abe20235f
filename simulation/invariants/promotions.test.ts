import { expect, it } from 'vitest'
import { promotionLimits, usesOfOrders } from './promotions.ts'
import { CODE, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds more uses than a limit allows', () => {
  const { shop, customer } = storyOf()
  expect(promotionLimits.check(shop.inspection())).toEqual([])
  const promotion = shop.object('promotion', CODE)
  promotion.changeLog(`UPDATE events SET data = json_set(data, '$.usageLimit', 1) WHERE version = 1`)
  promotion.changeLog(
    `UPDATE events SET data = json_set(data, '$.customerId', ?) WHERE type = 'PromotionApplied'`,
    customer,
  )
  expect(messagesOf(promotionLimits.check(shop.inspection()))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(`promotion/${CODE} has 2 uses after version \\d+; the limit is 1.`),
      expect.stringMatching(
        `promotion/${CODE} has 2 uses of the customer ${customer} after version \\d+; the limit is 1.`,
      ),
    ]),
  )
})

it('finds uses that no order counts, and orders without their use', () => {
  const { shop, completed, cancelled } = storyOf()
  expect(usesOfOrders.check(shop.inspection())).toEqual([])
  const promotion = shop.object('promotion', CODE)
  promotion.changeLog(
    `UPDATE events SET data = json_set(data, '$.orderId', 'ord_x') WHERE type = 'PromotionReleased'`,
  )
  promotion.changeLog(
    `UPDATE events SET data = json_set(data, '$.orderId', 'ord_y') WHERE type = 'PromotionUseConfirmed' AND data ->> '$.orderId' = ?`,
    completed,
  )
  expect(messagesOf(usesOfOrders.check(shop.inspection()))).toEqual([
    `order/${cancelled} is cancelled, but still has a use of ${CODE}.`,
    `order/${completed} is completed with a discount of ${CODE}, which has no confirmed use of it.`,
  ])
})
