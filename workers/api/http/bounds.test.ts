import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { newId } from '../../../shared/core/ids.ts'
import { DAY, instantOf } from '../../../shared/core/time.ts'
import { operator, ops, send } from './request.fixture.ts'

const promotion = (fields: object) => ({
  code: `B${crypto.randomUUID().slice(0, 8).toUpperCase()}`,
  kind: 'percentage',
  value: { percent: 10 },
  ...fields,
})
const far = '9999-12-31T23:59:59-05:00'
const stock = { as: operator } as const

describe('a value past its end', () => {
  it.each<[string, string, string, object]>([
    ['a start', '/promotions', '/startsAt', promotion({ startsAt: far })],
    ['an end', '/promotions', '/endsAt', promotion({ endsAt: '2190-01-01T00:00:00Z' })],
    ['an end long ago', '/promotions', '/endsAt', promotion({ endsAt: '1969-12-31T00:00:00Z' })],
    ['a percentage', '/promotions', '/value/percent', promotion({ value: { percent: 10.005 } })],
    [
      'a list of tiers',
      '/promotions',
      '/conditions/tiers',
      promotion({ conditions: { tiers: Array(5).fill('gold') } }),
    ],
    ['classes', '/promotions', '/combinesWith', promotion({ combinesWith: Array(4).fill('order') })],
    ['a hold', '/inventory/MUG/reservations', '/expiresAt', { orderId: 'o', quantity: 1, expiresAt: far }],
    ['a reorder point', '/inventory/MUG/stock', '/reorderPoint', { set: 1, reorderPoint: 2 ** 53 - 1 }],
    ['a reorder quantity', '/inventory/MUG/stock', '/reorderQuantity', { set: 1, reorderQuantity: 1e15 }],
    ['a new date', `/deliveries/${newId('dlv')}/delay`, '/newDate', { reason: 'x', newDate: far }],
    [
      'refunds',
      `/customers/${newId('cus')}/spending`,
      '/refundedTotal',
      { orderId: 'o', delta: 1, refundedTotal: 2 ** 53 - 1 },
    ],
    [
      'units',
      `/payments/${newId('pay')}/refunds`,
      '/lines/0/quantity',
      { reason: 'x', lines: [{ sku: 'MUG', quantity: 1e9 }] },
    ],
    ['points', '/orders', '/redeemPoints', { redeemPoints: 2 ** 53 - 1 }],
  ])('is refused with its pointer: %s', async (_, path, pointer, body) => {
    const answer = await send('POST', path, { ...stock, body })
    expect(answer).toMatchObject({ status: 422, body: { code: 'invalid_request' } })
    expect(JSON.stringify(answer.body)).toContain(`"pointer":"${pointer}"`)
  })

  it.each([
    '9999-01-01',
    '1899-12-31',
    instantOf(Date.now() + 2 * DAY).slice(0, 10),
    '2026-02-30',
    '0001-01-01',
  ])('is refused as a birth date: %s', async (birthDate) => {
    const body = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', birthDate }
    expect(await send('POST', '/customers?dryRun=true', { body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/birthDate' }] },
    })
  })
  it.each(['1900-01-01', '1990-12-10'])('is none as a birth date: %s', async (birthDate) => {
    const body = { email: `${crypto.randomUUID()}@example.com`, name: 'Ada', birthDate }
    expect((await send('POST', '/customers?dryRun=true', { body })).status).toBe(200)
  })

  it.each(['9999-12-31T23:59:59Z', '2150-01-01T00:00:00Z', '1960-01-01T00:00:00Z'])(
    'is refused of a replay: %s',
    async (from) => {
      expect(await send('POST', '/ops/replay?dryRun=true', { as: ops, body: { from } })).toMatchObject({
        status: 422,
        body: { errors: [{ pointer: '/from' }] },
      })
    },
  )
})

describe('a key of the lake', () => {
  beforeAll(async () => {
    await env.LAKE.put('a'.repeat(1_024), 'x')
  })

  it.each([
    ['1,025 bytes', 'a'.repeat(1_025)],
    ['4,000 bytes', 'a/'.repeat(2_000)],
    ['1,200 bytes in 400 letters', '€'.repeat(400)],
  ])('names nothing with %s', async (_, key) => {
    const path = key.split('/').map(encodeURIComponent).join('/')
    expect((await send('GET', `/ops/lake/${path}`, { as: ops })).status).toBe(404)
  })
  it.each(['/ops/lake', '/ops/set-aside'])('is no prefix with over 1,024 bytes in %s', async (path) => {
    for (const prefix of [`invalid/${'a'.repeat(1_020)}`, `invalid/${'€'.repeat(400)}`])
      expect(await send('GET', `${path}?prefix=${encodeURIComponent(prefix)}`, { as: ops })).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'prefix' }] },
      })
  })
  it('may have 1,024 bytes, in a cursor too', async () => {
    const { body } = await send('GET', `/ops/lake?limit=1&prefix=${'a'.repeat(1_000)}`, { as: ops })
    expect(body).toMatchObject({ data: [{ key: 'a'.repeat(1_024) }] })
  })
  it('is refused as the place to go on from where it is too long', async () => {
    const body = { prefix: 'invalid/', after: 'a'.repeat(1_025) }
    expect(await send('POST', '/ops/set-aside/retry', { as: ops, body })).toMatchObject({
      status: 422,
      body: { errors: [{ pointer: '/after' }] },
    })
  })
})
