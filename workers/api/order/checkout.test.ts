import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { toCart } from '../../../shared/cart/commands.ts'
import { customer, operator, send } from '../http/request.fixture.ts'

const shippingAddress = {
  ...{ name: 'Ada', line1: '1 Main Street', city: 'Springfield', region: 'IL' },
  ...{ postalCode: '62701', country: 'US' },
}
const usd = (amount: number) => ({ amount, currency: 'USD' })

let carts = 0

/** A customer's cart with one product of 10.00 in stock, and what may happen to both. */
async function filledCart() {
  carts += 1
  const sku = `CHECKED-OUT-${carts}`
  const customerId = await register()
  const as = customer(customerId)
  await send('POST', '/products', { as: operator, body: { sku, name: 'Mug', price: usd(1_000) } })
  await send('POST', `/inventory/${sku}/stock`, { as: operator, body: { set: 5 } })
  const id = String((await send('POST', '/carts', { as, body: {} })).body.id)
  await send('POST', `/carts/${id}/items`, { as, body: { sku, quantity: 1 } })
  return {
    ...{ id, sku, customerId },
    read: () => send('GET', `/carts/${id}`, { as }),
    price: (amount: number) =>
      send('POST', `/products/${sku}/price`, { as: operator, body: { price: usd(amount) } }),
    checkOut: ({
      key,
      query = '',
      headers,
      environment = {},
    }: {
      key?: string
      query?: string
      headers?: Record<string, string>
      environment?: Partial<Env>
    }) =>
      send('POST', `/carts/${id}/checkout${query}`, {
        as,
        headers: { ...(key && { 'Idempotency-Key': key }), ...headers },
        body: { shippingAddress },
        environment,
      }),
  }
}

/** Objects whose calls are noted by their names. */
function noting<Objects extends { getByName(name: string): object }>(
  objects: Objects,
  calls: string[],
): Objects {
  return new Proxy(objects, {
    get: () => (name: string) =>
      new Proxy(objects.getByName(name), {
        get: (object, method) => {
          calls.push(String(method))
          return (...given: unknown[]) => Reflect.apply(Reflect.get(object, method), object, given)
        },
      }),
  })
}

it('reads the cart once and sends the order one command', async () => {
  const { checkOut } = await filledCart()
  const [asked, ordered]: [string[], string[]] = [[], []]
  const environment = { CART: noting(env.CART, asked), ORDER: noting(env.ORDER, ordered) }
  expect(await checkOut({ key: 'once', environment })).toMatchObject({ status: 201 })
  expect({ asked, ordered }).toEqual({ asked: ['read'], ordered: ['execute'] })
})

it('a price that changed is told once, and the cart has it then', async () => {
  const { checkOut, price, read, sku } = await filledCart()
  await price(1_200)
  const changes = [{ sku, from: usd(1_000), to: usd(1_200) }]
  expect(await checkOut({})).toMatchObject({ status: 409, body: { code: 'price_changed', changes } })
  expect(await read()).toMatchObject({ body: { lines: [{ unitPrice: usd(1_200) }] } })
  expect(await checkOut({})).toMatchObject({ status: 201, body: { total: usd(1_200) } })
})

it('a dry run shows what would change', async () => {
  const { checkOut, price, read } = await filledCart()
  await price(1_200)
  const { body } = await checkOut({ query: '?dryRun=true' })
  expect(body).toMatchObject({
    dryRun: true,
    events: [{ type: 'CartUpdated', version: 3, data: { cause: 'repriced' } }],
    refusal: { code: 'price_changed' },
  })
  expect(await read()).toMatchObject({ body: { version: 2, lines: [{ unitPrice: usd(1_000) }] } })
})

it('a product that has another name now has it in the cart, too', async () => {
  const { checkOut, read, id } = await filledCart()
  const sku = `${id}-RENAMED`.toUpperCase()
  await send('POST', '/products', { as: operator, body: { sku, name: 'New name', price: usd(500) } })
  await send('POST', `/inventory/${sku}/stock`, { as: operator, body: { set: 5 } })
  const product = { sku, name: 'Old name', price: usd(500), weightGrams: 0, onSale: true }
  const added = { type: 'AddItem', sku, quantity: 1, product }
  expect(await env.CART.getByName(id).execute(envelope(id, added))).toMatchObject({ ok: true })
  expect(await checkOut({})).toMatchObject({ status: 201 })
  expect(await read()).toMatchObject({ body: { lines: [{ name: 'Mug' }, { name: 'New name' }] } })
})

