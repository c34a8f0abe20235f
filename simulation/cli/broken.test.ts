import { expect, it } from 'vitest'
import { eventTypes } from '../../workers/api/http/openapi/event-types.ts'
import { caughtByCoverage } from './broken.ts'

it('catches a variant in which something never happens, once it has run long enough', () => {
  const occurred = new Set(eventTypes.keys())
  expect(caughtByCoverage(occurred, 1_000)).toBeNull()
  occurred.delete('order.OrderCompleted')
  expect(caughtByCoverage(occurred, 999)).toBeNull()
  expect(caughtByCoverage(occurred, 1_000)).toEqual({
    seed: 1_000,
    by: 'coverage: no order.OrderCompleted',
  })
})
