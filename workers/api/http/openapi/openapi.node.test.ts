import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { app } from '../../app.ts'
import { documentedProblems } from './documented-problems.fixture.ts'
import { schemaNames } from './event-schemas.ts'
import { eventTypes } from './event-types.ts'
import { operationsWithProblems } from './operation-problems.ts'
import { problemCatalog } from './problem-catalog.ts'

const development = { ENVIRONMENT: 'development' }
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).length(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).min(1),
  parameters: z.array(z.unknown()).optional(),
  responses: z.record(z.string(), z.looseObject({})),
})
const documentSchema = z.looseObject({
  openapi: z.literal('3.1.0'),
  tags: z.array(z.object({ name: z.string(), description: z.string() })),
  paths: z.record(z.string(), z.record(z.enum(['get', 'post', 'patch', 'delete']).or(z.string()), operation)),
})

async function get(path: string, headers: Record<string, string> = {}) {
  const response = await app.request(path, { headers }, development)
  return { response, text: await response.text() }
}

const { text } = await get('/openapi.json')
const raw: unknown = JSON.parse(text)
const document = documentSchema.parse(raw)
const { components } = z
  .looseObject({ components: z.looseObject({ schemas: z.record(z.string(), z.unknown()) }) })
  .parse(raw)
const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, one]) => ({ ...one, where: `${method.toUpperCase()} ${path}` })),
)

/** As the contract names them. */
const contract = `
registerCustomer POST /customers · verifyEmail POST /customers/{id}/verify-email
resendVerification POST /customers/{id}/resend-verification · startSession POST /sessions
completeSession POST /sessions/complete · updateProfile PATCH /customers/{id}
updateSpending POST /customers/{id}/spending · suspendCustomer POST /customers/{id}/suspend
eraseCustomer DELETE /customers/{id}
createProduct POST /products · changePrice POST /products/{sku}/price
discontinueProduct POST /products/{sku}/discontinue · getProduct GET /products/{sku}
updateStock POST /inventory/{sku}/stock · reserveInventory POST /inventory/{sku}/reservations
releaseReservation DELETE /inventory/{sku}/reservations/{orderId}
createCart POST /carts · addItem POST /carts/{id}/items · changeQuantity PATCH /carts/{id}/items/{sku}
removeItem DELETE /carts/{id}/items/{sku} · applyPromotionToCart POST /carts/{id}/promotions
mergeCarts POST /carts/{id}/merge · checkOutCart POST /carts/{id}/checkout
createOrder POST /orders · confirmOrder POST /orders/{id}/confirm · cancelOrder POST /orders/{id}/cancel
getOrder GET /orders/{id} · processPayment POST /orders/{id}/payments
getPayment GET /payments/{id} · refundPayment POST /payments/{id}/refunds
paymentWebhook POST /webhooks/stripe
reviewPayment POST /payments/{id}/review
scheduleDelivery POST /deliveries · startDelivery POST /deliveries/{id}/start
completeDelivery POST /deliveries/{id}/complete · cancelDelivery POST /deliveries/{id}/cancel
trackDelivery POST /deliveries/{id}/tracking · failDeliveryAttempt POST /deliveries/{id}/fail-attempt
delayDelivery POST /deliveries/{id}/delay · confirmDelivery POST /deliveries/{id}/confirm
createPromotion POST /promotions · checkPromotionEligibility POST /promotions/{code}/check
applyPromotion POST /promotions/{code}/apply · expirePromotion POST /promotions/{code}/expire
submitReview POST /orders/{id}/reviews · getReview GET /reviews/{id}
listParked GET /ops/parked · retryParked POST /ops/parked/{id}/retry
replayEvents POST /ops/replay · listReplays GET /ops/replay · getReplay GET /ops/replay/{id}
cancelReplay POST /ops/replay/{id}/cancel · getForwarding GET /ops/delivery · getDelivery GET /deliveries/{id}
listDeadLetters GET /ops/set-aside · retryDeadLetters POST /ops/set-aside/retry
listLake GET /ops/lake · readLakeObject GET /ops/lake/{key} · readMailbox GET /ops/mailbox
advanceClock POST /ops/clock/advance · getClock GET /ops/clock · listOrders GET /orders
listProducts GET /products · listReviews GET /products/{sku}/reviews`
  .split(/[·\n]/)
  .map((line) => line.trim().split(' '))
  .filter((parts) => parts.length === 3)

const collections = [
  'customers',
  'carts',
  'orders',
  'payments',
  'inventory',
  'deliveries',
  'promotions',
  'products',
  'reviews',
]

