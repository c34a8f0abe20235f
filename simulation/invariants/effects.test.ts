import { expect, it } from 'vitest'
import { deadLettersForAReason, parkedAreRegistered, parkedForAReason } from './effects.ts'
import { SKU, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)
const faults = [{ kind: 'outage', at: 0, target: 'objects' }]

it('finds effects that gave up without a fault, or because of a defect', () => {
  const { shop } = storyOf()
  expect(parkedForAReason.check(shop.inspection())).toEqual([])
  shop.fail('inventory', SKU, { parked: true, error: 'Error: down' })
  expect(messagesOf(parkedForAReason.check(shop.inspection()))).toEqual([
    `inventory/${SKU}: the effect inventory/${SKU}/1#0 (Do to order/ord) is parked after 25 tries: Error: down.`,
  ])
  expect(parkedForAReason.check(shop.inspection({ faults }))).toEqual([])
  shop.fail('inventory', SKU, { parked: true, error: 'Error: down', attempts: 24 })
  expect(parkedForAReason.check(shop.inspection({ faults }))).toHaveLength(1)
  shop.fail('inventory', SKU, { parked: true, error: 'refused: no_recipient', attempts: 1 })
  expect(parkedForAReason.check(shop.inspection({ faults }))).toEqual([])
  shop.fail('inventory', SKU, { parked: false, error: 'refused: order_ended' })
  expect(parkedForAReason.check(shop.inspection({ faults }))).toHaveLength(1)
})

it('finds parked effects that operators do not see', () => {
  const { shop } = storyOf()
  expect(parkedAreRegistered.check(shop.inspection())).toEqual([])
  const id = `inventory/${SKU}/1#0`
  shop.fail('inventory', SKU, { parked: true, error: 'Error: down' })
  expect(messagesOf(parkedAreRegistered.check(shop.inspection()))).toEqual([
    `inventory/${SKU}: the effect ${id} is parked and marked as reported, but not in the register.`,
    `inventory/${SKU}: the effect ${id} is parked, but no SystemError has arrived at the sink.`,
  ])
  const register = (effect: string) =>
    shop.database.change(
      `INSERT INTO parked_effects VALUES (?, 'inventory', ?, ?, 'x', 3, 'down', '')`,
      ...[effect, SKU, effect],
    )
  register(id)
  const arrivals = [{ text: JSON.stringify({ id: `${id}/parked` }), at: 0, isRepeat: false, repeatOf: null }]
  expect(parkedAreRegistered.check(shop.inspection({ arrivals }))).toEqual([])
  const lost = [{ kind: 'messages lost', at: shop.now, target: '' }]
  expect(parkedAreRegistered.check(shop.inspection({ faults: lost }))).toEqual([])
  const before = [{ kind: 'messages lost', at: 0, target: '' }]
  expect(parkedAreRegistered.check(shop.inspection({ faults: before }))).toHaveLength(1)
  register('other/1#0')
  expect(messagesOf(parkedAreRegistered.check(shop.inspection({ arrivals })))).toEqual([
    'The register has the effect other/1#0, which is not parked (any more).',
  ])
  const hung = [{ kind: 'database hang', at: 0, target: 'database INSERT INTO parked_effects (id' }]
  expect(parkedAreRegistered.check(shop.inspection({ arrivals, faults: hung }))).toEqual([])
})

it('finds dead letters that no fault explains', () => {
  const { shop } = storyOf()
  const check = (key: string, known = faults) =>
    deadLettersForAReason.check(shop.inspection({ bucket: () => [{ key, text: '{}' }], faults: known }))
  expect(check('context=order/type=OrderCreated/a.ndjson.gz', [])).toEqual([])
  expect(check('undelivered/dt=2026-03-01/1.json')).toEqual([])
  expect(check('undelivered/dt=2026-03-01/1.json', [])).toHaveLength(1)
  expect(check('invalid/dt=2026-03-01/1.json')).toHaveLength(1)
})
