import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { type Caller, operator, send } from '../http/request.fixture.ts'
import { buyer, product, promotion, usd } from '../promotion/routes.fixture.ts'

const guest: Caller = null

/** A cart with two of a product at 20.00. */
async function cartOf(owner: Caller) {
  const sku = await product(2_000)
  const { body } = await send('POST', '/carts', { as: owner, body: {} })
  const path = `/carts/${body.id}`
  await send('POST', `${path}/items`, { as: owner, body: { sku, quantity: 2 } })
  return { sku, path, id: body.id }
}
function apply(owner: Caller, path: string, code: string) {
  return send('POST', `${path}/promotions`, { as: owner, body: { code } })
}

describe('a guest who creates a cart', () => {
  const create = (headers: Record<string, string>, body: object = {}) =>
    send('POST', '/carts', { as: guest, body, headers: { 'CF-Connecting-IP': '192.0.2.7', ...headers } })
  const key = { 'Idempotency-Key': 'my-cart', 'User-Agent': 'one' }

  it('gets the same answer under the same key, and an id that does not follow from it', async () => {
    const first = await create(key)
    const again = await create(key)
    expect(again).toMatchObject({ status: 201, body: first.body })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
    // Version 7: random. Those that are derived from a key are of version 5.
    expect(first.body.id).toMatch(/^crt_.{8}-.{4}-7/)
    expect(await create(key, { currency: 'EUR' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    })
  })
  it('shares no keys with others, be it at the same address', async () => {
    const first = await create(key)
    for (const other of [
      { ...key, 'User-Agent': 'two' },
      { ...key, 'Accept-Language': 'de' },
      { ...key, 'CF-Connecting-IP': '192.0.2.8' },
    ]) {
      const answer = await create(other, { currency: 'EUR' })
      expect(answer).toMatchObject({ status: 201, body: { currency: 'EUR' } })
      expect(answer.body.id).not.toBe(first.body.id)
    }
  })
  it('makes one cart of many requests at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => create({ ...key, 'Idempotency-Key': 'at-once' })),
    )
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
  })
})

describe('a code in a cart', () => {
  it('is quoted, and the quote is marked when the lines change', async () => {
    const { path, sku } = await cartOf(guest)
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 } })
    expect((await apply(guest, path, code)).body).toMatchObject({
      promotions: [{ code, discount: usd(400), outdated: false }],
    })
    await send('PATCH', `${path}/items/${sku}`, { as: guest, body: { quantity: 1 } })
    expect((await send('GET', path, { as: guest })).body).toMatchObject({
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
    const { body } = await send('GET', `${path}/events`, { as: guest })
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
    const both = (await send('GET', `${path}/quote`, { as: guest })).body
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
    await send('PATCH', `${path}/items/${sku}`, { as: guest, body: { quantity: 1 } })
    expect((await send('GET', `${path}/quote`, { as: guest })).body).toMatchObject({
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
    await send('POST', `${path}/items`, { as: guest, body: { sku: gone, quantity: 1 } })
    await send('POST', `/products/${sku}/price`, { as: operator, body: { price: usd(1_500) } })
    await send('POST', `/products/${gone}/discontinue`, { as: operator, body: {} })
    expect((await send('GET', `${path}/quote`, { as: guest })).body).toMatchObject({
      lines: [{ sku, unitPrice: usd(1_500) }],
      unavailable: [gone],
      priceChanges: [{ sku, from: usd(2_000), to: usd(1_500) }],
      total: usd(3_000),
    })
  })
  it('tells a customer of the points that there are, and of offers that the cart does not carry', async () => {
    const owner = await buyer()
    const { path } = await cartOf(owner)
    const quote = async () => (await send('GET', `${path}/quote`, { as: owner })).body
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
    const owner: Caller = [await register(), 'customer']
    const { path } = await cartOf(owner)
    expect(await send('GET', `${path}/quote`, { as: guest })).toMatchObject({
      status: 404,
      body: { code: 'cart_not_found' },
    })
    const from = await cartOf(guest)
    await send('POST', `${path}/merge`, { as: owner, body: { fromCartId: from.id } })
    await expect
      .poll(async () => (await send('GET', `${from.path}/quote`, { as: guest })).status, { timeout: 5_000 })
      .toBe(409)
  })
})

describe('mergeCarts', () => {
  it("takes a guest's lines into the customer's cart, and never the other way round", async () => {
    const customer = await buyer()
    const theirs = await cartOf(customer)
    const guests = await cartOf(guest)
    expect(
      await send('POST', `${guests.path}/merge`, { as: customer, body: { fromCartId: theirs.id } }),
    ).toMatchObject({
      status: 422,
      body: { code: 'cart_not_mergeable' },
    })
    expect(
      await send('POST', `${theirs.path}/merge`, { as: customer, body: { fromCartId: guests.id } }),
    ).toMatchObject({
      status: 200,
      body: { lines: [{ sku: theirs.sku }, { sku: guests.sku }] },
    })
  })
})

describe('the merge of a cart', () => {
  const mergeOf = (as: Caller, path: string, fromCartId: string | undefined, more: object = {}) =>
    send('POST', `${path}/merge`, { as, body: { fromCartId }, ...more })
  const quantities = async (as: Caller, path: string) =>
    z
      .object({ lines: z.array(z.object({ sku: z.string(), quantity: z.int() })) })
      .parse((await send('GET', path, { as })).body).lines

  it('brings its codes along, and they have to be quoted anew', async () => {
    const customer = await buyer()
    const [theirs, guests] = [await cartOf(customer), await cartOf(guest)]
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 } })
    expect(await apply(guest, guests.path, code)).toMatchObject({ status: 200 })
    expect((await mergeOf(customer, theirs.path, guests.id)).body).toMatchObject({
      promotions: [{ code, outdated: true }],
    })
    expect((await send('GET', `${theirs.path}/quote`, { as: customer })).body).toMatchObject({
      promotions: [{ code, applied: true }],
    })
  })

  it('lands in one cart, whoever else merges it at the same time', async () => {
    const buyers = await Promise.all([buyer(), buyer(), buyer()])
    const guests = await cartOf(guest)
    const theirs = await Promise.all(buyers.map((one) => cartOf(one)))
    const answers = await Promise.all(
      theirs.map(({ path }, index) => mergeOf(buyers[index] ?? null, path, guests.id)),
    )
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409])
    const held = await Promise.all(
      theirs.map(async ({ path }, index) => quantities(buyers[index] ?? null, path)),
    )
    expect(held.flat().filter(({ sku }) => sku === guests.sku)).toEqual([{ sku: guests.sku, quantity: 2 }])
  })

  it('is the same again under its key and its If-Match, also when the cart has been changed since', async () => {
    const customer = await buyer()
    const [theirs, guests] = [await cartOf(customer), await cartOf(guest)]
    const headers = { 'Idempotency-Key': 'merge-once', 'If-Match': '"2"' }
    const first = await mergeOf(customer, theirs.path, guests.id, { headers })
    expect(first).toMatchObject({ status: 200, body: { lines: [{}, {}] } })
    await send('DELETE', `${theirs.path}/items/${guests.sku}`, { as: customer })
    const again = await mergeOf(customer, theirs.path, guests.id, { headers })
    expect(again).toMatchObject({ status: 200, body: first.body })
    expect(again.headers.get('Idempotent-Replayed')).toBe('true')
  })

  it('leaves a cart open that the other cannot take', async () => {
    const customer = await buyer()
    const [theirs, guests] = [await cartOf(customer), await cartOf(guest)]
    expect(await mergeOf(customer, theirs.path, guests.id, { headers: { 'If-Match': '"1"' } })).toMatchObject(
      { status: 412 },
    )
    const euros = await send('POST', '/carts', { as: customer, body: { currency: 'EUR' } })
    expect(await mergeOf(customer, `/carts/${euros.body.id}`, guests.id)).toMatchObject({
      status: 422,
      body: { code: 'wrong_currency' },
    })
    expect((await send('GET', guests.path)).body).toMatchObject({ status: 'open' })
    const preview = await send('POST', `${theirs.path}/merge?dryRun=true`, {
      as: customer,
      body: { fromCartId: guests.id },
    })
    expect(preview.body).toMatchObject({ events: [{ type: 'CartUpdated' }], refusal: null })
    expect((await send('GET', guests.path)).body).toMatchObject({ status: 'open' })
  })
})

