import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { newId } from '../../../shared/core/ids.ts'
import { entriesOf, insert, send, tokenOf, walk } from './lists.fixture.ts'

const operator = await tokenOf('operator')
const ada = newId('cus')
const adas = await tokenOf('customer', ada)
const counted = z.looseObject({ total: z.int().optional(), nextCursor: z.string().nullable() })

const day = (number: number) => `2026-03-0${number}T12:00:00.000Z`
const usd = (amount: number) => ({ amount, currency: 'USD' })

/** Five orders: the older, the cheaper; each changed in the reverse order. */
async function fiveOrders() {
  await insert(
    'orders',
    [1, 2, 3, 4, 5].map((number) => ({
      id: `ord_${number}`,
      customerId: number === 3 ? newId('cus') : ada,
      status: number < 3 ? 'pending' : number < 5 ? 'confirmed' : 'cancelled',
      createdAt: day(number),
      updatedAt: day(9 - number),
      total: number === 4 ? { amount: 400, currency: 'EUR' } : usd(number * 100),
    })),
  )
}

/** The numbers of the orders that a query finds, in its order. */
async function found(query: string, token = operator): Promise<string> {
  const entries = await walk(`/orders?limit=2&${query}`, token)
  return entries.map(({ id }) => String(id).replace('ord_', '')).join('')
}

afterEach(async () => {
  const tables = ['orders', 'products', 'payments', 'reviews']
  await env.DATABASE.batch(tables.map((table) => env.DATABASE.prepare(`DELETE FROM ${table}`)))
})

describe('sort', () => {
  it.each([
    ['', '54321'],
    ['sort=-createdAt', '54321'],
    ['sort=createdAt', '12345'],
    ['sort=updatedAt', '54321'],
    ['sort=-updatedAt', '12345'],
    ['sort=total', '12345'],
    ['sort=-total', '54321'],
    ['sort=total&status=confirmed', '34'],
    ['sort=-total&status=pending,confirmed', '4321'],
  ])('by %j lists %s', async (query, numbers) => {
    await fiveOrders()
    expect(await found(query)).toBe(numbers)
  })

  it('keeps entries with equal values apart by their ids', async () => {
    await insert(
      'orders',
      ['a', 'b', 'c', 'd', 'e'].map((id) => ({ id: `ord_${id}`, status: 'pending', total: usd(100) })),
    )
    expect(await found('sort=total')).toBe('abcde')
    expect(await found('sort=-total')).toBe('edcba')
  })

  it('finds products by price, payments by amount, and reviews by age', async () => {
    const priced = (id: string, amount: number) => ({ id, sku: id, status: 'active', price: usd(amount) })
    await insert('products', [priced('A', 300), priced('B', 100), priced('C', 200)])
    const skus = async (query: string) => (await entriesOf(`/products?${query}`)).map(({ sku }) => sku)
    expect(await skus('sort=price')).toEqual(['B', 'C', 'A'])
    expect(await skus('sort=-price&priceFrom=150')).toEqual(['A', 'C'])
    expect(await skus('sort=price&priceFrom=100&priceTo=200')).toEqual(['B', 'C'])
    await insert('payments', [
      { id: 'p', status: 'failed', amount: usd(10) },
      { id: 'q', status: 'failed', amount: usd(20) },
    ])
    expect((await entriesOf('/payments?sort=-amount&amountTo=20', operator)).map(({ id }) => id)).toEqual([
      'q',
      'p',
    ])
    const review = (id: string, submittedAt: string) => ({ id, sku: 'MUG', status: 'submitted', submittedAt })
    await insert('reviews', [review('r', day(1)), review('s', day(2)), review('t', day(3))])
    const ids = async (query: string) =>
      (await entriesOf(`/products/MUG/reviews?${query}`)).map(({ id }) => id)
    expect(await ids('sort=submittedAt')).toEqual(['r', 's', 't'])
    expect(await ids(`submittedFrom=${day(2)}&submittedTo=${day(3)}`)).toEqual(['s'])
  })

  it.each(['total', '-', '', 'createdAt,total', '--createdAt', 'created_at'])(
    'is refused as %j',
    async (sort) => {
      expect(await send(`/customers?sort=${sort}`, { token: operator })).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'sort', code: 'invalid_value' }] },
      })
    },
  )
})

describe('a range', () => {
  it.each([
    [`createdFrom=${day(3)}`, '543'],
    [`createdTo=${day(3)}`, '21'],
    [`createdFrom=${day(2)}&createdTo=${day(4)}`, '32'],
    ['createdFrom=2026-03-03T13:00:00%2B01:00', '543'],
    [`updatedFrom=${day(7)}`, '21'],
    [`updatedTo=${day(7)}&sort=updatedAt`, '543'],
    ['totalFrom=200&totalTo=400', '432'],
    ['totalFrom=200&totalTo=400&currency=USD&sort=total', '23'],
    [`totalFrom=200&createdTo=${day(5)}&status=pending,cancelled`, '2'],
    [`createdFrom=${day(4)}&createdTo=${day(2)}`, ''],
  ])('of %s lists %s', async (query, numbers) => {
    await fiveOrders()
    expect(await found(query)).toBe(numbers)
  })

  it.each([
    'createdFrom=yesterday',
    'createdTo=2026-03-01',
    'updatedFrom=',
    'totalFrom=-1',
    'totalTo=1.5',
    'currency=usd',
  ])('is refused as %s', async (query) => {
    expect(await send(`/orders?${query}`, { token: operator })).toMatchObject({
      status: 422,
      body: { errors: expect.arrayContaining([expect.objectContaining({ parameter: query.split('=')[0] })]) },
    })
  })
})

