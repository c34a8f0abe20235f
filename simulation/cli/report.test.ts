import { expect, it } from 'vitest'
import { type Summary, Totals } from '../run/summary.ts'
import { coverageText, lackText, totalsText, violationsText } from './report.ts'

it('shows a few violations of each invariant, and counts the others', () => {
  const of = (invariant: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ invariant, message: `number ${index}`, about: [] }))
  expect(violationsText([...of('one', 5), ...of('other', 1)])).toBe(
    [
      'BROKEN one: number 0',
      'BROKEN one: number 1',
      'BROKEN one: number 2',
      '  … and 2 more of: one',
      'BROKEN other: number 0',
    ].join('\n'),
  )
})

const summary: Summary = {
  ...{ seed: 1, fingerprint: '', violations: [], turns: 1 },
  ...{ requests: 5, commands: 3, events: 10, arrivals: 8, repeats: 1 },
  eventTypes: ['order.OrderCreated', 'system.SystemError'],
  setAside: { refused: 2, recovered: 1, held: 1, messages: 4 },
  parked: 1,
  refusals: { '4xx': 2, '5xx': 1 },
  faults: { evicted: 1 },
}

it('adds up dead letters, parked effects and refusals of all runs', () => {
  const totals = new Totals()
  totals.add(summary)
  totals.add({ ...summary, eventTypes: ['cart.CartCreated'], refusals: { '4xx': 5 } })
  expect([...totals.eventTypes]).toEqual(['order.OrderCreated', 'system.SystemError', 'cart.CartCreated'])
  const lines = totalsText(totals, 2).split('\n')
  expect(lines).toContain(
    '4 dead letters of sinks, 2 of them delivered later, 2 streams held; 8 dead letters of queues; 2 parked effects',
  )
  expect(lines).toContain('answers to refused requests: 7 4xx, 1 5xx')
  expect(lines.at(-1)).toMatch(/^3 of 1\d\d event types; never: cart\./)
})

it('names the types of events that never occurred', () => {
  const never = ['cart.CartMerged', 'order.OrderCompleted']
  expect(coverageText({ seen: 3, all: 5, never, lacking: [] })).toBe(
    '3 of 5 event types; never: cart.CartMerged, order.OrderCompleted',
  )
  expect(coverageText({ seen: 5, all: 5, never: [], lacking: [] })).toBe('5 of 5 event types')
})

it('fails a long run that lacks types of events, and no short one', () => {
  const coverage = { seen: 4, all: 5, never: ['cart.CartMerged'], lacking: ['cart.CartMerged'] }
  expect(lackText(coverage, 1_000)).toMatch(/^NOT COVERED: in 1,?000 seeds there was no cart\.CartMerged\./)
  expect(lackText(coverage, 999)).toBeNull()
  expect(lackText({ ...coverage, lacking: [] }, 1_000)).toBeNull()
})
