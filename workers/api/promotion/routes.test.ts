import { env } from 'cloudflare:workers'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { DAY, HOUR, plus } from '../../../shared/core/time.ts'
import { address } from '../../../shared/order/order.fixture.ts'
import { operator, send } from '../http/request.fixture.ts'
import { buyer, product, promotion, usd } from './routes.fixture.ts'

const discounted = z.object({ discount: z.object({ amount: z.int() }) })
const deploymentClock = () => env.CLOCK.getByName('clock')

/** What the promotion says to a basket. */
function check(code: string, lines: { sku: string; quantity: number }[], more: object = {}) {
  return send('POST', `/promotions/${code}/check`, { as: operator, body: { lines, ...more } })
}
async function typesOf(code: string): Promise<string[]> {
  const events = await env.PROMOTION.getByName(code).history({ after: 0, limit: 10 })
  return events.map((text) => JSON.parse(text).type)
}

describe('each kind of promotion', () => {
  it('is created and shown as it was asked for', async () => {
    for (const fields of [
      { kind: 'percentage', value: { percent: 12.5 } },
      { kind: 'fixed', value: { amount: usd(500) } },
      { kind: 'free_shipping', value: {} },
      { kind: 'buy_x_get_y', value: { buy: 2, get: 1, sku: 'MUG' } },
      { kind: 'tiered', value: { tiers: [{ from: usd(5_000), off: usd(500) }] } },
    ]) {
      const { code, status, body } = await promotion(fields)
      expect([status, body]).toMatchObject([201, { code, status: 'active', ...fields }])
      expect((await send('GET', `/promotions/${code}`, { as: operator })).body).toEqual(body)
    }
  })
  it('of free shipping needs no value', async () => {
    const { status, body } = await promotion({ kind: 'free_shipping' })
    expect([status, body]).toMatchObject([201, { value: {}, class: 'shipping' }])
  })
  it('says what it would take off a basket', async () => {
    const [dear, cheap] = [await product(2_000), await product(500)]
    const lines = [
      { sku: dear, quantity: 2 },
      { sku: cheap, quantity: 1 },
    ]
    for (const [fields, amount] of [
      [{ kind: 'percentage', value: { percent: 10 } }, 450],
      [{ kind: 'fixed', value: { amount: usd(500) } }, 500],
      [{ kind: 'free_shipping', value: {} }, 0],
      [{ kind: 'buy_x_get_y', value: { buy: 2, get: 1 } }, 500],
      [{ kind: 'buy_x_get_y', value: { buy: 1, get: 1, sku: dear } }, 2_000],
      [{ kind: 'tiered', value: { tiers: [{ from: usd(4_500), off: usd(700) }] } }, 700],
    ] as const) {
      const { code } = await promotion(fields)
      const { body } = await check(code, lines)
      expect(body).toEqual({ eligible: true, reasons: [], discount: usd(amount) })
    }
  })
  it('says why it takes nothing off', async () => {
    const lines = [{ sku: await product(500), quantity: 2 }]
    for (const [fields, reason] of [
      [{ kind: 'buy_x_get_y', value: { buy: 2, get: 1 } }, 'no_matching_product'],
      [{ kind: 'tiered', value: { tiers: [{ from: usd(1_001), off: usd(1) }] } }, 'minimum_spend'],
      [{ kind: 'fixed', value: { amount: { amount: 1, currency: 'EUR' } } }, 'wrong_currency'],
    ] as const) {
      const { code } = await promotion(fields)
      const { body } = await check(code, lines)
      expect(body).toEqual({ eligible: false, reasons: [reason], discount: null })
    }
  })
  it('on shipping is worth what shipping costs, once it is known where it goes', async () => {
    const lines = [{ sku: await product(500), quantity: 1 }]
    const { code } = await promotion({ kind: 'free_shipping' })
    const express = { shippingAddress: { country: 'US' }, shippingService: 'express' }
    const { body } = await check(code, lines, express)
    expect(body).toMatchObject({ eligible: true, discount: { currency: 'USD' } })
    const half = await promotion({ kind: 'percentage', value: { percent: 50 }, class: 'shipping' })
    const { body: halved } = await check(half.code, lines, express)
    const amountOf = (answer: unknown) => discounted.parse(answer).discount.amount
    expect(amountOf(body)).toBeGreaterThan(0)
    expect(amountOf(halved)).toBe(amountOf(body) / 2)
  })
  it('that contradicts itself is refused, with every place where it does', async () => {
    const tiers = [
      { from: usd(100), off: usd(50) },
      { from: usd(100), off: usd(200) },
    ]
    const { status, body } = await promotion({ kind: 'tiered', value: { tiers }, class: 'shipping' })
    expect([status, body]).toMatchObject([
      422,
      {
        code: 'promotion_invalid',
        errors: [{ pointer: '/class' }, { pointer: '/value/tiers/1' }, { pointer: '/value/tiers/1/off' }],
      },
    ])
  })
})

