import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { newId } from '../../shared/core/ids.ts'
import { MINUTE } from '../../shared/core/time.ts'
import { requestedLine } from '../../shared/order/order.fixture.ts'
import { clock } from '../sandbox/clock.ts'
import { orderOf, register, stock } from './checkout.fixture.ts'
import { costs } from './costs.fixture.ts'
import { type Meter, newMeter } from './meter.ts'
import { envelope, eventually, pass, stopTime, storedIn } from './object-lifetimes.fixture.ts'

beforeEach(() => stopTime())

/** What is needed of an object, whatever it is of. */
interface Billed extends Rpc.DurableObjectBranded {
  readonly meter: Meter
  read(of: object): Promise<{ readonly version: number } | null>
  confirmPublished(versions: number[]): Promise<void>
}

const billed = new Map<string, Meter>()

/** Confirms all that an object has appended, once it is published; tells what it has cost since the last bill. */
async function bill<AnyObject extends Billed>(stub: DurableObjectStub<AnyObject>): Promise<Meter> {
  const before = billed.get(stub.id.toString()) ?? newMeter()
  const now = await runInDurableObject(stub, async (object, state) => {
    const version = (await object.read({}))?.version ?? 0
    // By the object itself, half a second after its commit.
    await eventually(() => {
      const isConfirmed = storedIn(state).published === version
      expect(isConfirmed || object.meter.queueSends > before.queueSends).toBe(true)
    })
    await object.confirmPublished(Array.from({ length: version }, (_, index) => index + 1))
    return { ...object.meter }
  })
  billed.set(stub.id.toString(), now)
  return {
    rowsWritten: now.rowsWritten - before.rowsWritten,
    alarmsSet: now.alarmsSet - before.alarmsSet,
    rpcs: now.rpcs - before.rpcs,
    queueSends: now.queueSends - before.queueSends,
  }
}

/** A new cart, and how to put items into it. */
async function fillCart() {
  const cartId = newId('crt')
  const cart = env.CART.getByName(cartId)
  const run = (commandId: string, command: object) => cart.execute(envelope(cartId, command, { commandId }))
  await run('create', { type: 'CreateCart', currency: 'USD' })
  await bill(cart)
  return {
    cartId,
    cart,
    add: (sku: string) => run(`add ${sku}`, { type: 'AddItem', ...requestedLine(sku, 1) }),
  }
}

/** Buys one unit of a SKU from a new cart; everything that was before is billed already. */
async function checkOut(sku: string) {
  const customerId = await register()
  const { cartId, cart, add } = await fillCart()
  const inventory = env.INVENTORY.getByName(sku)
  const customer = env.CUSTOMER.getByName(customerId)
  await add(sku)
  await clock.settled()
  const profile = env.CUSTOMER_PROFILE.getByName(customerId)
  await bill(customer)
  await bill(profile)
  await bill(cart)
  await bill(inventory)
  const id = newId('ord')
  const order = env.ORDER.getByName(id)
  const command = orderOf(customerId, sku, { cartId, paymentMethod: 'pm_card_visa' })
  const buy = () => order.execute(envelope(id, command, { commandId: 'buy', waitMilliseconds: 10_000 }))
  const reply = await buy()
  await clock.settled()
  const state = reply.ok ? reply.view.state : undefined
  expect(state).toMatchObject({ status: 'confirmed', fulfilmentStatus: 'scheduled' })
  const payment = env.PAYMENT.getByName(state?.payments[0]?.id ?? '')
  const delivery = env.DELIVERY.getByName(state?.deliveries[0]?.id ?? '')
  return { objects: { cart, order, inventory, payment, customer, profile, delivery }, buy }
}

it('an item in a cart costs what it is known to cost', async () => {
  const { cart, add } = await fillCart()
  await add('ONE')
  expect({ cart: await bill(cart) }).toEqual(costs.firstItem)
  pass(MINUTE)
  await add('TWO')
  expect({ cart: await bill(cart) }).toEqual(costs.anotherItem)
})

// Where the machine is so busy that a checkout takes longer than events are gathered, it is published twice.
it('a checkout costs what it is known to cost', { retry: 2 }, async () => {
  await stock('COST', 10)
  await checkOut('COST')
  const { objects, buy } = await checkOut('COST')
  const { cart, order, inventory, payment, customer, profile, delivery } = objects
  expect({
    cart: await bill(cart),
    order: await bill(order),
    inventory: await bill(inventory),
    payment: await bill(payment),
    profile: await bill(profile),
    customer: await bill(customer),
    delivery: await bill(delivery),
  }).toEqual(costs.checkout)

  await buy()
  expect({ order: await bill(order) }).toEqual(costs.repetition)
})
