import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { app } from '../app.ts'
import { type Caller, operator, send, tokenOf } from './request.fixture.ts'

afterEach(() => vi.restoreAllMocks())

/** Sends a body as it is. */
async function post(
  path: string,
  body: string | Uint8Array,
  headers: Record<string, string> = {},
  as: Caller = null,
) {
  const authorization: Record<string, string> = as ? { Authorization: `Bearer ${await tokenOf(as)}` } : {}
  const response = await app.request(
    `/v1${path}`,
    { method: 'POST', headers: { 'Content-Type': 'application/json', ...authorization, ...headers }, body },
    env,
    createExecutionContext(),
  )
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: JSON.parse(text) }
}

const customers = '/customers'
const register = (fields: object) => JSON.stringify({ email: 'ada@example.com', name: 'Ada', ...fields })

describe('the cost of a body before validation', () => {
  /** What normalizing costs: for each run of marks, up to the square of its length. */
  function countNormalizing(): () => number {
    const own = String.prototype.normalize
    let cost = 0
    vi.spyOn(String.prototype, 'normalize').mockImplementation(function (this: string, form?: string) {
      for (const [run] of this.matchAll(/[\p{M}\uff9e\uff9f]+|[^\p{M}\uff9e\uff9f]+/gu))
        cost += /^[\p{M}\uff9e\uff9f]/u.test(run) ? run.length ** 2 : run.length
      return own.call(this, form)
    })
    return () => cost
  }

  it.each([
    ['one letter with 31,000 marks', register({ email: `a${'\u0301\u0334'.repeat(15_500)}@example.com` })],
    ['the same in a field that is not known', register({ x: `a${'\u0301\u0334'.repeat(15_500)}` })],
    ['the same as a name', register({ [`a${'\u0301\u0334'.repeat(15_500)}`]: 1 })],
    ['letters that only become marks', register({ name: `a${'\uff9e\u0334'.repeat(12_000)}` })],
    [
      'many letters with as many marks as are taken',
      register({ name: `a${'\u0301\u0334'.repeat(15)}`.repeat(900) }),
    ],
  ])('grows with its length alone: %s', async (_, body) => {
    const cost = countNormalizing()
    const answer = await post(customers, body)
    expect(answer.status).toBe(422)
    expect(cost()).toBeLessThan(40 * body.length)
    expect(answer.text.length).toBeLessThan(8_000)
  })

  it.each([
    ['unknown names', Object.fromEntries(Array.from({ length: 6_000 }, (_, n) => [`k${n}`, 1]))],
    ['long unknown names', { ['k'.repeat(60_000)]: 1 }],
    ['lines of another shape', { lines: Array.from({ length: 30_000 }, () => 1) }],
    ['lines without anything', { lines: Array.from({ length: 20_000 }, () => ({})) }],
  ])('is not answered with more than it is worth: %s', async (_, body) => {
    const answer = await post('/orders', JSON.stringify(body), {}, operator)
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(answer.body.errors.length).toBeLessThanOrEqual(20)
    expect(answer.text.length).toBeLessThan(8_000)
  })
  it('reports how many faults are left out', async () => {
    const body = Object.fromEntries(Array.from({ length: 100 }, (_, n) => [`k${n}`, 1]))
    const answer = await post(customers, register(body))
    expect(answer.body).toMatchObject({ moreErrors: 80 })
    expect(answer.body.errors).toHaveLength(20)
  })
  const eur = (amount: number) => ({ amount, currency: 'EUR' })
  const tiers = (amount: number, length = 20) =>
    Array.from({ length }, () => ({ from: eur(1), off: eur(amount) }))
  it.each([
    ['mixed currencies', { tiers: tiers(2) }, { currency: 'USD' }],
    ['amounts of zero', { tiers: tiers(0) }, { currency: 'EUR' }],
    ['both', { tiers: tiers(0) }, { currency: 'USD' }],
  ])('is answered with few faults where the domain finds them, too: %s', async (_, value, others) => {
    const body = JSON.stringify({ code: 'MANY-FAULTS', kind: 'tiered', value, ...others })
    const refused = await post('/promotions', body, {}, operator)
    expect(refused).toMatchObject({ status: 422, body: { code: 'promotion_invalid' } })
    const preview = await post('/promotions?dryRun=true', body, {}, operator)
    for (const problem of [refused.body, preview.body.refusal]) {
      expect(problem.errors).toHaveLength(20)
      expect(problem.moreErrors).toBeGreaterThan(0)
    }
  })
  it.each([
    ['never closed', '['.repeat(65_000), 400],
    ['closed', `${'['.repeat(32_000)}${']'.repeat(32_000)}`, 422],
    ['within a field', `{"email":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`, 422],
    ['with the name of a prototype', '{"__proto__":{"email":"a@example.com"},"constructor":1}', 422],
    ['with a name twice', '{"email":1,"email":2,"name":"Ada"}', 422],
  ])('is no fault of ours, however it is nested: %s', async (_, body, status) => {
    const answer = await post(customers, body)
    expect(answer.status).toBe(status)
    expect(answer.text.length).toBeLessThan(2_000)
  })
})

