import { expect, it } from 'vitest'
import { billedUnits, priceOfMillion } from './prices.ts'

const nothing = {
  objectRequests: 0,
  rowsRead: 0,
  rowsWritten: 0,
  alarmsSet: 0,
  queueMessages: 0,
  bucketWrites: 0,
  databaseRowsRead: 0,
  databaseRowsWritten: 0,
}

it('a million operations cost what each of their units does', () => {
  expect(priceOfMillion(nothing)).toBe(0)
  // A message is written, read and deleted; an alarm bills as a row.
  expect(priceOfMillion({ ...nothing, queueMessages: 10, alarmsSet: 2, rowsWritten: 3 })).toBeCloseTo(17)
  expect(priceOfMillion({ ...nothing, objectRequests: 40, rowsRead: 1_000, bucketWrites: 2 })).toBeCloseTo(16)
  expect(priceOfMillion({ ...nothing, databaseRowsRead: 1_000, databaseRowsWritten: 1 })).toBeCloseTo(2)
})

it('every unit has a price', () => {
  for (const unit of billedUnits) expect(priceOfMillion({ ...nothing, [unit]: 1 })).toBeGreaterThan(0)
})
