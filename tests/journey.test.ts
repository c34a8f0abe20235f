import { randomUUID } from 'node:crypto'
import { CloudEvent as SdkEvent } from 'cloudevents'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { contexts, drawnEvents } from '../scripts/docs/drawn.ts'
import { functionName } from '../scripts/docs/sources.ts'
import { type CloudEvent, cloudEventSchema } from '../shared/core/cloud-event.ts'
import { policyDecisionSchema } from '../shared/core/policy-decision.ts'
import { Api, eventually } from './support/api.ts'
import { PublishedSchemas } from './support/schemas.ts'
import { type Server, startServer } from './support/server.ts'
import { address, type Buyer, type OrderView, orderView, Shop } from './support/shop.ts'

const customerView = z.looseObject({
  status: z.string(),
  loyalty: z.object({
    tier: z.string(),
    points: z.object({ pending: z.int(), available: z.int() }),
    spending12m: z.int(),
  }),
  segment: z.string(),
})
const anything = z.unknown()
const decided = z.object({ decisions: z.array(policyDecisionSchema) })
const drawnPolicies = contexts.flatMap(({ policies }) => policies.map(functionName))

let server: Server
let api: Api
let shop: Shop

// A server of its own: the clock is moved by months.
beforeAll(async () => {
  server = await startServer()
  api = await Api.connect(server.url)
  shop = new Shop(api)
}, 120_000)
afterAll(() => server?.remove())

function customer(buyer: Buyer) {
  return api.ask(customerView, 'GET', `/customers/${buyer.id}`)
}

/** Fills a cart as a browser would, and checks it out with the welcome promotion. */
async function boughtByCart(buyer: Buyer, sku: string): Promise<OrderView> {
  const token = buyer.token
  await api.ask(anything, 'GET', `/products/${sku}`, { token })
  const { id } = await api.ask(z.object({ id: z.string() }), 'POST', '/carts', { token, body: {} })
  await api.ask(anything, 'POST', `/carts/${id}/items`, { token, body: { sku, quantity: 1 } })
  await api.ask(anything, 'PATCH', `/carts/${id}/items/${sku}`, { token, body: { quantity: 2 } })
  const { variables } = await shop.mail(buyer.email, 'welcome')
  await api.ask(anything, 'POST', `/carts/${id}/promotions`, {
    token,
    body: { code: variables.promotionCode },
  })
  return api.ask(orderView, 'POST', `/carts/${id}/checkout`, {
    token,
    body: { shippingAddress: address, paymentMethod: 'pm_card_visa' },
    headers: { Prefer: 'wait=10' },
  })
}

function courier(order: OrderView, action: string, body: Record<string, string>) {
  return api.ask(anything, 'POST', `/deliveries/${order.deliveries[0]}/${action}`, { body })
}

/** Everything that has arrived in the lake, by event id. */
async function lake(seen: Map<string, CloudEvent>, read: Set<string>): Promise<Map<string, CloudEvent>> {
  for (const [id, event] of await shop.lake(new Map(), read)) seen.set(id, cloudEventSchema.parse(event))
  return seen
}

