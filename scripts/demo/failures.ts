import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { moneyText } from '../../shared/core/money/money.ts'
import { type DemoClient, DemoError, until } from './client.ts'
import {
  ADDRESS,
  courier,
  money,
  type Order,
  order,
  orderBecomes,
  type Shopper,
  step,
  stock,
  stockTheShelf,
} from './parts.ts'
import { story } from './story.ts'

const payment = z.object({ status: z.string(), refunds: z.array(z.object({ amount: money })) })

/**
 * Plays three failing journeys, and shows that neither goods nor money are lost: a declined card,
 * insufficient stock, failed delivery attempts. Returns the ids of all aggregates involved.
 *
 * @throws DemoError at the first step that does not go as it should
 */
export async function playFailures(client: DemoClient, shopper: Shopper): Promise<ReadonlySet<string>> {
  const sku = `DEMO-${randomUUID().slice(0, 8).toUpperCase()}`
  story.chapter('Now three journeys that go wrong. First the shop puts out a rarer thing')
  await stockTheShelf(client, sku, { name: 'Copper kettle', price: 4_900, pieces: 3 })
  const orders = [
    await declinedCard(client, shopper, sku),
    await outOfStock(client, shopper, sku),
    await nobodyAtHome(client, shopper, sku),
  ]
  return new Set([sku, ...orders.flatMap(({ id, payments, deliveries }) => [id, ...payments, ...deliveries])])
}

function buy(
  client: DemoClient,
  { token }: Shopper,
  title: string,
  what: { sku: string; quantity: number; paymentMethod: string },
): Promise<Order> {
  const { sku, quantity, paymentMethod } = what
  return step(
    client,
    title,
    order,
    {
      method: 'POST',
      path: '/orders',
      token,
      headers: { Prefer: 'wait=10' },
      body: { lines: [{ sku, quantity }], shippingAddress: ADDRESS, paymentMethod },
    },
    tellOrder,
  )
}

/** 1. A declined card does not lose the order: the stock stays on hold while she pays with another card. */
async function declinedCard(client: DemoClient, shopper: Shopper, sku: string): Promise<Order> {
  story.chapter('1. The card is declined')
  const { token } = shopper
  const first = await buy(client, shopper, 'Ada orders with a card that has no money', {
    sku,
    quantity: 1,
    paymentMethod: 'pm_card_chargeDeclinedInsufficientFunds',
  })
  expectStatus(first, 'awaiting_payment')
  await shelf(client, sku, 'Her kettle is kept for half an hour')
  const paid = await step(
    client,
    'She tries another card',
    order,
    {
      method: 'POST',
      path: `/orders/${first.id}/payments`,
      token,
      headers: { Prefer: 'wait=10' },
      body: { paymentMethod: 'pm_card_visa' },
    },
    tellOrder,
  )
  expectStatus(paid, 'confirmed')
  story.note('Two payments stand in the order: one failed, one processed. Only one was ever charged.')
  return paid
}

/** 2. Missing stock is never charged: the hold comes before the payment, all or nothing. */
async function outOfStock(client: DemoClient, shopper: Shopper, sku: string): Promise<Order> {
  story.chapter('2. There is not enough')
  const refused = await buy(client, shopper, 'She wants three more, but two are left', {
    sku,
    quantity: 3,
    paymentMethod: 'pm_card_visa',
  })
  expectStatus(refused, 'cancelled')
  if (refused.payments.length > 0) throw new DemoError('an order that cannot be filled was charged')
  story.note(`${refused.cancellation?.detail ?? ''}. No payment was ever started.`)
  await shelf(client, sku, 'Nothing stays on hold')
  return refused
}

/** 3. Three attempts, then the payment is refunded and the goods return. */
async function nobodyAtHome(client: DemoClient, shopper: Shopper, sku: string): Promise<Order> {
  story.chapter('3. Nobody opens the door')
  const bought = await buy(client, shopper, 'She orders one more kettle', {
    sku,
    quantity: 1,
    paymentMethod: 'pm_card_visa',
  })
  expectStatus(bought, 'confirmed')
  await courier(client, bought, 'The carrier picks it up', 'start', {})
  await orderBecomes(client, bought.id, 'shipped')
  for (const attempt of ['first', 'second', 'third'])
    await courier(client, bought, `The ${attempt} attempt fails`, 'fail-attempt', {
      reason: 'nobody at home',
    })
  await orderBecomes(client, bought.id, 'returned')
  const [paymentId] = bought.payments
  const request = { method: 'GET', path: `/payments/${paymentId}`, token: client.operator } as const
  const refunded = await until('the refund', async () => {
    const answer = await client.ask(payment, request)
    return answer.status === 'refunded' ? answer : undefined
  })
  const [refund] = refunded.refunds
  story.step(
    'The money goes back',
    request,
    200,
    `the payment is ${refunded.status}${refund ? `: ${moneyText(refund.amount)}` : ''}`,
  )
  await shelf(client, sku, 'and the kettle to its shelf')
  return bought
}

function shelf(client: DemoClient, sku: string, title: string) {
  return step(
    client,
    title,
    stock,
    { method: 'GET', path: `/inventory/${sku}`, token: client.operator },
    ({ onHand, reserved, available }) => `${onHand} on hand, ${reserved} reserved, ${available} available`,
  )
}

function tellOrder({ id, status, paymentStatus, total }: Order): string {
  return `${id}: ${status}, ${paymentStatus}, ${moneyText(total)} in all`
}

function expectStatus({ id, status, cancellation }: Order, expected: string): void {
  if (status === expected) return
  throw new DemoError(`${id} should be ${expected} and is ${status}. ${cancellation?.detail ?? ''}`)
}
