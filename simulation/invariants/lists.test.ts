import { expect, it } from 'vitest'
import { instantOf } from '../../shared/core/time.ts'
import { comparisonsFindNothing, listsEqualLogs } from './lists.ts'
import { CODE, SKU, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

it('finds rows that are missing, old, wrong or too many', () => {
  const { shop, completed, cancelled } = storyOf()
  const inspection = shop.inspection()
  expect(listsEqualLogs.check(inspection)).toEqual([])
  const { database } = shop
  database.change('DELETE FROM products')
  database.change('UPDATE promotions SET version = 1 WHERE id = ?', CODE)
  database.change(`UPDATE orders SET item = json_set(item, '$.status', 'lost') WHERE id = ?`, completed)
  database.change(`UPDATE orders SET id = 'ord_x' WHERE id = ?`, cancelled)
  expect(messagesOf(listsEqualLogs.check(inspection))).toEqual([
    `The list products has no row of product/${SKU}, which is at version 1.`,
    expect.stringMatching(`The list orders shows order/${completed} at version \\d+ as .*"lost"`),
    expect.stringMatching(`The list orders has no row of order/${cancelled}, which is at version`),
    expect.stringMatching('The list orders has order ord_x at version \\d+, which does not exist.'),
    expect.stringMatching(`The list promotions has promotion/${CODE} at version 1; it is at`),
  ])
})

it('finds comparisons that had something to repair', () => {
  const { shop } = storyOf()
  const inspection = shop.inspection()
  const compared = (missing: number, damaged: string) =>
    shop.database.change(
      `INSERT OR REPLACE INTO comparisons VALUES ('c', ?, NULL, 1, 1, ?, 0, ?, 0, NULL)`,
      ...[instantOf(shop.now), missing, damaged],
    )
  compared(0, '[]')
  expect(comparisonsFindNothing.check(inspection)).toEqual([])
  compared(2, '[]')
  expect(messagesOf(comparisonsFindNothing.check(inspection))[0]).toMatch(
    'had to write 2 missing and 0 stale rows',
  )
  const faults = [{ kind: 'outage', at: shop.now, target: 'database' }]
  expect(comparisonsFindNothing.check({ ...inspection, faults })).toEqual([])
  const lost = [{ kind: 'messages lost', at: 0, target: '' }]
  expect(comparisonsFindNothing.check({ ...inspection, faults: lost })).toEqual([])
  compared(0, '[{"kind":"order"}]')
  expect(messagesOf(comparisonsFindNothing.check({ ...inspection, faults }))[0]).toMatch('found damaged logs')
})