describe('the OpenAPI document', () => {
  it.each(contract)('has %s as %s %s', (operationId, method, path) => {
    expect(operations.find((one) => one.operationId === operationId)?.where).toBe(`${method} /v1${path}`)
  })

  it.each(collections)('has every one of %s, and its history', (collection) => {
    const paths = Object.keys(document.paths)
    expect(
      paths.filter((path) => new RegExp(`^/v1/${collection}/{\\w+}(/events)?$`).test(path)),
    ).toHaveLength(2)
  })

  it.each(collections)('tells how far the events of one of %s have been delivered', (collection) => {
    const [, item] =
      Object.entries(document.paths).find(([path]) => new RegExp(`^/v1/${collection}/{\\w+}$`).test(path)) ??
      []
    expect(JSON.stringify(item?.get?.parameters)).toContain('"name":"delivery"')
    expect(JSON.stringify(item?.get?.responses['200'])).toContain('WithDelivery')
  })

  it('names each operation once, under a tag that it explains', () => {
    const ids = operations.map(({ operationId }) => operationId)
    expect(new Set(ids).size).toBe(ids.length)
    const tags = document.tags.map(({ name }) => name)
    for (const {
      tags: [tag],
    } of operations)
      expect(tags).toContain(tag)
  })

  it('refers to nothing that it does not have', () => {
    const references = [...text.matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path = '']) => path.split('/'))
    expect(references.length).toBeGreaterThan(100)
    for (const path of references) {
      const found = path.reduce<unknown>(
        (part, name) => z.record(z.string(), z.unknown()).parse(part)[name],
        raw,
      )
      expect(found, path.join('/')).toBeDefined()
    }
  })

  it('tells the problems of each operation', () => {
    for (const { responses, where } of operations)
      for (const status of ['401', '422', '429', '500', '503'])
        expect(Object.keys(responses), where).toContain(status)
  })

  it('names the codes of each operation, and all of them for a problem', () => {
    const problems = documentedProblems()
    const codesOf = (id: string) => problems.find(({ operationId }) => operationId === id)?.codes
    for (const { operationId, codes } of problems) {
      expect(new Set(codes).size, operationId).toBe(codes.length)
      for (const code of codes) expect(problemCatalog.has(code), `${operationId} ${code}`).toBe(true)
    }
    for (const id of operationsWithProblems) expect(codesOf(id), id).toBeDefined()
    expect(codesOf('completeSession')).toContain('code_wrong')
    expect(codesOf('getOrder')).not.toContain('cart_not_found')
    expect(codesOf('listOrders')).not.toContain('not_found')
    expect(text).toContain(`"enum":${JSON.stringify([...problemCatalog.keys()])}`)
  })

  it('tells kinds of promotions apart by their discriminator, and names every type', () => {
    for (const name of ['Promotion', 'ListedPromotion', 'CreatePromotion'])
      expect(components.schemas[name]).toMatchObject({
        oneOf: Array.from({ length: 5 }, () => ({ $ref: expect.any(String) })),
        discriminator: { propertyName: 'kind', mapping: { free_shipping: expect.any(String) } },
      })
    const { FreeShippingValue: _, ...others } = components.schemas
    // An object that can have no member, or a schema that nothing matches, is `Record<string, never>` or `never`.
    for (const part of [others, document.paths])
      expect(JSON.stringify(part)).not.toMatch(/"properties":{}|"not":{}|"mapping":{}|{"type":"object"}/)
  })

  it('is shown as a page that needs nothing from elsewhere', async () => {
    const { response, text: page } = await get('/docs')
    expect(response.headers.get('Content-Security-Policy')).toContain("default-src 'none'")
    // An address in the text of an example loads nothing.
    expect(page).not.toMatch(/<script|src=|="https?:|url\(|@import/)
    for (const other of ['/openapi.json', '/asyncapi.json', '/schemas', '/problems'])
      expect(page).toContain(`href="${other}"`)
    for (const { operationId } of operations) expect(page).toContain(`id="${operationId}"`)
    // Examples of bodies, and the problems of each operation.
    expect(page).toContain('&quot;reason&quot;: &quot;Ordered twice&quot;')
    expect(page).toContain('<a href="/problems/price_changed"><code>price_changed</code></a>')
  })
})

