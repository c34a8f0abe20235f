import { expect, it } from 'vitest'
import type { Sample } from './sample.ts'
import { trendOf } from './trend.ts'

function sample(number: number, changed: Partial<Sample>): Sample {
  const seconds = number * 10
  const orders = number * 100
  const always = { perSecond: 10, p99: 50, failures: 0, parked: 0, queued: 0 }
  return { ...always, seconds, orders, lag: 1_000, memory: 200, ...changed }
}

it('counts only what grows in the second half', () => {
  // Memory grows by 50 MB for each 100 orders at first, then by 1 MB.
  const memory = [100, 150, 200, 250, 300, 301, 302, 303]
  const samples = memory.map((memory, number) => sample(number, { memory, lag: number * 1_000 }))
  const trend = trendOf(samples)
  expect(trend.orders).toBe(300)
  expect(trend.memory).toBeCloseTo(10)
  expect(trend.lag).toBeCloseTo(6)
})

it('is unknown where memory cannot be read', () => {
  const samples = [0, 1, 2, 3].map((number) => sample(number, { memory: null }))
  expect(trendOf(samples).memory).toBeNaN()
  expect(trendOf(samples).lag).toBe(0)
})
