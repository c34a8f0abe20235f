import { describe, expect, it } from 'vitest'
import { median, percentile, slope } from './statistics.ts'

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index)

describe('percentile', () => {
  it('is the smallest value that so many do not exceed, in whatever order they come', () => {
    expect(percentile(hundred, 0.99)).toBe(99)
    expect(percentile(hundred, 0.5)).toBe(50)
    expect(percentile(hundred, 1)).toBe(100)
  })
  it('of few values is the largest, and of none is no number', () => {
    expect(percentile([3, 7], 0.99)).toBe(7)
    expect(percentile([], 0.99)).toBeNaN()
  })
})

it('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2)
  expect(median([9, 1, 2, 4])).toBe(3)
})

describe('slope', () => {
  it('is that of the line from which points stray alike to both sides', () => {
    expect(
      slope([
        [0, 1],
        [1, 2],
        [1, 4],
        [2, 5],
      ]),
    ).toBeCloseTo(2)
  })
  it('of points above each other is no number', () => {
    expect(slope([[1, 1]])).toBeNaN()
  })
})
