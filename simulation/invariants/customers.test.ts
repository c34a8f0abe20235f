import { expect, it } from 'vitest'
import { addressesAreHeld, oneCustomerPerAddress, reviewsOfBuyers } from './customers.ts'
import { hashOf, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds two customers with one address', () => {
  const { shop, customer, other } = storyOf()
  expect(oneCustomerPerAddress.check(shop.inspection())).toEqual([])
  shop
    .object('customer', other)
    .changeLog(`UPDATE events SET data = json_set(data, '$.email', 'ADA@example.com') WHERE version = 1`)
  expect(messagesOf(oneCustomerPerAddress.check(shop.inspection()))).toEqual([
    `customer/${customer} (Ada@example.com) and customer/${other} (ADA@example.com) have the same address.`,
  ])
})

it("finds an address that is not its customer's", () => {
  const { shop, customer } = storyOf()
  expect(addressesAreHeld.check(shop.inspection())).toEqual([])
  shop
    .object('email_address', hashOf('Ada@example.com'))
    .changeLog(`UPDATE events SET data = json_set(data, '$.customerId', 'cus_x')`)
  expect(messagesOf(addressesAreHeld.check(shop.inspection()))).toEqual([
    expect.stringContaining(
      `customer/${customer} is active, but its address ${hashOf('Ada@example.com')} is`,
    ),
    `email_address/${hashOf('Ada@example.com')} belongs to the customer cus_x, who is unknown.`,
  ])
})

it('finds reviews of what was not delivered', () => {
  const { shop, completed, review, customer } = storyOf()
  expect(reviewsOfBuyers.check(shop.inspection())).toEqual([])
  shop.object('order', completed).changeLog(`DELETE FROM events WHERE type = 'OrderDelivered'`)
  expect(messagesOf(reviewsOfBuyers.check(shop.inspection()))).toEqual([
    expect.stringMatching(
      `review/${review} was submitted at .*, was delivered at no time, and belongs to ${customer}`,
    ),
  ])
})
