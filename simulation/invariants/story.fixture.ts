import { z } from 'zod'
import { DAY, HOUR, MINUTE } from '../../shared/core/time.ts'
import { address, percent, quote, requestedLine } from '../../shared/order/order.fixture.ts'
import { reviewIdOf } from '../../shared/review/commands.ts'
import type { Exchange } from '../world.ts'
import { Shop } from './shop.fixture.ts'

export const SKU = 'MUG'
export const CODE = 'TEN'
const TERMS = percent(CODE, 10)

/** Ten units of a product, and a promotion with two uses, one for each customer. */
export function stocked(shop: Shop): void {
  shop.run('product', SKU, {
    type: 'CreateProduct',
    sku: SKU,
    name: 'A mug',
    price: { amount: 1_000, currency: 'USD' },
  })
  shop.run('inventory', SKU, { type: 'UpdateStock', location: 'main', set: 10, country: 'US' })
  const { gift, combinesWith } = TERMS
  shop.run('promotion', CODE, {
    type: 'CreatePromotion',
    code: CODE,
    gift,
    combinesWith,
    usageLimit: 2,
    perCustomerLimit: 1,
  })
}

/** Names the object of an address, and does not contain it. */
export function hashOf(email: string): string {
  return `hash-${[...email].reverse().join('')}`
}

/** A customer who has verified the address. */
export function registered(shop: Shop, name = 'Ada'): string {
  const id = shop.newId('cus')
  const email = `${name}@example.com`
  shop.run('customer', id, { type: 'RegisterCustomer', email, emailHash: hashOf(email), name })
  const { state } = shop.state('customer', id)
  const { verification } = z.object({ verification: z.object({ secretLabel: z.string() }) }).parse(state)
  shop.run('customer', id, { type: 'VerifyEmail', token: `token(${verification.secretLabel})` })
  return id
}

/** An order of two units with the promotion, paid by card unless told otherwise. */
export function ordered(
  shop: Shop,
  customerId: string,
  {
    paymentMethod = 'pm_card_visa',
    redeemPoints = 0,
    name = 'Ada',
    code = CODE,
  }: { paymentMethod?: string; redeemPoints?: number; name?: string; code?: string | null } = {},
): string {
  const id = shop.newId('ord')
  shop.run('order', id, {
    type: 'CreateOrder',
    customer: {
      customerId,
      status: 'active',
      tier: 'bronze',
      segment: 'new',
      firstOrder: true,
      pointsAvailable: redeemPoints,
    },
    lines: [requestedLine(SKU, 1), requestedLine(SKU, 1)],
    shippingAddress: { ...address, name },
    shippingQuote: quote,
    promotions: code === null ? [] : [{ code, terms: TERMS }],
    redeemPoints,
    skipInvalidPromotions: false,
    ...(paymentMethod !== '' && { paymentMethod }),
  })
  return id
}

const withParts = z.object({
  payments: z.array(z.object({ id: z.string() })),
  deliveries: z.array(z.object({ id: z.string() })),
})

/** The ids of an order's payment and delivery; empty where there is none. */
export function partsOf(shop: Shop, orderId: string): { payment: string; delivery: string } {
  const { payments, deliveries } = withParts.parse(shop.state('order', orderId).state)
  return { payment: payments.at(-1)?.id ?? '', delivery: deliveries.at(-1)?.id ?? '' }
}

/** Its parcel arrives, and is confirmed a day later by itself. */
export function delivered(shop: Shop, orderId: string): void {
  const { delivery } = partsOf(shop, orderId)
  shop.run('delivery', delivery, { type: 'StartDelivery' })
  shop.pass(HOUR)
  shop.run('delivery', delivery, { type: 'CompleteDelivery' })
  shop.pass(2 * DAY)
}

/** A review of an order's product. */
export function reviewed(shop: Shop, orderId: string, customerId: string): string {
  const id = reviewIdOf(orderId, SKU)
  const review = { orderId, customerId, sku: SKU, rating: 5, ordered: true, delivered: true }
  shop.run('review', id, { type: 'SubmitReview', ...review })
  return id
}

/** A shop with an order that is completed and reviewed, one that was cancelled, and one on its way. */
export function story(shop: Shop) {
  stocked(shop)
  const customer = registered(shop)
  const completed = ordered(shop, customer)
  delivered(shop, completed)
  const review = reviewed(shop, completed, customer)
  const other = registered(shop, 'Eve')
  const cancelled = ordered(shop, other)
  shop.run('order', cancelled, { type: 'CancelOrder', reason: 'customer_request', detail: '' })
  const confirmed = ordered(shop, other)
  shop.pass(5 * MINUTE)
  return { customer, completed, review, other, cancelled, confirmed }
}

/** A new shop with the story, and what happened in it. */
export function storyOf(): { shop: Shop } & ReturnType<typeof story> {
  const shop = new Shop()
  return { shop, ...story(shop) }
}

/** An exchange that was answered; a body with a version has its ETag. */
export function exchange(
  method: string,
  path: string,
  answer: { status: number; body: unknown; headers?: Record<string, string> } | null,
  more: { headers?: Record<string, string>; body?: unknown; sentAt?: number; number?: number } = {},
): Exchange {
  const { sentAt = 0, number = 1, ...request } = more
  return {
    number,
    by: 'test/step',
    request: { method, path, ...request },
    sentAt,
    answer: answer && { headers: {}, ...answer },
    answeredAt: answer && sentAt + 10,
  }
}
