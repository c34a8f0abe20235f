import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { type Answer, type Api, eventually, signToken } from './api.ts'

const money = z.object({ amount: z.int(), currency: z.string() })

/** The parts of an order that tests read. */
export const orderView = z.object({
  id: z.string(),
  version: z.int(),
  customerId: z.string(),
  status: z.string(),
  paymentStatus: z.string(),
  fulfilmentStatus: z.string(),
  subtotal: money,
  discounts: z.array(z.object({ source: z.string(), code: z.string().optional(), amount: money })),
  shipping: money,
  total: money,
  promotions: z.array(z.object({ code: z.string(), applied: z.boolean(), reason: z.string().optional() })),
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
  cancellation: z.looseObject({ reason: z.string(), detail: z.string() }).optional(),
})
export type OrderView = z.infer<typeof orderView>

export const stockView = z.object({
  sku: z.string(),
  onHand: z.int(),
  reserved: z.int(),
  available: z.int(),
  reservations: z.array(z.looseObject({ orderId: z.string(), quantity: z.int(), state: z.string() })),
})

const created = z.object({ id: z.string() })
const mailView = z.object({ template: z.string(), variables: z.record(z.string(), z.string()) })
const eventView = z.looseObject({ id: z.string(), type: z.string(), subject: z.string(), data: z.unknown() })
export type EventView = z.infer<typeof eventView>

export const address = {
  name: 'Ada Lovelace',
  line1: '12 Analytical Way',
  city: 'Portland',
  region: 'OR',
  postalCode: '97201',
  country: 'US',
}

/** A customer who can order. */
export interface Buyer {
  readonly id: string
  readonly token: string
  readonly email: string
}

/** What a test does in the shop, only through HTTP. */
export class Shop {
  readonly api: Api

  constructor(api: Api) {
    this.api = api
  }

  /** A registered and verified customer; the token is read from the mailbox as a person would. */
  async buyer(): Promise<Buyer> {
    const email = `buyer-${randomUUID()}@example.com`
    const body = { email, name: 'Ada Lovelace' }
    const { id } = await this.api.ask(created, 'POST', '/customers', { token: '', body })
    const { variables } = await this.mail(email, 'verification')
    await this.api.ask(z.unknown(), 'POST', `/customers/${id}/verify-email`, {
      token: '',
      body: { token: variables.token },
    })
    return { id, email, token: await signToken('customer', id) }
  }

  /** The newest mail of a template to an address, once it is there. */
  async mail(to: string, template: string): Promise<z.infer<typeof mailView>> {
    const mails = await eventually(
      () => this.mails(to, template),
      (found) => found.length > 0,
    )
    const [newest] = mails
    if (!newest) throw new Error(`no ${template} mail to ${to}`)
    return newest
  }

  /** The mails of a template to an address that are there now, newest first. */
  async mails(to: string, template: string): Promise<z.infer<typeof mailView>[]> {
    const path = `/ops/mailbox?to=${encodeURIComponent(to)}`
    const page = z.object({ data: z.array(mailView) })
    const { data } = await this.api.ask(page, 'GET', path, { token: this.api.ops })
    return data.filter((mail) => mail.template === template)
  }

  /** A product on sale with stock at `main`; returns its SKU. */
  async product(options: { price?: number; stock?: number; weightGrams?: number } = {}): Promise<string> {
    const { price = 2_000, stock = 100, weightGrams = 200 } = options
    const sku = `SKU-${randomUUID()}`
    const body = { sku, name: 'Mug', price: { amount: price, currency: 'USD' }, weightGrams }
    await this.api.ask(z.unknown(), 'POST', '/products', { body })
    await this.api.ask(z.unknown(), 'POST', `/inventory/${sku}/stock`, {
      body: { set: stock, reason: 'test' },
    })
    return sku
  }

  /** A promotion that takes ten percent off; returns its code. */
  async promotion(extra: Record<string, unknown> = {}): Promise<string> {
    const code = `T${randomUUID().replaceAll('-', '').slice(0, 16).toUpperCase()}`
    const body = { code, kind: 'percentage', value: { percent: 10 }, ...extra }
    await this.api.ask(z.unknown(), 'POST', '/promotions', { body })
    return code
  }

