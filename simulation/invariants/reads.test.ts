import { expect, it } from 'vitest'
import { freshReads, ownDataOnly } from './reads.ts'
import { Shop } from './shop.fixture.ts'
import { exchange } from './story.fixture.ts'

const shop = new Shop()
const ORDER = 'ord_00000000-0000-7000-8000-000000000001'
const ADA = 'cus_00000000-0000-7000-8000-000000000002'
const EVE = 'cus_00000000-0000-7000-8000-000000000003'

const shows = (version: number, sentAt: number, { method = 'GET', query = '' } = {}) =>
  exchange(
    method,
    `/v1/orders/${ORDER}${method === 'POST' ? '/cancel' : query}`,
    { status: 200, body: { id: ORDER, version } },
    { sentAt },
  )

it('finds reads that are older than what was answered before', () => {
  const check = (...exchanges: ReturnType<typeof exchange>[]) =>
    freshReads.check(shop.inspection({ exchanges }))
  const changed = shows(3, 0, { method: 'POST' })
  expect(check(changed, shows(3, 20), shows(4, 40))).toEqual([])
  expect(check(changed, shows(2, 20))).toMatchObject([
    { message: expect.stringContaining('shows version 2') },
  ])
  // Begun before the answer, or of an older version on purpose.
  expect(check(changed, shows(2, 5))).toEqual([])
  expect(check(changed, shows(1, 20, { query: '?version=1' }))).toEqual([])
  const list = exchange('GET', '/v1/orders', { status: 200, body: { data: [{ id: ORDER, version: 5 }] } })
  expect(check(list, shows(4, 20))).toHaveLength(1)
})

it('finds what is shown to another customer', () => {
  const check = (scope: string, status = 200) => {
    const token = Buffer.from(JSON.stringify({ sub: ADA, scope })).toString('base64url')
    const list = (customerId: string) =>
      exchange(
        'GET',
        '/v1/orders',
        { status, body: { data: [{ id: ORDER, customerId }] } },
        { headers: { authorization: `Bearer head.${token}.signature` } },
      )
    return ownDataOnly.check(shop.inspection({ exchanges: [list(ADA), list(EVE)] }))
  }
  expect(check('customer')).toMatchObject([{ message: expect.stringContaining(`which is of ${EVE}`) }])
  expect(check('operator')).toEqual([])
  expect(check('customer', 404)).toEqual([])
})