describe('invalid text', () => {
  it.each([
    ['{"email":"a@example.com","name":"Ada \\ud800"}', '/name', 'malformed_unicode'],
    ['{"email":"a@example.com\\u0000","name":"Ada"}', '/email', 'control_character'],
    ['{"email":"a@example.com","name":"Ada\\nBcc: all"}', '/name', 'line_break'],
    ['{"email":"a@example.com","name":"\\u202eadA"}', '/name', 'direction_override'],
    ['{"email":"a@example.com","name":"\\u200b\\u2060"}', '/name', 'nothing_visible'],
    ['{"email":"a@example.com","name":"Ada","\\udc00":1}', '', 'malformed_unicode'],
  ])('is refused with a pointer: %s', async (body, pointer, code) => {
    const answer = await post(customers, body)
    expect(answer).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer, code }] },
    })
  })
  it('is refused for operators too, but multi-line fields accept several lines', async () => {
    const product = { sku: 'DOOR-1', name: 'Door', price: { amount: 100, currency: 'USD' } }
    const refused = await send('POST', '/products', {
      as: operator,
      body: { ...product, description: 'a\u0000' },
    })
    expect(refused).toMatchObject({ status: 422, body: { errors: [{ pointer: '/description' }] } })
    const taken = await send('POST', '/products', {
      as: operator,
      body: { ...product, description: 'a\n\tb' },
    })
    expect(taken).toMatchObject({ status: 201, body: { description: 'a\n\tb' } })
  })
  it.each([
    [[0x22, 0xff, 0x22]],
    [[...new TextEncoder().encode('{"email":"a@example.com","name":"'), 0xc3, 0x28, 0x22, 0x7d]],
    // A surrogate, as UTF-8 never writes one; and UTF-16.
    [[0x22, 0xed, 0xa0, 0x80, 0x22]],
    [[0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00]],
  ])('is refused where its bytes are not UTF-8: %j', async (bytes) => {
    const answer = await post(customers, new Uint8Array(bytes))
    expect(answer).toMatchObject({ status: 400, body: { code: 'malformed_json' } })
  })
  it('does not include a byte order mark', async () => {
    expect((await post(customers, `\ufeff${register({ email: 'bom@example.com' })}`)).status).toBe(201)
  })
  it.each([
    ['/products/A%00', 404, 'not_found'],
    ['/products/%E2%80%AE', 404, 'not_found'],
    ['/products/%ED%A0%80', 400, 'malformed_address'],
    ['/products?limit=%FF', 400, 'malformed_address'],
    ['/products?limit=1%', 400, 'malformed_address'],
    ['/products?cursor=a%00', 422, 'invalid_request'],
    ['/products?%E2%80%8B=1', 422, 'invalid_request'],
  ])('is refused in an address: %s', async (path, status, code) => {
    const answer = await send('GET', path)
    expect(answer).toMatchObject({ status, body: { code } })
    expect(JSON.stringify(answer.body)).toMatch(/^[\x20-\x7e]*$/)
  })
  it('is refused in an idempotency key, before anything is stored under it', async () => {
    const key = 'a\u0085b'
    const answer = await post(customers, register({}), { 'Idempotency-Key': key })
    expect(answer).toMatchObject({ status: 400, body: { code: 'invalid_header' } })
  })
})

describe('the media type of a body', () => {
  it.each(['application/json ; charset=utf-8', 'application/json;', 'application/vnd.petrel.v1+json'])(
    '%s is read, and validated',
    async (type) => {
      const answer = await post(customers, '{}', { 'Content-Type': type })
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
      // Where no body is required, one that is there is read all the same.
      const optional = await post('/carts', '{"x":1}', { 'Content-Type': type })
      expect(optional).toMatchObject({ status: 422, body: { errors: [{ pointer: '/x' }] } })
    },
  )
  it.each(['text/plain', 'application/json; charset=utf-16'])('%s is not', async (type) => {
    expect((await post(customers, '{}', { 'Content-Type': type })).status).toBe(415)
  })
  it.each(['gzip', 'br, identity'])('as %s it is refused, with what would be taken', async (coding) => {
    const answer = await post(customers, register({}), { 'Content-Encoding': coding })
    expect(answer).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } })
    expect(answer.headers.get('Accept-Encoding')).toBe('identity')
  })
  it('is irrelevant over 64 KiB: the body is refused', async () => {
    const large = `{"a":"${'x'.repeat(65 * 1024)}"}`
    expect((await post(customers, large)).status).toBe(413)
    expect((await post(customers, large, { 'Content-Length': '10' })).status).toBe(413)
  })
})

