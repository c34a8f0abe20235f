import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import type { Env } from '../../../durable-objects/env.ts'
import { newId } from '../../../shared/core/ids.ts'
import { sandboxTrackingNumber } from '../../../shared/ports/sandbox/carrier.ts'
import { app } from '../app.ts'
import { signatureHeader } from '../http/auth/signatures.ts'
import { deliveryOf, dispatch, historyOf, orderedMug, stateOf } from './routes.fixture.ts'

const secret = 'what-the-carrier-knows'

/** Sends a carrier's news, signed by default. */
async function post(
  news: object,
  {
    settings = { CARRIER_WEBHOOK_SECRET: secret },
    signed = secret,
  }: { settings?: object; signed?: string } = {},
) {
  const body = JSON.stringify(news)
  const context = createExecutionContext()
  const bindings: Env = { ...env, ...settings }
  const headers = {
    'Content-Type': 'application/json',
    'Petrel-Signature': signatureHeader(body, signed, Date.now()),
  }
  const response = await app.request(
    '/v1/webhooks/carrier',
    { method: 'POST', headers, body },
    bindings,
    context,
  )
  await waitOnExecutionContext(context)
  return { status: response.status, body: await response.json() }
}
const taken = { status: 200, body: { received: true } }

describe('news from a carrier', () => {
  it('is searched for card numbers in free text, and not in ids of other systems', async () => {
    const { id: deliveryId } = await orderedMug('NEWS-CARD')
    const news = { deliveryId, eventId: '4242424242424242', status: 'in_transit', place: 'Chicago' }
    expect(await post({ ...news, note: 'paid with 4242 4242 4242 4242' })).toMatchObject({
      status: 422,
      body: { code: 'card_number_rejected' },
    })
    expect(await post(news)).toEqual(taken)
  })
  it('tracks a parcel to its delivery, in any order and with duplicates', async () => {
    const { id: deliveryId, order } = await orderedMug('NEWS-1')
    const chicago = { deliveryId, eventId: 'n1', status: 'in_transit', place: 'Chicago' }
    const attempt = { deliveryId, eventId: 'n2', status: 'attempt_failed', reason: 'nobody home' }
    const arrived = { deliveryId, eventId: 'n3', status: 'delivered', receivedBy: 'Ada' }
    for (const news of [attempt, chicago, attempt, arrived, chicago, arrived, attempt])
      expect(await post(news)).toEqual(taken)
    expect((await historyOf(deliveryId)).slice(3)).toEqual([
      'DeliveryStarted',
      'DeliveryAttemptFailed',
      'DeliveryTracked',
      'DeliveryCompleted',
    ])
    const { trackingNumber, receivedBy } = await stateOf(deliveryId)
    expect({ trackingNumber, receivedBy }).toEqual({
      trackingNumber: sandboxTrackingNumber(deliveryId),
      receivedBy: 'Ada',
    })
    await eventually(async () => expect((await order.read({}))?.state.status).toBe('delivered'))
  })

  it('that is premature is refused, and accepted when it is sent again', async () => {
    const { id: deliveryId } = await orderedMug('NEWS-2')
    const back = { deliveryId, eventId: 'back', status: 'returning', place: 'Chicago' }
    expect(await post(back)).toMatchObject({ status: 409, body: { code: 'delivery_not_started' } })
    for (const eventId of ['a1', 'a2']) await post({ deliveryId, eventId, status: 'attempt_failed' })
    expect(await post(back)).toMatchObject({ status: 409, body: { code: 'delivery_not_failed' } })
    expect(await post({ deliveryId, eventId: 'a3', status: 'attempt_failed' })).toEqual(taken)
    expect(await post(back)).toEqual(taken)
    expect(await post(back)).toEqual(taken)
    expect(await stateOf(deliveryId)).toMatchObject({ status: 'returning', attempts: 3 })
    expect((await historyOf(deliveryId)).slice(-3)).toEqual([
      'DeliveryFailed',
      'DeliveryReturnStarted',
      'DeliveryTracked',
    ])
  })

  it('that is outdated is acknowledged without an event', async () => {
    const { id: deliveryId } = await orderedMug('NEWS-3')
    await dispatch(deliveryId, { type: 'CancelDelivery', reason: 'operator' })
    const before = await deliveryOf(deliveryId).read({})
    const late = { deliveryId, eventId: 'late', status: 'delayed', newDate: '2020-01-01T00:00:00+01:00' }
    expect(await post(late)).toEqual(taken)
    expect(await post({ ...late, status: 'delivered' })).toEqual(taken)
    expect(await deliveryOf(deliveryId).read({})).toEqual(before)
  })

  it('finds the parcel by the number of the sandbox, or by one in the lists', async () => {
    const { id } = await orderedMug('NEWS-4')
    const trackingNumber = sandboxTrackingNumber(id)
    expect(await post({ trackingNumber, eventId: 's1', status: 'in_transit', place: 'Boston' })).toEqual(
      taken,
    )
    expect(await stateOf(id)).toMatchObject({ status: 'started', tracking: [{ place: 'Boston' }] })

    const { id: other } = await orderedMug('NEWS-5')
    const foreign = { trackingNumber: '1Z-999-AA1', eventId: 'f1', status: 'delivered' }
    expect(await post(foreign)).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } })
    const item = JSON.stringify({ id: other, trackingNumber: foreign.trackingNumber })
    await env.DATABASE.prepare(
      'INSERT INTO deliveries (id, version, item) VALUES (?, 1, ?) ON CONFLICT (id) DO UPDATE SET item = excluded.item',
    )
      .bind(other, item)
      .run()
    expect(await post(foreign)).toEqual(taken)
    expect(await stateOf(other)).toMatchObject({ status: 'completed', trackingNumber: '1Z-999-AA1' })
  })

  it('is read only with a signature of the shared secret', async () => {
    const news = { deliveryId: newId('dlv'), eventId: 'n1', status: 'delivered' }
    expect(await post(news, { signed: 'another secret' })).toMatchObject({
      status: 401,
      body: { code: 'webhook_signature_invalid' },
    })
    expect(await post(news, { settings: { CARRIER_WEBHOOK_SECRET: '' } })).toMatchObject({
      status: 503,
      body: { code: 'not_configured' },
    })
    expect(await post(news)).toMatchObject({ status: 404, body: { code: 'delivery_not_found' } })
    expect(await post({ ...news, status: 'delayed' })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer: '/newDate' }] },
    })
  })
})
