import { expect, it } from 'vitest'
import { compare, isOfLake, isWhole } from './audit.ts'

const logs = [
  { orderId: 'ord_1', status: 'confirmed', events: ['ord_1/1', 'ord_1/2'] },
  { orderId: 'ord_2', status: 'confirmed', events: ['ord_2/1'] },
]
const lake = ['ord_2/1', 'ord_1/2', 'product/SKU/1', 'ord_1/1']

it('all is whole where the lake has each event of the logs once, and others besides', () => {
  const audit = compare(logs, lake, [])
  expect(audit).toMatchObject({ orders: 2, events: 3, inLake: 4, missing: [], repeated: [] })
  expect(isWhole(audit)).toBe(true)
})

it('names what is missing, and whatever is in the lake twice', () => {
  const audit = compare(logs, ['ord_1/1', 'ord_2/1', 'product/SKU/1', 'product/SKU/1'], [])
  expect(audit).toMatchObject({ missing: ['ord_1/2'], repeated: ['product/SKU/1'] })
  expect(isWhole(audit)).toBe(false)
})

it('names orders that are not confirmed', () => {
  const audit = compare([{ orderId: 'ord_3', status: 'pending', events: [] }, ...logs], lake, [])
  expect(audit.unconfirmed).toEqual(['ord_3: pending'])
  expect(isWhole(audit)).toBe(false)
})

it('knows events that were delivered from dead letters', () => {
  const keys = ['ingest/dt=2026-11-29/hour=10/a.ndjson.gz', 'context=order/dt=2026-11-29/hour=10/b.ndjson.gz']
  expect(keys.map(isOfLake)).toEqual([true, true])
  expect(['refused/sink=lake/a.json', 'invalid/dt=2026-11-29/b.json'].map(isOfLake)).toEqual([false, false])
})
