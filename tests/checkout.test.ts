import { beforeAll, describe, expect, inject, it } from 'vitest'
import { Api, eventually } from './support/api.ts'
import { type Buyer, orderView, Shop } from './support/shop.ts'

let shop: Shop
let buyer: Buyer

beforeAll(async () => {
  shop = new Shop(await Api.connect(inject('serverUrl')))
  buyer = await shop.buyer()
})

describe('an order without trouble', () => {
  it('comes back confirmed, with stock committed, payment processed and delivery scheduled', async () => {
    const sku = await shop.product({ price: 1_999, stock: 5 })
    const order = await shop.placed(buyer, sku)
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'paid', fulfilmentStatus: 'scheduled' })
    expect(order.total).toEqual({ amount: 1_999, currency: 'USD' })
    expect(await shop.stock(sku)).toMatchObject({ onHand: 4, reserved: 0, available: 4 })
    const [paymentId = ''] = order.payments
    expect(await shop.payment(paymentId)).toMatchObject({ status: 'processed' })
    const [deliveryId = ''] = order.deliveries
    const { body } = await shop.api.send('GET', `/deliveries/${deliveryId}`)
    expect(body).toMatchObject({ status: 'scheduled', orderId: order.id })
    await shop.mail(buyer.email, 'order_confirmed')
  })

  it('becomes delivered and completed, and rewards the customer', async () => {
    const shopper = await shop.buyer()
    const order = await shop.placed(shopper, await shop.product({ price: 54_000 }))
    const [deliveryId] = order.deliveries
    await shop.api.send('POST', `/deliveries/${deliveryId}/start`, { body: {} })
    await shop.orderOnce(order.id, ({ status }) => status === 'shipped')
    await shop.api.send('POST', `/deliveries/${deliveryId}/complete`, { body: {} })
    await shop.orderOnce(order.id, ({ status }) => status === 'delivered')
    await shop.api.send('POST', `/deliveries/${deliveryId}/confirm`, { token: shopper.token, body: {} })
    await shop.orderOnce(order.id, ({ status }) => status === 'completed')
    const read = () => shop.api.send('GET', `/customers/${shopper.id}`)
    const customer = await eventually(read, ({ body }) => JSON.stringify(body).includes('"tier":"silver"'))
    // Earned at the tier that the order was paid at: bronze, 1 %.
    expect(customer.body).toMatchObject({ loyalty: { tier: 'silver', points: { available: 540 } } })
  })

  it('accepts an order that costs nothing without a payment', async () => {
    const code = await shop.promotion({ value: { percent: 100 } })
    const order = await shop.placed(buyer, await shop.product(), { promotionCodes: [code] })
    expect(order).toMatchObject({ status: 'confirmed', paymentStatus: 'not_required', payments: [] })
  })

  it('prices the promotion and shows the breakdown', async () => {
    const code = await shop.promotion()
    const order = await shop.placed(buyer, await shop.product({ price: 1_995 }), { promotionCodes: [code] })
    expect(order.discounts).toEqual([
      { source: 'order_promotion', code, amount: { amount: 200, currency: 'USD' } },
    ])
    expect(order.total.amount).toBe(1_795)
    expect(order.promotions).toEqual([{ code, applied: true }])
  })
})

describe('when a promotion refuses', () => {
  it('refuses the order at once, with the reason', async () => {
    const code = await shop.promotion({
      conditions: { minimumSpend: { amount: 1_000_000, currency: 'USD' } },
    })
    const lines = [{ sku: await shop.product(), quantity: 1 }]
    const { status, body } = await shop.order(buyer, { lines, promotionCodes: [code] })
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'promotion_refused', promotions: [{ code, reason: 'minimum_spend' }] })
  })

  it('continues without it on request', async () => {
    const order = await shop.placed(buyer, await shop.product(), {
      promotionCodes: ['NO-SUCH-CODE'],
      skipInvalidPromotions: true,
    })
    expect(order.status).toBe('confirmed')
    expect(order.promotions).toEqual([{ code: 'NO-SUCH-CODE', applied: false, reason: 'unknown_code' }])
  })
})

