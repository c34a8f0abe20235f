import { expect, it } from 'vitest'
import { errorsAreProblems, faultsExplainErrors, queuesAreEmpty } from './answers.ts'
import { Shop } from './shop.fixture.ts'
import { exchange } from './story.fixture.ts'

const shop = new Shop()
const headers = { 'content-type': 'application/problem+json' }
const body = { type: '/problems/gone', title: 'Gone', status: 409, code: 'gone' }

it('finds refusals that are no problem documents', () => {
  const check = (answer: { status: number; body: unknown; headers?: Record<string, string> }) =>
    errorsAreProblems.check(shop.inspection({ exchanges: [exchange('GET', '/v1/orders', answer)] }))
  expect(check({ status: 409, body, headers })).toEqual([])
  expect(check({ status: 200, body: 'fine' })).toEqual([])
  expect(check({ status: 409, body })).toHaveLength(1)
  expect(check({ status: 422, body, headers })).toHaveLength(1)
  expect(check({ status: 409, body: { ...body, code: undefined }, headers })).toHaveLength(1)
})

it('finds errors on our side that no fault explains', () => {
  const check = (status: number, code: string, faults: { kind: string; at: number; target: string }[] = []) =>
    faultsExplainErrors.check(
      shop.inspection({
        exchanges: [exchange('GET', '/v1/orders', { status, body: { ...body, status, code }, headers })],
        faults,
      }),
    )
  const outage = [{ kind: 'outage', at: 0, target: 'database' }]
  expect(check(503, 'unavailable', outage)).toEqual([])
  expect(check(503, 'unavailable')).toHaveLength(1)
  expect(check(500, 'damaged', outage)).toHaveLength(1)
})

it('finds messages that are left in a queue', () => {
  expect(queuesAreEmpty.check(shop.inspection({ queued: new Map([['petrel-events', 0]]) }))).toEqual([])
  expect(queuesAreEmpty.check(shop.inspection({ queued: new Map([['petrel-events', 2]]) }))).toMatchObject([
    { message: 'The queue petrel-events still has 2 messages.' },
  ])
})
