import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { orderOf, register, stock } from '../../durable-objects/checkout.fixture.ts'
import { envelope, eventually } from '../../durable-objects/lives.fixture.ts'
import { newId } from '../../shared/core/ids.ts'
import { toCustomer } from '../../shared/customer/commands.ts'
import { type DeliveryCommand, toDelivery } from '../../shared/delivery/commands.ts'
import { reviewIdOf, toReview } from '../../shared/review/commands.ts'
import { project } from '../read-models/project.ts'
import { customers } from './resources/customer.ts'
import { deliveries } from './resources/delivery.ts'
import { orders } from './resources/order.ts'
import { reviews } from './resources/review.ts'

/** Places an order that is paid and has its delivery, and lets the list of orders know of it. */
async function placed(customerId: string, sku: string): Promise<{ id: string; deliveryId: string }> {
  const id = newId('ord')
  const command = orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' })
  const options = { commandId: 'buy', waitMilliseconds: 10_000 }
  expect(await orders.object(env, id).execute(envelope(id, command, options))).toMatchObject({ ok: true })
  const deliveryId = (await orders.object(env, id).read({}))?.state.deliveries[0]?.id ?? ''
  expect(await project(env, [{ kind: 'order', id }])).toEqual([])
  return { id, deliveryId }
}

async function arrives({ id, deliveryId }: { id: string; deliveryId: string }): Promise<void> {
  const steps: DeliveryCommand[] = [
    { type: 'StartDelivery', trackingNumber: 'T1' },
    { type: 'CompleteDelivery', receivedBy: 'Ada' },
    { type: 'ConfirmDelivery', by: 'customer' },
  ]
  for (const step of steps) {
    const { to, command } = toDelivery(deliveryId, step)
    expect(await deliveries.object(env, to.id).execute(envelope(to.id, command))).toMatchObject({ ok: true })
  }
  await eventually(async () =>
    expect(await orders.object(env, id).read({})).toMatchObject({ state: { status: 'completed' } }),
  )
}

/** Everything that an aggregate's history tells. */
async function told(object: { history(page: { after: number; limit: number }): Promise<string[]> }) {
  return (await object.history({ after: 0, limit: 100 })).join('\n')
}

async function tell(customerId: string, type: 'EraseCustomer' | 'SweepPersonalData') {
  const { to, command } = toCustomer(customerId, { type })
  expect(await customers.object(env, to.id).execute(envelope(to.id, command))).toMatchObject({ ok: true })
}

const sweepOf = async (customerId: string) =>
  (await customers.object(env, customerId).history({ after: 0, limit: 100 }))
    .map((event) => JSON.parse(event))
    .filter(({ type }) => type === 'customer.PersonalDataSwept')
    .map(({ data }) => data)

describe('an erasure', () => {
  it('reaches orders, deliveries, reviews and mails; what is under way follows once it has arrived', async () => {
    const customerId = await register()
    await stock('GONE', 5)
    const [done, open] = [await placed(customerId, 'GONE'), await placed(customerId, 'GONE')]
    await arrives(done)
    const reviewId = reviewIdOf(done.id, 'GONE')
    const submit = toReview(reviewId, {
      ...{ type: 'SubmitReview', orderId: done.id, customerId, sku: 'GONE', rating: 4 },
      ...{ text: 'Ada likes it.', ordered: true, delivered: true },
    })
    expect(await reviews.object(env, reviewId).execute(envelope(reviewId, submit.command))).toMatchObject({
      ok: true,
    })
    const mails = () =>
      env.DATABASE.prepare('SELECT count(*) AS count FROM mailbox WHERE recipient = ?')
        .bind(`${customerId}@example.com`)
        .first('count')
    await eventually(async () => expect(await mails()).toBeGreaterThan(0))

    await tell(customerId, 'EraseCustomer')
    await eventually(async () => expect(await sweepOf(customerId)).toEqual([{ erased: 1, open: 1 }]))
    expect(await told(customers.object(env, customerId))).not.toMatch(/Ada|@example/)
    expect(await told(orders.object(env, done.id))).not.toMatch(/Ada|Main St/)
    expect(await told(deliveries.object(env, done.deliveryId))).not.toMatch(/Ada|Main St/)
    expect(await told(reviews.object(env, reviewId))).not.toMatch(/Ada/)
    expect(await mails()).toBe(0)
    expect(await told(orders.object(env, open.id))).toMatch(/Main St/)

    await arrives(open)
    await tell(customerId, 'SweepPersonalData')
    await eventually(async () => expect(await sweepOf(customerId)).toContainEqual({ erased: 2, open: 0 }))
    expect(await told(orders.object(env, open.id))).not.toMatch(/Ada|Main St/)
    expect(await told(deliveries.object(env, open.deliveryId))).not.toMatch(/Ada|Main St/)
  })
})
