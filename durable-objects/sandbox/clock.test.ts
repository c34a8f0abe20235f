import { evictAllDurableObjects, evictDurableObject, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../shared/core/ids.ts'
import { HOUR, type Instant, instantOf, MINUTE, plus, SECOND } from '../../shared/core/time.ts'
import { requestedLine } from '../../shared/order/order.fixture.ts'
import { orderOf, register, stock } from '../aggregate/checkout.fixture.ts'
import { envelope, pass, stopTime } from '../aggregate/object-lifetimes.fixture.ts'
import { clock, isClockAdjustable } from './clock.ts'

beforeEach(() => stopTime())
afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
})

const deploymentClock = () => env.CLOCK.getByName('clock')

/** When an event of this type happened, by the aggregate's own log; `undefined` if it did not. */
async function timeOf(
  object: { history(page: { after: number; limit: number }): Promise<string[]> },
  type: string,
): Promise<Instant | undefined> {
  const history = await object.history({ after: 0, limit: 100 })
  return history.map((text) => JSON.parse(text)).find((event) => event.type === type)?.time
}

describe('an advance of the clock', () => {
  it('fires what falls due on the way, each aggregate at its own time', async () => {
    const { now: start } = await deploymentClock().advance(0)
    const cartId = newId('crt')
    const cart = env.CART.getByName(cartId)
    await cart.execute(envelope(cartId, { type: 'CreateCart', currency: 'USD' }))
    await cart.execute(envelope(cartId, { type: 'AddItem', ...requestedLine('CLOCK', 1) }))
    await stock('CLOCK', 1)
    const inventory = env.INVENTORY.getByName('CLOCK')
    await inventory.execute(envelope('CLOCK', { type: 'ReserveInventory', orderId: 'o', quantity: 1 }))
    const address = env.EMAIL_ADDRESS.getByName('hash')
    const claim = { type: 'ClaimEmailAddress', customerId: 'c', since: start, until: plus(start, MINUTE) }
    await expect(address.execute(envelope('hash', claim))).resolves.toMatchObject({ ok: true })

    expect(await deploymentClock().advance(23 * HOUR)).toMatchObject({ now: plus(start, 23 * HOUR) })
    expect(await timeOf(address, 'customer.EmailAddressReleased')).toBe(plus(start, MINUTE))
    expect(await timeOf(inventory, 'inventory.ReservationExpired')).toBe(plus(start, 30 * MINUTE))
    expect(await timeOf(cart, 'cart.CartAbandoned')).toBeUndefined()

    await deploymentClock().advance(HOUR)
    expect(await timeOf(cart, 'cart.CartAbandoned')).toBe(plus(start, 24 * HOUR))
  })
  it.each([
    ['an unreadable row', ["UPDATE log SET body = 'damaged' WHERE version = 1"]],
    [
      'an invalid event',
      ["UPDATE log SET body = json_set(body, '$.events[0].data', json('{}')) WHERE version > 0"],
    ],
  ])('names an object that is broken (%s), keeps its timer, and wakes the others', async (_, damage) => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    const { now: start } = await deploymentClock().advance(0)
    const carts = await Promise.all(
      ['first', 'broken', 'last'].map(async () => {
        const id = newId('crt')
        const stub = env.CART.getByName(id)
        await stub.execute(envelope(id, { type: 'CreateCart', currency: 'USD' }))
        await stub.execute(envelope(id, { type: 'AddItem', ...requestedLine('BROKEN', 1) }))
        pass(SECOND)
        return { id, stub }
      }),
    )
    const [first, broken, last] = carts
    if (!first || !broken || !last) throw new Error('there are three')
    // The life that has read the log goes on with what it knows.
    await evictDurableObject(broken.stub)
    const saved = await runInDurableObject(broken.stub, (_, { storage: { sql } }) => {
      const rows = sql.exec('SELECT version, body FROM log').toArray()
      for (const statement of damage) sql.exec(statement)
      return rows
    })
    await evictDurableObject(broken.stub)

    const named = { failed: [{ kind: 'cart', id: broken.id, error: expect.any(String) }] }
    expect(await deploymentClock().advance(25 * HOUR)).toMatchObject({
      ...named,
      now: plus(start, 25 * HOUR + 3 * SECOND),
    })
    expect(await timeOf(first.stub, 'cart.CartAbandoned')).toBeDefined()
    expect(await timeOf(last.stub, 'cart.CartAbandoned')).toBeDefined()
    expect(await deploymentClock().advance(HOUR)).toMatchObject(named)

    await runInDurableObject(broken.stub, (_, { storage: { sql } }) => {
      for (const { version, body } of saved)
        sql.exec('UPDATE log SET body = ? WHERE version = ?', body ?? null, version ?? null)
    })
    await evictDurableObject(broken.stub)
    expect(await deploymentClock().advance(0)).toMatchObject({ failed: [] })
    expect(await timeOf(broken.stub, 'cart.CartAbandoned')).toBeDefined()
  })
  it('meets timers that were set by an answer on the way', async () => {
    const { now: start } = await deploymentClock().advance(0)
    await stock('HOLD', 1)
    const id = newId('ord')
    const order = env.ORDER.getByName(id)
    const command = orderOf(await register(), 'HOLD')
    const reply = await order.execute(envelope(id, command, { waitMilliseconds: 5_000 }))
    expect(reply).toMatchObject({ ok: true, view: { state: { status: 'awaiting_payment' } } })

    await deploymentClock().advance(29 * MINUTE)
    expect(await timeOf(order, 'order.OrderCancelled')).toBeUndefined()
    await deploymentClock().advance(HOUR)
    expect(await timeOf(order, 'order.OrderCancelled')).toBe(plus(start, 30 * MINUTE))
    // What follows from it has followed before the clock went on.
    const inventory = env.INVENTORY.getByName('HOLD')
    expect(await timeOf(inventory, 'inventory.InventoryReleased')).toBe(plus(start, 30 * MINUTE))
  })
  it('meets the next tries of what failed', async () => {
    const id = newId('pay')
    const payment = env.PAYMENT.getByName(id)
    const command = {
      type: 'ProcessPayment',
      orderId: newId('ord'),
      customerId: newId('cus'),
      amount: { amount: 500, currency: 'USD' },
      paymentMethod: 'pm_sandbox_timeout',
      attempt: 1,
      shippingCountry: 'US',
      failedTries: 0,
    }
    await payment.execute(envelope(id, command))
    await clock.settled()
    // Requested and screened; the answer to the charge is lost.
    expect(await payment.read({})).toMatchObject({ version: 2, state: { status: 'requested' } })
    await deploymentClock().advance(10 * SECOND)
    expect(await payment.read({})).toMatchObject({ version: 3, state: { status: 'processed' } })
  })
  it('lasts through an eviction and in an isolate that has not read it', async () => {
    const { now: before } = await deploymentClock().advance(HOUR)
    await evictAllDurableObjects()
    clock.setOffset(0)
    pass(6 * SECOND)
    const id = newId('crt')
    const cart = env.CART.getByName(id)
    const reply = await cart.execute(envelope(id, { type: 'CreateCart', currency: 'USD' }))
    expect(reply).toMatchObject({ ok: true, view: { createdAt: plus(before, 6 * SECOND) } })
    expect(await deploymentClock().advance(0)).toMatchObject({ now: plus(before, 6 * SECOND) })
  })
})