describe('the life of a promotion', () => {
  const percentage = { kind: 'percentage', value: { percent: 10 } }

  it('begins and ends by timers', async () => {
    const { now } = await deploymentClock().advance(0)
    const lines = [{ sku: await product(500), quantity: 1 }]
    const dates = { startsAt: plus(now, DAY), endsAt: plus(now, 2 * DAY) }
    const { code, body } = await promotion({ ...percentage, ...dates })
    expect(body).toMatchObject({ status: 'scheduled' })
    expect((await check(code, lines)).body).toMatchObject({ reasons: ['not_started'] })
    await deploymentClock().advance(DAY)
    expect(await typesOf(code)).toEqual(['promotion.PromotionCreated', 'promotion.PromotionStarted'])
    expect((await send('GET', `/promotions/${code}`, { as: operator })).body).toMatchObject({
      status: 'active',
    })
    expect((await check(code, lines)).body).toMatchObject({ eligible: true })
    await deploymentClock().advance(DAY)
    expect((await typesOf(code)).at(-1)).toBe('promotion.PromotionExpired')
    expect((await check(code, lines)).body).toMatchObject({ reasons: ['expired'] })
  })
  it('is that of a draft until it is activated', async () => {
    const lines = [{ sku: await product(500), quantity: 1 }]
    const { code, body } = await promotion({ ...percentage, draft: true })
    expect(body).toMatchObject({ status: 'draft' })
    expect((await check(code, lines)).body).toMatchObject({ reasons: ['not_started'] })
    const activated = await send('POST', `/promotions/${code}/activate`, { as: operator })
    expect(activated).toMatchObject({ status: 200, body: { status: 'active', version: 2 } })
    const again = await send('POST', `/promotions/${code}/activate`, { as: operator })
    expect(again).toMatchObject({ status: 200, body: { version: 2 } })
    expect((await check(code, lines)).body).toMatchObject({ eligible: true })
  })
  it('of a draft may end before it begins', async () => {
    const { now } = await deploymentClock().advance(0)
    const { code } = await promotion({ ...percentage, draft: true, endsAt: plus(now, HOUR) })
    await deploymentClock().advance(HOUR)
    expect(await send('POST', `/promotions/${code}/activate`, { as: operator })).toMatchObject({
      status: 409,
      body: { code: 'promotion_expired' },
    })
  })
  it('is in the hands of operators, and begins with its creation', async () => {
    const path = '/promotions/NEVER-MADE/activate'
    expect(await send('POST', path, { as: ['cus_1', 'customer'] })).toMatchObject({ status: 403 })
    expect(await send('POST', path, { as: operator })).toMatchObject({
      body: { code: 'promotion_not_found' },
    })
  })
})

