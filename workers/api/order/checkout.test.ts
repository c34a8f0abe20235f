import { expect, it } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { customer, operator, send } from '../http/request.fixture.ts'

const shippingAddress = {
  ...{ name: 'Ada', line1: '1 Main Street', city: 'Springfield', region: 'IL' },
  ...{ postalCode: '62701', country: 'US' },
}

it('a key that was refused is refused again after the cart was checked out under another one', async () => {
  const as = customer(await register())
  const price = (amount: number) => ({ amount, currency: 'USD' })
  const product = { sku: 'CHECKED-TWICE', name: 'Mug', price: price(1_000) }
  await send('POST', '/products', { as: operator, body: product })
  await send('POST', `/inventory/${product.sku}/stock`, { as: operator, body: { set: 5 } })
  const cart = `/carts/${(await send('POST', '/carts', { as, body: {} })).body.id}`
  await send('POST', `${cart}/items`, { as, body: { sku: product.sku, quantity: 1 } })
  await send('POST', `/products/${product.sku}/price`, { as: operator, body: { price: price(1_200) } })
  const checkOut = async (key: string) => {
    const headers = { 'Idempotency-Key': key }
    const { status, body } = await send('POST', `${cart}/checkout`, {
      as,
      headers,
      body: { shippingAddress },
    })
    return { status, code: body.code }
  }
  const refused = { status: 409, code: 'price_changed' }
  expect(await checkOut('first')).toEqual(refused)
  expect((await checkOut('second')).status).toBe(201)
  expect(await checkOut('first')).toEqual(refused)
  expect((await checkOut('second')).status).toBe(201)
})
