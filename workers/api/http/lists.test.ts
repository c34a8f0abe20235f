import { env } from 'cloudflare:workers'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { newId } from '../../../shared/core/ids.ts'
import { plus } from '../../../shared/core/time.ts'
import { entriesOf, insert, send, tokenOf, walk } from './lists.fixture.ts'

const MARCH = '2026-03-01T12:00:00.000Z'
const operator = await tokenOf('operator')
const ops = await tokenOf('ops')
const ada = newId('cus')
const bob = newId('cus')
const adas = await tokenOf('customer', ada)

/** The values of one field. */
function values(entries: readonly Record<string, unknown>[], field: string) {
  return entries.map((entry) => entry[field])
}

afterEach(async () => {
  const tables = [
    'orders',
    'customers',
    'products',
    'stock',
    'carts',
    'payments',
    'deliveries',
    'promotions',
    'reviews',
  ]
  await env.DATABASE.batch(tables.map((table) => env.DATABASE.prepare(`DELETE FROM ${table}`)))
})

describe('every list', () => {
  it('shows each entry once, newest first, while others come in', async () => {
    // Ten at a time of the same millisecond: only their ids tell them apart.
    const first = Array.from({ length: 250 }, (_, index) => ({
      id: newId('ord'),
      customerId: ada,
      status: index % 2 === 0 ? 'pending' : 'confirmed',
      createdAt: plus(MARCH, Math.floor(index / 10)),
    }))
    await insert('orders', first)
    const seen = await walk('/orders?limit=33', operator, (page) =>
      insert('orders', [{ customerId: ada, status: 'pending', createdAt: plus(MARCH, 1_000 + page) }]),
    )
    expect(values(seen, 'id').toSorted()).toEqual(first.map(({ id }) => id).toSorted())
    const times = seen.map(({ createdAt, id }) => `${createdAt} ${id}`)
    expect(times).toEqual(times.toSorted().toReversed())
  })

  it('shows what comes in behind the page, once', async () => {
    const at = (milliseconds: number) => ({
      customerId: ada,
      status: 'pending',
      createdAt: plus(MARCH, milliseconds),
    })
    await insert('orders', [at(10), at(9), at(8), at(7)])
    const late = newId('ord')
    const seen = await walk('/orders?limit=2', operator, (page) =>
      page === 1 ? insert('orders', [{ ...at(7), id: late }]) : Promise.resolve(),
    )
    expect(seen).toHaveLength(5)
    expect(values(seen, 'id').filter((id) => id === late)).toHaveLength(1)
  })

  it('keeps its filters from page to page', async () => {
    await insert(
      'orders',
      Array.from({ length: 12 }, (_, index) => ({
        customerId: index % 3 === 0 ? bob : ada,
        status: index % 2 === 0 ? 'pending' : 'confirmed',
      })),
    )
    const path = `/orders?limit=1&status=pending&customerId=${ada}`
    expect((await send(path, { token: operator })).next).toMatch(
      new RegExp(`^/orders\\?limit=1&status=pending&customerId=${ada}&cursor=`),
    )
    const seen = await walk(path, operator)
    expect(seen).toHaveLength(4)
    for (const entry of seen) expect(entry).toMatchObject({ customerId: ada, status: 'pending' })
  })

  it('ends with a page that is full', async () => {
    await insert('orders', [{}, {}])
    expect(await send('/orders?limit=2', { token: operator })).toMatchObject({
      next: null,
      body: { nextCursor: null },
    })
  })

  it.each([
    ['a limit of 0', 'limit=0'],
    ['a limit of 101', 'limit=101'],
    ['a cursor that it did not give out', 'cursor=nonsense'],
    ['a cursor of another list', `cursor=${btoa('[7]')}`],
    ['a status that there is not', 'status=lost'],
    ['a filter that it does not have', 'colour=red'],
  ])('refuses %s', async (_, query) => {
    for (const path of ['orders', 'customers', 'products', 'payments', 'deliveries', 'promotions'])
      expect(await send(`/${path}?${query}`, { token: operator })).toMatchObject({
        status: 422,
        body: { code: 'invalid_request', errors: [{ parameter: query.split('=')[0] }] },
      })
  })

  it('is unavailable while the read database is down', async () => {
    vi.spyOn(console, 'error').mockImplementation(() => {})
    await env.DATABASE.prepare('ALTER TABLE orders RENAME TO orders_elsewhere').run()
    const { status, body } = await send('/orders', { token: operator })
    await env.DATABASE.prepare('ALTER TABLE orders_elsewhere RENAME TO orders').run()
    expect({ status, body }).toMatchObject({ status: 503, body: { code: 'unavailable' } })
  })

  it.each(['customers', 'payments', 'deliveries', 'promotions', 'inventory', 'carts'])(
    'of %s is for operators',
    async (path) => {
      expect((await send(`/${path}`)).status).toBe(401)
      expect((await send(`/${path}`, { token: adas })).status).toBe(403)
      expect((await send(`/${path}`, { token: ops })).status).toBe(403)
      expect((await send(`/${path}`, { token: operator })).status).toBe(200)
    },
  )
})