describe('If-Match', () => {
  it('may list several versions, and weak tags', async () => {
    const product = { sku: 'DOOR-TAGS', name: 'Door', price: { amount: 100, currency: 'USD' } }
    await send('POST', '/products', { as: operator, body: product })
    const change = (amount: number, tags: string) =>
      send('POST', '/products/DOOR-TAGS/price', {
        as: operator,
        body: { price: { amount, currency: 'USD' } },
        headers: { 'If-Match': tags },
      })
    expect(await change(200, 'W/"1"')).toMatchObject({ status: 200, body: { version: 2 } })
    expect(await change(300, '"7", W/"2"')).toMatchObject({ status: 200, body: { version: 3 } })
    for (const stale of ['W/"1"', '"1", "2"', '"none"', '"0"'])
      expect(await change(400, stale)).toMatchObject({
        status: 412,
        body: { code: 'version_conflict', currentVersion: 3, detail: expect.not.stringMatching(/\d{5}/) },
      })
  })
  it.each(['*', '"1"', '"x"', '"0"'])(
    'is not found where nothing is, and nothing is made: %s',
    async (tags) => {
      const body = { sku: 'DOOR-NONE', name: 'Door', price: { amount: 100, currency: 'USD' } }
      const headers = { 'If-Match': tags }
      expect((await send('POST', '/products', { as: operator, body, headers })).status).toBe(404)
      expect((await send('GET', '/products/DOOR-NONE')).status).toBe(404)
      const price = { price: { amount: 1, currency: 'USD' } }
      expect(
        (await send('POST', '/products/DOOR-NONE/price', { as: operator, body: price, headers })).status,
      ).toBe(404)
    },
  )
})

describe('OPTIONS', () => {
  it.each([
    ['/products', 'GET, HEAD, POST, OPTIONS'],
    ['/carts/crt_1/items/MUG', 'DELETE, PATCH, OPTIONS'],
    ['/webhooks/stripe', 'POST, OPTIONS'],
  ])('of %s tells %s', async (path, allowed) => {
    const { status, headers } = await send('OPTIONS', path)
    expect(status).toBe(204)
    expect(headers.get('Allow')).toBe(allowed)
    expect(headers.get('Access-Control-Allow-Methods')).toBe(allowed.replace(', OPTIONS', ''))
    const granted = headers.get('Access-Control-Allow-Headers')?.split(', ')
    expect(granted).toEqual(expect.arrayContaining(['traceparent', 'tracestate', 'baggage', 'X-Request-Id']))
  })
  it('of an unknown address is 404', async () => {
    expect((await send('OPTIONS', '/nothing')).status).toBe(404)
  })
})

describe('X-Request-Id', () => {
  it("repeats the client's id, also with a problem", async () => {
    for (const path of ['/products', '/products/NONE']) {
      const { headers } = await send('GET', path, { headers: { 'X-Request-Id': 'mine-1' } })
      expect(headers.get('X-Request-Id')).toBe('mine-1')
    }
  })
  it.each([undefined, 'a b', 'x'.repeat(129)])('is one of ours for %j', async (id) => {
    const { headers } = await send('GET', '/products/NONE', {
      ...(id && { headers: { 'X-Request-Id': id } }),
    })
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('rate limits', () => {
  const told = async (path: string, environment = {}) => {
    const { status, headers } = await send('GET', path, { environment })
    return { status, limit: headers.get('RateLimit'), policy: headers.get('RateLimit-Policy') }
  }
  it.each(['/products', '/products/NONE', '/nothing', '/products?limit=x', '/products/A%00'])(
    'are told with every answer: %s',
    async (path) => {
      expect(await told(path)).toMatchObject({
        limit: expect.stringMatching(/^"caller";r=\d+;t=\d+$/),
        policy: '"caller";q=6000;w=60',
      })
    },
  )
  it('are reported with a decreasing remainder', async () => {
    const left = async () => Number(/r=(\d+)/.exec((await told('/products/NONE')).limit ?? '')?.[1])
    const before = await left()
    expect(await left()).toBe(before - 1)
  })
  it('report no remainder once they are reached', async () => {
    const RATE_LIMIT = { limit: async () => ({ success: false }) }
    expect(await told('/products', { RATE_LIMIT })).toEqual({
      status: 429,
      limit: '"caller";r=0;t=60',
      policy: '"caller";q=6000;w=60',
    })
  })
})