describe('what an advance waits for', () => {
  it('is each effect that is under way', async () => {
    vi.useFakeTimers()
    const finished = clock.started()
    let settled = false
    const settling = clock.settled().then(() => {
      settled = true
    })
    // Longer than it would take, if nothing ran.
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(settled).toBe(false)
    finished()
    await vi.advanceTimersByTimeAsync(SECOND)
    expect(settled).toBe(true)
    await settling
  })
  it('does not wait for an effect of an evicted object, which never ends', async () => {
    clock.started()
    pass(36 * SECOND)
    await clock.settled()
  })
})

describe('the clock of a deployment', () => {
  it('can be moved in development only, and not where it follows the system', async () => {
    expect(isClockAdjustable({ ENVIRONMENT: 'development' })).toBe(true)
    expect(isClockAdjustable({ ENVIRONMENT: 'development', CLOCK_MODE: 'system' })).toBe(false)
    expect(isClockAdjustable({ ENVIRONMENT: 'production', CLOCK_MODE: 'adjustable' })).toBe(false)
    expect(isClockAdjustable({})).toBe(false)
  })
  it('is the platform’s in production', async () => {
    await deploymentClock().advance(HOUR)
    clock.setOffset(0)
    pass(6 * SECOND)
    await clock.sync({ ...env, ENVIRONMENT: 'production' })
    expect(clock.now()).toBe(instantOf(Date.now()))
  })
})
