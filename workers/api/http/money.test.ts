import { createExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { MAX_AMOUNT } from '../../../shared/core/money/money.ts'
import { app } from '../app.ts'
import { buyer, usd } from '../promotion/routes.fixture.ts'
import { operator, send } from './request.fixture.ts'

const address = {
  name: 'Ada',
  line1: '1 High St',
  city: 'Salem',
  region: 'OR',
  postalCode: '97301',
  country: 'US',
}
let made = 0
const newSku = () => {
  made += 1
  return `MONEY-${made}-${crypto.randomUUID().slice(0, 8).toUpperCase()}`
}
function create(price: object, sku = newSku()) {
  return send('POST', '/products', { as: operator, body: { sku, name: 'Mug', price } })
}
async function productAt(amount: number, currency = 'USD'): Promise<string> {
  const sku = newSku()
  const { status } = await create({ amount, currency }, sku)
  expect(status).toBe(201)
  return sku
}

describe('an amount that a request gives', () => {
  it.each([
    [{ amount: Number.MAX_SAFE_INTEGER, currency: 'USD' }, '/price/amount'],
    [{ amount: MAX_AMOUNT + 1, currency: 'IDR' }, '/price/amount'],
    [{ amount: 1_000_000_001, currency: 'USD' }, '/price/amount'],
    [{ amount: 10_000_001, currency: 'JPY' }, '/price/amount'],
    [{ amount: 100, currency: 'ZZZ' }, '/price/currency'],
    [{ amount: 100, currency: 'XXX' }, '/price/currency'],
    [{ amount: 100, currency: 'XAU' }, '/price/currency'],
  ])('as the price %j is refused at %s', async (price, pointer) => {
    const { status, body } = await create(price)
    expect(status).toBe(422)
    expect(body).toMatchObject({ errors: [expect.objectContaining({ pointer })] })
  })
  it('is held to a listed currency and an upper end everywhere', async () => {
    const promotion = (body: object) =>
      send('POST', '/promotions', { as: operator, body: { code: newSku(), ...body } })
    const huge = { amount: MAX_AMOUNT + 1, currency: 'USD' }
    const answers = [
      await promotion({ kind: 'fixed', value: { amount: huge } }),
      await promotion({ kind: 'fixed', value: { amount: { amount: 1, currency: 'ZZZ' } } }),
      await promotion({ kind: 'tiered', value: { tiers: [{ from: huge, off: usd(1) }] } }),
      await promotion({ kind: 'percentage', value: { percent: 1 }, conditions: { minimumSpend: huge } }),
      await promotion({ kind: 'percentage', value: { percent: 1 }, currency: 'XTS' }),
      await send('POST', '/carts', { body: { currency: 'ZZZ' } }),
      await send('POST', `/customers/${(await buyer())?.[0]}/spending`, {
        as: operator,
        body: { orderId: 'o1', delta: MAX_AMOUNT + 1 },
      }),
    ]
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 422))
  })
  it('has its ends in the schema that is published', async () => {
    const response = await app.request('/openapi.json', {}, env, createExecutionContext())
    const document: unknown = await response.json()
    const text = JSON.stringify(document)
    expect(text).toContain(`"maximum":${MAX_AMOUNT}`)
    const price = z
      .looseObject({
        paths: z.looseObject({
          '/v1/products': z.looseObject({
            post: z.looseObject({
              requestBody: z.looseObject({
                content: z.looseObject({
                  'application/json': z.looseObject({
                    schema: z.looseObject({ properties: z.looseObject({ price: z.unknown() }) }),
                  }),
                }),
              }),
            }),
          }),
        }),
      })
      .parse(document).paths['/v1/products'].post.requestBody.content['application/json'].schema
      .properties.price
    expect(price).toMatchObject({
      properties: {
        amount: { minimum: 0, maximum: MAX_AMOUNT },
        currency: { enum: expect.arrayContaining(['USD', 'KWD', 'XCG']) },
      },
    })
  })
})

