import { readFileSync } from 'node:fs'
import { registry } from '../../shared/registry.ts'
import { invariants } from '../../simulation/invariants/index.ts'
import { documentedAggregates } from './aggregates.ts'
import { histories } from './histories.ts'
import { withInvariants } from './invariants.ts'
import { eventStormingPage } from './page.ts'
import { readSources } from './sources.ts'
import { stateDiagrams } from './states.ts'

const SIMULATION = 'docs/simulation.md'

/** The generated pages (one of them in part), and the elements of the event storming that the code lacks. */
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
  const pages = [
    { file: 'docs/event-storming.md', text },
    { file: SIMULATION, text: withInvariants(readFileSync(`${top}/${SIMULATION}`, 'utf8'), invariants) },
  ]
  return { pages, missing }
}
