import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { Api } from './support/api.ts'
import { address, type Buyer, type OrderView, Shop } from './support/shop.ts'

const problem = z.looseObject({
  type: z.url(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  instance: z.string(),
  code: z.string().regex(/^[a-z][a-z0-9_]*$/),
  traceId: z.string(),
})

let api: Api
let shop: Shop
let buyer: Buyer
let stranger: Buyer
let sku: string
let order: OrderView

beforeAll(async () => {
  api = await Api.connect(inject('serverUrl'))
  shop = new Shop(api)
  ;[buyer, stranger] = await Promise.all([shop.buyer(), shop.buyer()])
  sku = await shop.product({ stock: 1_000 })
  order = await shop.placed(buyer, sku)
})

/** Sends raw bytes, as no well-behaved client would. */
async function raw(
  method: string,
  path: string,
  init: { body?: string; headers?: Record<string, string> } = {},
) {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { Authorization: `Bearer ${api.operator}`, 'Content-Type': 'application/json', ...init.headers },
    ...(init.body !== undefined && { body: init.body }),
  })
  return { response, text: await response.text() }
}

function expectProblem(response: Response, text: string, status: number, code?: string) {
  expect(`${response.status} ${text}`).toMatch(new RegExp(`^${status} `))
  expect(response.headers.get('Content-Type')).toMatch(/^application\/problem\+json/)
  const parsed = problem.parse(JSON.parse(text))
  expect(parsed.status).toBe(status)
  if (code) expect(parsed.code).toBe(code)
  expect(text).not.toMatch(/\.ts:|at Object|<html/i)
  return parsed
}

