import { env } from 'cloudflare:workers'
import { beforeAll, describe, expect, it } from 'vitest'
import { register } from '../../../durable-objects/aggregate/checkout.fixture.ts'
import { envelope, eventually } from '../../../durable-objects/aggregate/object-lifetimes.fixture.ts'
import { newId } from '../../../shared/core/ids.ts'
import { project } from '../../read-models/project.ts'
import { entriesOf, insert, send, tokenOf, walk } from './lists.fixture.ts'

const operator = await tokenOf('operator')
const ada = newId('cus')
const adas = await tokenOf('customer', ada)

/** The ids of the entries that a search finds, in alphabetical order. */
async function found(list: string, q: string, token = operator, more = ''): Promise<string> {
  const entries = await walk(`/${list}?limit=2&q=${encodeURIComponent(q)}${more}`, token)
  return entries
    .map(({ id }) => String(id))
    .toSorted()
    .join(' ')
}

describe('the search of products', () => {
  const usd = { amount: 1, currency: 'USD' }
  const product = (id: string, name: string, description?: string, status = 'active') => ({
    id,
    sku: id,
    name,
    description,
    status,
    price: usd,
  })
  beforeAll(() =>
    insert('products', [
      product('MUG-BLUE', 'Blue mug', 'Stoneware, 350 ml.'),
      product('MUG-RED', 'Red mug'),
      product('TEA-01', 'Thé à la menthe', 'Goes with the blue mug'),
      product('OLD-MUG', 'Old mug', undefined, 'discontinued'),
    ]),
  )

  it.each([
    ['mug', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['MUG', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['mu', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['ug', ''],
    ['blue mug', 'MUG-BLUE TEA-01'],
    ['mug blue', 'MUG-BLUE TEA-01'],
    ['stone 350', 'MUG-BLUE'],
    ['MUG-RED', 'MUG-RED'],
    ['tea-0', 'TEA-01'],
    ['the menthe', 'TEA-01'],
    ['Thé', 'TEA-01'],
    ['The\u0301', 'TEA-01'],
    ['ＭＵＧ red', 'MUG-RED'],
    ['mug teapot', ''],
  ])('finds by %j %j', async (q, ids) => {
    expect(await found('products', q)).toBe(ids)
  })

  it.each([
    ['"mug"', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['"mug', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['mug*', 'MUG-BLUE MUG-RED OLD-MUG TEA-01'],
    ['red -mug', 'MUG-RED'],
    ['red AND mug', ''],
    ['red OR blue', ''],
    ['NOT red', ''],
    ['NEAR(red mug)', ''],
    ['words:red', ''],
    ['^red (mug', 'MUG-RED'],
    ["red'; DROP TABLE products; --", ''],
    ['red\\mug', 'MUG-RED'],
    ['{red}+mug', 'MUG-RED'],
  ])('takes %j as words', async (q, ids) => {
    expect(await found('products', q)).toBe(ids)
  })

  it.each(['', ' ', '*', '"', '-', '(', '—', 'a b c d e f g h i j k', 'x'.repeat(201)])(
    'refuses %j',
    async (q) => {
      expect(await send(`/products?q=${encodeURIComponent(q)}`)).toMatchObject({
        status: 422,
        body: { errors: [{ parameter: 'q' }] },
      })
    },
  )

  it('goes with filters, ranges, sorts and the count', async () => {
    expect(await found('products', 'mug', operator, '&status=discontinued')).toBe('OLD-MUG')
    expect(await found('products', 'mug', adas)).toBe('MUG-BLUE MUG-RED TEA-01')
    expect(await found('products', 'mug', operator, '&sort=price&priceTo=1')).toBe(
      'MUG-BLUE MUG-RED OLD-MUG TEA-01',
    )
    expect((await send('/products?q=mug&count=true&limit=1')).body).toMatchObject({ total: 3 })
    const { next } = await send('/products?q=mug&limit=1')
    const other = next?.replace('q=mug', 'q=blue') ?? ''
    expect(await send(other)).toMatchObject({ status: 422, body: { errors: [{ code: 'unknown_cursor' }] } })
  })

  it('follows the rows', async () => {
    const rename = (name: string) =>
      env.DATABASE.prepare(`UPDATE products SET item = json_set(item, '$.name', ?) WHERE id = 'MUG-RED'`)
        .bind(name)
        .run()
    await rename('Crimson beaker')
    expect(await found('products', 'red')).toBe('MUG-RED')
    expect(await found('products', 'crimson')).toBe('MUG-RED')
    expect(await found('products', 'red mug')).toBe('MUG-RED')
    expect(await found('products', 'beaker blue')).toBe('')
    await rename('Red mug')
    expect(await found('products', 'crimson')).toBe('')
    await env.DATABASE.prepare(`DELETE FROM products WHERE id = 'MUG-RED'`).run()
    expect(await found('products', 'red')).toBe('')
  })
})

describe('the search of orders', () => {
  const line = (sku: string, name: string) => ({ sku, name, quantity: 1 })
  const orders = [
    {
      id: newId('ord'),
      customerId: ada,
      status: 'pending',
      lines: [line('MUG', 'Blue mug'), line('TEA', 'Mint tea')],
    },
    {
      id: newId('ord'),
      customerId: newId('cus'),
      status: 'pending',
      lines: [line('MUG', 'Blue mug')],
      promotions: [{ code: 'SPRING10' }],
    },
  ]
  const [first, second] = orders.map(({ id }) => id)
  beforeAll(() => insert('orders', orders))

  it('finds them by products, codes and ids', async () => {
    expect(await found('orders', 'mug')).toBe([first, second].toSorted().join(' '))
    expect(await found('orders', 'blue tea')).toBe(first)
    expect(await found('orders', 'spring10')).toBe(second)
    expect(await found('orders', second ?? '')).toBe(second)
    expect(await found('orders', 'quantity')).toBe('')
  })

  it('finds only their own for customers', async () => {
    expect(await found('orders', 'mug', adas)).toBe(first)
    expect(await found('orders', 'spring', adas)).toBe('')
    expect(await found('orders', ada)).toBe('')
  })

  it('finds those of a customer among more orders than a search lists', async () => {
    await env.DATABASE.prepare(
      `WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1200)
       INSERT INTO orders (id, version, item)
       SELECT 'ord_' || n, 1, json_object('id', 'ord_' || n, 'customerId', 'cus_x', 'createdAt', '2026-04-01T00:00:00.000Z',
         'lines', json_array(json_object('sku', 'MUG', 'name', 'Blue mug'))) FROM numbers`,
    ).run()
    expect(await found('orders', 'mug', adas)).toBe(first)
    expect((await send('/orders?q=mug&count=true', { token: operator })).body).toMatchObject({ total: 1_000 })
  }, 60_000)
})

describe('the search of customers', () => {
  const inIndex = async (word: string) => {
    const { results } = await env.DATABASE.prepare(
      'SELECT count(*) AS blocks FROM customers_search_data WHERE instr(lower(CAST(block AS TEXT)), ?) > 0',
    )
      .bind(word)
      .all<{ blocks: number }>()
    return (results[0]?.blocks ?? 0) > 0
  }

  it('finds them by name and address, shows neither, and forgets those who are erased', async () => {
    const id = await register()
    const streams = [{ kind: 'customer', id }]
    const name = 'Quizzical Zyxomma'
    const object = env.CUSTOMER.getByName(id)
    expect(await object.execute(envelope(id, { type: 'UpdateProfile', name }))).toMatchObject({ ok: true })
    expect(await project(env, streams)).toEqual([])
    for (const q of ['zyxomma', 'quizz', `${id}@example.com`]) expect(await found('customers', q), q).toBe(id)
    expect(JSON.stringify(await entriesOf('/customers', operator))).not.toMatch(/Zyxomma|example\.com/)
    expect(await inIndex('zyxomma')).toBe(true)
    expect(await object.execute(envelope(id, { type: 'EraseCustomer' }))).toMatchObject({ ok: true })
    await eventually(async () => {
      expect(await project(env, streams)).toEqual([])
      expect(await found('customers', 'zyxomma')).toBe('')
    })
    expect(await inIndex('zyxomma')).toBe(false)
    const row = await env.DATABASE.prepare('SELECT * FROM customers WHERE id = ?').bind(id).first()
    expect(JSON.stringify(row)).not.toMatch(/Zyxomma|example\.com/)
  })
})
