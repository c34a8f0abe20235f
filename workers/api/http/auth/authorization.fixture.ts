import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { eventually } from '../../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../../shared/core/ids.ts'
import { reviewIdOf } from '../../../../shared/review/commands.ts'
import { buyer, product, promotion, usd } from '../../promotion/routes.fixture.ts'
import { type Caller, operator, send } from '../request.fixture.ts'

/** Who may call each operation, and a request of it that is well-formed. Not used outside tests. */

/**
 * - `anyone`: also without a token
 * - `customer`: every customer, for themselves
 * - `owner`: the customer who owns it; for all other customers it does not exist
 * - `holder`: as `owner`, but a guest's cart is for everyone with its id, with a token or without
 * - `hidden`: for operators; customers do not learn whether it exists
 * - `signature`: everyone who signs the body, with any token
 */
export type Rule =
  | 'anyone'
  | 'customer'
  | 'customer or operator'
  | 'owner'
  | 'owner or operator'
  | 'holder'
  | 'holder or operator'
  | 'hidden'
  | 'operator'
  | 'ops'
  | 'signature'

/** One customer's aggregates, by the path parameter that names them. */
export interface Belongings {
  readonly customers: string
  readonly carts: string
  readonly orders: string
  readonly payments: string
  readonly deliveries: string
  readonly reviews: string
  readonly promotions: string
  readonly products: string
  readonly inventory: string
}

export interface Row {
  readonly who: Rule
  /** What the path names; missing where it names nothing. */
  readonly of?: keyof Belongings
  /** Parameters of the path besides the one that names the thing. */
  readonly params?: (of: Belongings) => Readonly<Record<string, string>>
  readonly body?: (of: Belongings, caller?: string) => object
  readonly query?: string
  /** What the path names never exists in this test, so that permitted callers get a 404. */
  readonly isMissing?: true
  /** The answer for what does not exist is not a 404: the command creates it, or the answer is the same. */
  readonly answersWithoutIt?: true
  /** A command of a customer who need not be active. */
  readonly whateverStatus?: true
}

/** A code that every cart of `customerWithEverything` carries. */
const CODE_IN_CART = 'IN-EVERY-CART'
const SOME_UUID = '01890a5d-ac96-774b-bcce-b302099a8057'
const address = {
  name: 'Ada',
  line1: '1 Analytical Way',
  city: 'Springfield',
  region: 'IL',
  postalCode: '62701',
  country: 'US',
} as const
const line = (of: Belongings) => ({ sku: of.products, quantity: 1 })

