import { expect, it } from 'vitest'
import type { Arrival, Inspection } from '../world.ts'
import {
  arrivalsAreStored,
  arrivalsInOrder,
  everyEventArrives,
  repeatsAreExplained,
  theLakeKeepsWhatArrived,
} from './sink.ts'
import { SKU, storyOf } from './story.fixture.ts'

const messagesOf = (violations: readonly { message: string }[]) => violations.map(({ message }) => message)

function withArrivals(change: (arrivals: Arrival[]) => Arrival[]): Inspection {
  const inspection = storyOf().shop.inspection()
  return { ...inspection, arrivals: change([...inspection.arrivals]) }
}
const isOfStock = ({ text }: Arrival) => text.includes(`"partitionkey":"inventory/${SKU}"`)

it('finds events that no log has, or that differ from it', () => {
  expect(arrivalsAreStored.check(withArrivals((all) => all))).toEqual([])
  const changed = withArrivals((all) => {
    const first = all.find(isOfStock)
    if (!first) throw new Error('no stock has changed')
    const system = first.text
      .replace('"sequence":"0000000001",', '')
      .replace('inventory.InventoryUpdated', 'system.Started')
    return [
      { ...first, text: first.text.replace('"sequence":"0000000001"', '"sequence":"0000000099"') },
      { ...first, text: first.text.replace('"change":10', '"change":11') },
      { ...first, text: system },
      { ...first, text: system.replace('system.Started', 'order.OrderCreated') },
    ]
  })
  expect(messagesOf(arrivalsAreStored.check(changed))).toEqual([
    `The sink has inventory.InventoryUpdated inventory/${SKU}/1, which no log has.`,
    expect.stringContaining(`The sink has version 1 of inventory/${SKU} as {`),
    `The sink has order.OrderCreated inventory/${SKU}/1, which belongs to no log.`,
  ])
})

const withoutLog = (one: Arrival): Arrival => ({ ...one, text: one.text.replace(/"sequence":"\d+",/, '') })

it('finds repeats that nothing explains', () => {
  const twice = (repeatOf: string | null, from = '', to = '') =>
    withArrivals((all) =>
      all.filter(isOfStock).flatMap((one) => [one, { ...one, text: one.text.replace(from, to), repeatOf }]),
    )
  expect(repeatsAreExplained.check(twice('answer lost'))).toEqual([])
  expect(messagesOf(repeatsAreExplained.check(twice(null)))[0]).toMatch(
    new RegExp(
      `InventoryUpdated inventory/${SKU}/1 has arrived at .* and again at .*, and nothing explains it.`,
    ),
  )
  expect(repeatsAreExplained.check(twice('answer lost', '.v1.json', '.v2.json'))).toEqual([])
  const unsequenced = withArrivals((all) => all.flatMap((one) => [one, one]).map(withoutLog))
  expect(repeatsAreExplained.check(unsequenced)).toEqual([])
  expect(
    messagesOf(repeatsAreExplained.check(twice('answer lost', '"change":10', '"change":11')))[0],
  ).toMatch('has arrived twice with different content')
})

it('finds events that overtake others', () => {
  expect(arrivalsInOrder.check(withArrivals((all) => all))).toEqual([])
  const reversed = withArrivals((all) => all.filter(isOfStock).slice(0, 2).reverse())
  const message = `The sink got version 2 of inventory/${SKU} after version 0: 1 is missing.`
  expect(messagesOf(arrivalsInOrder.check(reversed))).toEqual([message])
  const { configuration } = reversed
  // A batch that was taken in part, or was written as several objects.
  const faults = [{ kind: 'outage', at: 0, target: 'sink' }]
  expect(arrivalsInOrder.check({ ...reversed, faults })).toEqual([])
  expect(arrivalsInOrder.check({ ...reversed, configuration: { ...configuration, sink: 'lake' } })).toEqual(
    [],
  )
  expect(
    arrivalsInOrder.check({ ...reversed, faults, configuration: { ...configuration, strictOrder: true } }),
  ).toHaveLength(1)
})

it('finds events that never arrived, and checkpoints that are behind', () => {
  expect(everyEventArrives.check(withArrivals((all) => all))).toEqual([])
  expect(
    messagesOf(everyEventArrives.check(withArrivals((all) => all.filter((one) => !isOfStock(one))))),
  ).toEqual([
    expect.stringMatching(`inventory/${SKU} has \\d+ events, of which the sink never got version 1, 2,`),
  ])
  const { shop } = storyOf()
  const inspection = shop.inspection()
  shop.forwarder.change(`UPDATE streams SET delivered = 1 WHERE kind = 'inventory'`)
  expect(messagesOf(everyEventArrives.check(inspection))).toEqual([
    expect.stringMatching(`inventory/${SKU} is at version \\d+, and the checkpoint of its forwarder at 1.`),
  ])
  shop.forwarder.change(`UPDATE streams SET held_at = 2 WHERE kind = 'inventory'`)
  expect(everyEventArrives.check(inspection)).toEqual([])
})

it('finds events that compaction has lost, invented, or put into a strange folder', () => {
  const inspection = withArrivals((all) => all.filter(isOfStock).slice(0, 2))
  const [first, second] = inspection.arrivals
  if (!first || !second) throw new Error('no stock has changed')
  const { time } = JSON.parse(first.text) as { time: string }
  const hour = `dt=${time.slice(0, 10)}/hour=${time.slice(11, 13)}`
  const check = (...bucket: { key: string; text: string }[]) =>
    messagesOf(
      theLakeKeepsWhatArrived.check({
        ...inspection,
        configuration: { ...inspection.configuration, sink: 'lake' },
        bucket: () => bucket,
      }),
    )
  const both = `${first.text}\n${second.text}\n`
  const part = { key: `context=inventory/${hour}/a.ndjson.gz`, text: both }
  const ingested = { key: `ingest/${hour}/b.ndjson.gz`, text: first.text }
  expect(check(part)).toEqual([])
  // Written, and not deleted yet.
  expect(check(ingested, part)).toEqual([])
  expect(check(ingested)).toEqual([
    expect.stringMatching(`inventory/${SKU}/2 has arrived in the lake, and is not in it.`),
  ])
  expect(check({ ...part, text: both.replace(`"inventory/${SKU}/2"`, '"x/2"') })).toEqual([
    expect.stringMatching('has inventory.* x/2, which never arrived.'),
    expect.stringMatching(`inventory/${SKU}/2 has arrived in the lake, and is not in it.`),
  ])
  expect(check({ ...part, key: `context=order/${hour}/a.ndjson.gz` })).toHaveLength(2)
  expect(check({ key: 'refused/a.json', text: both })).toHaveLength(2)
})
