import { expect, it } from 'vitest'
import { acknowledged, staleIfMatch } from './acknowledged.ts'
import { exchange, SKU, storyOf } from './story.fixture.ts'

it('finds an answer with a version that the log does not have', () => {
  const { shop, completed } = storyOf()
  const { version } = shop.state('order', completed)
  const answerOf = (shown: number) =>
    exchange('POST', '/v1/orders', {
      status: 201,
      body: { id: completed, version: shown, status: 'completed' },
    })
  const check = (shown: number) => acknowledged.check(shop.inspection({ exchanges: [answerOf(shown)] }))
  expect(check(version)).toEqual([])
  expect(check(version + 1)).toMatchObject([
    {
      message:
        `request 1 (test/step, POST /v1/orders) was answered with 201 and version ${version + 1} of order/${completed}, ` +
        `but its log ends at version ${version}.`,
      about: [`order/${completed}`],
    },
  ])
})

it('finds an answer that shows what the log does not say', () => {
  const { shop, completed } = storyOf()
  const body = { id: completed, version: 1, status: 'confirmed', total: { amount: 1, currency: 'USD' } }
  const exchanges = [exchange('GET', `/v1/orders/${completed}?version=1`, { status: 200, body })]
  expect(acknowledged.check(shop.inspection({ exchanges })).map(({ message }) => message)).toEqual([
    expect.stringContaining(
      `showed status "confirmed" of order/${completed} at version 1, but its log says "pending"`,
    ),
    expect.stringContaining('showed total {"amount":1,"currency":"USD"}'),
  ])
})

it('looks into lists, histories and verified customers, and not into dry runs and refusals', () => {
  const { shop, customer } = storyOf()
  const unknown = { id: SKU, version: 99 }
  const data = [unknown, { specversion: '1.0', partitionkey: customer, sequence: '0000000099' }]
  const broken = [
    exchange('GET', '/v1/inventory', { status: 200, body: { data } }),
    exchange('POST', '/v1/customers/x/verify-email', {
      status: 200,
      body: { customer: { id: customer, version: 99 } },
    }),
  ]
  expect(acknowledged.check(shop.inspection({ exchanges: broken })).map(({ about }) => about)).toEqual([
    [`inventory/${SKU}`],
    [`customer/${customer}`],
    [`customer/${customer}`],
  ])
  const fine = [
    exchange('POST', '/v1/inventory/MUG/stock', { status: 409, body: unknown }),
    exchange('POST', '/v1/inventory/MUG/stock?dryRun=true', {
      status: 200,
      body: { dryRun: true, resource: unknown },
    }),
    exchange('POST', '/v1/orders', null),
  ]
  expect(acknowledged.check(shop.inspection({ exchanges: fine }))).toEqual([])
})

it('finds a command that was accepted at a version that was no longer the newest', () => {
  const { shop } = storyOf()
  const path = `/v1/inventory/${SKU}/stock`
  const stock = (sentAt: number, named: number, headers = {}) =>
    exchange(
      'POST',
      path,
      { status: 200, body: { id: SKU, version: 7 }, headers },
      { headers: { 'if-match': `"${named}"` }, sentAt },
    )
  const { version } = shop.state('inventory', SKU)
  expect(staleIfMatch.check(shop.inspection({ exchanges: [stock(shop.now, version)] }))).toEqual([])
  expect(staleIfMatch.check(shop.inspection({ exchanges: [stock(shop.now, 1)] }))).toMatchObject([
    {
      message: expect.stringMatching(
        /named version 1 of inventory\/MUG and was accepted.*although version 2 had been there/,
      ),
    },
  ])
  const replayed = [stock(shop.now, 1, { 'idempotent-replayed': 'true' })]
  expect(staleIfMatch.check(shop.inspection({ exchanges: replayed }))).toEqual([])
})

it('finds two commands that were both first after a version', () => {
  const { shop } = storyOf()
  const { version } = shop.state('inventory', SKU)
  shop.run('inventory', SKU, { type: 'UpdateStock', location: 'main', set: 20, country: 'US' })
  const stock = (number: number) =>
    exchange(
      'POST',
      `/v1/inventory/${SKU}/stock`,
      { status: 200, body: { id: SKU, version: version + 2 } },
      { headers: { 'if-match': `W/"${version}"` }, sentAt: shop.now - 1, number },
    )
  expect(staleIfMatch.check(shop.inspection({ exchanges: [stock(1)] }))).toEqual([])
  expect(staleIfMatch.check(shop.inspection({ exchanges: [stock(1), stock(2)] }))).toMatchObject([
    { message: expect.stringContaining(`these were all accepted at inventory/${SKU}@${version}`) },
  ])
})