describe('the schemas of events', () => {
  it.each(schemaNames())('%s', async (name) => {
    const { response, text: schema } = await get(`/schemas/${name}.json`)
    expect(response.headers.get('Content-Type')).toBe('application/schema+json')
    const parsed: unknown = JSON.parse(schema)
    expect(parsed).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      $id: `/schemas/${name}.json`,
      title: name.replace(/\.v\d+$/, ''),
    })
    expect(schema).toMatch(/"type":"object"|"anyOf"|"oneOf"/)
  })
  it('are listed, with every version there was', async () => {
    const listed: unknown = JSON.parse((await get('/schemas')).text)
    expect(listed).toEqual({ data: schemaNames().map((name) => `/schemas/${name}.json`) })
    expect(schemaNames()).toEqual(expect.arrayContaining([...eventTypes.keys()]))
    expect(schemaNames().filter((name) => name.startsWith('inventory.InventoryReserved'))).toEqual([
      'inventory.InventoryReserved',
      'inventory.InventoryReserved.v1',
      'inventory.InventoryReserved.v2',
    ])
  })
  it('of an older version is what was stored then', async () => {
    const { text: older } = await get('/schemas/inventory.InventoryReserved.v1.json')
    expect(older).toContain('"rule"')
    expect(older).not.toContain('"decisions"')
    const { text: newest } = await get('/schemas/inventory.InventoryReserved.v2.json')
    expect(newest).toContain('"decisions"')
  })
  it.each([
    'order.Unheard',
    'order.Unheard.v1',
    'order.OrderCreated.v0',
    'order.OrderCreated.v01',
    'order.OrderCreated.v99',
    'order.OrderCreated.v1.v1',
  ])('%s is none', async (name) => {
    expect((await get(`/schemas/${name}.json`)).response.status).toBe(404)
  })
})

describe('what needs no binding', () => {
  it('serves every kind of problem, to programs and to people', async () => {
    for (const code of problemCatalog.keys()) {
      const { response, text: told } = await get(`/problems/${code}`)
      expect(response.status).toBe(200)
      expect(JSON.parse(told)).toMatchObject({ code, type: `/problems/${code}` })
    }
    const taken = z
      .object({ remedy: z.string() })
      .parse(JSON.parse((await get('/problems/email_taken')).text))
    expect(taken.remedy.match(/POST \/v1\/sessions/g)).toHaveLength(1)
    const { response, text: page } = await get('/problems/price_changed', { Accept: 'text/html,*/*' })
    expect(response.headers.get('Content-Type')).toContain('text/html')
    expect(page).toContain('price_changed')
    expect((await get('/problems', { Accept: 'text/html' })).text).toContain('/problems/price_changed')
  })

  it.each<[string | undefined, string]>([
    [undefined, ''],
    ['https://shop.example', 'https://shop.example'],
    ['https://shop.example:8443/', 'https://shop.example:8443'],
    // No http(s) origin, so it is not used.
    ['javascript:alert(1)', ''],
    ['https://shop.example/shop', ''],
    ['https://ada@shop.example', ''],
    ['shop.example', ''],
  ])('with PUBLIC_URL %s names everything the same for each Host', async (setting, base) => {
    const env = { ...development, ...(setting !== undefined && { PUBLIC_URL: setting }) }
    for (const origin of ['https://evil.example', 'http://localhost:8787']) {
      const told = async (path: string): Promise<unknown> => {
        const headers = { 'X-Forwarded-Host': 'evil.example' }
        return (await app.request(`${origin}${path}`, { headers }, env)).json()
      }
      expect(await told('/nothing')).toMatchObject({ type: `${base}/problems/not_found` })
      expect(await told('/problems/not_found')).toMatchObject({ type: `${base}/problems/not_found` })
      expect(await told('/schemas/order.OrderCreated.json')).toMatchObject({
        $id: `${base}/schemas/order.OrderCreated.json`,
      })
      for (const path of ['/schemas', '/asyncapi.json', '/openapi.json', '/problems', '/'])
        expect(JSON.stringify(await told(path)), path).not.toMatch(/evil|localhost/)
    }
  })

  it('answers what is not there with a problem', async () => {
    const { response, text: told } = await get('/nothing')
    expect(response.status).toBe(404)
    expect(response.headers.get('Content-Type')).toBe('application/problem+json')
    expect(JSON.parse(told)).toMatchObject({
      code: 'not_found',
      instance: '/nothing',
      traceId: expect.any(String),
    })
  })

  it('tells which methods an address takes', async () => {
    const response = await app.request('/docs', { method: 'DELETE' }, development)
    expect(response.status).toBe(405)
    expect(response.headers.get('Allow')).toBe('GET, HEAD, OPTIONS')
  })

  it('lets browsers ask first', async () => {
    const response = await app.request('/v1/orders', { method: 'OPTIONS' }, development)
    expect(response.status).toBe(204)
    expect(response.headers.get('Access-Control-Allow-Headers')).toContain('Idempotency-Key')
    expect(response.headers.get('Access-Control-Expose-Headers')).toContain('ETag')
  })

  it('takes the trace of the caller for the problem, and names each request anew', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
    const { response, text: told } = await get('/nothing', { traceparent })
    expect(JSON.parse(told)).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736' })
    const { response: next } = await get('/nothing', { traceparent })
    expect(response.headers.get('X-Request-Id')).not.toBe(next.headers.get('X-Request-Id'))
  })

  it('serves nothing in production without a key', async () => {
    const response = await app.request('/docs', {}, { ENVIRONMENT: 'production' })
    expect(response.status).toBe(503)
    expect(await response.json()).toMatchObject({ code: 'not_configured' })
  })
})