describe('listOrders', () => {
  it('shows customers their own, whatever they ask for', async () => {
    await insert('orders', [
      { customerId: ada, status: 'pending' },
      { customerId: ada, status: 'confirmed' },
      { customerId: bob, status: 'pending' },
    ])
    expect(values(await entriesOf('/orders', adas), 'customerId')).toEqual([ada, ada])
    expect(await entriesOf(`/orders?customerId=${ada}`, adas)).toHaveLength(2)
    expect(await entriesOf('/orders?status=pending', adas)).toHaveLength(1)
    expect(await entriesOf(`/orders?customerId=${bob}`, adas)).toEqual([])
    expect(await entriesOf(`/orders?customerId=${bob}`, operator)).toHaveLength(1)
    expect(await entriesOf('/orders', operator)).toHaveLength(3)
  })

  it('is for customers and operators', async () => {
    expect((await send('/orders')).status).toBe(401)
    expect((await send('/orders', { token: ops })).status).toBe(403)
  })
})

describe('listProducts', () => {
  it('shows what is on sale and how much of it there is', async () => {
    await insert('products', [
      { id: 'MUG', sku: 'MUG', status: 'active', createdAt: plus(MARCH, 2) },
      { id: 'CUP', sku: 'CUP', status: 'active', createdAt: plus(MARCH, 1) },
      { id: 'JAR', sku: 'JAR', status: 'discontinued', createdAt: MARCH },
    ])
    await insert('stock', [{ id: 'MUG', sku: 'MUG', onHand: 5, reserved: 2, available: 3 }])
    const onSale = [
      { sku: 'MUG', available: 3 },
      { sku: 'CUP', available: 0 },
    ]
    expect(await entriesOf('/products')).toMatchObject(onSale)
    expect(await entriesOf('/products', adas)).toHaveLength(2)
    expect(await entriesOf('/products?status=discontinued')).toEqual([])
    expect(await entriesOf('/products', operator)).toHaveLength(3)
    expect(await entriesOf('/products?status=discontinued', operator)).toMatchObject([{ sku: 'JAR' }])
  })
})

describe('listReviews', () => {
  it('shows what was written about this product, newest first', async () => {
    const review = (fields: Record<string, unknown>) => ({ id: newId('rev'), sku: 'MUG', ...fields })
    await insert('reviews', [
      review({ status: 'submitted', rating: 5, submittedAt: MARCH }),
      review({ status: 'requested' }),
      review({ status: 'submitted', rating: 2, submittedAt: plus(MARCH, 1) }),
      review({ status: 'submitted', rating: 1, submittedAt: MARCH, sku: 'CUP' }),
    ])
    expect(values(await entriesOf('/products/MUG/reviews'), 'rating')).toEqual([2, 5])
    expect(values(await walk('/products/MUG/reviews?limit=1', operator), 'rating')).toEqual([2, 5])
    expect(await entriesOf('/products/JAR/reviews')).toEqual([])
  })
})

