import { expect, it } from 'vitest'
import { type SoakReport, verdict } from './report.ts'
import type { Sample } from './sample.ts'

const samples: Sample[] = [0, 1, 2, 3, 4, 5].map((number) => ({
  seconds: number * 10,
  orders: number * 1_000,
  perSecond: 100,
  p99: 50,
  failures: 0,
  lag: 500,
  memory: 300,
  parked: 0,
  queued: 0,
}))

const good: SoakReport = {
  machine: { processors: 2, model: 'any', platform: 'linux x64', node: 'v24.0.0', workerd: '1' },
  offered: 100,
  samples,
  failures: 0,
  resets: 0,
  firstFailure: null,
  drainSeconds: 2,
  drained: true,
  parked: 0,
  audit: { orders: 5_000, unconfirmed: [], events: 9, missing: [], repeated: [], inLake: 9, deadLetters: [] },
}

it('a soak in which nothing was wrong is good', () => {
  expect(verdict(good).isGood).toBe(true)
})

it.each<[string, Partial<SoakReport>]>([
  ['a wrong answer', { failures: 1 }],
  ['a reset', { resets: 1 }],
  ['work without end', { drained: false }],
  ['a parked effect', { parked: 1 }],
  ['an order that is not confirmed', { audit: { ...good.audit, unconfirmed: ['ord_1: pending'] } }],
  ['an event that is not in the lake', { audit: { ...good.audit, missing: ['ord_1/2'] } }],
  ['an event that is there twice', { audit: { ...good.audit, repeated: ['ord_1/2'] } }],
  ['a dead letter', { audit: { ...good.audit, deadLetters: ['invalid/1'] } }],
  ['memory that grows', { samples: samples.map((one) => ({ ...one, memory: 300 + one.orders / 10 })) }],
  ['lag that grows', { samples: samples.map((one) => ({ ...one, lag: one.seconds * 200 })) }],
])('%s is a failure', (_, changed) => {
  expect(verdict({ ...good, ...changed }).isGood).toBe(false)
})

it('memory is not judged by few orders', () => {
  const few = samples.map((one) => ({ ...one, orders: one.orders / 10, memory: 300 + one.orders / 10 }))
  expect(verdict({ ...good, samples: few }).isGood).toBe(true)
})
