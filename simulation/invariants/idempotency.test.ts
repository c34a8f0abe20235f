import { createHash } from 'node:crypto'
import { expect, it } from 'vitest'
import { dryRuns, oneEffect, sameKeySameAnswer } from './idempotency.ts'
import { exchange, SKU, storyOf } from './story.fixture.ts'

const KEY = { 'idempotency-key': 'one' }
const ADA = { authorization: `Bearer x.${Buffer.from('{"sub":"cus_1"}').toString('base64url')}.y` }

it('finds different answers under one key', () => {
  const { shop } = storyOf()
  const post = (status: number, id: string, body: unknown = { a: 1, b: 2 }, headers: object = ADA) =>
    exchange('POST', '/v1/orders', { status, body: { id } }, { headers: { ...KEY, ...headers }, body })
  const check = (...exchanges: ReturnType<typeof post>[]) =>
    sameKeySameAnswer.check(shop.inspection({ exchanges })).map(({ message }) => message)
  expect(check(post(201, 'a'), post(201, 'a', { b: 2, a: 1 }))).toEqual([])
  expect(check(post(201, 'a'), post(201, 'b'))).toEqual([
    expect.stringContaining('but the answers 201 {"id":"a"} and 201 {"id":"b"}'),
  ])
  expect(check(post(201, 'a'), post(409, 'a'))).toHaveLength(1)
  expect(check(post(201, 'a'), post(201, 'a', { other: true }))).toEqual([
    expect.stringContaining('accepted with two bodies'),
  ])
  // Faults, limits and other callers are no answers of the same request.
  expect(
    check(post(503, ''), post(201, 'a'), post(429, ''), post(412, ''), post(422, '', { other: true })),
  ).toEqual([])
  expect(check(post(201, 'a'), post(201, 'b', undefined, {}))).toEqual([])
})

it('finds a command that has happened twice at one aggregate', () => {
  const { shop, completed } = storyOf()
  const inspection = shop.inspection()
  shop.object('order', completed).changeLog('UPDATE commands SET id = (SELECT min(id) FROM commands)')
  expect(oneEffect.check(inspection).map(({ message }) => message)).toContainEqual(
    expect.stringMatching(`The command .* has happened twice at order/${completed}.`),
  )
})

it('lets an erasure take personal data out of an answer', () => {
  const { shop, customer } = storyOf()
  const answer = (name: string, version = 9) =>
    exchange(
      'PATCH',
      `/v1/customers/${customer}`,
      { status: 200, body: { id: customer, version, status: 'active', name } },
      { headers: KEY },
    )
  const check = (...exchanges: ReturnType<typeof answer>[]) =>
    sameKeySameAnswer.check(shop.inspection({ exchanges }))
  expect(check(answer('Ada'), answer('erased'))).toHaveLength(1)
  shop.run('customer', customer, { type: 'EraseCustomer', reason: 'customer_request' })
  expect(check(answer('Ada'), answer('erased'))).toEqual([])
  expect(check(answer('Ada'), answer('erased', 10))).toHaveLength(1)
  const verified = (name: string) =>
    exchange(
      'POST',
      `/v1/customers/${customer}/verify-email`,
      { status: 200, body: { accessToken: 'a', customer: { id: customer, version: 3, name } } },
      { headers: KEY },
    )
  expect(check(verified('Ada'), verified('erased'))).toEqual([])
})

it('finds a command that has happened twice', () => {
  const { shop, completed } = storyOf()
  expect(oneEffect.check(shop.inspection())).toEqual([])
  const id = 'http:user:op:updateStock:key'
  const correlationId = createHash('sha256').update(id).digest('hex').slice(0, 32)
  const adjust = { type: 'UpdateStock', location: 'main', adjust: 1, country: 'US' }
  shop.run('inventory', SKU, adjust, { commandId: id, trace: { correlationId } })
  expect(oneEffect.check(shop.inspection())).toEqual([])
  shop.run('inventory', SKU, adjust, { trace: { correlationId } })
  expect(oneEffect.check(shop.inspection())[0]?.message).toMatch(
    /version \d+ \(InventoryUpdated\) was caused by [0-9a-f]{32}, but that is on record as http:user:op:updateStock:key/,
  )
  const { version } = shop.state('inventory', SKU)
  shop.run('inventory', SKU, adjust, { trace: { correlationId: 'x', causationId: `${completed}/1` } })
  expect(oneEffect.check(shop.inspection()).map(({ message }) => message)).toContainEqual(
    expect.stringMatching(new RegExp(`version ${version + 1} .*was caused by ${completed}/1, but`)),
  )
})

it('finds an effect that happened at two aggregates, and one that no event has sent', () => {
  const { shop, completed, confirmed } = storyOf()
  const adjust = { type: 'UpdateStock', location: 'main', adjust: 1, country: 'US' }
  const trace = { correlationId: 'x', causationId: `${completed}/1` }
  for (const sku of ['A', 'B']) shop.run('inventory', sku, adjust, { commandId: `${completed}/1#7.0`, trace })
  expect(oneEffect.check(shop.inspection()).map(({ message }) => message)).toEqual([
    `The command ${completed}/1#7.0 has happened at inventory/A and at inventory/B.`,
  ])
  shop.mails.push({ id: `${confirmed}/1#9f3a`, to: 'a', subject: 'Hello', text: '', html: '', at: 0 })
  shop.run('inventory', 'C', adjust, { commandId: 'ord_none/1#0.0', trace })
  expect(oneEffect.check(shop.inspection()).map(({ message }) => message)).toEqual(
    expect.arrayContaining([
      'inventory/C has a record of the command ord_none/1#0.0, which no stored event can have sent.',
      `The mail "Hello" to a has the id ${confirmed}/1#9f3a, which no stored event can have given it.`,
    ]),
  )
})

it('finds events of a dry run', () => {
  const { shop } = storyOf()
  const answer = { status: 200, body: { dryRun: true }, headers: { 'x-request-id': 'req-7' } }
  const exchanges = [exchange('POST', `/v1/inventory/${SKU}/stock?dryRun=true`, answer)]
  expect(dryRuns.check(shop.inspection({ exchanges }))).toEqual([])
  const adjust = { type: 'UpdateStock', location: 'main', adjust: 1, country: 'US' }
  shop.run('inventory', SKU, adjust, { trace: { correlationId: 'req-7' } })
  expect(dryRuns.check(shop.inspection({ exchanges }))[0]?.message).toMatch(
    /was a dry run, but inventory\/MUG has its/,
  )
})
