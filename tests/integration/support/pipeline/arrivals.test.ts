import { expect, it } from 'vitest'
import { reportOf } from './arrivals.ts'

/** Arrivals of aggregates, written as their key and version: `a1 b1 a2`. */
function reading(text: string) {
  return reportOf(text.split(' ').map((one) => ({ key: one.slice(0, 1), version: Number(one.slice(1)) })))
}

it('finds nothing wrong with aggregates that each came in order, however they are mixed', () => {
  expect(reading('a1 b1 b2 a2 a3 b3 c1')).toEqual({
    events: 7,
    aggregates: 3,
    repeats: 0,
    rewinds: 0,
    rewindsOfOne: 0,
    gaps: [],
    jumps: [],
    complete: new Map([
      ['a', 3],
      ['b', 3],
      ['c', 1],
    ]),
  })
})

it('counts what came again after a crash, and how often an aggregate went back', () => {
  expect(reading('a1 a2 a3 b1 a2 a3 a4 b1 b2')).toMatchObject({
    repeats: 3,
    rewinds: 2,
    rewindsOfOne: 1,
    gaps: [],
    jumps: [],
  })
  expect(reading('a1 a1 a1')).toMatchObject({ repeats: 2, rewinds: 2, rewindsOfOne: 2 })
})

it('finds a version that was left out, also when it came later', () => {
  expect(reading('a1 a3 a4')).toMatchObject({ gaps: ['a: 1 -> 3'], complete: new Map([['a', 1]]) })
  expect(reading('a2')).toMatchObject({ gaps: ['a: 0 -> 2'], complete: new Map([['a', 0]]) })
  expect(reading('a1 a3 a2')).toMatchObject({ gaps: ['a: 1 -> 3'], repeats: 1, rewinds: 1 })
})

it('finds repeats that do not go on where they were', () => {
  expect(reading('a1 a2 a3 a4 a1 a3')).toMatchObject({ jumps: ['a: 1 -> 3'], gaps: [] })
  expect(reading('a1 a2 a3 a1 a4')).toMatchObject({ jumps: ['a: 1 -> 4'], gaps: [] })
})
