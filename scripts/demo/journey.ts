import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { moneyText } from '../../shared/core/money/money.ts'
import { type DemoClient, DemoError, until } from './client.ts'
import type { ClockReading } from './lake.ts'
import {
  ADDRESS,
  advance,
  cart,
  courier,
  created,
  customer,
  mail,
  type Order,
  order,
  orderBecomes,
  register,
  type Shopper,
  step,
  stock,
  stockTheShelf,
} from './parts.ts'
import { story } from './story.ts'

/** The results of a journey that later ones need. */
export interface Played {
  /** The ids of all aggregates involved. */
  readonly ids: ReadonlySet<string>
  readonly shopper: Shopper
  /** The server's time after its clock was moved. */
  readonly moved: ClockReading
}

/**
 * Plays the customer journey of the event storming from registration to rewards, only over HTTP, and
 * prints each step. Moves the deployment's clock forward by three days.
 *
 * @throws DemoError at the first step that does not go as it should
 */
export async function playJourney(client: DemoClient): Promise<Played> {
  const sku = `DEMO-${randomUUID().slice(0, 8).toUpperCase()}`
  story.chapter('The shop puts something on the shelf')
  await stockTheShelf(client, sku, { name: 'Espresso machine', price: 28_900, pieces: 10 })
  story.chapter('Ada becomes a customer')
  const shopper = await register(client)
  const cartId = await fillCart(client, shopper, sku)
  const bought = await checkOut(client, shopper, cartId, sku)
  await deliver(client, shopper, bought)
  await reward(client, shopper)
  story.chapter('Three days later')
  const { now } = await advance(client, 'Time passes', 'P3D')
  const moved = { server: now, here: Date.now() }
  const reviewId = await review(client, shopper, bought, sku)
  const ids = [
    sku,
    shopper.id,
    shopper.promotionCode,
    cartId,
    bought.id,
    reviewId,
    ...bought.payments,
    ...bought.deliveries,
  ]
  return { ids: new Set(ids), shopper, moved }
}

async function fillCart(client: DemoClient, { token, promotionCode }: Shopper, sku: string): Promise<string> {
  story.chapter('She shops')
  await step(
    client,
    'She looks at the product',
    z.object({ name: z.string() }),
    { method: 'GET', path: `/products/${sku}`, token },
    ({ name }) => name,
  )
  const { id } = await step(
    client,
    'takes a cart',
    created,
    { method: 'POST', path: '/carts', token, body: { currency: 'USD' } },
    (answer) => answer.id,
  )
  const tellCart = ({ lines, subtotal }: z.output<typeof cart>) =>
    `${lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')}: ${moneyText(subtotal)}`
  await step(
    client,
    'puts one in',
    cart,
    { method: 'POST', path: `/carts/${id}/items`, token, body: { sku, quantity: 1 } },
    tellCart,
  )
  await step(
    client,
    'makes it two',
    cart,
    { method: 'PATCH', path: `/carts/${id}/items/${sku}`, token, body: { quantity: 2 } },
    tellCart,
  )
  await step(
    client,
    'and applies her promotion',
    cart,
    { method: 'POST', path: `/carts/${id}/promotions`, token, body: { code: promotionCode } },
    ({ promotions: [promotion] }) => (promotion ? `${moneyText(promotion.discount)} off` : 'no discount'),
  )
  return id
}

async function checkOut(client: DemoClient, { token }: Shopper, cartId: string, sku: string) {
  story.chapter('She orders')
  const bought = await step(
    client,
    'She checks out and pays by card',
    order,
    {
      method: 'POST',
      path: `/carts/${cartId}/checkout`,
      token,
      headers: { Prefer: 'wait=10' },
      body: { shippingAddress: ADDRESS, paymentMethod: 'pm_card_visa' },
    },
    ({ id, status, paymentStatus, total }) =>
      `${id}: ${status}, ${paymentStatus}, ${moneyText(total)} in all`,
  )
  if (bought.status !== 'confirmed')
    throw new DemoError(`the order is ${bought.status}. ${bought.cancellation?.detail ?? ''}`)
  story.note('Behind this: stock was held, then the card charged, then the order confirmed.')
  await step(
    client,
    'The stock has gone down',
    stock,
    { method: 'GET', path: `/inventory/${sku}`, token: client.operator },
    ({ onHand, reserved, available }) => `${onHand} on hand, ${reserved} reserved, ${available} available`,
  )
  return bought
}

async function deliver(client: DemoClient, shopper: Shopper, bought: Order): Promise<void> {
  story.chapter('The parcel travels')
  await courier(client, bought, 'The carrier picks it up', 'start', { trackingNumber: `PTL${Date.now()}` })
  await orderBecomes(client, bought.id, 'shipped')
  await courier(client, bought, 'It is seen on its way', 'tracking', { place: 'Salem, OR' })
  await courier(client, bought, 'It is handed over', 'complete', { receivedBy: 'Ada Lovelace' })
  await orderBecomes(client, bought.id, 'delivered')
  await courier(client, bought, 'Ada confirms that she has it', 'confirm', {}, shopper.token)
  await orderBecomes(client, bought.id, 'completed')
}

async function reward(client: DemoClient, { id, token }: Shopper): Promise<void> {
  story.chapter('She is rewarded')
  const request = { method: 'GET', path: `/customers/${id}`, token } as const
  const rewarded = await until('the reward', async () => {
    const answer = await client.ask(customer, request)
    return answer.loyalty.points.available > 0 ? answer : undefined
  })
  const { tier, points } = rewarded.loyalty
  story.step(
    'She looks at her profile',
    request,
    200,
    `tier ${tier}, ${points.available} points, segment ${rewarded.segment}`,
  )
}

/** Returns the review's id. */
async function review(client: DemoClient, shopper: Shopper, bought: Order, sku: string): Promise<string> {
  const { token } = shopper
  const request = { method: 'GET', path: `/customers/${shopper.id}`, token } as const
  const earned = (await client.ask(customer, request)).loyalty.points.available
  const asked = await mail(client, shopper.email, 'review_request')
  story.note(`A mail arrives: “${asked.subject}”`)
  const { id: reviewId } = await step(
    client,
    'She says what she thinks of it',
    z.object({ id: z.string(), rating: z.int() }),
    {
      method: 'POST',
      path: `/orders/${bought.id}/reviews`,
      token,
      body: { sku, rating: 5, text: 'Froths like the sea.' },
    },
    ({ id, rating }) => `${id}: ${'★'.repeat(rating)}`,
  )
  const after = await until('the points for the review', async () => {
    const answer = await client.ask(customer, request)
    return answer.loyalty.points.available > earned ? answer : undefined
  })
  story.step(
    'and is thanked for it',
    request,
    200,
    `${after.loyalty.points.available} points to spend on the next order`,
  )
  return reviewId
}