describe('the lists of operators', () => {
  it('find customers by status, tier and segment', async () => {
    await insert('customers', [
      { id: 'a', status: 'active', loyalty: { tier: 'gold' }, segment: 'loyal' },
      { id: 'b', status: 'suspended', loyalty: { tier: 'gold' }, segment: 'active' },
      { id: 'c', status: 'active', loyalty: { tier: 'bronze' }, segment: 'active' },
    ])
    const found = async (query: string) =>
      values(await entriesOf(`/customers?${query}`, operator), 'id').toSorted()
    expect(await found('')).toEqual(['a', 'b', 'c'])
    expect(await found('status=active')).toEqual(['a', 'c'])
    expect(await found('tier=gold')).toEqual(['a', 'b'])
    expect(await found('segment=active')).toEqual(['b', 'c'])
    expect(await found('status=active&tier=gold&segment=loyal')).toEqual(['a'])
    expect(await found('status=suspended&tier=bronze')).toEqual([])
  })

  it.each([
    ['payments', 'processed', 'failed'],
    ['deliveries', 'scheduled', 'failed'],
  ])('find %s by order and status', async (path, usual, failed) => {
    const orderId = newId('ord')
    await insert(path, [
      { id: 'a', orderId, status: usual },
      { id: 'b', orderId, status: failed },
      { id: 'c', orderId: newId('ord'), status: failed },
    ])
    const found = async (query: string) =>
      values(await entriesOf(`/${path}?${query}`, operator), 'id').toSorted()
    expect(await found('')).toEqual(['a', 'b', 'c'])
    expect(await found(`orderId=${orderId}`)).toEqual(['a', 'b'])
    expect(await found(`status=${failed}`)).toEqual(['b', 'c'])
    expect(await found(`orderId=${orderId}&status=${failed}`)).toEqual(['b'])
  })

  it('find stock that runs out', async () => {
    const stock = (sku: string, available: number) => ({
      id: sku,
      sku,
      onHand: available,
      reserved: 0,
      available,
    })
    await insert('stock', [stock('JAR', 40), stock('CUP', 0), stock('MUG', 3)])
    const found = async (query: string) => values(await walk(`/inventory?limit=1&${query}`, operator), 'sku')
    expect(await found('')).toEqual(['CUP', 'JAR', 'MUG'])
    expect(await found('sort=-sku')).toEqual(['MUG', 'JAR', 'CUP'])
    expect(await found('sort=available')).toEqual(['CUP', 'MUG', 'JAR'])
    expect(await found('sort=-available&availableTo=3')).toEqual(['MUG', 'CUP'])
    expect(await found('availableFrom=1&availableTo=39')).toEqual(['MUG'])
  })

  it('find carts by customer and status, those that changed last first', async () => {
    const cart = (id: string, status: string, updated: number, customerId?: string) =>
      insert('carts', [
        { id, status, customerId, createdAt: plus(MARCH, -updated), updatedAt: plus(MARCH, updated) },
      ])
    await cart('a', 'open', 4, ada)
    await cart('b', 'abandoned', 3)
    await cart('c', 'checked_out', 2, ada)
    await cart('d', 'abandoned', 1, bob)
    const found = async (query: string) =>
      values(await walk(`/carts?limit=1&${query}`, operator), 'id').join('')
    expect(await found('')).toBe('abcd')
    expect(await found('sort=updatedAt')).toBe('dcba')
    expect(await found('sort=-createdAt')).toBe('dcba')
    expect(await found('status=abandoned')).toBe('bd')
    expect(await found('status=abandoned,open&sort=createdAt')).toBe('abd')
    expect(await found(`customerId=${ada}`)).toBe('ac')
    expect(await found(`customerId=${ada}&sort=createdAt`)).toBe('ac')
    expect(await found(`updatedFrom=${plus(MARCH, 2)}&updatedTo=${plus(MARCH, 4)}`)).toBe('bc')
  })

  it('find promotions by status', async () => {
    await insert('promotions', [
      { id: 'SPRING', status: 'active' },
      { id: 'WINTER', status: 'expired' },
    ])
    expect(values(await entriesOf('/promotions?status=expired', operator), 'id')).toEqual(['WINTER'])
    expect(await entriesOf('/promotions', operator)).toHaveLength(2)
  })
})
