import { env } from 'cloudflare:workers'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { stock } from '../../durable-objects/checkout.fixture.ts'
import { envelope } from '../../durable-objects/lives.fixture.ts'
import { inventoryRules } from '../../shared/inventory/rules.ts'
import { operator, send } from './request.fixture.ts'

const shown = z.looseObject({
  reserved: z.int(),
  reservations: z.array(z.looseObject({ orderId: z.string() })),
  reservationsTotal: z.int(),
})

/** Sends one request of an operator about stock. */
const ask = (method: 'GET' | 'POST', path: string, body?: object) =>
  send(method, `/inventory/${path}`, { as: operator, body })

it('a hot SKU shows the holds that end first, and counts the others', async () => {
  const holds = inventoryRules.listed + 7
  await stock('HOT', 1_000)
  const object = env.INVENTORY.get(env.INVENTORY.idFromName('HOT'))
  for (let index = 0; index < holds; index += 1)
    await object.tell(envelope('HOT', { type: 'ReserveInventory', orderId: `ord_${index}`, quantity: 1 }))
  const read = shown.parse((await ask('GET', 'HOT')).body)
  expect(read).toMatchObject({ reserved: holds, reservationsTotal: holds })
  expect(read.reservations).toHaveLength(inventoryRules.listed)
  expect(read.reservations[0]?.orderId).toBe('ord_0')
  const reading = await object.read({})
  expect(reading?.state.held).toHaveLength(inventoryRules.listed)
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
