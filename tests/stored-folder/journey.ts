import { once } from 'node:events'
import { createServer } from 'node:http'
import { z } from 'zod'
import { Api, eventually } from '../support/api.ts'
import { type Server, type ServerOptions, startServer } from '../support/server.ts'
import { address, type Buyer, type OrderView, orderView, Shop } from '../support/shop.ts'
import { type Answers, askOnce, isUpToDate, type KeyedRequest, readEverything, readOne } from './answers.ts'

const anything = z.unknown()
const withId = z.object({ id: z.string() })
const page = z.object({ data: z.array(z.looseObject({})) })
const condition = z.object({
  summary: z.object({ owed: z.object({ events: z.int(), aggregates: z.int() }) }),
})

/** A word that the stand-in of Firehose takes no record with. */
const UNWELCOME = 'unwelcome'

/** The origin in answers, wherever the server listens. */
export const PUBLIC_URL = 'http://localhost:8787'

/**
 * Runs a checkout's server on a new folder through everything that a folder can hold, and returns what the
 * server answered last. It is started several times: the number of forwarders and the sink change.
 */
export async function liveThrough(checkout: string, storage: string): Promise<Omit<Answers, 'commit'>> {
  const journey = new Journey(checkout, storage)
  await journey.during({}, () => journey.trade())
  await journey.withFirehose((variables) => journey.during(variables, () => journey.beRefused()))
  const three = { FORWARDERS: '3' }
  await journey.during(three, () => journey.carryOn())
  // Nobody listens at port 9.
  const unreachable = {
    ...{ EVENT_SINK: 'kafka', KAFKA_BROKERS: '127.0.0.1:9' },
    ...{ KAFKA_AUTHENTICATION: 'none', KAFKA_TLS: 'false' },
  }
  await journey.during({ ...three, ...unreachable }, () => journey.meetNoBroker())
  return journey.during({ ...three, EVENT_SINK: 'mistyped' }, () => journey.end())
}

class Journey {
  readonly #start: ServerOptions
  readonly #parts: Record<string, string> = {}
  readonly #repeats: KeyedRequest[] = []
  #keys = 0
  #api!: Api
  #shop!: Shop
  #ada!: Buyer

  constructor(checkout: string, storage: string) {
    this.#start = { checkout, storage, unhealthy: true }
  }

  /** Runs a part of the journey against a server with some variables, which is killed afterwards. */
  async during<Result>(variables: Record<string, string>, part: () => Promise<Result>): Promise<Result> {
    const server: Server = await startServer({ ...this.#start, variables: { PUBLIC_URL, ...variables } })
    try {
      this.#api = await Api.connect(server.url)
      this.#shop = new Shop(this.#api)
      return await part()
    } catch (fault) {
      process.stderr.write(server.output())
      throw fault
    } finally {
      await server.kill()
    }
  }

  /** Runs a part of the journey while something answers as Firehose does, but for what is unwelcome. */
  async withFirehose(part: (variables: Record<string, string>) => Promise<void>): Promise<void> {
    const stream = z.object({ Records: z.array(z.object({ Data: z.string() })) })
    const firehose = createServer(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { Records: records } = stream.parse(JSON.parse(Buffer.concat(chunks).toString()))
      const isUnwelcome = records.some(({ Data }) => Buffer.from(Data, 'base64').includes(UNWELCOME))
      response.writeHead(isUnwelcome ? 400 : 200, { 'Content-Type': 'application/x-amz-json-1.1' })
      response.end(
        JSON.stringify(
          isUnwelcome
            ? { __type: 'InvalidArgumentException', message: 'no such record' }
            : { FailedPutCount: 0, RequestResponses: records.map((_, place) => ({ RecordId: `${place}` })) },
        ),
      )
    }).listen(0, '127.0.0.1')
    await once(firehose, 'listening')
    const listening = firehose.address()
    if (listening === null || typeof listening === 'string') throw new Error('no port was found')
    try {
      await part({
        ...{ EVENT_SINK: 'firehose', FIREHOSE_STREAM: 'events', AWS_REGION: 'eu-central-1' },
        ...{ AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'of-nobody' },
        AWS_ENDPOINT_URL: `http://127.0.0.1:${listening.port}`,
      })
    } finally {
      firehose.closeAllConnections()
      firehose.close()
    }
  }

  /** A shop at work: customers, promotions, carts, and orders that go well, badly, and nowhere. */
  async trade(): Promise<void> {
    const mug = await this.#product('mug', 'MUG', { price: 20_000, stock: 90 })
    const cup = await this.#product('cup', 'CUP', { price: 900, stock: 10 })
    await this.#product('discontinued', 'JUG', { price: 500, stock: 0 })
    await this.#post('/products/JUG/discontinue', {})
    await this.#post('/products/CUP/price', { price: { amount: 1_000, currency: 'USD' } })
    await this.#post('/inventory/CUP/stock', { location: 'east', set: 5, country: 'US', reorderPoint: 20 })

    const promotion = { kind: 'percentage', value: { percent: 10 } }
    await this.#post('/promotions', { code: 'TENOFF', ...promotion })
    await this.#post('/promotions', { code: 'DRAFT', ...promotion, draft: true })
    await this.#post('/promotions', { code: 'OVER', ...promotion })
    await this.#post('/promotions/OVER/expire', {})

    this.#ada = await this.#shop.buyer()
    this.#parts.ada = this.#ada.id
    await this.#as('PATCH', `/customers/${this.#ada.id}`, {
      ...{ phone: '+1 503 555 0100', addresses: [address], marketingConsent: true },
    })
    const pending = await this.#once('', 'POST', '/customers', { email: 'ben@example.com', name: 'Ben' })
    this.#parts.pending = withId.parse(pending).id
    const suspended = await this.#shop.buyer()
    this.#parts.suspended = suspended.id
    await this.#post(`/customers/${suspended.id}/suspend`, { reason: 'chargebacks' })

