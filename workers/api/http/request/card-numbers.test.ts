import { describe, expect, it } from 'vitest'
import { register } from '../../../../durable-objects/aggregate/checkout.fixture.ts'
import { customer, operator, send } from '../request.fixture.ts'

/** Barcodes (EAN-13) that pass Luhn with Visa's prefix and length, as one in ten from Germany or Japan does. */
const barcodes = ['4006381006439', '4006381060691', '4901234005754']
const price = { amount: 500, currency: 'USD' }
const rejected = { status: 422, body: { code: 'card_number_rejected' } }

describe('a number that a field is for', () => {
  it.each(barcodes)('is a SKU that is the barcode %s, in body, path and query', async (sku) => {
    const created = await send('POST', '/products', { as: operator, body: { sku, name: 'Tin', price } })
    expect(created).toMatchObject({ status: 201, body: { sku } })
    expect(await send('GET', `/products/${sku}`)).toMatchObject({ status: 200 })
    const stock = { as: operator, body: { adjust: 3 } }
    expect(await send('POST', `/inventory/${sku}/stock`, stock)).toMatchObject({ status: 200 })
    const cart = await send('POST', '/carts', { body: {} })
    const items = `/carts/${cart.body.id}/items`
    expect(await send('POST', items, { body: { sku, quantity: 1 } })).toMatchObject({ status: 200 })
    expect(await send('PATCH', `${items}/${sku}`, { body: { quantity: 2 } })).toMatchObject({ status: 200 })
  })
  it.each(['+4222222222222', '+371449635398431', '+30 5693 0902 5904'])(
    'is the telephone number %s',
    async (phone) => {
      const id = await register()
      expect(await send('PATCH', `/customers/${id}`, { as: customer(id), body: { phone } })).toMatchObject({
        status: 200,
      })
    },
  )
})

describe('a card number', () => {
  const arabic = [...'4111111111111111'].map((digit) => String.fromCodePoint(0x660 + Number(digit))).join('')

  it.each([
    'Visa4111111111111111',
    '4111_1111_1111_1111',
    '4111,1111|1111:1111',
    arabic,
    '41111111\u200b11111111',
  ])('is rejected as %s, wherever it is kept', async (text) => {
    const body = { sku: 'TEA', name: text, price }
    expect(await send('POST', '/products', { as: operator, body })).toMatchObject(rejected)
    expect(await send('GET', `/products?q=${encodeURIComponent(text)}`)).toMatchObject(rejected)
    expect(await send('GET', `/orders/${encodeURIComponent(text)}`)).toMatchObject(rejected)
  })
  it.each(['Idempotency-Key', 'X-Request-Id', 'tracestate'])(
    'is rejected in %s, of which something is kept',
    async (name) => {
      const headers = { [name]: 'buy=4111-1111-1111-1111' }
      expect(await send('POST', '/carts', { body: {}, headers })).toMatchObject(rejected)
    },
  )
  it('is rejected where a SKU would stand, unless it is a barcode', async () => {
    expect(await send('GET', '/products/4222222222222')).toMatchObject(rejected)
    expect(await send('GET', '/products/MUG-4111111111111111')).toMatchObject(rejected)
    expect(await send('GET', `/orders/${barcodes[0]}`)).toMatchObject(rejected)
  })
  it('is nothing that the answer tells again', async () => {
    const answer = await send('GET', '/products?q=4111%201111%201111%201111')
    expect(JSON.stringify(answer.body)).not.toContain('1111')
  })
})
