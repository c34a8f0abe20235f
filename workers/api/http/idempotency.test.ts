import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { isSameRequest } from '../../../durable-objects/aggregate/fingerprints.ts'
import { operator, send } from './request.fixture.ts'

const price = { amount: 1_000, currency: 'USD' }
const key = () => ({ 'Idempotency-Key': crypto.randomUUID() })
const sku = () => `SAME-${crypto.randomUUID()}`

/** Sends a request, and then the same in other words. */
async function twice(
  method: string,
  first: { path: string; body?: object | string },
  second: { path?: string; body?: object | string },
) {
  const headers = key()
  const ask = ({ path = first.path, body }: { path?: string; body?: object | string }) =>
    send(method, path, { as: operator, headers, body })
  return [await ask(first), await ask(second)] as const
}

describe('a repetition in another spelling', () => {
  const product = sku()
  beforeAll(() => send('POST', '/products', { as: operator, body: { sku: product, name: 'Mug', price } }))

  const ada = `ada-${crypto.randomUUID()}@example.com`
  const other = sku()
  const created = sku()
  const code = `SAME${Date.now()}`
  it.each<
    [string, string, { path: string; body?: object | string }, { path?: string; body?: object | string }]
  >([
    ['without a body, then {}', 'POST', { path: `/products/${product}/discontinue` }, { body: '{}' }],
    [
      'with {} and spaces, then without a body',
      'DELETE',
      { path: `/inventory/${product}/reservations/order-1`, body: ' { } ' },
      {},
    ],
    [
      'with other numbers, order and spaces',
      'POST',
      { path: '/products', body: { sku: other, name: 'Mug', price, weightGrams: 100 } },
      {
        body: `{"weightGrams" : 1e2,"price":{"currency":"USD",\n"amount":1000.0},"name":"\\u004dug", "sku":"${other}"}`,
      },
    ],
    [
      'with spaces that are cut off, and a default that is named',
      'POST',
      { path: '/products', body: { sku: created, name: 'Mug', price } },
      { path: '/products?dryRun=false', body: { sku: created, name: ' Mug ', price } },
    ],
    [
      'with a time in another zone, and a code in other letters',
      'POST',
      {
        path: '/promotions',
        body: {
          code,
          kind: 'percentage',
          value: { percent: 10 },
          startsAt: '2026-12-01T00:00:00Z',
        },
      },
      {
        body: {
          code: code.toLowerCase(),
          kind: 'percentage',
          value: { percent: 10 },
          startsAt: '2026-11-30T19:00:00.000-05:00',
        },
      },
    ],
    [
      'with an e-mail address in other letters and widths',
      'POST',
      { path: '/customers', body: { email: ada, name: 'Ada' } },
      { body: { email: ` ${ada.replace('ada', '\uff21DA').replace('example', 'Example')} `, name: 'Ada' } },
    ],
    [
      'to a code in other letters',
      'POST',
      { path: `/promotions/${code}/expire` },
      { path: `/promotions/${code.toLowerCase()}/expire` },
    ],
  ])('%s: is answered alike', async (_, method, before, after) => {
    const [first, second] = await twice(method, before, after)
    expect(second.body).toEqual(first.body)
    expect(second.status).toBe(first.status)
    expect(second.headers.get('Idempotent-Replayed')).toBe('true')
    expect(second.headers.get('ETag')).toBe(first.headers.get('ETag'))
  })
})

describe('a repetition by an anonymous caller', () => {
  const name = crypto.randomUUID()
  it.each([
    ['a log-in', '/sessions', { email: `${name}@example.com` }, { email: `${name}@EXAMPLE.com` }],
    ['a new token', `/customers/cus_${name}/resend-verification`, {}, undefined],
  ])('of %s is told as one', async (_, path, before, after) => {
    const headers = key()
    const first = await send('POST', path, { headers, body: before })
    const second = await send('POST', path, { headers, body: after })
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(second.headers.get('Idempotent-Replayed')).toBe('true')
    expect([second.status, second.body]).toEqual([first.status, first.body])
  })
})

describe('another request under the same key', () => {
  it.each<[string, object, object]>([
    ['another value', { name: 'Mug' }, { name: 'Cup' }],
    ['a value more', { name: 'Mug' }, { name: 'Mug', description: '' }],
    ['a value of another type', { name: '1' }, { name: '1', weightGrams: 1 }],
  ])('is refused for %s', async (_, one, two) => {
    const about = { sku: sku(), price }
    const [first, second] = await twice(
      'POST',
      { path: '/products', body: { ...about, ...one } },
      { body: { ...about, ...two } },
    )
    expect(first.status).toBe(201)
    expect(second).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } })
  })
})

describe('a fingerprint of an older format', () => {
  it('is compared only with fingerprints of its format', () => {
    expect(isSameRequest('2:ab', '2:ab')).toBe(true)
    expect(isSameRequest('2:ab', '2:cd')).toBe(false)
    expect(isSameRequest('ab', 'cd')).toBe(false)
    expect(isSameRequest('ab', '2:cd')).toBe(true)
  })
  it('lets an older key lead to its answer', async () => {
    const keys = env.IDEMPOTENCY_KEYS
    const object = keys.getByName(crypto.randomUUID())
    expect(await object.claim('key', 'f'.repeat(64))).toBe('first')
    expect(await object.claim('key', `2:${'a'.repeat(64)}`)).toBe('repeated')
    expect(await object.claim('key', 'e'.repeat(64))).toBeNull()
  })
})
