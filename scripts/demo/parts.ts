import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { moneyText } from '../../shared/core/money/money.ts'
import { type DemoClient, DemoError, type DemoRequest, until } from './client.ts'
import { story } from './story.ts'

// The parts of responses that the demo reads.
export const money = z.object({ amount: z.int(), currency: z.string() })
export const created = z.object({ id: z.string() })
const mailbox = z.object({
  data: z.array(
    z.object({ subject: z.string(), template: z.string(), variables: z.record(z.string(), z.string()) }),
  ),
})
export const stock = z.object({ onHand: z.int(), reserved: z.int(), available: z.int() })
export const cart = z.object({
  id: z.string(),
  lines: z.array(z.object({ name: z.string(), quantity: z.int() })),
  subtotal: money,
  promotions: z.array(z.object({ code: z.string(), discount: money })),
})
export const order = z.object({
  id: z.string(),
  status: z.string(),
  paymentStatus: z.string(),
  total: money,
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
  cancellation: z.object({ detail: z.string() }).optional(),
})
export const delivery = z.object({ status: z.string() })
export const customer = z.object({
  loyalty: z.object({
    tier: z.string(),
    points: z.object({ available: z.int() }),
    spending12m: z.int(),
  }),
  segment: z.string(),
})

/** The destination of every parcel. */
export const ADDRESS = {
  name: 'Ada Lovelace',
  line1: '12 Analytical Way',
  city: 'Portland',
  region: 'OR',
  postalCode: '97201',
  country: 'US',
}

/** A registered customer with her own token and her welcome promotion. */
export interface Shopper {
  readonly id: string
  readonly email: string
  readonly token: string
  readonly promotionCode: string
}

/** The fields of an order that the demo reads. */
export type Order = z.output<typeof order>

/** Performs one step over HTTP and prints the result. */
export async function step<Schema extends z.ZodType>(
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

/** Puts a product with some stock on sale. */
export async function stockTheShelf(
  client: DemoClient,
  sku: string,
  product: { name: string; price: number; pieces: number },
): Promise<void> {
  const token = client.operator
  const price = { amount: product.price, currency: 'USD' }
  await step(
    client,
    'An operator creates a product',
    z.object({ name: z.string(), price: money }),
    {
      method: 'POST',
      path: '/products',
      token,
      body: { sku, name: product.name, price, weightGrams: 3_000 },
    },
    (created) => `${created.name} (${sku}) for ${moneyText(created.price)}`,
  )
  await step(
    client,
    'and counts the stock',
    stock,
    { method: 'POST', path: `/inventory/${sku}/stock`, token, body: { set: product.pieces, reason: 'demo' } },
    ({ onHand, available }) => `${onHand} on hand, ${available} available`,
  )
}

/** Registers a customer, verifies her address with the mailed token, and waits for her welcome promotion. */
export async function register(client: DemoClient): Promise<Shopper> {
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
    'She sends the token in it',
    z.object({ accessToken: z.string() }),
    { method: 'POST', path: `/customers/${id}/verify-email`, body: { token: verification.variables.token } },
    () => 'verified, and logged in with an access token',
  )
  const welcome = await mail(client, email, 'welcome')
  const { promotionCode } = welcome.variables
  if (promotionCode === undefined) throw new DemoError('the welcome mail names no promotion')
  story.note(`Another mail: “${welcome.subject}”, with her personal promotion ${promotionCode}`)
  return { id, email, token: accessToken, promotionCode }
}

/** Waits for the newest mail of a template to an address. */
export function mail(client: DemoClient, to: string, template: string) {
  return until(`a ${template} mail`, async () => {
    const path = `/ops/mailbox?${new URLSearchParams({ to })}`
    const { data } = await client.ask(mailbox, { method: 'GET', path, token: client.ops })
    return data.find((one) => one.template === template)
  })
}

/** Waits until an order is in a status. */
export async function orderBecomes(client: DemoClient, id: string, status: string): Promise<void> {
  await until(`the order becoming ${status}`, async () => {
    const request = { method: 'GET', path: `/orders/${id}`, token: client.operator } as const
    const now = await client.ask(order, request)
    return now.status === status || undefined
  })
  story.note(`The order hears of it, and is ${status}.`)
}

/** One step of the carrier, or of the receiver, with a delivery. */
export function courier(
  client: DemoClient,
  bought: Order,
  title: string,
  action: string,
  body: Record<string, string>,
  token = client.operator,
) {
  const [id] = bought.deliveries
  if (id === undefined) throw new DemoError('the confirmed order has no delivery')
  const request = { method: 'POST', path: `/deliveries/${id}/${action}`, token, body } as const
  return step(client, title, delivery, request, ({ status }) => `the delivery is ${status}`)
}

/** Moves the deployment's clock forward (ISO 8601 duration); only a development deployment allows it. */
export function advance(client: DemoClient, title: string, by: string) {
  return step(
    client,
    title,
    z.object({ now: z.string() }),
    { method: 'POST', path: '/ops/clock/advance', token: client.ops, body: { by } },
    ({ now }) => `Petrel's clock now says ${now.slice(0, 16).replace('T', ' ')} UTC`,
  )
}