/** Every operation of the OpenAPI document: one without a row fails the test. */
export const rows: Readonly<Record<string, Row>> = {
  registerCustomer: {
    who: 'anyone',
    body: () => ({ email: 'new@example.com', name: 'New' }),
    whateverStatus: true,
  },
  verifyEmail: {
    who: 'anyone',
    of: 'customers',
    body: () => ({ token: 'x'.repeat(43) }),
    whateverStatus: true,
  },
  resendVerification: { who: 'anyone', of: 'customers', answersWithoutIt: true, whateverStatus: true },
  updateProfile: { who: 'owner', of: 'customers', body: () => ({ name: 'Ada' }) },
  eraseCustomer: { who: 'owner or operator', of: 'customers' },
  getCustomer: { who: 'owner or operator', of: 'customers' },
  listCustomerEvents: { who: 'owner or operator', of: 'customers' },
  listCustomers: { who: 'operator' },
  updateSpending: {
    who: 'operator',
    of: 'customers',
    body: (of) => ({ orderId: of.orders, delta: 100 }),
  },
  suspendCustomer: { who: 'operator', of: 'customers', body: () => ({ reason: 'fraud' }) },
  startSession: { who: 'anyone', body: () => ({ email: 'nobody@example.com' }), whateverStatus: true },
  completeSession: {
    who: 'anyone',
    body: () => ({ email: 'nobody@example.com', code: '000000' }),
    whateverStatus: true,
  },
  createProduct: { who: 'operator', body: () => ({ sku: 'NEW', name: 'New', price: usd(100) }) },
  changePrice: { who: 'operator', of: 'products', body: () => ({ price: usd(2_000) }) },
  discontinueProduct: { who: 'operator', of: 'products' },
  getProduct: { who: 'anyone', of: 'products' },
  listProductEvents: { who: 'anyone', of: 'products' },
  listProducts: { who: 'anyone' },
  listReviews: { who: 'anyone', of: 'products', answersWithoutIt: true },
  updateStock: { who: 'operator', of: 'inventory', body: () => ({ set: 90 }), answersWithoutIt: true },
  reserveInventory: {
    who: 'operator',
    of: 'inventory',
    body: (of) => ({ orderId: of.orders, quantity: 1 }),
    // An unknown product has no stock: refused like short stock.
    answersWithoutIt: true,
  },
  releaseReservation: {
    who: 'operator',
    of: 'inventory',
    params: (of) => ({ orderId: of.orders }),
  },
  getInventory: { who: 'hidden', of: 'inventory' },
  listInventoryEvents: { who: 'hidden', of: 'inventory' },
  createPromotion: {
    who: 'operator',
    body: () => ({ code: 'NEW10', kind: 'percentage', value: { percent: 10 } }),
  },
  checkPromotionEligibility: {
    who: 'customer or operator',
    of: 'promotions',
    body: (of) => ({ lines: [line(of)] }),
    answersWithoutIt: true,
  },
  applyPromotion: {
    who: 'operator',
    of: 'promotions',
    body: (of) => ({ orderId: of.orders, customerId: of.customers, lines: [line(of)] }),
    // An unknown code is one that does not apply.
    answersWithoutIt: true,
  },
  activatePromotion: { who: 'operator', of: 'promotions' },
  expirePromotion: { who: 'operator', of: 'promotions' },
  getPromotion: { who: 'owner or operator', of: 'promotions' },
  listPromotionEvents: { who: 'owner or operator', of: 'promotions' },
  listPromotions: { who: 'operator' },
  listInventory: { who: 'operator' },
  createCart: { who: 'anyone' },
  listCarts: { who: 'operator' },
  addItem: { who: 'holder', of: 'carts', body: line },
  changeQuantity: {
    who: 'holder',
    of: 'carts',
    params: (of) => ({ sku: of.products }),
    body: () => ({ quantity: 2 }),
  },
  removeItem: { who: 'holder', of: 'carts', params: (of) => ({ sku: of.products }) },
  applyPromotionToCart: { who: 'holder', of: 'carts', body: (of) => ({ code: of.promotions }) },
  removePromotionFromCart: {
    who: 'holder',
    of: 'carts',
    params: () => ({ code: CODE_IN_CART }),
  },
  mergeCarts: { who: 'owner', of: 'carts', body: (of) => ({ fromCartId: of.carts }) },
  getCart: { who: 'holder or operator', of: 'carts' },
  listCartEvents: { who: 'holder or operator', of: 'carts' },
  quoteCart: { who: 'holder', of: 'carts' },
  checkOutCart: { who: 'owner', of: 'carts', body: () => ({ shippingAddress: address }) },
  createOrder: {
    who: 'customer or operator',
    // An operator names the customer.
    body: (of, caller) => ({
      ...{ lines: [line(of)], shippingAddress: address },
      ...(caller === 'operator' && { customerId: of.customers }),
    }),
  },
  listOrders: { who: 'customer or operator' },
  confirmOrder: { who: 'operator', of: 'orders' },
  cancelOrder: { who: 'owner or operator', of: 'orders', body: () => ({ reason: 'late' }) },
  processPayment: {
    who: 'owner or operator',
    of: 'orders',
    body: () => ({ paymentMethod: 'pm_card_visa' }),
  },
  getOrder: { who: 'owner or operator', of: 'orders' },
  listOrderEvents: { who: 'owner or operator', of: 'orders' },
  submitReview: { who: 'owner', of: 'orders', body: (of) => ({ sku: of.products, rating: 5 }) },
  refundPayment: { who: 'operator', of: 'payments', body: () => ({ reason: 'requested' }) },
  reviewPayment: { who: 'operator', of: 'payments', body: () => ({ decision: 'approve' }) },
  getPayment: { who: 'owner or operator', of: 'payments' },
  listPaymentEvents: { who: 'owner or operator', of: 'payments' },
  listPayments: { who: 'operator' },
  scheduleDelivery: { who: 'operator', body: (of) => ({ orderId: of.orders }) },
  startDelivery: { who: 'operator', of: 'deliveries' },
  completeDelivery: { who: 'operator', of: 'deliveries' },
  cancelDelivery: { who: 'operator', of: 'deliveries' },
  trackDelivery: { who: 'operator', of: 'deliveries', body: () => ({ place: 'Depot' }) },
  failDeliveryAttempt: { who: 'operator', of: 'deliveries', body: () => ({ reason: 'nobody_home' }) },
  delayDelivery: {
    who: 'operator',
    of: 'deliveries',
    body: () => ({ reason: 'weather', newDate: '2030-01-01T00:00:00.000Z' }),
  },
  changeDeliveryAddress: { who: 'owner or operator', of: 'deliveries', body: () => ({ address }) },
  confirmDelivery: { who: 'owner', of: 'deliveries' },
  getDelivery: { who: 'owner or operator', of: 'deliveries' },
  listDeliveryEvents: { who: 'owner or operator', of: 'deliveries' },
  listDeliveries: { who: 'operator' },
  getReview: { who: 'owner or operator', of: 'reviews' },
  listReviewEvents: { who: 'owner or operator', of: 'reviews' },
  paymentWebhook: { who: 'signature', body: () => ({}) },
  carrierWebhook: { who: 'signature', body: () => ({}) },
  listParked: { who: 'ops' },
  retryParked: { who: 'ops', params: () => ({ id: SOME_UUID }), isMissing: true },
  readMailbox: { who: 'ops', query: 'to=nobody%40example.com' },
  getClock: { who: 'ops' },
  advanceClock: { who: 'ops', body: () => ({ by: 'PT0S' }) },
  listLake: { who: 'ops' },
  readLakeObject: { who: 'ops', params: () => ({ key: 'none.ndjson' }), isMissing: true },
  getForwarding: { who: 'ops' },
  replayEvents: { who: 'ops', body: (of) => ({ aggregateIds: [of.orders] }) },
  listReplays: { who: 'ops' },
  getReplay: { who: 'ops', params: () => ({ id: SOME_UUID }), isMissing: true },
  cancelReplay: { who: 'ops', params: () => ({ id: SOME_UUID }), isMissing: true },
  listDeadLetters: { who: 'ops' },
  retryDeadLetters: { who: 'ops', body: () => ({ prefix: 'refused/none' }) },
  getProjections: { who: 'ops' },
  rebuildProjections: { who: 'ops' },
}

