import { expect, it } from 'vitest'
import type { Row } from './rows.ts'
import { targetsOf } from './targets.ts'

const row: Row = {
  storage: 'disk',
  name: 'checkout',
  title: 'checkout',
  perSecond: 12,
  sustained: 11,
  kept: 0.85,
  drainSeconds: 1,
  processorTime: 50,
  closingTime: 5,
  p50: 100,
  p99: 2_000,
  gapP99: 30,
  longestGap: 90,
  ofInsert: 0.02,
  sustainedOfInsert: 0.02,
  processorTimeOfInsert: 60,
  runtimeLoad: 0.8,
  clientLoad: 0.1,
  failures: 0,
  resets: 0,
  firstFailure: null,
  undrained: 0,
  rounds: [],
}

const met = (...rows: Row[]) =>
  Object.fromEntries(
    targetsOf([{ storage: rows[0]?.storage ?? 'disk', rows, latency: null }], [], []).map((target) => [
      target.name,
      target.met,
    ]),
  )

it('a value at its bound meets it, on the storage that the bound is for', () => {
  expect(met(row, { ...row, name: 'command', ofInsert: 0.75 })).toEqual({
    'one command, one event, × (b) (disk)': true,
    'checkouts a second, sustained (disk)': true,
    'sustained ÷ burst of checkouts (disk)': true,
    'p99 of a checkout, ms (disk)': true,
    'connections reset (disk)': true,
  })
  expect(met({ ...row, storage: 'memory' })).toMatchObject({
    'CPU for each checkout, ms (memory)': false,
    'checkouts a second, sustained (memory)': false,
  })
})

it('a reset of any scenario misses, and a value that is no number does', () => {
  expect(met(row, { ...row, name: 'hello', resets: 1 })['connections reset (disk)']).toBe(false)
  expect(met({ ...row, p99: Number.NaN })['p99 of a checkout, ms (disk)']).toBe(false)
})

it('what was not measured has no target', () => {
  expect(targetsOf([{ storage: 'disk', rows: [], latency: null }], [], [])).toEqual([])
})
