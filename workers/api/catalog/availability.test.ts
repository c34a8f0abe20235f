import { describe, expect, it } from 'vitest'
import { operator, send } from '../http/request.fixture.ts'
import { product } from '../promotion/routes.fixture.ts'

const stock = (sku: string, body: object) => send('POST', `/inventory/${sku}/stock`, { as: operator, body })

describe('getProduct', () => {
  it('shows the same availability as the list', async () => {
    const sku = await product(500)
    expect((await send('GET', `/products/${sku}`)).body).toMatchObject({ available: 0 })
    await stock(sku, { set: 7 })
    expect((await send('GET', `/products/${sku}`)).body).toMatchObject({ available: 7 })
    const orderId = 'ord_01939a2e-7000-7000-8000-000000000001'
    const hold = { as: operator, body: { orderId, quantity: 3 } }
    await send('POST', `/inventory/${sku}/reservations`, hold)
    expect((await send('GET', `/products/${sku}`)).body).toMatchObject({ available: 4 })
  })
  it('is unchanged until the stock changes, or the product', async () => {
    const sku = await product(500)
    const read = () => send('GET', `/products/${sku}`, { headers: { 'If-None-Match': '"1"' } })
    expect((await read()).status).toBe(304)
    await stock(sku, { set: 2 })
    expect(await read()).toMatchObject({ status: 200, body: { version: 1, available: 2 } })
  })
  it('adds no current availability to an older version', async () => {
    const sku = await product(500)
    const price = { amount: 600, currency: 'USD' }
    await send('POST', `/products/${sku}/price`, { as: operator, body: { price } })
    expect((await send('GET', `/products/${sku}?version=1`)).body).not.toHaveProperty('available')
    expect((await send('GET', `/products/${sku}?version=2`)).body).toMatchObject({ available: 0 })
  })
})
