import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  DAY,
  earlier,
  HOUR,
  instantOf,
  instantSchema,
  LATEST,
  MINUTE,
  millisecondsOf,
  outsideTimeSchema,
  plus,
  SECOND,
} from './time.ts'

/** Unix times of the years 0000 to 9999: those that RFC 3339 can write. */
const times = fc.integer({
  min: Date.parse('0000-01-01T00:00:00.000Z'),
  max: Date.parse('9999-12-31T23:59:59.999Z'),
})

describe('instants', () => {
  it('are the same moment as the Unix time they were made of', () => {
    expect(instantOf(0)).toBe('1970-01-01T00:00:00.000Z')
    fc.assert(
      fc.property(times, (time) => {
        expect(millisecondsOf(instantOf(time))).toBe(time)
      }),
    )
  })
  it('always have a form that the schema accepts', () => {
    fc.assert(
      fc.property(times, (time) => {
        const instant = instantOf(time)
        expect(instant).toHaveLength(24)
        expect(instantSchema.parse(instant)).toBe(instant)
      }),
    )
  })
  it('compare as text like the moments they name', () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        expect(instantOf(one) < instantOf(other)).toBe(one < other)
        expect(instantOf(one) === instantOf(other)).toBe(one === other)
      }),
    )
  })
})

describe('instantSchema', () => {
  it.each(['2026-11-23T10:15:30.000Z', '2024-02-29T23:59:59.999Z'])('accepts %s', (value) => {
    expect(instantSchema.safeParse(value).success).toBe(true)
  })
  it.each([
    '2026-11-23T10:15:30Z',
    '2026-11-23T10:15:30.0Z',
    '2026-11-23T10:15:30.0000Z',
    '2026-11-23T10:15:30.000+00:00',
    '2026-11-23T10:15:30.000',
    '2026-11-23 10:15:30.000Z',
    '2026-11-23',
    '2026-02-29T00:00:00.000Z',
    '2026-13-01T00:00:00.000Z',
    '2026-11-23T24:00:00.000Z',
    '+012026-11-23T10:15:30.000Z',
    '',
    'now',
    1_763_892_930_000,
    null,
  ])('refuses %j', (value) => {
    expect(instantSchema.safeParse(value).success).toBe(false)
  })
})

describe('plus', () => {
  const recent = fc.integer({ min: 0, max: Date.parse('2100-01-01T00:00:00.000Z') }).map(instantOf)
  const spans = fc.integer({ min: -400 * DAY, max: 400 * DAY })

  it('counts in milliseconds', () => {
    expect(plus('2026-12-31T23:59:59.999Z', 1)).toBe('2027-01-01T00:00:00.000Z')
    expect(plus('2024-02-28T12:00:00.000Z', DAY)).toBe('2024-02-29T12:00:00.000Z')
    expect([SECOND, MINUTE, HOUR, DAY]).toEqual([1_000, 60_000, 3_600_000, 86_400_000])
  })
  it('can be taken back, and taken in two steps', () => {
    fc.assert(
      fc.property(recent, spans, spans, (instant, one, other) => {
        expect(plus(plus(instant, one), -one)).toBe(instant)
        expect(plus(plus(instant, one), other)).toBe(plus(instant, one + other))
      }),
    )
  })
  it('lies after for a span above zero and before for one below', () => {
    fc.assert(
      fc.property(recent, spans, (instant, span) => {
        expect(plus(instant, span) > instant).toBe(span > 0)
        expect(plus(instant, span) < instant).toBe(span < 0)
      }),
    )
  })
})

describe('earlier', () => {
  it('is the one of the two that no other lies before', () => {
    fc.assert(
      fc.property(times, times, (one, other) => {
        const first = earlier(instantOf(one), instantOf(other))
        expect(millisecondsOf(first)).toBe(Math.min(one, other))
        expect(earlier(instantOf(other), instantOf(one))).toBe(first)
      }),
    )
  })
})

describe('a time from outside', () => {
  it.each([
    ['2026-03-01T12:00:00Z', '2026-03-01T12:00:00.000Z'],
    ['2026-03-01T12:00:00.5+02:00', '2026-03-01T10:00:00.500Z'],
    ['2026-03-01T12:00:00.123456789-05:00', '2026-03-01T17:00:00.123Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
    ['2099-12-31T23:59:59-12:00', '2100-01-01T11:59:59.000Z'],
  ])('%s is kept as %s', (text, instant) => {
    expect(outsideTimeSchema.parse(text)).toBe(instant)
    expect(instantSchema.parse(instant)).toBe(instant)
    expect(instant < LATEST).toBe(true)
  })
  it.each([
    '9999-12-31T23:59:59-05:00',
    '2100-01-01T00:00:00Z',
    '2190-06-01T00:00:00Z',
    '1969-12-31T23:59:59Z',
    '0001-01-01T00:00:00Z',
    '+010000-01-01T00:00:00Z',
    '2026-02-30T00:00:00Z',
    '2026-03-01T25:00:00Z',
    '2026-03-01',
    `2026-03-01T12:00:00.${'0'.repeat(30)}Z`,
  ])('%s is refused', (text) => {
    expect(outsideTimeSchema.safeParse(text).success).toBe(false)
  })
})
