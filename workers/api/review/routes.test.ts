import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { orderOf, register, stock } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { reviewIdOf } from '../../../shared/review/commands.ts'
import { customer, send } from '../http/request.fixture.ts'
import { orders } from '../order/resource.ts'

/** An order of one mug; its parcel has arrived unless it has not been sent. */
async function order({ sku, arrived = true }: { sku: string; arrived?: boolean }) {
  const customerId = await register()
  await stock(sku, 5)
  const id = newId('ord')
  const object = orders.object(env, id)
  const create = orderOf(customerId, sku, { paymentMethod: 'pm_card_visa' })
  const reply = await object.execute(envelope(id, create, { commandId: 'buy', waitMilliseconds: 10_000 }))
  const deliveryId = (reply.ok ? reply.view.state.deliveries[0]?.id : undefined) ?? expect.fail()
  if (arrived) {
    const delivery = env.DELIVERY.getByName(deliveryId)
    await eventually(async () =>
      expect(await delivery.execute(envelope(deliveryId, { type: 'StartDelivery' }))).toMatchObject({
        ok: true,
      }),
    )
    await eventually(async () => expect((await object.read({}))?.state.status).toBe('shipped'))
    await delivery.execute(envelope(deliveryId, { type: 'CompleteDelivery' }))
    await eventually(async () => expect((await object.read({}))?.state.status).toBe('delivered'))
  }
  const buyer = customer(customerId)
  return { id, customerId, buyer, path: `/orders/${id}/reviews` }
}

describe('submitReview', () => {
  it('creates the review of what was delivered', async () => {
    const { id, buyer, path } = await order({ sku: 'MUG' })
    const body = { sku: 'MUG', rating: 5, text: 'Holds tea.' }
    const answer = await send('POST', path, { as: buyer, body })
    const reviewId = reviewIdOf(id, 'MUG')
    expect(answer).toMatchObject({
      status: 201,
      body: { id: reviewId, version: 1, orderId: id, ...body, status: 'submitted' },
    })
    expect(answer.headers.get('Location')).toBe(`/v1/reviews/${reviewId}`)
    expect(answer.headers.get('ETag')).toBe('"1"')
    expect(answer.body).not.toHaveProperty('customerId')

    const read = await send('GET', `/reviews/${reviewId}`, { as: buyer })
    expect(read).toMatchObject({ status: 200, body: answer.body })
    const history = await send('GET', `/reviews/${reviewId}/events`, { as: ['ann', 'operator'] })
    expect(history.body).toMatchObject({ data: [{ type: 'review.ReviewSubmitted', data: { rating: 5 } }] })
  })
  it('is answered the same again under its key, and refused under another', async () => {
    const { buyer, path } = await order({ sku: 'CUP' })
    const body = { sku: 'CUP', rating: 3 }
    const once = { as: buyer, body, headers: { 'Idempotency-Key': 'one' } }
    const first = await send('POST', path, once)
    const again = await send('POST', path, once)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    expect(await send('POST', path, { as: buyer, body })).toMatchObject({
      status: 409,
      body: { code: 'review_exists', reviewId: first.body.id },
    })
  })
  it('is refused for what has not arrived, and for what is not in the order', async () => {
    const { buyer, path } = await order({ sku: 'POT', arrived: false })
    expect(await send('POST', path, { as: buyer, body: { sku: 'POT', rating: 4 } })).toMatchObject({
      status: 409,
      body: { code: 'not_delivered' },
    })
    expect(await send('POST', path, { as: buyer, body: { sku: 'PAN', rating: 4 } })).toMatchObject({
      status: 422,
      body: { code: 'not_in_order' },
    })
  })
  it('is for the buyer alone, whatever else a caller may', async () => {
    const { id, path } = await order({ sku: 'JUG', arrived: false })
    const body = { sku: 'JUG', rating: 1 }
    const stranger = await register()
    expect(await send('POST', path, { as: [stranger, 'customer'], body })).toMatchObject({
      status: 404,
      body: { code: 'order_not_found' },
    })
    expect(await send('POST', path, { as: [stranger, 'customer', 'operator'], body })).toMatchObject({
      status: 404,
      body: { code: 'order_not_found' },
    })
    expect(await send('POST', path, { as: ['ann', 'operator'], body })).toMatchObject({ status: 403 })
    expect(await send('GET', `/reviews/${reviewIdOf(id, 'JUG')}`, { as: ['ann', 'operator'] })).toMatchObject(
      {
        status: 404,
        body: { code: 'review_not_found' },
      },
    )
  })
  it('is refused once the buyer is forgotten, though their token still holds', async () => {
    const { customerId, buyer, path } = await order({ sku: 'VASE' })
    const customer = env.CUSTOMER.getByName(customerId)
    expect(await customer.execute(envelope(customerId, { type: 'EraseCustomer' }))).toMatchObject({
      ok: true,
    })
    expect(await send('POST', path, { as: buyer, body: { sku: 'VASE', rating: 4 } })).toMatchObject({
      status: 409,
      body: { code: 'customer_not_active' },
    })
  })
  it('takes no card number for a text', async () => {
    const { buyer, path } = await order({ sku: 'TRAY', arrived: false })
    const body = { sku: 'TRAY', rating: 4, text: 'Bought with 4242 4242 4242 4242.' }
    expect(await send('POST', path, { as: buyer, body })).toMatchObject({
      status: 422,
      body: { code: 'card_number_rejected' },
    })
  })
  it('takes one to five stars', async () => {
    const { buyer, path } = await order({ sku: 'LID', arrived: false })
    expect(await send('POST', path, { as: buyer, body: { sku: 'LID', rating: 6 } })).toMatchObject({
      status: 422,
      body: { code: 'invalid_request', errors: [{ pointer: '/rating' }] },
    })
  })
})

describe('a review', () => {
  it('is for its buyer and operators to read by itself', async () => {
    const { id, buyer, path } = await order({ sku: 'BOWL' })
    await send('POST', path, { as: buyer, body: { sku: 'BOWL', rating: 2 } })
    const at = `/reviews/${reviewIdOf(id, 'BOWL')}`
    expect(await send('GET', at, { as: ['ann', 'operator'] })).toMatchObject({ status: 200 })
    expect(await send('GET', at, { as: [await register(), 'customer'] })).toMatchObject({
      status: 404,
      body: { code: 'review_not_found' },
    })
  })
  it('loses its words and keeps its stars when its buyer is forgotten', async () => {
    const { id, buyer, path } = await order({ sku: 'LAMP' })
    await send('POST', path, { as: buyer, body: { sku: 'LAMP', rating: 2, text: 'Too dim for Ada.' } })
    const reviewId = reviewIdOf(id, 'LAMP')
    const object = env.REVIEW.getByName(reviewId)
    await object.execute(envelope(reviewId, { type: 'ErasePersonalData' }))
    const read = await send('GET', `/reviews/${reviewId}`, { as: ['ann', 'operator'] })
    expect(read.body).toMatchObject({ rating: 2, status: 'submitted', version: 2 })
    expect(read.body).not.toHaveProperty('text')
    expect((await object.history({ after: 0, limit: 10 })).join()).not.toContain('dim')
  })
})