describe('the whole journey of the event storming', () => {
  it('from CustomerRegistrationStarted to LoyaltyStatusUpdated leaves every drawn event in the lake, each as its schema says', async () => {
    const sku = await shop.product({ price: 40_000, stock: 50 })
    await api.ask(anything, 'POST', `/inventory/${sku}/stock`, { body: { adjust: 0, reorderPoint: 49 } })

    // Registration
    const buyer = await shop.buyer()
    await api.ask(anything, 'PATCH', `/customers/${buyer.id}`, {
      token: buyer.token,
      body: { phone: '+1 503 555 0100', addresses: [address], marketingConsent: true },
    })
    expect(await customer(buyer)).toMatchObject({ status: 'active', segment: 'new' })

    // Shopping and ordering: 800.00 less 10 % of the welcome promotion
    const order = await boughtByCart(buyer, sku)
    expect(order).toMatchObject({
      status: 'confirmed',
      paymentStatus: 'paid',
      subtotal: { amount: 80_000, currency: 'USD' },
      total: { amount: 72_000, currency: 'USD' },
    })

    // Fulfilment; nobody confirms, so silence does after a day
    await courier(order, 'start', {})
    await courier(order, 'tracking', { place: 'Salem, OR' })
    await courier(order, 'delay', {
      reason: 'snow',
      newDate: new Date(Date.now() + 20 * 86_400_000).toISOString(),
    })
    await courier(order, 'complete', { receivedBy: 'Ada' })
    await shop.orderOnce(order.id, ({ status }) => status === 'delivered')
    expect(
      await eventually(
        () => customer(buyer),
        ({ loyalty }) => loyalty.points.pending > 0,
      ),
    ).toMatchObject({ loyalty: { tier: 'bronze', points: { pending: 720, available: 0 } } })
    await shop.advance('PT24H')
    await shop.orderOnce(order.id, ({ status }) => status === 'completed')

    // Post-purchase: 1 % of the net paid, then silver from 500.00 on
    expect(
      await eventually(
        () => customer(buyer),
        ({ loyalty }) => loyalty.points.available > 0,
      ),
    ).toMatchObject({
      loyalty: { tier: 'silver', points: { pending: 0, available: 720 }, spending12m: 72_000 },
      segment: 'active',
    })
    await shop.advance('P3D')
    expect(await shop.mail(buyer.email, 'review_request')).toMatchObject({ variables: { orderId: order.id } })
    await api.ask(anything, 'POST', `/orders/${order.id}/reviews`, {
      token: buyer.token,
      body: { sku, rating: 5, text: 'Froths like the sea.' },
    })
    await eventually(
      () => customer(buyer),
      ({ loyalty }) => loyalty.points.available === 770,
    )

    // What goes wrong leaves events too
    const declined = await shop.placed(buyer, sku, { paymentMethod: 'pm_card_chargeDeclined' })
    expect(declined).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'failed' })
    await api.ask(anything, 'POST', `/orders/${declined.id}/cancel`, { token: buyer.token, body: {} })
    const short = await shop.order(buyer, { lines: [{ sku, quantity: 60 }] })
    expect(short.body).toMatchObject({ status: 'cancelled', cancellation: { reason: 'out_of_stock' } })
    const undeliverable = await shop.placed(buyer, sku)
    await courier(undeliverable, 'start', {})
    for (const reason of ['nobody in', 'nobody in', 'moved away'])
      await courier(undeliverable, 'fail-attempt', { reason })
    await shop.orderOnce(undeliverable.id, ({ status }) => status === 'returned')
    const garbled = await shop.placed(buyer, sku, { paymentMethod: 'pm_sandbox_garbled' })
    expect(garbled).toMatchObject({ status: 'pending' })
    const code = await shop.promotion()
    await api.ask(anything, 'POST', `/promotions/${code}/expire`, { body: {} })
    // What a customer never does: drawn, and an operator's.
    const held = `held-${randomUUID()}`
    await api.ask(anything, 'POST', `/inventory/${sku}/reservations`, {
      body: { orderId: held, quantity: 1 },
    })
    await api.ask(anything, 'DELETE', `/inventory/${sku}/reservations/${held}`)

    const seen = new Map<string, CloudEvent>()
    const read = new Set<string>()
    const missing = async () => {
      const types = new Set([...(await lake(seen, read)).values()].map(({ type }) => type))
      return drawnEvents.filter((type) => !types.has(type))
    }
    expect(await eventually(missing, (types) => types.length === 0, 60_000).catch(missing)).toEqual([])

    // Every policy that was drawn has decided something, and says so on the event that it led to.
    const policies = [...seen.values()].flatMap(({ data }) =>
      (decided.safeParse(data).data?.decisions ?? []).map(({ policy }) => policy),
    )
    expect(policies).toEqual(expect.arrayContaining(drawnPolicies))

    const schemas = new PublishedSchemas(server.url)
    const faults = await Promise.all([...seen.values()].map((event) => schemas.faultOf(event)))
    expect(faults.filter((fault) => fault !== null)).toEqual([])
    // Each is a CloudEvent by the official SDK, and names this deployment.
    for (const event of seen.values()) {
      expect(new SdkEvent(event).toJSON()).toEqual(event)
      expect(event.dataschema.startsWith(`${server.url}/schemas/`), event.dataschema).toBe(true)
    }
    // No personal data has left the objects.
    expect(JSON.stringify([...seen.values()])).not.toMatch(/Ada Lovelace|Analytical|@example\.com|555 0100/)
  }, 180_000)

  it('continues with time alone: an offer to win her back, points that expire, a tier that ends', async () => {
    const sku = await shop.product({ price: 60_000, stock: 5 })
    const buyer = await shop.buyer()
    const { token } = buyer
    await api.ask(anything, 'PATCH', `/customers/${buyer.id}`, { token, body: { marketingConsent: true } })
    const order = await shop.placed(buyer, sku)
    await courier(order, 'start', {})
    await courier(order, 'complete', {})
    await eventually(
      () => api.send('POST', `/deliveries/${order.deliveries[0]}/confirm`, { token, body: {} }),
      ({ status }) => status === 200,
    )
    const earned = await eventually(
      () => customer(buyer),
      ({ loyalty }) => loyalty.points.available > 0,
    )
    expect(earned).toMatchObject({
      loyalty: { tier: 'silver', points: { available: 600 } },
      segment: 'active',
    })

    await shop.advance('P60D')
    const { variables } = await shop.mail(buyer.email, 'retention_offer')
    expect(await customer(buyer)).toMatchObject({ segment: 'at_risk' })
    const { id } = await api.ask(z.object({ id: z.string() }), 'POST', '/carts', { token, body: {} })
    await api.ask(anything, 'POST', `/carts/${id}/items`, { token, body: { sku, quantity: 1 } })
    const quoted = await api.send('POST', `/carts/${id}/promotions`, {
      token,
      body: { code: variables.promotionCode },
    })
    expect(quoted.body).toMatchObject({ promotions: [{ code: variables.promotionCode }] })

    await shop.advance('P120D')
    expect(
      await eventually(
        () => customer(buyer),
        ({ segment }) => segment === 'lapsed',
      ),
    ).toMatchObject({ loyalty: { tier: 'silver', points: { available: 600 } } })
    expect(await api.send('GET', `/carts/${id}`, { token })).toMatchObject({ body: { status: 'abandoned' } })

    await shop.advance('P190D')
    expect(
      await eventually(
        () => customer(buyer),
        ({ loyalty }) => loyalty.tier === 'bronze',
      ),
    ).toMatchObject({ loyalty: { points: { pending: 0, available: 0 }, spending12m: 0 } })
  }, 120_000)

  it('ends with an erasure, after which no personal data is left', async () => {
    const sku = await shop.product({ stock: 5 })
    const buyer = await shop.buyer()
    const order = await shop.placed(buyer, sku)
    const open = await shop.placed(buyer, sku)
    await courier(order, 'start', {})
    await courier(order, 'complete', { receivedBy: 'Ada Lovelace' })
    await eventually(
      () => api.send('POST', `/deliveries/${order.deliveries[0]}/confirm`, { token: buyer.token, body: {} }),
      ({ status }) => status === 200,
    )
    await shop.orderOnce(order.id, ({ status }) => status === 'completed')
    // The list of her orders, by which they are found, is some seconds behind.
    await eventually(
      () => api.send('GET', `/orders?customerId=${buyer.id}`),
      ({ body }) => JSON.stringify(body).includes(open.id),
    )
    const erased = await api.send('DELETE', `/customers/${buyer.id}`, { token: buyer.token })
    expect(erased).toMatchObject({ status: 200, body: { status: 'erased' } })

    const tells = async (...paths: string[]) => {
      const bodies = await Promise.all(paths.map(async (path) => (await api.send('GET', path)).body))
      return /Ada|Analytical|@example/.test(JSON.stringify(bodies))
    }
    const ofCustomer = [`/customers/${buyer.id}`, `/customers/${buyer.id}/events?limit=100`]
    const [delivery] = order.deliveries
    const ofOrder = [
      `/orders/${order.id}`,
      `/orders/${order.id}?version=1`,
      `/orders/${order.id}/events?limit=100`,
      `/deliveries/${delivery}`,
      `/deliveries/${delivery}/events`,
    ]
    expect(await tells(...ofCustomer)).toBe(false)
    await eventually(
      () => tells(...ofOrder),
      (does) => !does,
    )
    const mails = await api.send('GET', `/ops/mailbox?to=${encodeURIComponent(buyer.email)}`, {
      token: api.ops,
    })
    expect(mails.body).toMatchObject({ data: [] })

    // An order under way keeps the address that its parcel needs, until it has arrived.
    expect(await tells(`/orders/${open.id}/events?limit=100`)).toBe(true)
    await courier(open, 'start', {})
    await courier(open, 'complete', {})
    await shop.advance('P3D')
    await eventually(
      () => tells(`/orders/${open.id}/events?limit=100`, `/deliveries/${open.deliveries[0]}/events`),
      (does) => !does,
    )
    // The address is free again.
    const again = await api.send('POST', '/customers', {
      token: '',
      body: { email: buyer.email, name: 'Ada Lovelace' },
    })
    expect(again.status).toBe(201)
  }, 120_000)
})
