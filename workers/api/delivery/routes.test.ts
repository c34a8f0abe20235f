import { describe, expect, it } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { address } from '../../../shared/order/order.fixture.ts'
import { sandboxTrackingNumber } from '../../../shared/ports/sandbox/carrier.ts'
import { type Caller, customer, operator, send } from '../http/request.fixture.ts'
import { dispatch, historyOf, orderedMug, stateOf } from './routes.fixture.ts'

/** Sends an operation of a delivery. */
const post = (path: string, body: object, as: Caller = operator) =>
  send('POST', `/deliveries/${path}`, { as, body })

const elsewhere = {
  ...address,
  line1: '2 Side St',
  city: 'Juneau',
  region: 'AK',
  postalCode: '99801',
}

describe('another address', () => {
  it('is routed, promised and booked again, and the order is updated', async () => {
    const { id, customerId, order } = await orderedMug('ADDRESS-1')
    const before = await stateOf(id)
    const owner = customer(customerId)
    const { status, body } = await post(`${id}/address`, { address: elsewhere }, owner)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'scheduled', address: elsewhere, zone: 'domestic_remote' })
    expect(body).toMatchObject({ window: { to: (await stateOf(id)).promisedTo } })
    expect((await stateOf(id)).promisedTo > before.promisedTo).toBe(true)
    await eventually(async () => {
      expect((await stateOf(id)).booking).toMatchObject({ revision: 2 })
      expect((await order.read({}))?.state.shippingAddress).toEqual(elsewhere)
    })
    expect(await historyOf(id)).toEqual([
      'DeliveryScheduled',
      'CarrierAssigned',
      'CarrierBooked',
      'DeliveryAddressChanged',
      'CarrierAssigned',
      'CarrierBooked',
    ])
  })

  it('is refused in another country, to other customers, and once the parcel has left', async () => {
    const { id } = await orderedMug('ADDRESS-2')
    for (const abroad of [{ postalCode: 'M5V 3L9', country: 'CA' }, { country: 'AQ' }])
      expect(await post(`${id}/address`, { address: { ...address, ...abroad } })).toMatchObject({
        status: 409,
        body: { code: 'address_country_fixed', country: 'US' },
      })
    const stranger = customer(await register())
    expect(await post(`${id}/address`, { address: elsewhere }, stranger)).toMatchObject({
      status: 404,
      body: { code: 'delivery_not_found' },
    })
    await post(`${id}/start`, {})
    expect(await post(`${id}/address`, { address: elsewhere })).toMatchObject({
      status: 409,
      body: { code: 'delivery_started' },
    })
  })
})

describe('a start', () => {
  it('waits for the carrier to answer, and uses its tracking number', async () => {
    const { id } = await orderedMug('START-1')
    // Booked again: the carrier has not answered when the start is requested.
    await dispatch(id, {
      type: 'ChangeAddress',
      address: elsewhere,
      quote: { ...(await quoteOf(id)), zone: 'domestic_remote' },
    })
    expect(await post(`${id}/start`, {})).toMatchObject({
      status: 200,
      body: { status: 'started', trackingNumber: sandboxTrackingNumber(id) },
    })
  })
})

/** The terms of a delivery. */
async function quoteOf(id: string) {
  const { carrier, service, zone, price, promisedFrom, promisedTo } = await stateOf(id)
  return { carrier, service, zone, price, promisedFrom, promisedTo }
}

describe('a delivery as it is shown', () => {
  it('shows when it is expected, and no ids of the carrier’s news', async () => {
    const { id } = await orderedMug('SHOWN-1')
    await dispatch(id, { type: 'StartDelivery' })
    const newDate = '2099-01-05T18:00:00.000Z'
    const { body } = await post(`${id}/delay`, { reason: 'snow', newDate })
    expect(body).toMatchObject({
      expectedBy: newDate,
      window: { from: '2099-01-05T08:00:00.000Z', to: newDate },
      delays: [{ reason: 'snow' }],
    })
    expect(body).not.toHaveProperty('newsIds')
  })
})
