import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { project } from '../../read-models/project.ts'
import { orderedMug } from '../delivery/routes.fixture.ts'
import { customer, operator, send } from '../http/request.fixture.ts'

const NOTE = 'He calls every day and shouts'

/** All doors through which an order can be looked at. */
async function seenBy(as: ReturnType<typeof customer>, paths: readonly string[]): Promise<string> {
  const answers = []
  for (const path of paths) {
    const { status, body } = await send('GET', path, { as })
    expect({ path, status }).toEqual({ path, status: 200 })
    answers.push(body)
  }
  return JSON.stringify(answers)
}

describe("an operator's note", () => {
  it('is not shown to the buyer: in an order, its versions, its history, the list, a payment, a delivery', async () => {
    const { orderId, customerId, id: deliveryId, order } = await orderedMug('NOTED')
    const cancelled = await send('POST', `/orders/${orderId}/cancel`, {
      as: operator,
      body: { reason: NOTE },
    })
    expect(cancelled).toMatchObject({ status: 200, body: { status: 'cancelled' } })
    await send('POST', `/customers/${customerId}/suspend`, { as: operator, body: { reason: NOTE } })
    const state = (await order.read({}))?.state ?? expect.fail()
    const version = cancelled.body.version
    expect(await project(env, [{ kind: 'order', id: orderId }])).toEqual([])
    const paths = [
      `/orders/${orderId}`,
      `/orders/${orderId}?version=${version}`,
      `/orders/${orderId}/events?limit=100`,
      `/orders?limit=100`,
      ...state.payments.flatMap(({ id }) => [`/payments/${id}`, `/payments/${id}/events?limit=100`]),
      `/deliveries/${deliveryId}`,
      `/deliveries/${deliveryId}/events?limit=100`,
      `/customers/${customerId}`,
      `/customers/${customerId}/events?limit=100`,
    ]
    expect(await seenBy(operator, paths)).toContain(NOTE)
    const seen = await seenBy(customer(customerId), paths)
    expect(seen).toContain('"reason":"operator"')
    expect(seen).not.toMatch(
      /shouts|paymentsInWindow|disposableEmail|fraudDetectionPolicy|failedTries|secretHash/,
    )
  })

  it('is not shown in a dry run, nor are secrets and fraud signals', async () => {
    const body = { email: 'dry.run@example.com', name: 'Ada' }
    const { body: preview } = await send('POST', '/customers?dryRun=true', { body })
    expect(JSON.stringify(preview)).toContain('CustomerRegistrationStarted')
    expect(JSON.stringify(preview)).not.toMatch(/secretHash|emailHash/)
  })

  it('is not shown after a refund or a rejected review', async () => {
    const { orderId, customerId, order } = await orderedMug('REFUNDED')
    const paymentId = (await order.read({}))?.state.payments[0]?.id ?? expect.fail()
    const refund = { reason: NOTE, amount: { amount: 1, currency: 'USD' } }
    expect(
      await send('POST', `/payments/${paymentId}/refunds`, { as: operator, body: refund }),
    ).toMatchObject({
      status: 200,
    })
    const paths = [
      `/payments/${paymentId}`,
      `/payments/${paymentId}/events?limit=100`,
      `/orders/${orderId}/events?limit=100`,
    ]
    expect(await seenBy(operator, paths)).toContain(NOTE)
    await eventually(async () =>
      expect(await seenBy(customer(customerId), paths)).toContain('PaymentRefunded'),
    )
    expect(await seenBy(customer(customerId), paths)).not.toContain(NOTE)
  })
})