describe('several values', () => {
  it.each([
    ['status=pending,confirmed', '4321'],
    ['status=confirmed,pending', '4321'],
    ['status=cancelled,cancelled', '5'],
    [`status=pending,confirmed&customerId=${ada}`, '421'],
  ])('%s are any of them', async (query, numbers) => {
    await fiveOrders()
    expect(await found(query)).toBe(numbers)
  })

  it.each([
    'status=',
    'status=pending,',
    'status=pending,lost',
    'status=pending, confirmed',
    'status=pending;confirmed',
  ])('are refused as %j', async (query) => {
    expect(await send(`/orders?${encodeURI(query)}`, { token: operator })).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: 'status', code: 'invalid_value' }] },
    })
  })

  it('show a visitor only products on sale', async () => {
    await insert('products', [
      { id: 'A', sku: 'A', status: 'active', price: usd(1) },
      { id: 'B', sku: 'B', status: 'discontinued', price: usd(1) },
    ])
    expect(await entriesOf('/products?status=active,discontinued')).toMatchObject([{ sku: 'A' }])
    expect(await entriesOf('/products?status=active,discontinued', operator)).toHaveLength(2)
  })
})

describe('count', () => {
  it('says how many entries the whole list has', async () => {
    await fiveOrders()
    const total = async (query: string, token = operator) =>
      counted.parse((await send(`/orders?limit=1&${query}`, { token })).body).total
    expect(await total('')).toBeUndefined()
    expect(await total('count=false')).toBeUndefined()
    expect(await total('count=true')).toBe(5)
    expect(await total('count=true&status=pending,cancelled&sort=total')).toBe(3)
    expect(await total('count=true', adas)).toBe(4)
    expect(await total(`count=true&customerId=${newId('cus')}`, adas)).toBe(0)
  })
})

describe('fields', () => {
  it('are the members of each entry that are sent', async () => {
    await fiveOrders()
    const chosen = await entriesOf('/orders?limit=2&fields=total,id', operator)
    expect(chosen).toEqual([
      { id: 'ord_5', total: usd(500) },
      { id: 'ord_4', total: { amount: 400, currency: 'EUR' } },
    ])
    expect(await walk('/orders?limit=2&fields=id', adas)).toHaveLength(4)
    await insert('products', [{ id: 'A', sku: 'A', status: 'active', price: usd(1) }])
    expect(await entriesOf('/products?fields=sku,available')).toMatchObject([
      { id: 'A', sku: 'A', available: 0 },
    ])
    expect(await entriesOf('/products?fields=sku')).not.toMatchObject([{ name: expect.anything() }])
  })

  it.each(['', 'id,', 'secret', 'total.amount', 'expanded'])('are refused as %j', async (fields) => {
    expect(await send(`/orders?fields=${fields}`, { token: operator })).toMatchObject({
      status: 422,
      body: { errors: [{ parameter: 'fields', code: 'invalid_value' }] },
    })
  })
})

describe('a cursor', () => {
  const unknown = { status: 422, body: { errors: [{ parameter: 'cursor', code: 'unknown_cursor' }] } }
  const usual = 'status=pending,confirmed&totalFrom=1'

  it.each([
    ['another sort', 'sort=total&status=pending,confirmed&totalFrom=1'],
    ['another direction', 'sort=createdAt&status=pending,confirmed&totalFrom=1'],
    ['fewer values', 'status=pending&totalFrom=1'],
    ['another range', 'status=pending,confirmed&totalFrom=2'],
    ['no range', 'status=pending,confirmed'],
  ])('is unknown with %s', async (_, query) => {
    await fiveOrders()
    const { nextCursor } = counted.parse((await send(`/orders?limit=1&${usual}`, { token: operator })).body)
    expect(await send(`/orders?${query}&cursor=${nextCursor}`, { token: operator })).toMatchObject(unknown)
    expect(await send(`/orders?${usual}&cursor=${nextCursor}`, { token: adas })).toMatchObject(unknown)
  })

  it('is the same list whatever is shown of it, and however its values are written', async () => {
    await fiveOrders()
    const { nextCursor } = counted.parse((await send(`/orders?limit=1&${usual}`, { token: operator })).body)
    const same = `sort=-createdAt&count=true&fields=id&status=confirmed,pending&totalFrom=01&cursor=${nextCursor}`
    expect((await entriesOf(`/orders?${same}`, operator)).map(({ id }) => id)).toEqual([
      'ord_3',
      'ord_2',
      'ord_1',
    ])
  })
})
