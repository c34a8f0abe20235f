import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { orderOf, register, stock } from '../../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../../shared/core/ids.ts'
import { orderedMug } from '../../delivery/routes.fixture.ts'
import { type Caller, customer, operator, send } from '../request.fixture.ts'

const operationSchema = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))),
})
const documentSchema = z.looseObject({ paths: z.record(z.string(), z.record(z.string(), z.unknown())) })

/** Every command that customers may give, or anyone, with ids in its path that could be some. */
async function commandsOfCustomers(self: string) {
  const { app } = await import('../../app.ts')
  const response = await app.request('/openapi.json', {}, { ENVIRONMENT: 'development' })
  const { paths } = documentSchema.parse(await response.json())
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, found]) => {
      if (!['post', 'patch', 'delete'].includes(method)) return []
      const { operationId, security } = operationSchema.parse(found)
      const open = security.some(({ bearer }) => bearer === undefined || bearer.includes('customer'))
      if (!open || path.includes('/webhooks/')) return []
      return [{ operationId, method: method.toUpperCase(), path: concrete(path.slice('/v1'.length), self) }]
    }),
  )
}

function concrete(path: string, self: string): string {
  const prefixes: Record<string, () => string> = {
    carts: () => newId('crt'),
    orders: () => newId('ord'),
    deliveries: () => newId('dlv'),
    customers: () => self,
  }
  const id = prefixes[path.split('/')[1] ?? '']?.() ?? ''
  return path.replace('{id}', id).replace('{sku}', 'MUG').replace('{code}', 'TEN')
}

const exceptions: Readonly<Record<string, readonly string[]>> = {
  pending: ['registerCustomer', 'verifyEmail', 'resendVerification', 'startSession', 'completeSession'],
  suspended: ['registerCustomer', 'verifyEmail', 'resendVerification', 'startSession', 'completeSession'],
  unknown: ['registerCustomer', 'verifyEmail', 'resendVerification', 'startSession', 'completeSession'],
  erased: [
    'registerCustomer',
    'verifyEmail',
    'resendVerification',
    'startSession',
    'completeSession',
    'eraseCustomer',
  ],
}

async function someone(standing: string): Promise<string> {
  if (standing === 'unknown') return newId('cus')
  if (standing === 'pending') {
    const body = { email: `${newId('cus')}@example.com`, name: 'Ada' }
    return (await send('POST', '/customers', { body })).body.id ?? expect.fail()
  }
  const id = await register()
  await end(id, standing === 'suspended' ? 'SuspendCustomer' : 'EraseCustomer')
  return id
}

async function end(id: string, type: 'SuspendCustomer' | 'EraseCustomer'): Promise<void> {
  const object = env.CUSTOMER.getByName(id)
  expect(await object.execute(envelope(id, { type }))).toMatchObject({ ok: true })
}

const notActive = { status: 409, body: { code: 'customer_not_active' } }

describe('a customer who is not active', () => {
  it.each(['pending', 'suspended', 'unknown', 'erased'])('can give no command: %s', async (standing) => {
    const id = await someone(standing)
    const taken: string[] = []
    for (const { operationId, method, path } of await commandsOfCustomers(id)) {
      const { status, body } = await send(method, path, { as: customer(id), body: {} })
      if (body.code === 'customer_not_active') expect(status).toBe(409)
      else taken.push(operationId)
    }
    expect(taken.toSorted()).toEqual(exceptions[standing]?.toSorted())
  })

  it('still reads what is theirs while suspended, and neither pays, redirects, cancels nor fills a cart', async () => {
    const { id: deliveryId, orderId, customerId } = await orderedMug('KEPT')
    const self = customer(customerId)
    const cart = (await send('POST', '/carts', { as: self, body: {} })).body.id
    await end(customerId, 'SuspendCustomer')
    for (const path of [
      `/orders/${orderId}`,
      `/orders/${orderId}/events`,
      `/carts/${cart}`,
      `/customers/${customerId}`,
    ])
      expect(await send('GET', path, { as: self })).toMatchObject({ status: 200 })
    const commands: [string, object][] = [
      [`/orders/${orderId}/payments`, { paymentMethod: 'pm_card_visa' }],
      [`/orders/${orderId}/cancel`, {}],
      [`/orders/${orderId}/cancel?dryRun=true`, {}],
      [`/deliveries/${deliveryId}/confirm`, {}],
      [`/carts/${cart}/items`, { sku: 'KEPT', quantity: 1 }],
    ]
    for (const [path, body] of commands)
      expect(await send('POST', path, { as: self, body })).toMatchObject(notActive)
    expect(await send('GET', `/orders/${orderId}`, { as: operator })).toMatchObject({
      body: { status: 'confirmed' },
    })
  })

  it.each([
    ['suspended', 'customer_suspended'],
    ['erased', 'customer_erased'],
  ])('leaves no order behind that waits for payment: %s', async (standing, reason) => {
    const customerId = await register()
    await stock('WAITING', 50)
    const orderId = newId('ord')
    const object = env.ORDER.getByName(orderId)
    const declined = orderOf(customerId, 'WAITING', { paymentMethod: 'pm_card_chargeDeclined' })
    await object.execute(envelope(orderId, declined, { waitMilliseconds: 10_000 }))
    expect(await object.read({})).toMatchObject({ state: { status: 'awaiting_payment' } })
    const answer =
      standing === 'suspended'
        ? await send('POST', `/customers/${customerId}/suspend`, { as: operator })
        : await send('DELETE', `/customers/${customerId}`, { as: customer(customerId) })
    expect(answer).toMatchObject({ status: 200 })
    await eventually(async () =>
      expect(await object.read({})).toMatchObject({
        state: { status: 'cancelled', cancellation: { reason } },
      }),
    )
  })

  it('fills no cart of a guest with their token either', async () => {
    const id = await someone('suspended')
    const guests = (await send('POST', '/carts', { body: {} })).body.id
    const item = { sku: 'MUG', quantity: 1 }
    expect(await send('POST', `/carts/${guests}/items`, { as: customer(id), body: item })).toMatchObject(
      notActive,
    )
  })

  it('is not asked for where staff act as staff', async () => {
    const { orderId } = await orderedMug('STAFFED')
    const staff: Caller = [newId('cus'), 'customer', 'operator']
    expect(await send('POST', `/orders/${orderId}/cancel`, { as: staff, body: {} })).toMatchObject({
      status: 200,
    })
    expect(await send('POST', '/carts', { as: staff, body: {} })).toMatchObject(notActive)
  })
})

describe('confirmDelivery', () => {
  it('is for the owner alone', async () => {
    const { id, customerId } = await orderedMug('OWNED')
    const path = `/deliveries/${id}/confirm`
    expect(await send('POST', path, { as: operator })).toMatchObject({ status: 403 })
    const others: Caller[] = [customer(await register()), [await register(), 'customer', 'operator']]
    for (const other of others)
      expect(await send('POST', path, { as: other })).toMatchObject({ body: { code: 'delivery_not_found' } })
    expect(await send('POST', path, { as: customer(customerId) })).not.toMatchObject({ status: 403 })
  })
})
