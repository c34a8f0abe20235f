import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { inventoryRules } from '../../../shared/inventory/rules.ts'
import { operator, send } from '../http/request.fixture.ts'
import { orders } from '../order/resource.ts'

const shown = z.looseObject({
  reserved: z.int(),
  reservations: z.array(z.looseObject({ orderId: z.string() })),
  reservationsTotal: z.int(),
})

/** Sends one request of an operator about stock. */
const ask = (method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) =>
  send(method, `/inventory/${path}`, { as: operator, body })

it('a hot SKU shows the holds that end first, and counts the others', async () => {
  const holds = inventoryRules.maxListed + 7
  await stock('HOT', 1_000)
  const object = env.INVENTORY.getByName('HOT')
  for (let index = 0; index < holds; index += 1)
    await object.dispatch(envelope('HOT', { type: 'ReserveInventory', orderId: `ord_${index}`, quantity: 1 }))
  const read = shown.parse((await ask('GET', 'HOT')).body)
  expect(read).toMatchObject({ reserved: holds, reservationsTotal: holds })
  expect(read.reservations).toHaveLength(inventoryRules.maxListed)
  expect(read.reservations[0]?.orderId).toBe('ord_0')
  const view = await object.read({})
  expect(view?.state.held).toHaveLength(inventoryRules.maxListed)
  // The object itself has forgotten nothing.
  const released = await object.execute(
    envelope('HOT', { type: 'ReleaseReservation', orderId: `ord_${holds - 1}`, reason: 'test' }),
  )
  expect(released).toMatchObject({ ok: true, events: [{ type: 'InventoryReleased' }] })
})

it('a location tells where it is, and reservations why they come from there', async () => {
  await ask('POST', 'PLACED/stock', { location: 'austin', set: 5, country: 'us', region: 'TX' })
  const { body } = await ask('POST', 'PLACED/stock', { location: 'berlin', set: 9, country: 'DE' })
  expect(body).toMatchObject({
    locations: [
      { location: 'austin', country: 'US', region: 'TX', available: 5 },
      { location: 'berlin', country: 'DE', available: 9 },
    ],
  })
  const order = { orderId: 'ord_1', quantity: 2, shipTo: { country: 'DE' } }
  await ask('POST', 'PLACED/reservations', order)
  const { body: events } = await ask('GET', 'PLACED/events')
  expect(JSON.stringify(events)).toContain('"rules":["single_location","same_country"]')
  expect(await ask('POST', 'PLACED/stock', { location: 'berlin', set: 1, country: 'Germany' })).toMatchObject(
    {
      status: 422,
      body: { code: 'invalid_request' },
    },
  )
})

it.each([
  ['a declined order, which is never charged', 'FREED-1', 'pm_card_chargeDeclined', 'failed'],
  ['an order that was never paid', 'FREED-2', undefined, 'unpaid'],
  ['a sold order, which is refunded', 'FREED-3', 'pm_card_visa', 'refunded'],
])('a release by an operator ends %s', async (_, sku, paymentMethod, paymentStatus) => {
  await stock(sku, 1)
  const id = newId('ord')
  const create = orderOf(await register(), sku, paymentMethod === undefined ? {} : { paymentMethod })
  const object = orders.object(env, id)
  await object.execute(envelope(id, create, { commandId: 'buy', waitMilliseconds: 10_000 }))
  expect(await ask('DELETE', `${sku}/reservations/${id}`)).toMatchObject({ status: 200 })
  await eventually(async () => {
    expect((await object.read({}))?.state).toMatchObject({
      status: 'cancelled',
      paymentStatus,
      cancellation: { reason: 'out_of_stock' },
    })
    expect((await ask('GET', sku)).body).toMatchObject({ onHand: 1, available: 1 })
  })
})

it('a hold of what is no order here is released like any other', async () => {
  await stock('SHELF', 3)
  await ask('POST', 'SHELF/reservations', { orderId: 'shelf-3', quantity: 2 })
  expect(await ask('DELETE', 'SHELF/reservations/shelf-3')).toMatchObject({
    status: 200,
    body: { available: 3 },
  })
})
