import { expect, it } from 'vitest'
import { faithfulSnapshot, followedLog, gaplessLog, saneCursors } from './log.ts'
import { SKU, storyOf } from './story.fixture.ts'

it('finds a gap in a log, and an event that cannot be read', () => {
  const { shop, completed } = storyOf()
  expect(gaplessLog.check(shop.inspection())).toEqual([])
  shop.object('inventory', SKU).changeLog('DELETE FROM events WHERE version = 2')
  shop.object('order', completed).changeLog(`UPDATE events SET data = '{}' WHERE version = 1`)
  expect(gaplessLog.check(shop.inspection())).toMatchObject([
    {
      message: `The log of inventory/${SKU} has version 3 where 2 is expected.`,
      about: [`inventory/${SKU}`],
    },
    {
      message: expect.stringContaining(
        `order/${completed} cannot be read at version 1 (OrderCreated, schema 5)`,
      ),
    },
  ])
})

it('finds an object with the log of another, and an event of a schema that is not known', () => {
  const { shop } = storyOf()
  const inspection = shop.inspection()
  shop.object('inventory', SKU).changeLog(`UPDATE stream SET id = 'PEN'`)
  shop.object('product', SKU).changeLog('UPDATE events SET schema = 9 WHERE version = 1')
  expect(gaplessLog.check(inspection).map(({ message }) => message)).toEqual([
    expect.stringContaining('stored as ProductCreated with schema 9'),
    `The object of inventory/${SKU} has recorded the identity inventory/PEN.`,
  ])
})

it('finds a snapshot that is not the state, or leaves effects behind', () => {
  const { shop } = storyOf()
  const { state } = shop.state('product', SKU)
  const product = shop.object('product', SKU)
  product.change(
    `CREATE TABLE snapshot (one INTEGER PRIMARY KEY, version INTEGER, state_version INTEGER, state TEXT,
      created_at TEXT, updated_at TEXT)`,
  )
  product.change(
    `INSERT INTO snapshot VALUES (1, 1, ?, ?, '', '')`,
    shop.stateVersion('product'),
    JSON.stringify(state),
  )
  expect(faithfulSnapshot.check(shop.inspection())).toEqual([])
  product.change(`UPDATE snapshot SET state = json_set(state, '$.name', 'A cup')`)
  expect(faithfulSnapshot.check(shop.inspection())).toMatchObject([
    { message: expect.stringContaining(`The snapshot of product/${SKU} at version 1 is`) },
  ])
  const inspection = shop.inspection()
  product.changeLog('UPDATE stream SET reacted = 0')
  expect(faithfulSnapshot.check(inspection).map(({ message }) => message)).toContainEqual(
    expect.stringContaining('reacted only up to 0'),
  )
})

it('finds cursors and records that point nowhere', () => {
  const { shop, completed } = storyOf()
  expect(saneCursors.check(shop.inspection())).toEqual([])
  const inspection = shop.inspection()
  shop.object('product', SKU).changeLog('UPDATE stream SET sent = 0')
  shop
    .object('order', completed)
    .changeLog('UPDATE commands SET last = 99 WHERE first = (SELECT min(first) FROM commands)')
  expect(saneCursors.check(inspection).map(({ message }) => message)).toEqual([
    `product/${SKU} is at version 1, with the cursors sent 0, published 1, reacted 1.`,
    expect.stringMatching(/the record of the command .* names versions \d+ to 99/),
  ])
})

it('finds events that were not published, and effects that still wait', () => {
  const { shop } = storyOf()
  expect(followedLog.check(shop.inspection())).toEqual([])
  const inspection = shop.inspection()
  shop.object('product', SKU).changeLog('UPDATE stream SET published = 0, reacted = 0')
  shop.fail('inventory', SKU, { parked: false, error: 'Error: down' })
  expect(followedLog.check(inspection).map(({ message }) => message)).toEqual([
    `product/${SKU} is at version 1, but only 0 is confirmed as published.`,
    `product/${SKU} is at version 1, but has reacted only up to 0.`,
    `inventory/${SKU}: the effect inventory/${SKU}/1#0 still waits after 25 tries (Error: down).`,
  ])
})