/** A customer with something of everything: all of it bought, paid, delivered and reviewed. */
export async function customerWithEverything(): Promise<Belongings> {
  const caller = (await buyer()) ?? expect.fail()
  const [id] = caller
  const sku = await product(1_999)
  await accept('POST', `/inventory/${sku}/stock`, operator, { set: 100 })
  const cart = await accept('POST', '/carts', caller)
  await accept('POST', `/carts/${cart.id}/items`, caller, { sku, quantity: 1 })
  // There already for all but the first.
  await send('POST', '/promotions', {
    as: operator,
    body: { code: CODE_IN_CART, kind: 'percentage', value: { percent: 5 } },
  })
  await accept('POST', `/carts/${cart.id}/promotions`, caller, { code: CODE_IN_CART })
  const order = await accept(
    'POST',
    '/orders',
    caller,
    { lines: [{ sku, quantity: 1 }], shippingAddress: address, paymentMethod: 'pm_card_visa' },
    { Prefer: 'wait=10' },
  )
  const { payments, deliveries } = await eventually(async () => {
    const { state } = (await env.ORDER.getByName(order.id).read({})) ?? expect.fail()
    expect(state.deliveries).toHaveLength(1)
    return state
  })
  const delivery = deliveries[0]?.id ?? expect.fail()
  await accept('POST', `/deliveries/${delivery}/start`, operator)
  await eventually(() => accept('POST', `/deliveries/${delivery}/complete`, operator))
  await eventually(() => accept('POST', `/orders/${order.id}/reviews`, caller, { sku, rating: 5 }))
  const welcome = await eventually(async () => {
    const { state } = (await env.CUSTOMER.getByName(id).read({})) ?? expect.fail()
    return state.welcome?.issued ? state.welcome.promotionCode : expect.fail('no welcome promotion yet')
  })
  return {
    customers: id,
    carts: cart.id,
    orders: order.id,
    payments: payments[0]?.id ?? expect.fail(),
    deliveries: delivery,
    reviews: reviewIdOf(order.id, sku),
    promotions: welcome,
    products: sku,
    inventory: sku,
  }
}

/** Names that are well-formed and belong to nothing. */
export function nothingAtAll(): Belongings {
  return {
    customers: newId('cus'),
    carts: newId('crt'),
    orders: newId('ord'),
    payments: newId('pay'),
    deliveries: newId('dlv'),
    reviews: newId('rev'),
    promotions: 'NO-SUCH-CODE',
    products: 'NO-SUCH-SKU',
    inventory: 'NO-SUCH-SKU',
  }
}

/** A promotion without an owner, and a guest's cart. */
export async function forEverybody(): Promise<Pick<Belongings, 'promotions' | 'carts'>> {
  const { code } = await promotion({ kind: 'percentage', value: { percent: 5 } })
  return { promotions: code, carts: (await accept('POST', '/carts', null)).id }
}

export async function suspend(id: string): Promise<void> {
  await accept('POST', `/customers/${id}/suspend`, operator, { reason: 'fraud' })
}

async function accept(
  method: string,
  path: string,
  as: Caller,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ id: string }> {
  const answer = await send(method, path, { as, body, headers })
  expect(answer, `${method} ${path}: ${JSON.stringify(answer.body)}`).toMatchObject({
    status: expect.toSatisfy((status: number) => status < 300),
  })
  return { id: answer.body.id ?? '' }
}