describe('removePromotionFromCart', () => {
  it('takes a code off, however it is written, and not one that is not there', async () => {
    const { path } = await cartOf(guest)
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 } })
    await apply(guest, path, code)
    const remove = () => send('DELETE', `${path}/promotions/${code.toLowerCase()}`)
    expect(await remove()).toMatchObject({ status: 200, body: { promotions: [] } })
    expect(await remove()).toMatchObject({ status: 404, body: { code: 'promotion_not_in_cart' } })
  })
  it("is for the cart's owner alone", async () => {
    const owner = await buyer()
    const { path } = await cartOf(owner)
    const { code } = await promotion({ kind: 'percentage', value: { percent: 10 } })
    await apply(owner, path, code)
    expect(await send('DELETE', `${path}/promotions/${code}`)).toMatchObject({
      status: 404,
      body: { code: 'cart_not_found' },
    })
  })
})

describe('checkOutCart', () => {
  it('takes a corrected request after a refusal, with no key on either', async () => {
    const customer = await buyer()
    const { path, sku } = await cartOf(customer)
    await send('POST', `/inventory/${sku}/stock`, { as: operator, body: { set: 5 } })
    const shippingAddress = {
      ...{ name: 'Ada', line1: '1 Main St', city: 'Springfield', postalCode: '62701', country: 'US' },
    }
    const checkOut = (body: object) =>
      send('POST', `${path}/checkout`, {
        as: customer,
        body: { shippingAddress, paymentMethod: 'pm_card_visa', ...body },
      })
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

  it('leads all requests that come at once to one order', async () => {
    const customer = await buyer()
    const { path, sku } = await cartOf(customer)
    await send('POST', `/inventory/${sku}/stock`, { as: operator, body: { set: 5 } })
    const shippingAddress = {
      name: 'Ada',
      line1: '1 Main St',
      city: 'Springfield',
      postalCode: '62701',
      country: 'US',
    }
    const body = { shippingAddress, paymentMethod: 'pm_card_visa' }
    // Each begins a step later, so that some find the cart open and have it closed under their hands.
    const checkOut = async (_: unknown, steps: number) => {
      for (let step = 0; step < steps; step += 1) await send('GET', path, { as: customer })
      return send('POST', `${path}/checkout`, { as: customer, body })
    }
    const answers = await Promise.all(Array.from({ length: 12 }, checkOut))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
    expect(new Set(answers.map((answer) => answer.body.id)).size).toBe(1)
  })
})