describe('a malformed request', () => {
  it.each([
    ['no JSON', '{"sku": ', 400, 'malformed_json'],
    ['an empty body', '', 422, 'invalid_request'],
    ['null', 'null', 422, 'invalid_request'],
    ['an array', '[]', 422, 'invalid_request'],
    ['a number', '12', 422, 'invalid_request'],
    ['a missing field', '{"sku":"A-1"}', 422, 'invalid_request'],
    [
      'an unknown field',
      '{"sku":"A-1","name":"A","price":{"amount":1,"currency":"USD"},"evil":true}',
      422,
      'invalid_request',
    ],
    [
      'a negative price',
      '{"sku":"A-1","name":"A","price":{"amount":-1,"currency":"USD"}}',
      422,
      'invalid_request',
    ],
    [
      'a fraction of a cent',
      '{"sku":"A-1","name":"A","price":{"amount":1.5,"currency":"USD"}}',
      422,
      'invalid_request',
    ],
    [
      'a number beyond all bounds',
      '{"sku":"A-1","name":"A","price":{"amount":1e400,"currency":"USD"}}',
      422,
      'invalid_request',
    ],
    [
      'a wrong type',
      '{"sku":{"$gt":""},"name":"A","price":{"amount":1,"currency":"USD"}}',
      422,
      'invalid_request',
    ],
    [
      'a prototype',
      '{"__proto__":{"x":1},"sku":"A-1","name":"A","price":{"amount":1,"currency":"USD"}}',
      422,
      'invalid_request',
    ],
  ])('with %s gets a problem document', async (_, body, status, code) => {
    const { response, text } = await raw('POST', '/v1/products', { body })
    expectProblem(response, text, status, code)
  })

  it('points at each field that is wrong', async () => {
    const { response, text } = await raw('POST', '/v1/products', { body: '{"sku":"","name":5}' })
    const { errors } = z
      .looseObject({
        errors: z.array(z.object({ pointer: z.string(), code: z.string(), detail: z.string() })),
      })
      .parse(expectProblem(response, text, 422))
    expect(errors.map(({ pointer }) => pointer).sort()).toEqual(['/name', '/price', '/sku'])
  })

  it.each([
    ['text/plain', 415],
    ['application/xml', 415],
  ])('of type %s is refused', async (type, status) => {
    const { response, text } = await raw('POST', '/v1/products', {
      body: '{}',
      headers: { 'Content-Type': type },
    })
    expectProblem(response, text, status, 'unsupported_media_type')
  })

  it('over 64 KiB is refused, declared or not', async () => {
    const body = JSON.stringify({ sku: 'A-1', name: 'x'.repeat(70_000) })
    const { response, text } = await raw('POST', '/v1/products', { body })
    expectProblem(response, text, 413, 'payload_too_large')
    const chunks = new ReadableStream({
      start(controller) {
        controller.enqueue(new TextEncoder().encode(body))
        controller.close()
      },
    })
    const streamed = await fetch(`${api.url}/v1/products`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${api.operator}`, 'Content-Type': 'application/json' },
      body: chunks,
      ...{ duplex: 'half' },
    })
    expectProblem(streamed, await streamed.text(), 413, 'payload_too_large')
  })

  it.each([
    ['Idempotency-Key', 'x'.repeat(256)],
    ['If-Match', 'nonsense'],
    ['If-Match', '"-1"'],
    ['Prefer', 'wait=soon'],
  ])('with %s: %s is refused or ignored, never a fault', async (header, value) => {
    const { response, text } = await raw('POST', `/v1/inventory/${sku}/stock`, {
      body: '{"adjust":0}',
      headers: { [header]: value },
    })
    expect(response.status).toBeLessThan(500)
    if (header !== 'Prefer') expectProblem(response, text, response.status)
  })

  it.each([
    '/v1/orders/ord_1',
    '/v1/orders/%00',
    '/v1/orders/..%2F..%2Fetc',
    '/v1/customers/%F0%9F%92%A9',
    '/v1/nothing',
    '/nothing',
    `/v1/orders/ord_${'0'.repeat(5_000)}`,
    '/v1/carts/crt_00000000-0000-0000-0000-000000000000',
    '/v1/products/no-such-sku',
    '/v1/promotions/NOSUCHCODE',
    '/v1/inventory/no-such-sku/events',
  ])('for %s is not found', async (path) => {
    const { response, text } = await raw('GET', path)
    expectProblem(response, text, 404)
  })

  it.each([
    ['version=0', 'invalid_request'],
    ['version=999', 'version_not_found'],
    ['version=abc', 'invalid_request'],
    ['version=-1', 'invalid_request'],
    ['version=1e99', 'invalid_request'],
  ])('with ?%s is refused', async (query, code) => {
    const { response, text } = await raw('GET', `/v1/orders/${order.id}?${query}`)
    expectProblem(response, text, code === 'invalid_request' ? 422 : 404, code)
  })

  it.each([
    ...['limit=0', 'limit=101', 'limit=x', 'limit=0x10', 'limit=%205', 'cursor=%C3%BF', 'cursor=bm9uc2Vuc2U'],
  ])('for a page with %s is refused', async (query) => {
    const { response, text } = await raw('GET', `/v1/orders/${order.id}/events?${query}`)
    expectProblem(response, text, 422)
  })

  it('with a method that a path does not have names those it has', async () => {
    const { response, text } = await raw('PUT', '/v1/products', { body: '{}' })
    expectProblem(response, text, 405, 'method_not_allowed')
    expect(response.headers.get('Allow')).toContain('POST')
  })
})

describe('who may', () => {
  it.each([
    ['no token', ''],
    ['nonsense', 'nonsense'],
    ['a token signed by nobody', 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJtZSIsInNjb3BlIjoib3BlcmF0b3IifQ.'],
  ])('%s is unauthenticated', async (_, token) => {
    const headers = token ? { Authorization: `Bearer ${token}` } : {}
    const response = await fetch(`${api.url}/v1/orders/${order.id}`, { headers })
    expectProblem(response, await response.text(), 401)
    expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer/)
  })

  it('a customer may not do what operators do', async () => {
    const { status, body } = await api.send('POST', `/inventory/${sku}/stock`, {
      token: buyer.token,
      body: { set: 1 },
    })
    expect(status).toBe(403)
    expect(body).toMatchObject({ code: 'insufficient_scope' })
  })

  it('an operator may not do what ops do', async () => {
    expect((await api.send('GET', '/ops/parked')).status).toBe(403)
  })

  it("another customer's things are not found", async () => {
    const foreign: [string, string, unknown?][] = [
      ['GET', `/orders/${order.id}`],
      ['GET', `/orders/${order.id}/events`],
      ['GET', `/customers/${buyer.id}`],
      ['GET', `/customers/${buyer.id}/events`],
      ['GET', `/payments/${order.payments[0]}`],
      ['GET', `/deliveries/${order.deliveries[0]}`],
      ['POST', `/orders/${order.id}/cancel`, { reason: 'mine now' }],
      ['POST', `/orders/${order.id}/payments`, { paymentMethod: 'pm_card_visa' }],
      ['POST', `/deliveries/${order.deliveries[0]}/confirm`, {}],
      ['PATCH', `/customers/${buyer.id}`, { name: 'Mallory' }],
    ]
    for (const [method, path, body] of foreign) {
      const answer = await api.send(method, path, { token: stranger.token, body })
      expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} 404`)
      const unknown = await api.send(method, path.replaceAll(/[0-9a-f]{12}(?=$|\/)/g, '0'.repeat(12)), {
        token: stranger.token,
        body,
      })
      // Another's answer is the same as a missing one's.
      const shape = ({ body: b }: typeof unknown) => z.looseObject({ code: z.string() }).parse(b).code
      expect(shape(answer)).toBe(shape(unknown))
    }
    expect(await shop.getOrder(order.id)).toMatchObject({ status: 'confirmed' })
  })

  it('an expired token is refused', async () => {
    const { SignJWT } = await import('jose')
    const { DEVELOPMENT_JWT_SECRET } = await import('../durable-objects/adapters/secrets.ts')
    const token = await new SignJWT({ scope: 'operator' })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('late')
      .setExpirationTime('-1m')
      .sign(new TextEncoder().encode(DEVELOPMENT_JWT_SECRET))
    expect((await api.send('GET', `/orders/${order.id}`, { token })).status).toBe(401)
  })
})