describe('baskets of the dearest products', () => {
  it('are counted, quoted and checked without a fault', async () => {
    const sku = await productAt(1_000_000_000)
    const { body: cart } = await send('POST', '/carts', { body: {} })
    const added = await send('POST', `/carts/${cart.id}/items`, { body: { sku, quantity: 999 } })
    expect(added.body).toMatchObject({ subtotal: usd(999_000_000_000) })
    expect((await send('GET', `/carts/${cart.id}/quote`)).body).toMatchObject({ total: usd(999_000_000_000) })
    const code = newSku()
    await send('POST', '/promotions', {
      as: operator,
      body: { code, kind: 'percentage', value: { percent: 50 } },
    })
    const check = { as: operator, body: { lines: [{ sku, quantity: 999 }] } }
    expect((await send('POST', `/promotions/${code}/check`, check)).body).toMatchObject({
      discount: usd(499_500_000_000),
    })
  })
  it('beyond what can be counted are refused, in a cart, a check and an order', async () => {
    const skus = await Promise.all(Array.from({ length: 10 }, () => productAt(1_000_000_000)))
    const { body: cart } = await send('POST', '/carts', { body: {} })
    const answers = []
    for (const sku of skus)
      answers.push(await send('POST', `/carts/${cart.id}/items`, { body: { sku, quantity: 999 } }))
    expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 9 }, () => 200), 422])
    expect(answers.at(-1)?.body.code).toBe('basket_out_of_range')
    const lines = skus.map((sku) => ({ sku, quantity: 999 }))
    const code = newSku()
    await send('POST', '/promotions', {
      as: operator,
      body: { code, kind: 'percentage', value: { percent: 50 } },
    })
    const checked = await send('POST', `/promotions/${code}/check`, { as: operator, body: { lines } })
    expect([checked.status, checked.body.code]).toEqual([422, 'basket_out_of_range'])
    const ordered = await send('POST', '/orders', {
      as: await buyer(),
      body: { lines, shippingAddress: address, promotionCodes: [code] },
    })
    expect([ordered.status, ordered.body.code]).toEqual([422, 'order_invalid'])
    expect(ordered.body).toMatchObject({
      errors: [expect.objectContaining({ pointer: '/lines', code: 'total_out_of_range' })],
    })
  })
})

describe('what the gateway cannot charge', () => {
  const stripe = { PAYMENT_GATEWAY: 'stripe', STRIPE_SECRET_KEY: 'sk_test_none' }

  it.each([
    ['USD', 49, 'total_below_charge_minimum'],
    ['KWD', 5_124, 'total_not_chargeable'],
    ['MGA', 12_350, 'total_not_chargeable'],
    ['ISK', 1_000_000, 'total_above_charge_maximum'],
    ['IRR', 100_000, 'currency_not_chargeable'],
  ])('is told when ordering for %s %i', async (currency, amount, code) => {
    const sku = await productAt(amount, currency)
    const order = {
      as: await buyer(),
      body: { lines: [{ sku, quantity: 1 }], shippingAddress: address, paymentMethod: 'pm_card_visa' },
    }
    const { status, body } = await send('POST', '/orders', { ...order, environment: stripe })
    expect([status, body.code]).toEqual([422, 'order_invalid'])
    expect(body).toMatchObject({ errors: [expect.objectContaining({ code })] })
    const { paymentMethod: _, ...byInvoice } = order.body
    const invoice = await send('POST', '/orders', { ...order, body: byInvoice, environment: stripe })
    expect(invoice.status).toBe(201)
    expect((await send('POST', '/orders', order)).status).toBe(201)
  })
})

describe('a currency setting that cannot be read', () => {
  it.each([
    ['BASE_CURRENCY', { BASE_CURRENCY: 'ZZZ' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: '{"EUR": 1.08}' }],
    ['EXCHANGE_RATES', { EXCHANGE_RATES: 'not json' }],
  ])('(%s in %j) has commands refused, and nothing that only reads', async (setting, environment) => {
    const sku = await productAt(100)
    const refused = [
      await send('POST', '/carts', { body: {}, environment }),
      await send('POST', `/products/${sku}/price`, { as: operator, body: { price: usd(1) }, environment }),
    ]
    for (const { status, body } of refused) {
      expect([status, body.code]).toEqual([503, 'not_configured'])
      expect(body).toMatchObject({ detail: expect.stringContaining(setting) })
    }
    expect((await send('GET', `/products/${sku}`, { environment })).status).toBe(200)
    const health = await app.request('/health', {}, { ...env, ...environment }, createExecutionContext())
    expect(health.status).toBe(503)
    expect(await health.json()).toMatchObject({ notConfigured: [setting] })
  })
})

describe('a cart whose currency nobody says', () => {
  it.each([
    [{}, 'USD'],
    [{ BASE_CURRENCY: 'EUR' }, 'EUR'],
    [{ BASE_CURRENCY: 'JPY' }, 'JPY'],
  ])('with %j is in %s', async (environment, currency) => {
    const { body } = await send('POST', '/carts', { body: {}, environment })
    expect(body).toMatchObject({ currency })
  })
})