describe('when stock is short', () => {
  it('cancels the order, names what is short, and releases what was held and claimed', async () => {
    const [plenty, short] = (
      await Promise.all([shop.product({ stock: 10 }), shop.product({ stock: 1 })])
    ).sort()
    const scarce = (await shop.stock(short ?? '')).available === 1 ? short : plenty
    const code = await shop.promotion({ usageLimit: 1 })
    const { body } = await shop.order(buyer, {
      lines: [
        { sku: plenty, quantity: 2 },
        { sku: short, quantity: 2 },
      ],
      promotionCodes: [code],
    })
    const order = orderView.parse(body)
    expect(order.status).toBe('cancelled')
    expect(order.cancellation).toMatchObject({ reason: 'out_of_stock' })
    expect(order.cancellation?.detail).toContain(scarce)
    for (const sku of [plenty, short])
      await eventually(
        () => shop.stock(sku ?? ''),
        ({ reserved }) => reserved === 0,
      )
    const again = await eventually(
      () => shop.order(buyer, { lines: [{ sku: plenty, quantity: 1 }], promotionCodes: [code] }),
      ({ status }) => status === 201,
    )
    expect(again.body).toMatchObject({ promotions: [{ code, applied: true }] })
    const types = (await shop.history('inventory', scarce ?? '')).map(({ type }) => type)
    expect(types).toContain('inventory.InventoryInsufficient')
  })

  it('sums the quantities of one SKU over the lines', async () => {
    const sku = await shop.product({ stock: 5 })
    const lines = [
      { sku, quantity: 3 },
      { sku, quantity: 3 },
    ]
    const { body } = await shop.order(buyer, { lines })
    expect(orderView.parse(body).cancellation).toMatchObject({ reason: 'out_of_stock' })
    expect(await shop.stock(sku)).toMatchObject({ onHand: 5, available: 5 })
  })
})

describe('when the payment fails', () => {
  it.each([
    ['pm_card_chargeDeclined', 'card_declined'],
    ['pm_card_chargeDeclinedInsufficientFunds', 'insufficient_funds'],
    ['pm_card_authenticationRequired', 'authentication_required'],
    ['pm_card_radarBlock', 'fraud_blocked'],
  ])(
    '%s leaves the order awaiting payment, with the stock on hold, until another method pays',
    async (method, code) => {
      const sku = await shop.product({ stock: 3 })
      const order = await shop.placed(buyer, sku, { paymentMethod: method })
      expect(order).toMatchObject({ status: 'awaiting_payment', paymentStatus: 'failed' })
      expect(await shop.payment(order.payments[0] ?? '')).toMatchObject({
        status: 'failed',
        failure: { code },
      })
      expect(await shop.stock(sku)).toMatchObject({ onHand: 3, reserved: 1, available: 2 })
      const paid = await shop.api.send('POST', `/orders/${order.id}/payments`, {
        token: buyer.token,
        body: { paymentMethod: 'pm_card_visa' },
        headers: { Prefer: 'wait=10' },
      })
      expect(paid.status).toBe(200)
      expect(paid.body).toMatchObject({ status: 'confirmed', paymentStatus: 'paid' })
      expect(await shop.stock(sku)).toMatchObject({ onHand: 2, reserved: 0 })
    },
  )

  it('releases the stock and cancels when the hold ends unpaid', async () => {
    const sku = await shop.product({ stock: 3 })
    const code = await shop.promotion({ usageLimit: 1 })
    const order = await shop.placed(buyer, sku, {
      paymentMethod: 'pm_card_chargeDeclined',
      promotionCodes: [code],
    })
    await shop.advance('PT31M')
    const ended = await shop.orderOnce(order.id, ({ status }) => status === 'cancelled')
    expect(ended.cancellation).toMatchObject({ reason: 'payment_failed' })
    await eventually(
      () => shop.stock(sku),
      ({ available }) => available === 3,
    )
    const again = await shop.placed(buyer, sku, { promotionCodes: [code] })
    expect(again.promotions).toEqual([{ code, applied: true }])
  })

  it('allows five tries an hour', async () => {
    const order = await shop.placed(buyer, await shop.product(), { paymentMethod: 'pm_card_chargeDeclined' })
    const pay = () =>
      shop.api.send('POST', `/orders/${order.id}/payments`, {
        token: buyer.token,
        body: { paymentMethod: 'pm_card_chargeDeclined' },
        headers: { Prefer: 'wait=10' },
      })
    for (let attempt = 2; attempt <= 5; attempt += 1) expect((await pay()).status).toBe(200)
    const { status, body } = await pay()
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'payment_tries_exceeded' })
  })
})

