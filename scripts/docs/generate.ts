import { registry } from '../../shared/registry.ts'
import { documentedAggregates } from './aggregates.ts'
import { lives } from './histories.ts'
import { eventStormingPage } from './page.ts'
import { readSources } from './sources.ts'
import { stateDiagrams } from './states.ts'

/** The pages that are made from the code, and what was drawn but is not there. */
export function generatedPages(top: string): {
  pages: { file: string; text: string }[]
  missing: readonly string[]
} {
  const aggregates = documentedAggregates(registry)
  const { text, missing } = eventStormingPage(
    readSources(top),
    aggregates,
    stateDiagrams(top, aggregates, lives),
  )
  return { pages: [{ file: 'docs/event-storming.md', text }], missing }
}
