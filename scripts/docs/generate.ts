import { registry } from '../../shared/registry.ts'
import { documentedAggregates } from './aggregates.ts'
import { histories } from './histories.ts'
import { eventStormingPage } from './page.ts'
import { readSources } from './sources.ts'
import { stateDiagrams } from './states.ts'

/** The generated pages, and the elements of the event storming that the code lacks. */
export function generatedPages(top: string): {
  pages: { file: string; text: string }[]
  missing: readonly string[]
} {
  const aggregates = documentedAggregates(registry)
  const { text, missing } = eventStormingPage(
    readSources(top),
    aggregates,
    stateDiagrams(top, aggregates, histories),
  )
  return { pages: [{ file: 'docs/event-storming.md', text }], missing }
}