describe('a card number', () => {
  it.each([
    ['in a field', { lines: [], paymentMethod: 'pm_4242424242424242' }],
    [
      'in free text',
      { lines: [{ sku: 'A', quantity: 1 }], shippingAddress: { ...address, line2: '4242 4242 4242 4242' } },
    ],
    ['as a number', { lines: 4_242_424_242_424_242 }],
  ])('%s is rejected and not echoed', async (_, body) => {
    const answer = await api.send('POST', '/orders', { token: buyer.token, body })
    expect(answer.status).toBe(422)
    expect(answer.body).toMatchObject({ code: 'card_number_rejected' })
    expect(JSON.stringify(answer.body)).not.toMatch(/(4242[ ]?){3}/)
  })
})

describe('conventions', () => {
  it('serves every problem type that it names', async () => {
    const { response, text } = await raw('GET', '/v1/nothing')
    const { type } = expectProblem(response, text, 404)
    expect((await fetch(type)).status).toBe(200)
  })

  it('sends the version as an ETag, and answers 304 and 412 by it', async () => {
    const read = await api.send('GET', `/inventory/${sku}`)
    const etag = read.headers.get('ETag') ?? ''
    expect(etag).toMatch(/^"\d+"$/)
    const unchanged = await api.send('GET', `/inventory/${sku}`, { headers: { 'If-None-Match': etag } })
    expect(unchanged.status).toBe(304)
    const stock = (match: string) =>
      api.send('POST', `/inventory/${sku}/stock`, { body: { adjust: 1 }, headers: { 'If-Match': match } })
    const changed = await stock(etag)
    expect(changed.status).toBe(200)
    const stale = await stock(etag)
    expect(stale.status).toBe(412)
    const current = Number(changed.headers.get('ETag')?.replaceAll('"', ''))
    expect(stale.body).toMatchObject({ code: 'version_conflict', currentVersion: current })
  })

  it('answers 304 also where time alone might have changed something, and did not', async () => {
    for (const path of [`/customers/${buyer.id}`, `/promotions/${await shop.promotion()}`]) {
      const etag = (await api.send('GET', path)).headers.get('ETag') ?? ''
      expect((await api.send('GET', path, { headers: { 'If-None-Match': etag } })).status).toBe(304)
      expect((await api.send('GET', path, { headers: { 'If-None-Match': '"999"' } })).status).toBe(200)
    }
  })

  it('creates with 201, Location and ETag', async () => {
    const answer = await api.send('POST', '/carts', { token: '', body: { currency: 'USD' } })
    expect(answer.status).toBe(201)
    expect(answer.headers.get('ETag')).toBe('"1"')
    const location = answer.headers.get('Location') ?? ''
    const found = await fetch(new URL(location, api.url))
    expect(await found.json()).toEqual(answer.body)
  })

  it('shows a resource as it was, and its whole history as CloudEvents', async () => {
    const { id } = order
    const first = await api.send('GET', `/orders/${id}?version=1`)
    expect(first.body).toMatchObject({ version: 1, status: 'pending' })
    const events = await shop.history('orders', id)
    expect(events.map((event) => event.id)).toEqual(events.map((_, index) => `${id}/${index + 1}`))
    expect(events[0]).toMatchObject({
      specversion: '1.0',
      type: 'order.OrderCreated',
      subject: id,
      sequence: '0000000001',
      partitionkey: id,
      category: 'business',
      datacontenttype: 'application/json',
    })
    const page = await api.send('GET', `/orders/${id}/events?limit=2`)
    expect(page.headers.get('Link')).toMatch(/rel="next"/)
  })

  it('carries a traceparent and its tracestate to every event', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const tracestate = 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE'
    const { body } = await shop.order(buyer, { lines: [{ sku, quantity: 1 }] }, { traceparent, tracestate })
    const { id, payments, deliveries } = z
      .looseObject({ id: z.string(), payments: z.array(z.string()), deliveries: z.array(z.string()) })
      .parse(body)
    const histories = await Promise.all([
      shop.history('orders', id),
      shop.history('payments', payments[0] ?? ''),
      shop.history('deliveries', deliveries[0] ?? ''),
    ])
    for (const event of histories.flat()) expect(event).toMatchObject({ traceparent, tracestate })
  })

  it('previews with dryRun and changes nothing', async () => {
    const before = await api.send('GET', `/inventory/${sku}`)
    const dry = await api.send('POST', `/inventory/${sku}/stock?dryRun=true`, { body: { adjust: 5 } })
    expect(dry.status).toBe(200)
    expect(dry.body).toMatchObject({ events: [{ type: 'InventoryUpdated' }, { type: 'StockLevelChanged' }] })
    expect((await api.send('GET', `/inventory/${sku}`)).body).toEqual(before.body)
    const refused = await api.send('POST', `/orders/${order.id}/payments?dryRun=true`, {
      token: buyer.token,
      body: { paymentMethod: 'pm_card_visa' },
    })
    expect(refused.body).toMatchObject({ events: [], refusal: { code: 'order_not_awaiting_payment' } })
  })

  it('answers a repeated command from its record, refusals included', async () => {
    const key = { 'Idempotency-Key': randomUUID() }
    const stock = () => api.send('POST', `/inventory/${sku}/stock`, { body: { adjust: 3 }, headers: key })
    const first = await stock()
    const second = await stock()
    expect(second).toMatchObject({ status: first.status, body: first.body })
    expect(second.headers.get('Idempotent-Replayed')).toBe('true')
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
  })
})
