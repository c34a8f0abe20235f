import { runDurableObjectAlarm, runInDurableObject } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { beforeEach, describe, expect, it } from 'vitest'
import { newId } from '../shared/core/ids.ts'
import { wanted } from '../shared/order/order.fixture.ts'
import { orderOf, register, stock } from './checkout.fixture.ts'
import { clock } from './clock.ts'
import { envelope, stopTime } from './lives.fixture.ts'

beforeEach(() => stopTime())

describe('costs', () => {
  it('x', async () => {
    const customerId = await register()
    await stock('COST', 10)
    const cartId = newId('crt')
    const cart = env.CART.get(env.CART.idFromName(cartId))
    await cart.execute(envelope(cartId, { type: 'CreateCart', currency: 'USD' }, { commandId: 'c0' }))
    await clock.settled()
    const meter = (stub: any) => runInDurableObject(stub, (i: any) => ({ ...i.meter }))
    const follow = async (stub: any) => {
      await runDurableObjectAlarm(stub)
      const { version } = await stub.read({})
      await stub.confirmPublished(Array.from({ length: version }, (_, i) => i + 1))
      console.log('alarm', await runInDurableObject(stub, async (_: any, s) => { const a = await s.storage.getAlarm(); return a && a - Date.now() }))
      return meter(stub)
    }
    console.log('cart0', await meter(cart), await follow(cart))
    await cart.execute(envelope(cartId, { type: 'AddItem', ...wanted('COST', 1) }, { commandId: 'c1' }))
    console.log('cart1', await meter(cart), await follow(cart))
    const inv = env.INVENTORY.get(env.INVENTORY.idFromName('COST'))
    console.log('inv0', await meter(inv), await follow(inv))
    const id = newId('ord')
    const order = env.ORDER.get(env.ORDER.idFromName(id))
    const reply = await order.execute(envelope(id, orderOf(customerId, 'COST', { cartId, paymentMethod: 'pm_card_visa' }), { commandId: 'o1', waitMilliseconds: 10_000 }))
    await clock.settled()
    const r: any = await order.read({})
    console.log((await order.history({after: 0, limit: 100})).map((t: string) => JSON.parse(t).type))
    const pay = env.PAYMENT.get(env.PAYMENT.idFromName(r.state.payments[0].id))
    const dlv = env.DELIVERY.get(env.DELIVERY.idFromName(r.state.deliveries[0].id))
    for (const [name, s] of Object.entries({ cart, order, inv, pay, dlv })) console.log(name, await meter(s), await follow(s), (await (s as any).read({})).version)
    expect(1).toBe(1)
  })
})
