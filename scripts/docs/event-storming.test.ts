import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { registry } from '../../shared/registry.ts'
import { documentedAggregates } from './aggregates.ts'
import { drawnEvents } from './drawn.ts'
import { generatedPages } from './generate.ts'
import { eventStormingPage } from './page.ts'
import { readSources, type Sources } from './sources.ts'

const sources = readSources('.')
const aggregates = documentedAggregates(registry)

/** The sources without the matches of a pattern in files of one kind. */
function without(sort: 'code' | 'tests', pattern: RegExp): Sources {
  const gone = sources[sort].map(({ file, text }) => ({ file, text: text.replaceAll(pattern, 'gone') }))
  return { ...sources, [sort]: gone }
}

describe('the page that traces the event storming', () => {
  it('finds every drawn thing in the code and in a test, and is up to date', () => {
    const { pages, missing } = generatedPages('.')
    expect(missing).toEqual([])
    for (const { file, text } of pages)
      expect(readFileSync(file, 'utf8') === text, `${file} is out of date; run: npx bun run docs`).toBe(true)
  })

  it('draws what contexts send each other, from whichever file of a context', () => {
    const { text } = eventStormingPage(sources, aggregates, [])
    expect(text).toContain('order -->|ProcessPayment<br/>')
    expect(text).toContain('payment -->|')
    expect(text).toContain('order -->|RequestReview| review')
  })

  it('tells of a drawn event, command or policy that is no longer in the code', () => {
    const { missing: events } = eventStormingPage(without('code', /'DeliveryFailed'/g), aggregates, [])
    expect(events).toContain('event delivery.DeliveryFailed is not in the code')
    const { missing: commands } = eventStormingPage(without('code', /'ReserveInventory'/g), aggregates, [])
    expect(commands).toContain('command inventory.ReserveInventory is not in the code')
    const { missing: policies } = eventStormingPage(without('code', /allocationPolicy/g), aggregates, [])
    expect(policies).toContain('policy AllocationPolicy is not in the code')
  })

  it('tells of what no test shows', () => {
    const { missing } = eventStormingPage(without('tests', /CacheWarmed/g), aggregates, [])
    expect(missing).toEqual(['event system.CacheWarmed is shown by no test'])
  })

  it('knows of every event that was drawn', () => {
    expect(drawnEvents).toHaveLength(40)
  })
})
