import { expect, it } from 'vitest'
import { bookedPayments, chargedOnce, paidOrders, refundCeiling } from './payments.ts'
import { partsOf, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds a payment that was charged twice, another amount, or never', () => {
  const { shop, completed } = storyOf()
  const { payment } = partsOf(shop, completed)
  expect(chargedOnce.check(shop.inspection())).toEqual([])
  const [charge] = shop.charges
  if (!charge) throw new Error('nothing was charged')
  const { refunds } = shop
  const check = (...charges: (typeof charge)[]) =>
    messagesOf(chargedOnce.check(shop.inspection({ gateway: { charges, refunds } })))
  expect(check(...shop.charges, charge)).toEqual([
    `The gateway has charged the payment ${payment} 2 times, 1800 and 1800.`,
  ])
  expect(check({ ...charge, amount: 1 }, ...shop.charges.slice(1))).toEqual([
    `payment/${payment} records a charge of 1800 USD, but the gateway has charged 1 USD.`,
  ])
  expect(check({ ...charge, succeeded: false }, ...shop.charges.slice(1))).toEqual([
    `payment/${payment} is processed, but the gateway has not charged it.`,
  ])
})

it('finds refunds of more than was charged', () => {
  const { shop, confirmed } = storyOf()
  const { payment } = partsOf(shop, confirmed)
  expect(refundCeiling.check(shop.inspection())).toEqual([])
  const refund = { key: `${payment}/a`, chargeKey: payment, amount: 1_000, currency: 'USD', succeeded: true }
  const refunds = [...shop.refunds, refund, { ...refund, key: `${payment}/b` }]
  expect(
    messagesOf(refundCeiling.check(shop.inspection({ gateway: { charges: shop.charges, refunds } }))),
  ).toEqual([`The gateway has refunded 2000 of the payment ${payment}, which was charged 1800.`])
  shop.run('payment', payment, { type: 'RefundPayment', refundId: 'part', amount: 1_000, reason: 'goodwill' })
  shop
    .object('payment', payment)
    .changeLog(
      `UPDATE events SET data = json_set(data, '$.amount.amount', 9000) WHERE type = 'PaymentRefundRequested'`,
    )
  expect(messagesOf(refundCeiling.check(shop.inspection()))).toEqual([
    expect.stringMatching(
      `payment/${payment} was charged 1800, but at version \\d+ its refunds come to 9000.`,
    ),
  ])
})

it('finds money that only the gateway knows of', () => {
  const { shop, completed } = storyOf()
  const { payment } = partsOf(shop, completed)
  expect(bookedPayments.check(shop.inspection())).toEqual([])
  const charge = { key: 'pay_lost', paymentMethod: 'pm', amount: 5, currency: 'USD', succeeded: true }
  const refund = { key: 're_1', chargeKey: payment, amount: 7, currency: 'USD', succeeded: true }
  const gateway = { charges: [...shop.charges, charge], refunds: [...shop.refunds, refund] }
  expect(messagesOf(bookedPayments.check(shop.inspection({ gateway })))).toEqual([
    'The gateway has charged 5 USD for the payment pay_lost, which is unknown.',
    `The gateway has refunded 7 of payment/${payment}, which records 0 as refunded.`,
  ])
})

it('finds a payment that waits for ever', () => {
  const { shop, confirmed } = storyOf()
  const { payment } = partsOf(shop, confirmed)
  shop.object('payment', payment).changeLog(`DELETE FROM events WHERE type = 'PaymentProcessed'`)
  const gateway = { charges: shop.charges.filter(({ key }) => key !== payment), refunds: shop.refunds }
  expect(messagesOf(bookedPayments.check(shop.inspection({ gateway })))).toEqual([
    `payment/${payment} still waits for the outcome of its charge.`,
  ])
})

it('finds orders that were not paid, and ended ones that keep money', () => {
  const { shop, completed, cancelled } = storyOf()
  expect(paidOrders.check(shop.inspection())).toEqual([])
  const paid = partsOf(shop, completed).payment
  const refunded = partsOf(shop, cancelled).payment
  shop.object('order', completed).changeLog(`DELETE FROM events WHERE type = 'OrderPaid'`)
  shop
    .object('order', cancelled)
    .changeLog(
      `UPDATE events SET data = json_set(data, '$.refundedTotal.amount', 100) WHERE type = 'OrderRefunded'`,
    )
  expect(messagesOf(paidOrders.check(shop.inspection()))).toEqual([
    `order/${completed} has the payment ${paid} as pending, which is processed itself.`,
    `order/${completed} is completed with a total of 1800 USD, and 0 was charged for it.`,
    `order/${cancelled} has 100 of the payment ${refunded} as refunded, the payment itself 1800.`,
    `order/${cancelled} is cancelled and keeps 1700 of 1800 of the payment ${refunded}.`,
  ])
})
