import { describe, expect, it } from 'vitest'
import { idempotencyKey, preferredWait, requestIdOf } from './request-headers.ts'

describe('Idempotency-Key', () => {
  it('is taken as it is, without the space around it', () => {
    expect(idempotencyKey(undefined)).toBeUndefined()
    expect(idempotencyKey(' a-1 ')).toBe('a-1')
    expect(idempotencyKey('"8e03978e 40d5"')).toBe('"8e03978e 40d5"')
    expect(idempotencyKey('x'.repeat(255))).toHaveLength(255)
  })
  it.each(['', '  ', 'x'.repeat(256), 'a\u0000b', 'a\u0085b', 'schlüssel', '\ud800'])(
    '%j is refused',
    (key) => {
      expect(() => idempotencyKey(key)).toThrow(expect.objectContaining({ code: 'invalid_header' }))
    },
  )
})

it.each([
  ['req_1:a/b=', 'req_1:a/b='],
  ['x'.repeat(128), 'x'.repeat(128)],
  [undefined, undefined],
  ['', undefined],
  ['x'.repeat(129), undefined],
  ['a b', undefined],
  ['<script>', undefined],
  ['é', undefined],
])('X-Request-Id %j is taken as %j', (field, id) => {
  expect(requestIdOf(field)).toBe(id)
})

describe('Prefer', () => {
  it.each([
    [undefined, undefined],
    ['wait=10', 10],
    ['wait=31', 30],
    ['wait=999999999', 30],
    ['respond-async, wait=5', 5],
    ['respond-async; wait="7"', 7],
    ['Wait = 2', 2],
    ['foo="a, wait=3", wait=4', 4],
    ['wait=1, wait=9', 1],
    ['wait=soon', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['wait', undefined],
    ['await=3', undefined],
  ])('%s waits %s seconds', (field, seconds) => {
    expect(preferredWait(field)).toBe(seconds)
  })
})