describe('when the gateway times out', () => {
  it('retries under the same key until the outcome is known, and charges once', async () => {
    const order = await shop.placed(buyer, await shop.product(), { paymentMethod: 'pm_sandbox_timeout' })
    const settled = await shop.orderOnce(order.id, ({ status }) => status === 'confirmed')
    expect(settled.payments).toHaveLength(1)
    const types = (await shop.history('payments', settled.payments[0] ?? '')).map(({ type }) => type)
    expect(types).toEqual(['payment.PaymentRequested', 'payment.PaymentScreened', 'payment.PaymentProcessed'])
  })
})

describe('when a hold nears its end as a payment starts', () => {
  it('restarts the hold', async () => {
    const sku = await shop.product({ stock: 1 })
    const order = await shop.placed(buyer, sku, { paymentMethod: 'pm_card_chargeDeclined' })
    await shop.advance('PT20M')
    const pay = (paymentMethod: string) =>
      shop.api.send('POST', `/orders/${order.id}/payments`, {
        token: buyer.token,
        body: { paymentMethod },
        headers: { Prefer: 'wait=10' },
      })
    expect((await pay('pm_card_chargeDeclined')).body).toMatchObject({ status: 'awaiting_payment' })
    await shop.advance('PT20M')
    expect((await pay('pm_card_visa')).body).toMatchObject({ status: 'confirmed' })
    expect(await shop.stock(sku)).toMatchObject({ onHand: 0, reserved: 0 })
  })
})

describe('cancelling', () => {
  const cancel = (id: string, token: string) =>
    shop.api.send('POST', `/orders/${id}/cancel`, { token, body: { reason: 'changed my mind' } })

  it('before the charge releases the stock and the claims', async () => {
    const sku = await shop.product({ stock: 2 })
    const order = await shop.placed(buyer, sku, { paymentMethod: 'pm_card_chargeDeclined' })
    const { status, body } = await cancel(order.id, buyer.token)
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: 'cancelled', cancellation: { reason: 'changed my mind' } })
    await eventually(
      () => shop.stock(sku),
      ({ available }) => available === 2,
    )
  })

  it('after the charge cancels the delivery, restocks and refunds in full', async () => {
    const sku = await shop.product({ stock: 2, price: 3_000 })
    const order = await shop.placed(buyer, sku)
    expect((await cancel(order.id, buyer.token)).body).toMatchObject({ status: 'cancelled' })
    await shop.orderOnce(order.id, ({ paymentStatus }) => paymentStatus === 'refunded')
    await eventually(
      () => shop.stock(sku),
      ({ onHand, available }) => onHand === 2 && available === 2,
    )
    const { body } = await shop.api.send('GET', `/deliveries/${order.deliveries[0]}`)
    expect(body).toMatchObject({ status: 'cancelled' })
    expect(await shop.payment(order.payments[0] ?? '')).toMatchObject({
      status: 'refunded',
      refunded: { amount: 3_000, currency: 'USD' },
    })
    await shop.mail(buyer.email, 'order_refunded')
  })

  it('is refused once the order has been shipped', async () => {
    const order = await shop.placed(buyer, await shop.product())
    await shop.api.send('POST', `/deliveries/${order.deliveries[0]}/start`, { body: {} })
    // At once, whether the order has heard of the start or not.
    const { status, body } = await cancel(order.id, buyer.token)
    expect(status).toBe(409)
    expect(body).toMatchObject({ code: 'order_shipped' })
    await shop.orderOnce(order.id, (now) => now.status === 'shipped')
  })
})

describe('when a delivery fails permanently', () => {
  it('returns the order: refund and restock', async () => {
    const sku = await shop.product({ stock: 4 })
    const order = await shop.placed(buyer, sku)
    const [deliveryId] = order.deliveries
    await shop.api.send('POST', `/deliveries/${deliveryId}/start`, { body: {} })
    for (let attempt = 1; attempt <= 3; attempt += 1)
      await shop.api.send('POST', `/deliveries/${deliveryId}/fail-attempt`, {
        body: { reason: 'nobody home' },
      })
    await shop.orderOnce(order.id, (now) => now.status === 'returned' && now.paymentStatus === 'refunded')
    await eventually(
      () => shop.stock(sku),
      ({ onHand }) => onHand === 4,
    )
    const types = (await shop.history('deliveries', deliveryId ?? '')).map(({ type }) => type)
    expect(types.at(-1)).toBe('delivery.DeliveryFailed')
  })
})