it('a key that was refused is refused again after the cart was checked out under another one', async () => {
  const { checkOut, price } = await filledCart()
  await price(1_200)
  const refused = { status: 409, body: { code: 'price_changed' } }
  expect(await checkOut({ key: 'first' })).toMatchObject(refused)
  expect(await checkOut({ key: 'second' })).toMatchObject({ status: 201 })
  expect(await checkOut({ key: 'first' })).toMatchObject(refused)
  expect(await checkOut({ key: 'second' })).toMatchObject({ status: 201 })
})

it('a key that was refused accepts no price that came later', async () => {
  const { checkOut, price, read, sku } = await filledCart()
  await price(1_200)
  const told = { status: 409, body: { code: 'price_changed', changes: [{ sku, to: usd(1_200) }] } }
  expect(await checkOut({ key: 'told' })).toMatchObject(told)
  await price(1_500)
  expect(await checkOut({ key: 'told' })).toMatchObject(told)
  expect(await read()).toMatchObject({ body: { lines: [{ unitPrice: usd(1_200) }] } })
  expect(await checkOut({ key: 'next' })).toMatchObject({
    status: 409,
    body: { changes: [{ to: usd(1_500) }] },
  })
  expect(await checkOut({ key: 'last' })).toMatchObject({ status: 201, body: { total: usd(1_500) } })
})

it('requests under one key have one answer, even if they find different prices', async () => {
  const { checkOut, price, sku } = await filledCart()
  const before = await env.PRODUCT.getByName(sku).read({})
  const behind = { getByName: () => ({ read: async () => before }) }
  await price(1_200)
  const environment = { PRODUCT: new Proxy(env.PRODUCT, { get: (_, name) => Reflect.get(behind, name) }) }
  const [first, second] = await Promise.all([checkOut({ key: 'two' }), checkOut({ key: 'two', environment })])
  expect(second.status).toBe(first.status)
  expect(second.body.id).toBe(first.body.id)
})

it('a key that an earlier release refused at the cart is refused again', async () => {
  const { checkOut, price, id, sku, customerId } = await filledCart()
  await price(1_200)
  const product = { sku, name: 'Mug', price: usd(1_200), weightGrams: 0, onSale: true }
  const { command } = toCart(id, { type: 'ReviewPrices', products: [product] })
  const commandId = `http:user:${customerId}:checkOutCart:earlier/prices`
  const reviewed = await env.CART.getByName(id).execute(envelope(id, command, { commandId }))
  expect(reviewed).toMatchObject({ ok: false })
  expect(await checkOut({ key: 'earlier' })).toMatchObject({ status: 409, body: { code: 'price_changed' } })
  expect(await checkOut({ key: 'later' })).toMatchObject({ status: 201 })
  expect(await checkOut({ key: 'earlier' })).toMatchObject({ status: 409, body: { code: 'price_changed' } })
})

it('If-Match is about the cart, and a repetition is answered although the checkout has changed it', async () => {
  const { checkOut, read, id } = await filledCart()
  const at = (version: number) => ({ 'If-Match': `"${version}"` })
  const conflict = { status: 412, body: { code: 'version_conflict', currentVersion: 2 } }
  expect(await checkOut({ headers: at(1) })).toMatchObject(conflict)
  expect(await checkOut({ key: 'stale', headers: at(1) })).toMatchObject(conflict)
  expect(await checkOut({ query: '?dryRun=true', headers: at(1) })).toMatchObject({
    status: 200,
    body: { refusal: { code: 'version_conflict' } },
  })
  const ordered = await checkOut({ key: 'ordered', headers: at(2) })
  expect(ordered.status).toBe(201)
  await expect.poll(async () => (await read()).body).toMatchObject({ status: 'checked_out', id })
  const repeated = await checkOut({ key: 'ordered', headers: at(2) })
  expect(repeated).toMatchObject({ status: 201, body: ordered.body })
  expect(repeated.headers.get('Idempotent-Replayed')).toBe('true')
  expect(await checkOut({ key: 'another', headers: at(2) })).toMatchObject({ status: 412 })
  expect(await checkOut({ headers: at(2) })).toMatchObject({ status: 412 })
})