  /** Places an order and waits for its outcome, at most ten seconds. */
  order(buyer: Buyer, body: Record<string, unknown>, headers: Record<string, string> = {}): Promise<Answer> {
    return this.api.send('POST', '/orders', {
      token: buyer.token,
      body: { shippingAddress: address, paymentMethod: 'pm_card_visa', ...body },
      headers: { Prefer: 'wait=10', ...headers },
    })
  }

  /** An order of one product that has to be accepted. */
  async placed(buyer: Buyer, sku: string, extra: Record<string, unknown> = {}): Promise<OrderView> {
    const { status, body } = await this.order(buyer, { lines: [{ sku, quantity: 1 }], ...extra })
    if (status !== 201) throw new Error(`the order was answered with ${status}: ${JSON.stringify(body)}`)
    return orderView.parse(body)
  }

  getOrder(id: string): Promise<OrderView> {
    return this.api.ask(orderView, 'GET', `/orders/${id}`)
  }

  /** The order once a condition holds. */
  orderOnce(id: string, holds: (order: OrderView) => boolean, timeout?: number): Promise<OrderView> {
    return eventually(() => this.getOrder(id), holds, timeout)
  }

  stock(sku: string): Promise<z.infer<typeof stockView>> {
    return this.api.ask(stockView, 'GET', `/inventory/${sku}`)
  }

  /** The whole history of an aggregate, oldest first. */
  async history(resource: string, id: string): Promise<EventView[]> {
    const page = z.object({ data: z.array(eventView), nextCursor: z.string().nullish() })
    const events: EventView[] = []
    let cursor = ''
    do {
      const path = `/${resource}/${id}/events?limit=100${cursor && `&cursor=${encodeURIComponent(cursor)}`}`
      const { data, nextCursor } = await this.api.ask(page, 'GET', path)
      events.push(...data)
      cursor = nextCursor ?? ''
    } while (cursor)
    return events
  }

  /** The ids of all events that have arrived in the lake, compacted or not. */
  async lake(
    seen: Map<string, EventView> = new Map(),
    read: Set<string> = new Set(),
  ): Promise<Map<string, EventView>> {
    // In this order: what is compacted meanwhile is in both, and never in neither.
    for (const prefix of ['ingest/', 'context='])
      for (const key of (await this.lakeKeys(prefix)).filter((one) => !read.has(one))) {
        read.add(key)
        const text = await this.lakeObject(key)
        for (const line of text?.trim().split('\n') ?? []) {
          const event = eventView.parse(JSON.parse(line))
          seen.set(event.id, event)
        }
      }
    return seen
  }

  /** The keys of the lake that begin so. */
  async lakeKeys(prefix: string): Promise<string[]> {
    const page = z.object({ data: z.array(z.object({ key: z.string() })), nextCursor: z.string().nullish() })
    const keys: string[] = []
    let cursor = ''
    do {
      const query = new URLSearchParams({ prefix, limit: '100', ...(cursor && { cursor }) })
      const { data, nextCursor } = await this.api.ask(page, 'GET', `/ops/lake?${query}`, {
        token: this.api.ops,
      })
      keys.push(...data.map(({ key }) => key))
      cursor = nextCursor ?? ''
    } while (cursor)
    return keys
  }

  /** The text of an object of the lake; `null` if it has been compacted since it was listed. */
  async lakeObject(key: string): Promise<string | null> {
    const { status, body } = await this.api.send('GET', `/ops/lake/${key}`, { token: this.api.ops })
    if (status === 404 && key.startsWith('ingest/')) return null
    if (status !== 200) throw new Error(`${key} answered ${status}: ${JSON.stringify(body)}`)
    return z.string().parse(body)
  }

  /** Moves the deployment's clock ahead by an ISO 8601 duration. */
  async advance(by: string): Promise<void> {
    await this.api.ask(z.unknown(), 'POST', '/ops/clock/advance', { token: this.api.ops, body: { by } })
  }

  /** What the sandbox took and gave back for a payment. */
  payment(id: string) {
    const view = z.looseObject({ id: z.string(), status: z.string() })
    return this.api.ask(view, 'GET', `/payments/${id}`)
  }
}

/** Runs a job so many times at once, in waves of at most `width`. */
export async function manyAtOnce<Result>(
  times: number,
  job: (index: number) => Promise<Result>,
  width = times,
): Promise<Result[]> {
  const results: Result[] = []
  for (let start = 0; start < times; start += width) {
    const wave = Array.from({ length: Math.min(width, times - start) }, (_, index) => job(start + index))
    results.push(...(await Promise.all(wave)))
  }
  return results
}
