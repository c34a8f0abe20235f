import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type DemoClient, DemoError, type DemoRequest, until } from './client.ts'
import { priceText, story } from './story.ts'

const money = z.object({ amount: z.int(), currency: z.string() })
const created = z.object({ id: z.string() })
const mailbox = z.object({
  data: z.array(
    z.object({ subject: z.string(), template: z.string(), variables: z.record(z.string(), z.string()) }),
  ),
})
const stock = z.object({ onHand: z.int(), reserved: z.int(), available: z.int() })
const cart = z.object({
  id: z.string(),
  lines: z.array(z.object({ name: z.string(), quantity: z.int() })),
  subtotal: money,
  promotions: z.array(z.object({ code: z.string(), discount: money })),
})
const order = z.object({
  id: z.string(),
  status: z.string(),
  paymentStatus: z.string(),
  total: money,
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
  cancellation: z.object({ detail: z.string() }).optional(),
})
const delivery = z.object({ status: z.string() })
const customer = z.object({
  loyalty: z.object({
    tier: z.string(),
    points: z.object({ available: z.int() }),
    spending12m: z.int(),
  }),
  segment: z.string(),
})

const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 Analytical Way',
  city: 'Portland',
  region: 'OR',
  postalCode: '97201',
  country: 'US',
}

/** A registered customer with her own token and her welcome promotion. */
interface Shopper {
  readonly id: string
  readonly token: string
  readonly promotionCode: string
}

/**
 * Plays the customer journey of the event storming from registration to rewards, over HTTP alone, and
 * tells it as it goes. Returns the ids of everything that took part.
 *
 * @throws DemoError at the first step that does not go as it should
 */
export async function playJourney(client: DemoClient): Promise<Set<string>> {
  const sku = `DEMO-${randomUUID().slice(0, 8).toUpperCase()}`
  await stockTheShelf(client, sku)
  const shopper = await register(client)
  const cartId = await fillCart(client, shopper, sku)
  const bought = await checkOut(client, shopper, cartId, sku)
  await deliver(client, shopper, bought)
  await reward(client, shopper)
  return new Set([
    sku,
    shopper.id,
    shopper.promotionCode,
    cartId,
    bought.id,
    ...bought.payments,
    ...bought.deliveries,
  ])
}

async function step<Schema extends z.ZodType>(
  client: DemoClient,
  title: string,
  schema: Schema,
  request: DemoRequest,
  tell: (answer: z.output<Schema>) => string,
): Promise<z.output<Schema>> {
  const { status, value } = await client.answer(schema, request)
  story.step(title, request, status, tell(value))
  return value
}

async function stockTheShelf(client: DemoClient, sku: string): Promise<void> {
  story.chapter('The shop puts something on the shelf')
  const token = client.operator
  const price = { amount: 28_900, currency: 'USD' }
  await step(
    client,
    'An operator creates a product',
    z.object({ name: z.string(), price: money }),
    {
      method: 'POST',
      path: '/products',
      token,
      body: { sku, name: 'Espresso machine', price, weightGrams: 3_000 },
    },
    (product) => `${product.name} (${sku}) for ${priceText(product.price)}`,
  )
  await step(
    client,
    'and counts the stock',
    stock,
    { method: 'POST', path: `/inventory/${sku}/stock`, token, body: { set: 10, reason: 'demo' } },
    ({ onHand, available }) => `${onHand} on hand, ${available} available`,
  )
}

async function register(client: DemoClient): Promise<Shopper> {
  story.chapter('Ada becomes a customer')
  const email = `ada.${randomUUID().slice(0, 8)}@example.com`
  const { id } = await step(
    client,
    'She registers',
    created,
    { method: 'POST', path: '/customers', body: { email, name: 'Ada Lovelace' } },
    (answer) => `${answer.id}, waiting for ${email} to be verified`,
  )
  const verification = await mail(client, email, 'verification')
  story.note(`A mail arrives: “${verification.subject}”`)
  const { accessToken } = await step(
    client,
    'She opens the link in it',
    z.object({ accessToken: z.string() }),
    { method: 'POST', path: `/customers/${id}/verify-email`, body: { token: verification.variables.token } },
    () => 'verified, and logged in with an access token',
  )
  const welcome = await mail(client, email, 'welcome')
  const { promotionCode } = welcome.variables
  if (promotionCode === undefined) throw new DemoError('the welcome mail names no promotion')
  story.note(`Another mail: “${welcome.subject}”, with her personal promotion ${promotionCode}`)
  return { id, token: accessToken, promotionCode }
}

function mail(client: DemoClient, to: string, template: string) {
  return until(`a ${template} mail`, async () => {
    const path = `/ops/mailbox?${new URLSearchParams({ to })}`
    const { data } = await client.ask(mailbox, { method: 'GET', path, token: client.ops })
    return data.find((one) => one.template === template)
  })
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
    { method: 'POST', path: '/carts', token, body: {} },
    (answer) => answer.id,
  )
  const tellCart = ({ lines, subtotal }: z.output<typeof cart>) =>
    `${lines.map(({ quantity, name }) => `${quantity} × ${name}`).join(', ')}: ${priceText(subtotal)}`
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
    ({ promotions: [promotion] }) => (promotion ? `${priceText(promotion.discount)} off` : 'no discount'),
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
      `${id}: ${status}, ${paymentStatus}, ${priceText(total)} in all`,
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

async function deliver(client: DemoClient, shopper: Shopper, bought: z.output<typeof order>): Promise<void> {
  story.chapter('The parcel travels')
  const [id] = bought.deliveries
  if (id === undefined) throw new DemoError('the confirmed order has no delivery')
  const courier = (title: string, action: string, body: Record<string, string>, token = client.operator) =>
    step(
      client,
      title,
      delivery,
      { method: 'POST', path: `/deliveries/${id}/${action}`, token, body },
      ({ status }) => `the delivery is ${status}`,
    )
  await courier('The carrier picks it up', 'start', { trackingNumber: `PTL${Date.now()}` })
  await orderBecomes(client, bought.id, 'shipped')
  await courier('It is seen on its way', 'tracking', { place: 'Salem, OR' })
  await courier('It is handed over', 'complete', { receivedBy: 'Ada Lovelace' })
  await orderBecomes(client, bought.id, 'delivered')
  await courier('Ada confirms that she has it', 'confirm', {}, shopper.token)
  await orderBecomes(client, bought.id, 'completed')
}

async function orderBecomes(client: DemoClient, id: string, status: string): Promise<void> {
  await until(`the order becoming ${status}`, async () => {
    const request = { method: 'GET', path: `/orders/${id}`, token: client.operator } as const
    const now = await client.ask(order, request)
    return now.status === status || undefined
  })
  story.note(`The order hears of it, and is ${status}.`)
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