describe('a claim', () => {
  it('tells on what it was decided', async () => {
    const { code } = await promotion({ kind: 'fixed', value: { amount: usd(100) }, usageLimit: 5 })
    const facts = {
      ...{ customerId: 'cus_1', currency: 'USD', shippingPrice: 300 },
      lines: [{ sku: 'MUG', quantity: 1, unitPrice: 1_000 }],
    }
    const object = env.PROMOTION.getByName(code)
    await object.execute({
      id: code,
      command: { type: 'ApplyPromotion', orderId: 'ord_1', facts },
      trace: { correlationId: 'c' },
    })
    const [event] = (await object.history({ after: 1, limit: 1 })).map((text) => JSON.parse(text))
    expect(event).toMatchObject({
      type: 'promotion.PromotionApplied',
      data: {
        discount: usd(100),
        decisions: [
          {
            policy: 'promotionEligibilityPolicy',
            rules: ['exhausted', 'wrong_currency'],
            inputs: { spend: 1_000, shippingPrice: 300, uses: 0, usageLimit: 5 },
            outcome: 'eligible',
          },
        ],
      },
    })
  })
  it('shows to nobody who has used the promotion', async () => {
    const { code } = await promotion({
      ...{ kind: 'fixed', value: { amount: usd(100) }, perCustomerLimit: 1 },
    })
    const object = env.PROMOTION.getByName(code)
    const facts = { customerId: 'cus_1', currency: 'USD', lines: [{ sku: 'MUG', quantity: 1, unitPrice: 1 }] }
    const claim = (orderId: string) =>
      object.execute({
        id: code,
        command: { type: 'ApplyPromotion', orderId, facts },
        trace: { correlationId: 'c' },
      })
    expect(await claim('ord_1')).toMatchObject({ ok: true, view: { state: { uses: 1, claimed: [] } } })
    expect(await claim('ord_2')).toMatchObject({ ok: false })
    expect((await send('GET', `/promotions/${code}`, { as: operator })).body).toMatchObject({ uses: 1 })
  })
})

describe('an order', () => {
  it('takes promotions of every class together, and says why it left one out', async () => {
    const owner = await buyer()
    const [dear, cheap] = [await product(6_000), await product(1_000)]
    const together = { combinesWith: ['product', 'order', 'shipping'] }
    const bundle = { kind: 'buy_x_get_y', value: { buy: 1, get: 1, sku: cheap } }
    const tiered = { kind: 'tiered', value: { tiers: [{ from: usd(7_000), off: usd(700) }] } }
    const free = await promotion({ kind: 'free_shipping', ...together })
    const spend = await promotion({ ...tiered, ...together })
    const pair = await promotion({ ...bundle, ...together })
    const alone = await promotion({ kind: 'fixed', value: { amount: usd(1) }, exclusive: true })
    const { status, body } = await send('POST', '/orders?dryRun=true', {
      as: owner,
      body: {
        lines: [
          { sku: dear, quantity: 1 },
          { sku: cheap, quantity: 2 },
        ],
        shippingAddress: address,
        shippingService: 'express',
        promotionCodes: [alone.code, free.code, spend.code, pair.code],
      },
    })
    expect(status).toBe(200)
    expect(body.refusal).toBeNull()
    expect(body.resource).toMatchObject({
      subtotal: usd(8_000),
      // Gross: what the promotion takes off it stands among the discounts, and all of it adds up.
      shipping: usd(1_500),
      total: usd(6_300),
      promotions: [
        { code: alone.code, applied: false, reason: 'not_combinable' },
        { code: free.code, applied: true },
        { code: spend.code, applied: true },
        { code: pair.code, applied: true },
      ],
    })
    const discounts = [
      { source: 'product_promotion', code: pair.code, amount: usd(1_000) },
      { source: 'order_promotion', code: spend.code, amount: usd(700) },
      { source: 'shipping_promotion', code: free.code, amount: usd(1_500) },
    ]
    expect(body.resource).toMatchObject({ discounts })
    expect(JSON.stringify(body.events)).toContain('"policy":"promotionStackingPolicy"')
  })
})