    await this.#complete('completed', mug)
    await this.#complete('reviewed', cup)
    await this.#shop.advance('P3D')
    // What was asked more than two days ago is forgotten.
    this.#repeats.length = 0
    await this.#shop.mail(this.#ada.email, 'review_request')
    const review = await this.#as('POST', `/orders/${this.#parts.reviewed}/reviews`, {
      ...{ sku: cup, rating: 5, text: 'Holds coffee.' },
    })
    this.#parts.review = withId.parse(review).id

    const refunded = await this.#shop.getOrder(this.#parts.completed ?? '')
    const refund = { reason: 'a scratch', amount: { amount: 1_500, currency: 'USD' } }
    await this.#once('operator', 'POST', `/payments/${refunded.payments[0]}/refunds`, refund)

    const delivered = await this.#order('delivered', { lines: [{ sku: mug, quantity: 2 }] })
    await this.#courier(delivered, 'start', {})
    await this.#courier(delivered, 'tracking', { place: 'Salem, OR' })
    await this.#courier(delivered, 'complete', { receivedBy: 'Ada' })
    await this.#shop.orderOnce(delivered.id, ({ status }) => status === 'delivered')
    await this.#order('shipped', { lines: [{ sku: mug, quantity: 1 }], promotionCodes: ['TENOFF'] })
    await this.#order('scheduled', { lines: [{ sku: mug, quantity: 1 }] })
    const cancelled = await this.#order('cancelled', { lines: [{ sku: cup, quantity: 1 }] })
    await this.#as('POST', `/orders/${cancelled.id}/cancel`, { reason: 'changed my mind' })
    await this.#order('parked', {
      ...{ lines: [{ sku: cup, quantity: 1 }], paymentMethod: 'pm_sandbox_garbled' },
    })
    await eventually(
      () => this.#api.ask(page, 'GET', '/ops/parked', { token: this.#api.ops }),
      ({ data }) => data.length === 1,
    )
    await this.#cart('checkedOut', mug)
    const bought = await this.#as('POST', `/carts/${this.#parts.checkedOut}/checkout`, {
      ...{ shippingAddress: address, paymentMethod: 'pm_card_visa' },
    })
    this.#parts.bought = withId.parse(bought).id
    await this.#shop.orderOnce(this.#parts.bought, ({ status }) => status === 'confirmed')

    const { id: guests } = withId.parse(await this.#once('', 'POST', '/carts', {}))
    this.#parts.guests = guests
    await this.#api.ask(anything, 'POST', `/carts/${guests}/items`, {
      ...{ token: '', body: { sku: cup, quantity: 3 } },
    })
    await this.#delivered()
  }

  /** A sink that refuses one event for good. */
  async beRefused(): Promise<void> {
    await this.#product('welcome', 'WELCOME', { price: 700, stock: 1 })
    await this.#product('refused', 'REFUSED', { price: 700, stock: 1 }, UNWELCOME)
    await eventually(
      () => this.#api.ask(page, 'GET', '/ops/set-aside', { token: this.#api.ops }),
      ({ data }) => data.length === 1,
    )
    await this.#delivered()
  }

  /** Fewer forwarders: those that were hand over what changes. */
  async carryOn(): Promise<void> {
    const shipped = await this.#shop.getOrder(this.#parts.shipped ?? '')
    await this.#courier(shipped, 'start', {})
    await this.#post('/inventory/MUG/stock', { adjust: -3, reason: 'broken' })
    await this.#post('/products/MUG/price', { price: { amount: 21_000, currency: 'USD' } })
    await this.#cart('open', 'MUG')
    await this.#as('POST', `/carts/${this.#parts.open}/promotions`, { code: 'TENOFF' })
    const body = { aggregateIds: [this.#parts.completed, 'product/MUG'], target: 'finished' }
    const replay = withId.parse(await this.#once('ops', 'POST', '/ops/replay', body))
    this.#parts.finishedReplay = replay.id
    await this.#replay(replay.id, 'finished')
    await this.#delivered()
  }

  /** A sink that cannot be reached: what is new is owed to it, and what belongs to no log is stored. */
  async meetNoBroker(): Promise<void> {
    await this.#product('unforwarded', 'OWED', { price: 300, stock: 4 })
    await this.#owed(3)
    await this.#listed()
  }

  /** A sink that cannot be opened: what the lake had goes on there one day. */
  async end(): Promise<Omit<Answers, 'commit'>> {
    await this.#order('confirmed', { lines: [{ sku: 'MUG', quantity: 1 }] })
    for (const part of ['declined', 'abandoned'])
      await this.#order(part, {
        ...{ lines: [{ sku: 'MUG', quantity: 1 }], paymentMethod: 'pm_card_chargeDeclined' },
      })
    await this.#post('/inventory/CUP/reservations', { orderId: 'by-telephone', quantity: 2 })
    await this.#api.ask(anything, 'GET', '/products/CUP', { token: this.#ada.token })
    await this.#post('/promotions/DRAFT/activate', {})
    for (const part of ['cancelledReplay', 'openReplay']) {
      const body = { context: 'order', target: part }
      const { id } = withId.parse(await this.#once('ops', 'POST', '/ops/replay', body))
      this.#parts[part] = id
    }
    const { ops } = this.#api
    const cancel = `/ops/replay/${this.#parts.cancelledReplay}/cancel`
    await this.#api.ask(anything, 'POST', cancel, { token: ops, body: {} })
    await this.#replay(this.#parts.cancelledReplay ?? '', 'cancelled')
    await this.#owed(20)
    await this.#listed()

    const { review, open, checkedOut, guests } = this.#parts
    const inNoList = [`/reviews/${review}`, ...[open, checkedOut, guests].map((id) => `/carts/${id}`)]
    // Lists follow their aggregates.
    const reads = await eventually(() => readEverything(this.#api, inNoList), isUpToDate, 60_000)
    for (const ended of ['finishedReplay', 'cancelledReplay']) {
      const path = `/ops/replay/${this.#parts[ended]}`
      reads[path] = await readOne(this.#api, path)
    }
    const repeats: Answers['repeats'] = []
    for (const request of this.#repeats) {
      const { isRepeat, ...answer } = await askOnce(this.#api, request)
      if (!isRepeat) throw new Error(`${request.path} is not known any more under its key`)
      repeats.push({ request, answer })
    }
    return { stoppedAt: Date.now(), parts: this.#parts, reads, repeats }
  }

  async #product(
    part: string,
    sku: string,
    { price, stock }: { price: number; stock: number },
    name = 'Mug',
  ): Promise<string> {
    const body = { sku, name, price: { amount: price, currency: 'USD' }, weightGrams: 200 }
    await this.#once('operator', 'POST', '/products', body)
    await this.#post(`/inventory/${sku}/stock`, { set: stock, reason: 'delivered' })
    this.#parts[part] = sku
    return sku
  }

  async #order(part: string, body: Record<string, unknown>): Promise<OrderView> {
    const answered = await this.#once('customer', 'POST', '/orders', {
      ...{ shippingAddress: address, paymentMethod: 'pm_card_visa' },
      ...body,
    })
    const order = orderView.parse(answered)
    this.#parts[part] = order.id
    return order
  }

  /** An order that is delivered and confirmed by the buyer. */
  async #complete(part: string, sku: string): Promise<void> {
    const order = await this.#order(part, { lines: [{ sku, quantity: 1 }] })
    await this.#courier(order, 'start', {})
    await this.#courier(order, 'complete', { receivedBy: 'Ada' })
    await eventually(
      () =>
        this.#api.send('POST', `/deliveries/${order.deliveries[0]}/confirm`, {
          ...{ token: this.#ada.token, body: {} },
        }),
      ({ status }) => status === 200,
    )
    await this.#shop.orderOnce(order.id, ({ status }) => status === 'completed')
  }

  async #cart(part: string, sku: string): Promise<void> {
    const { id } = withId.parse(await this.#as('POST', '/carts', {}))
    this.#parts[part] = id
    await this.#as('POST', `/carts/${id}/items`, { sku, quantity: 1 })
  }

  #courier(order: OrderView, action: string, body: Record<string, string>): Promise<unknown> {
    return this.#post(`/deliveries/${order.deliveries[0]}/${action}`, body)
  }

  /** Sends a command as an operator. */
  #post(path: string, body: unknown): Promise<unknown> {
    return this.#api.ask(anything, 'POST', path, { body })
  }

  /** Sends a command as the customer. */
  #as(method: string, path: string, body: unknown): Promise<unknown> {
    return this.#api.ask(anything, method, path, { token: this.#ada.token, body })
  }

  /** Sends a command under a key, to be repeated at the end. */
  async #once(scope: string, method: string, path: string, body: unknown): Promise<unknown> {
    const subject = scope === 'customer' ? this.#ada.id : `test-${scope}`
    this.#keys += 1
    const key = `journey-${this.#keys}`
    const request = { scope, subject, method, path, key, body }
    const answered = await askOnce(this.#api, request)
    if (answered.status >= 300)
      throw new Error(`${method} ${path} answered ${answered.status}: ${JSON.stringify(answered.body)}`)
    this.#repeats.push(request)
    return answered.body
  }

  #replay(id: string, status: string): Promise<unknown> {
    const view = z.looseObject({ status: z.string() })
    return eventually(
      () => this.#api.ask(view, 'GET', `/ops/replay/${id}`, { token: this.#api.ops }),
      (replay) => replay.status === status,
    )
  }

  /** Waits until the forwarders have at least so many events in their backlog, and no more come. */
  async #owed(events: number): Promise<void> {
    let before = -1
    await eventually(
      () => this.#api.ask(condition, 'GET', '/ops/delivery', { token: this.#api.ops }),
      ({ summary }) => {
        const isSettled = summary.owed.events >= events && summary.owed.events === before
        before = summary.owed.events
        return isSettled
      },
      60_000,
    )
  }

  /** Waits until every event has been forwarded. */
  async #delivered(): Promise<void> {
    await this.#listed()
    const delivery = z.object({ delivery: z.object({ pending: z.int() }) })
    const { completed, delivered, ada } = this.#parts
    for (const path of [`/orders/${completed}`, `/orders/${delivered}`, `/customers/${ada}`, '/products/MUG'])
      await eventually(
        () => this.#api.ask(delivery, 'GET', `${path}?delivery=true`),
        (shown) => shown.delivery.pending === 0,
      )
  }

  /** Waits until the lists show what was made: messages of queues end with the server. */
  async #listed(): Promise<void> {
    await eventually(
      () => readEverything(this.#api, []),
      (reads) => {
        const listed = JSON.stringify([reads['/orders?limit=100'], reads['/products?limit=100']])
        const made = Object.values(this.#parts).filter((id) => /^(ord_|[A-Z]+$)/.test(id))
        return made.every((id) => listed.includes(id)) && isUpToDate(reads)
      },
      60_000,
    )
  }
}
