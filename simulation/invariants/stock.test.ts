import { expect, it } from 'vitest'
import { noOversell, stockOfOrders } from './stock.ts'
import { ordered, SKU, storyOf } from './story.fixture.ts'

it('finds units that are promised and not there', () => {
  const { shop } = storyOf()
  expect(noOversell.check(shop.inspection())).toEqual([])
  shop
    .object('inventory', SKU)
    .changeLog(`UPDATE events SET data = json_set(data, '$.change', 1, '$.onHand', 1) WHERE version = 1`)
  expect(noOversell.check(shop.inspection())[0]?.message).toBe(
    `inventory/${SKU} has 1 units and 2 of them reserved at main after version 3 (InventoryReserved).`,
  )
})

it('finds reserved units without a hold', () => {
  const { shop } = storyOf()
  shop
    .object('inventory', SKU)
    .changeLog(`UPDATE events SET data = json_set(data, '$.allocations[0].quantity', 3) WHERE version = 3`)
  expect(noOversell.check(shop.inspection())[0]?.message).toBe(
    `inventory/${SKU} counts 1 reserved units at main after version 4 (ReservationCommitted), but its open holds are for 0.`,
  )
})

it('finds orders without their stock, and stock of orders that have none', () => {
  const { shop, completed, cancelled } = storyOf()
  expect(stockOfOrders.check(shop.inspection())).toEqual([])
  const stock = shop.object('inventory', SKU)
  const rename = (type: string, from: string, to: string) =>
    stock.changeLog(
      `UPDATE events SET data = json_set(data, '$.orderId', ?) WHERE type = ? AND data ->> '$.orderId' = ?`,
      ...[to, type, from],
    )
  rename('ReservationCommitted', completed, 'ord_unknown')
  rename('InventoryReleased', cancelled, 'ord_other')
  expect(stockOfOrders.check(shop.inspection()).map(({ message }) => message)).toEqual([
    expect.stringContaining(`inventory/${SKU} still holds 2 units for order ${completed}`),
    `inventory/${SKU} has sold 2 units to order ord_unknown, which is unknown.`,
    `order/${completed} is completed with 2 units of ${SKU}, but ${SKU} has sold it 0.`,
    `order/${cancelled} is cancelled, but ${SKU} still has 0 held and 2 sold units for it.`,
  ])
})

it('finds a hold that outlives its end', () => {
  const { shop, customer } = storyOf()
  const waiting = ordered(shop, customer, { paymentMethod: '', code: null })
  expect(stockOfOrders.check(shop.inspection())).toEqual([])
  const later = shop.now + 60 * 60_000
  expect(stockOfOrders.check(shop.inspection({ now: later }))[0]?.message).toMatch(
    new RegExp(`inventory/${SKU} still holds 2 units for order ${waiting}, whose hold ended at`),
  )
})
