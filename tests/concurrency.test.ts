import { randomUUID } from 'node:crypto'
import { beforeAll, describe, expect, inject, it } from 'vitest'
import { z } from 'zod'
import { Api, eventually } from './support/api.ts'
import { address, type Buyer, manyAtOnce, orderView, Shop } from './support/shop.ts'

let shop: Shop
let buyers: Buyer[]

beforeAll(async () => {
  shop = new Shop(await Api.connect(inject('serverUrl')))
  buyers = await manyAtOnce(50, () => shop.buyer(), 10)
}, 60_000)

describe('50 buyers at once', () => {
  it('share 20 units: 20 orders are confirmed, 30 cancelled, and stock is never below zero', async () => {
    const sku = await shop.product({ stock: 20 })
    const answers = await Promise.all(
      buyers.map((buyer) => shop.order(buyer, { lines: [{ sku, quantity: 1 }] })),
    )
    const orders = await Promise.all(
      answers.map(({ body }) =>
        shop.orderOnce(
          orderView.parse(body).id,
          ({ status }) => status === 'confirmed' || status === 'cancelled',
        ),
      ),
    )
    expect(orders.filter(({ status }) => status === 'confirmed')).toHaveLength(20)
    const cancelled = orders.filter(({ status }) => status === 'cancelled')
    expect(cancelled).toHaveLength(30)
    for (const { cancellation } of cancelled) expect(cancellation).toMatchObject({ reason: 'out_of_stock' })
    expect(await shop.stock(sku)).toMatchObject({ onHand: 0, reserved: 0, available: 0 })
    const levels = (await shop.history('inventory', sku)).flatMap(
      ({ data }) => z.looseObject({ available: z.int() }).safeParse(data).data?.available ?? [],
    )
    expect(Math.min(...levels)).toBe(0)
  }, 60_000)

  it('use a promotion limited to 10 exactly 10 times', async () => {
    const sku = await shop.product({ stock: 1_000 })
    const code = await shop.promotion({ usageLimit: 10 })
    const answers = await Promise.all(
      buyers.map((buyer) => shop.order(buyer, { lines: [{ sku, quantity: 1 }], promotionCodes: [code] })),
    )
    for (const { status } of answers) expect([201, 409]).toContain(status)
    const taken = answers.flatMap(({ body }) => orderView.safeParse(body).data ?? [])
    const orders = await Promise.all(
      taken.map(({ id }) =>
        shop.orderOnce(id, ({ status }) => status === 'confirmed' || status === 'cancelled'),
      ),
    )
    const confirmed = orders.filter(({ status }) => status === 'confirmed')
    expect(confirmed).toHaveLength(10)
    for (const order of confirmed) expect(order.promotions).toEqual([{ code, applied: true }])
    for (const order of orders.filter(({ status }) => status === 'cancelled'))
      expect(order.cancellation).toMatchObject({ reason: 'promotion_refused' })
    const uses = z.looseObject({ uses: z.int() })
    expect(await shop.api.ask(uses, 'GET', `/promotions/${code}`)).toMatchObject({ uses: 10 })
  }, 60_000)
})

describe('20 registrations of one address at once', () => {
  it('make one customer who can verify it, of the three who get a mail', async () => {
    const email = `Twin-${randomUUID()}@Example.com`
    const answers = await manyAtOnce(20, (index) =>
      shop.api.send('POST', '/customers', {
        token: '',
        body: { email: index % 2 ? email : email.toLowerCase(), name: 'Twin' },
      }),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(3)
    const refused = answers.filter(({ status }) => status === 429)
    expect(refused).toHaveLength(17)
    for (const { body } of refused) expect(body).toMatchObject({ code: 'rate_limited' })
    const mails = await eventually(
      () => shop.mails(email.toLowerCase(), 'verification'),
      (found) => found.length === 3,
    )
    const verified = await manyAtOnce(3, (index) => {
      const { token, customerId } = mails[index]?.variables ?? {}
      return shop.api.send('POST', `/customers/${customerId}/verify-email`, { token: '', body: { token } })
    })
    expect(verified.map(({ status }) => status).sort()).toEqual([200, 401, 401])
  })
})

describe('the same request 20 times at once', () => {
  it.each([{ Prefer: 'wait=10' }, { Prefer: 'wait=0' }])(
    'makes one order and 20 equal answers (%o)',
    async (prefer) => {
      const [buyer] = buyers
      if (!buyer) throw new Error('there is a buyer')
      const sku = await shop.product({ stock: 50 })
      const headers = { 'Idempotency-Key': randomUUID(), ...prefer }
      const place = () => shop.order(buyer, { lines: [{ sku, quantity: 1 }] }, headers)
      const answers = await manyAtOnce(20, place)
      for (const { status } of answers) expect(status).toBe(201)
      expect(new Set(answers.map(({ body }) => JSON.stringify(body)))).toHaveLength(1)
      expect(answers.filter((answer) => answer.headers.get('Idempotent-Replayed') === 'true')).toHaveLength(
        19,
      )
      expect(new Set(answers.map((answer) => answer.headers.get('ETag')))).toHaveLength(1)
      await eventually(
        () => shop.stock(sku),
        ({ onHand }) => onHand === 49,
      )
      // Long after, when the order has moved on, the answer is still the first one.
      const later = await place()
      expect(later.body).toEqual(answers[0]?.body)

      const other = await shop.api.send('POST', '/orders', {
        token: buyer.token,
        body: { shippingAddress: address, lines: [{ sku, quantity: 2 }] },
        headers,
      })
      expect(other.status).toBe(422)
      expect(other.body).toMatchObject({ code: 'idempotency_key_reused' })
    },
  )
})
