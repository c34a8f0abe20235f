import { describe, expect, it } from 'vitest'
import { Problem } from './problems.ts'
import {
  entityTag,
  idempotencyKey,
  ifMatch,
  ifNoneMatch,
  preferredWait,
  traceparent,
} from './request-headers.ts'

const invalidHeader = expect.objectContaining({ code: 'invalid_header' })

describe('Idempotency-Key', () => {
  it('is taken as it is, without the space around it', () => {
    expect(idempotencyKey(undefined)).toBeUndefined()
    expect(idempotencyKey(' a-1 ')).toBe('a-1')
    expect(idempotencyKey('x'.repeat(255))).toHaveLength(255)
  })
  it.each(['', '  ', 'x'.repeat(256)])('of a wrong length is refused', (key) => {
    expect(() => idempotencyKey(key)).toThrow(invalidHeader)
  })
})

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['"3"', 3],
    [' "0" ', 0],
    ['*', 'any'],
    // Strong comparison: these are tags, but of no version.
    ['W/"3"', 'none'],
    ['"abc"', 'none'],
    ['""', 'none'],
    ['"03"', 'none'],
    ['"-1"', 'none'],
  ])('%s asks for %s', (header, condition) => {
    expect(ifMatch(header)).toBe(condition)
  })
  it.each(['3', 'abc', '"3', '', '"1", "2"'])('%s is refused', (header) => {
    expect(() => ifMatch(header)).toThrow(invalidHeader)
  })
  it('matches what was given as an ETag', () => {
    expect(ifMatch(entityTag(12))).toBe(12)
  })
})

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['"3"', true],
    ['W/"3"', true],
    ['"1", "3"', true],
    ['*', true],
    ['"4"', false],
    ['3', false],
  ])('%s holds version 3: %s', (header, holds) => {
    expect(ifNoneMatch(header, 3)).toBe(holds)
  })
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
    ['wait=soon', undefined],
    ['wait=-1', undefined],
    ['wait=1.5', undefined],
    ['await=3', undefined],
  ])('%s waits %s seconds', (header, seconds) => {
    expect(preferredWait(header)).toBe(seconds)
  })
})

describe('traceparent', () => {
  const wellFormed = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'
  it('is kept when it is well-formed', () => {
    expect(traceparent(wellFormed)).toBe(wellFormed)
  })
  it.each([
    undefined,
    '',
    wellFormed.toUpperCase(),
    `ff${wellFormed.slice(2)}`,
    `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
    `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01`,
    `${wellFormed}-x`,
  ])('is left out otherwise: %s', (header) => {
    expect(traceparent(header)).toBeUndefined()
  })
})

it('a refused header is a problem with a pointer to itself', () => {
  try {
    ifMatch('3')
    expect.unreachable()
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(Problem)
    expect(thrown).toMatchObject({ occurrence: { facts: { errors: [{ parameter: 'If-Match' }] } } })
  }
})
