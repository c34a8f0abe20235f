import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { register } from '../../durable-objects/checkout.fixture.ts'
import { buyer, operator, product, promotion, type Sender, send, usd } from './promotions.fixture.ts'

const guest: Sender = null

/** A cart with two of a product at 20.00. */
async function cartOf(owner: Sender) {
  const sku = await product(2_000)
  const { body } = await send(owner, 'POST', '/carts', {})
  const path = `/carts/${body.id}`
  await send(owner, 'POST', `${path}/items`, { sku, quantity: 2 })
  return { sku, path, id: body.id }
}
function apply(owner: Sender, path: string, code: string) {
  return send(owner, 'POST', `${path}/promotions`, { code })
}

describe('a code in a cart', () => {
  it('is quoted, and the quote is marked when the lines change', async () => {
    const { path, sku } = await cartOf(guest)
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 } })
    expect((await apply(guest, path, code)).body).toMatchObject({
      promotions: [{ code, discount: usd(400), outdated: false }],
    })
    await send(guest, 'PATCH', `${path}/items/${sku}`, { quantity: 1 })
    expect((await send(guest, 'GET', path)).body).toMatchObject({
      promotions: [{ code, discount: usd(400), outdated: true }],
    })
    expect((await apply(guest, path, code)).body).toMatchObject({
      promotions: [{ code, discount: usd(200), outdated: false }],
    })
  })
  it('brings the decision of its promotion along', async () => {
    const { path } = await cartOf(guest)
    const conditions = { minimumSpend: usd(4_000) }
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 }, conditions })
    await apply(guest, path, code)
    const { body } = await send(guest, 'GET', `${path}/events`)
    expect(body).toMatchObject({
      data: [
        { type: 'cart.CartCreated' },
        { type: 'cart.ProductAddedToCart' },
        {
          type: 'cart.PromotionApplied',
          data: {
            decisions: [{ policy: 'promotionEligibilityPolicy', rules: ['minimum_spend', 'wrong_currency'] }],
          },
        },
      ],
    })
  })
})

describe('quoteCart', () => {
  it('prices the cart as an order would be, and says why a code does not apply any more', async () => {
    const { path, sku, id } = await cartOf(guest)
    const bundle = await promotion({ kind: 'buy_x_get_y', value: { buy: 1, get: 1 } })
    const ten = await promotion({ kind: 'percentage', value: { percent: 10 } })
    await apply(guest, path, bundle.code)
    await apply(guest, path, ten.code)
    const both = (await send(guest, 'GET', `${path}/quote`)).body
    expect(both).toMatchObject({
      ...{ cartId: id, version: 4, subtotal: usd(4_000), total: usd(2_000), points: null },
      ...{ unavailable: [], priceChanges: [] },
      lines: [{ sku, quantity: 2, unitPrice: usd(2_000), discount: usd(2_000), total: usd(2_000) }],
      discounts: [{ source: 'product_promotion', code: bundle.code, amount: usd(2_000) }],
      promotions: [
        { code: bundle.code, applied: true, reasons: [] },
        { code: ten.code, applied: false, reasons: ['not_combinable'], beatenBy: [bundle.code] },
      ],
    })
    await send(guest, 'PATCH', `${path}/items/${sku}`, { quantity: 1 })
    expect((await send(guest, 'GET', `${path}/quote`)).body).toMatchObject({
      total: usd(1_800),
      promotions: [
        { code: bundle.code, applied: false, reasons: ['no_matching_product'], beatenBy: [] },
        { code: ten.code, applied: true, reasons: [] },
      ],
    })
  })
  it('tells of prices that have changed, and of products that are gone', async () => {
    const { path, sku } = await cartOf(guest)
    const gone = await product(100)
    await send(guest, 'POST', `${path}/items`, { sku: gone, quantity: 1 })
    await send(operator, 'POST', `/products/${sku}/price`, { price: usd(1_500) })
    await send(operator, 'POST', `/products/${gone}/discontinue`, {})
    expect((await send(guest, 'GET', `${path}/quote`)).body).toMatchObject({
      lines: [{ sku, unitPrice: usd(1_500) }],
      unavailable: [gone],
      priceChanges: [{ sku, from: usd(2_000), to: usd(1_500) }],
      total: usd(3_000),
    })
  })
  it('tells a customer of the points that there are, and of offers that the cart does not carry', async () => {
    const owner = await buyer()
    const { path } = await cartOf(owner)
    const quote = async () => (await send(owner, 'GET', `${path}/quote`)).body
    await expect.poll(async () => (await quote()).offers, { timeout: 5_000 }).toHaveLength(1)
    const { offers, ...quoted } = await quote()
    expect(quoted).toMatchObject({ points: { available: 0, minimum: 100, maximum: 0 }, promotions: [] })
    const [offer] = z.array(z.object({ code: z.string(), discount: z.unknown() })).parse(offers)
    // The welcome promotion: ten percent off a first order.
    expect(offer?.discount).toEqual(usd(400))
    await apply(owner, path, offer?.code ?? '')
    expect(await quote()).toMatchObject({
      offers: [],
      promotions: [{ code: offer?.code, applied: true }],
      total: usd(3_600),
    })
  })
  it('is for the owner alone, and for carts that are open', async () => {
    const owner: Sender = [await register(), 'customer']
    const { path } = await cartOf(owner)
    expect(await send(guest, 'GET', `${path}/quote`)).toMatchObject({
      status: 404,
      body: { code: 'cart_not_found' },
    })
    const from = await cartOf(guest)
    await send(owner, 'POST', `${path}/merge`, { fromCartId: from.id })
    await expect
      .poll(async () => (await send(guest, 'GET', `${from.path}/quote`)).status, { timeout: 5_000 })
      .toBe(409)
  })
})

describe('mergeCarts', () => {
  it("takes a guest's lines into the customer's cart, and never the other way round", async () => {
    const customer = await buyer()
    const theirs = await cartOf(customer)
    const guests = await cartOf(guest)
    expect(await send(customer, 'POST', `${guests.path}/merge`, { fromCartId: theirs.id })).toMatchObject({
      status: 422,
      body: { code: 'cart_not_mergeable' },
    })
    expect(await send(customer, 'POST', `${theirs.path}/merge`, { fromCartId: guests.id })).toMatchObject({
      status: 200,
      body: { lines: [{ sku: theirs.sku }, { sku: guests.sku }] },
    })
  })
})

describe('checkOutCart', () => {
  it('takes a corrected request after a refusal, with no key on either', async () => {
    const customer = await buyer()
    const { path, sku } = await cartOf(customer)
    await send(operator, 'POST', `/inventory/${sku}/stock`, { set: 5 })
    const shippingAddress = {
      ...{ name: 'Ada', line1: '1 Main St', city: 'Springfield', postalCode: '62701', country: 'US' },
    }
    const checkOut = (body: object) =>
      send(customer, 'POST', `${path}/checkout`, { shippingAddress, paymentMethod: 'pm_card_visa', ...body })
    expect(await checkOut({ promotionCodes: ['NO-SUCH-CODE'] })).toMatchObject({
      status: 409,
      body: { code: 'promotion_refused' },
    })
    expect(await checkOut({ redeemPoints: 100 })).toMatchObject({ body: { code: 'points_unavailable' } })
    const ordered = await checkOut({})
    expect(ordered).toMatchObject({ status: 201, body: { lines: [{ sku, quantity: 2 }] } })
    // One cart is one order, however often.
    expect(await checkOut({})).toMatchObject({ status: 201, body: { id: ordered.body.id } })
  })
})
