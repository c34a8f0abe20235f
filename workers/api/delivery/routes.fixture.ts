import { env } from 'cloudflare:workers'
import { expect } from 'vitest'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'

/** The object of a delivery. */
export function deliveryOf(id: string) {
  return env.DELIVERY.getByName(id)
}

/** A delivery as it is now. */
export async function stateOf(id: string) {
  const view = await deliveryOf(id).read({})
  return view?.state ?? expect.fail(`there is no delivery ${id}`)
}

/** Dispatches a command that a delivery has to accept. */
export async function dispatch(id: string, command: object): Promise<void> {
  expect(await deliveryOf(id).execute(envelope(id, command))).toMatchObject({ ok: true })
}

/** The types of a delivery's events, in their order. */
export async function historyOf(id: string): Promise<string[]> {
  const events = await deliveryOf(id).history({ after: 0, limit: 100 })
  return events.map((text) => JSON.parse(text).type.replace('delivery.', ''))
}

/** A paid order of one mug with its delivery, which the carrier has booked. */
export async function orderedMug(sku: string) {
  const customerId = await register()
  await stock(sku, 5)
  const orderId = newId('ord')
  const order = env.ORDER.getByName(orderId)
  const create = orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' })
  const reply = await order.execute(envelope(orderId, create, { commandId: 'buy', waitMilliseconds: 10_000 }))
  const id = (reply.ok ? reply.view.state.deliveries[0]?.id : undefined) ?? expect.fail()
  await eventually(async () => expect((await stateOf(id)).booking).toBeDefined())
  return { id, orderId, customerId, order }
}
