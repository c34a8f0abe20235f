import { readFileSync } from 'node:fs'
import { costs } from '../../durable-objects/aggregate/costs.fixture.ts'
import { registry } from '../../shared/registry.ts'
import { invariants } from '../../simulation/invariants/index.ts'
import { documentedAggregates } from './aggregates.ts'
import { costsTable } from './costs.ts'
import { withPart } from './generated-part.ts'
import { histories } from './histories.ts'
import { invariantsTable } from './invariants.ts'
import { eventStormingPage } from './page.ts'
import { readSources } from './sources.ts'
import { stateDiagrams } from './states.ts'

/** The generated pages (two of them in part), and the elements of the event storming that the code lacks. */
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
    pageWith(top, 'docs/simulation.md', 'invariants', invariantsTable(invariants)),
    pageWith(top, 'docs/performance.md', 'costs', costsTable(costs)),
  ]
  return { pages, missing }
}

/** A page of which one part is generated. */
function pageWith(top: string, file: string, part: string, text: string) {
  return { file, text: withPart(readFileSync(`${top}/${file}`, 'utf8'), part, text) }
}
