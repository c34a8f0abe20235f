import { runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, expect, it } from 'vitest'
import { newId } from '../../shared/core/ids.ts'
import { MINUTE } from '../../shared/core/time.ts'
import { requestedLine } from '../../shared/order/order.fixture.ts'
import { clock } from '../sandbox/clock.ts'
import { orderOf, register, stock } from './checkout.fixture.ts'
import { type Meter, newMeter } from './meter.ts'
import { envelope, eventually, pass, rows, stopTime } from './object-lifetimes.fixture.ts'

/**
 * What each command of the checkout costs, in all objects that it touches: with its consequences, their
 * publication and its confirmation. A change that makes a number grow has to argue for it here; one that
 * makes it smaller is welcome to. An alarm set counts as a row on the bill.
 *
 * Not in these numbers: a forwarder writes one row for each aggregate of a batch and one for itself, and no
 * alarm; forwarder.test.ts holds it to that.
 *
 * Everywhere: two rows for each table that an object creates with its first row; two alarms (the safety net of a commit,
 * and the next timer or none at all with the confirmation); one send, and one row of cursors with the confirmation.
 */
const costs = {
  firstItem: {
    // event 1, command 1, timer 1 with its table 2, cursors 1
    cart: { rowsWritten: 6, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  anotherItem: {
    // event 1, command 1, timer moved 1, cursors 1
    cart: { rowsWritten: 4, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  /** `CreateOrder` of one line from a cart, up to the scheduled delivery. */
  checkout: {
    // event 1, command 1, timer removed 1, cursors 1
    cart: { rowsWritten: 4, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // four tables 8, identity 1, events 8, commands 7 (the client's, the payment's, five replies), the
    // answer that waited 1, hold set 1 and removed 1, cursors 1; calls: cart, the customer's profile twice
    // (opened and closed), stock twice, payment, delivery
    order: { rowsWritten: 28, alarmsSet: 2, rpcs: 7, queueSends: 1 },
    // that limits what waits unpaid and knows all orders of a customer: events 2, commands 2, cursors 1
    profile: { rowsWritten: 5, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // of a SKU that was sold before: events 2, commands 2, expiry set 1 and removed 1, cursors 1
    inventory: { rowsWritten: 7, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // three tables 6, identity 1, events 3, commands 3 (the order's, two replies: the screening's and the
    // gateway's), cursors 1; call: order. The screening asks the customer, which the port's call hides.
    payment: { rowsWritten: 14, alarmsSet: 2, rpcs: 1, queueSends: 1 },
    // event 1, command 1, cursors 1; the segment timer stays where it is
    customer: { rowsWritten: 3, alarmsSet: 2, rpcs: 0, queueSends: 1 },
    // three tables 6, identity 1, events 3, commands 2 (the order's, the carrier's reply), cursors 1
    delivery: { rowsWritten: 13, alarmsSet: 2, rpcs: 0, queueSends: 1 },
  },
  /** The same `CreateOrder` once more. */
  repetition: { order: newMeter() },
} as const satisfies Record<string, Record<string, Meter>>

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
      const isConfirmed = rows(state, 'stream').some(({ published }) => published === version)
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
