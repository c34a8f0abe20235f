import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { toCustomer } from '../../../shared/customer/commands.ts'
import { type DeliveryCommand, toDelivery } from '../../../shared/delivery/commands.ts'
import { reviewIdOf, toReview } from '../../../shared/review/commands.ts'
import { deliveries } from '../delivery/resource.ts'
import { orders } from '../order/resource.ts'
import { payments } from '../payment/resource.ts'
import { reviews } from '../review/resource.ts'
import { customers } from './resource.ts'

/** Places a paid order with its delivery; it is in no list yet. */
async function placed(customerId: string, sku: string): Promise<{ id: string; deliveryId: string }> {
  const id = newId('ord')
  const command = orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' })
  const options = { commandId: 'buy', waitMilliseconds: 10_000 }
  expect(await orders.object(env, id).execute(envelope(id, command, options))).toMatchObject({ ok: true })
  const deliveryId = (await orders.object(env, id).read({}))?.state.deliveries[0]?.id ?? ''
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

/** An aggregate's history as text. */
async function historyText(object: { history(page: { after: number; limit: number }): Promise<string[]> }) {
  return (await object.history({ after: 0, limit: 100 })).join('\n')
}

async function dispatch(customerId: string, type: 'EraseCustomer' | 'SweepPersonalData') {
  const { to, command } = toCustomer(customerId, { type })
  expect(await customers.object(env, to.id).execute(envelope(to.id, command))).toMatchObject({ ok: true })
}

const sweepOf = async (customerId: string) =>
  (await customers.object(env, customerId).history({ after: 0, limit: 100 }))
    .map((event) => JSON.parse(event))
    .filter(({ type }) => type === 'customer.PersonalDataSwept')
    .map(({ data }) => data)

describe('an erasure', () => {
  it('reaches orders, deliveries, reviews and mails; open orders follow once they have arrived', async () => {
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

    await dispatch(customerId, 'EraseCustomer')
    await eventually(async () => expect(await sweepOf(customerId)).toEqual([{ erased: 1, open: 1 }]))
    expect(await historyText(customers.object(env, customerId))).not.toMatch(/Ada|@example/)
    expect(await historyText(orders.object(env, done.id))).not.toMatch(/Ada|Main St/)
    expect(await historyText(deliveries.object(env, done.deliveryId))).not.toMatch(/Ada|Main St/)
    expect(await historyText(reviews.object(env, reviewId))).not.toMatch(/Ada/)
    expect(await mails()).toBe(0)
    expect(await historyText(orders.object(env, open.id))).toMatch(/Main St/)

    await arrives(open)
    await dispatch(customerId, 'SweepPersonalData')
    await eventually(async () => expect(await sweepOf(customerId)).toContainEqual({ erased: 2, open: 0 }))
    expect(await historyText(orders.object(env, open.id))).not.toMatch(/Ada|Main St/)
    expect(await historyText(deliveries.object(env, open.deliveryId))).not.toMatch(/Ada|Main St/)
  })

  it('reaches orders that are placed concurrently, and later ones', async () => {
    const customerId = await register()
    await stock('RACE', 50)
    // Each as if the API had read the customer before the erasure.
    const place = async () => {
      const id = newId('ord')
      await orders.object(env, id).execute(envelope(id, orderOf(customerId, 'RACE')))
      return id
    }
    const [before, at, , during] = await Promise.all([
      place(),
      place(),
      dispatch(customerId, 'EraseCustomer'),
      place(),
    ])
    const after = await place()
    for (const id of [before, at, during, after])
      await eventually(async () => {
        expect(await orders.object(env, id).read({})).toMatchObject({
          state: { status: 'cancelled', cancellation: { reason: 'customer_erased' } },
        })
        expect(await historyText(orders.object(env, id))).not.toMatch(/Ada|Main St/)
      })
  })

  it('removes notes of staff from a payment, and keeps its amounts', async () => {
    const customerId = await register()
    await stock('WORDS', 5)
    const order = await placed(customerId, 'WORDS')
    await arrives(order)
    const paymentId = (await orders.object(env, order.id).read({}))?.state.payments[0]?.id ?? expect.fail()
    const refund = { type: 'RefundPayment', refundId: 'r1', amount: 1, reason: 'Ada was rude' }
    expect(await payments.object(env, paymentId).execute(envelope(paymentId, refund))).toMatchObject({
      ok: true,
    })
    expect(await historyText(payments.object(env, paymentId))).toContain('Ada was rude')
    await dispatch(customerId, 'EraseCustomer')
    await eventually(async () =>
      expect(await historyText(payments.object(env, paymentId))).toContain('PaymentPersonalDataErased'),
    )
    expect(await historyText(payments.object(env, paymentId))).not.toContain('Ada')
    expect(await payments.object(env, paymentId).read({})).toMatchObject({
      state: { refunds: [{ refundId: 'r1', amount: 1 }] },
    })
  })
})
