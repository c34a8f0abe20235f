import { readFileSync } from 'node:fs'
import { z } from 'zod'
import type { DocumentedAggregate } from './aggregates.ts'
import { AT, type Happened, type Histories } from './histories.ts'

/** A Mermaid diagram of the states of one kind of aggregate. */
export interface StateDiagram {
  readonly kind: string
  /** Which of its statuses: an order has three. */
  readonly title: string
  readonly lines: readonly string[]
}

/**
 * Draws the states that the code passes through: folds example histories, event by event, with the
 * data of the stored samples, and notes each change of status with the event that made it.
 *
 * @throws Error for a history with an unknown event
 */
export function stateDiagrams(
  top: string,
  aggregates: readonly DocumentedAggregate[],
  diagrams: readonly Histories[],
): StateDiagram[] {
  return diagrams.map(({ kind, title, names = {}, statusOf, histories }) => {
    const aggregate = aggregates.find((candidate) => candidate.kind === kind)
    if (!aggregate) throw new Error(`there is no kind of aggregate ${kind}`)
    const changes = new Map<string, Set<string>>()
    for (const history of histories) {
      let state: unknown = null
      let before = '[*]'
      for (const happened of history) {
        const { name, data } = dataOf(top, aggregate, happened, names)
        state = aggregate.evolve(state, { type: name, data }, AT)
        const after = statusOf(state)
        if (after !== before) {
          const change = `${before} --> ${after}`
          changes.set(change, (changes.get(change) ?? new Set()).add(name))
        }
        before = after
      }
    }
    const lines = [...changes].map(([change, events]) => `  ${change}: ${[...events].join(', ')}`)
    return { kind, title, lines: ['stateDiagram-v2', ...lines] }
  })
}

/** An event's name and data: the newest sample, with the history's names and the event's own data. */
function dataOf(
  top: string,
  { kind, context, events, versionOf }: DocumentedAggregate,
  happened: Happened,
  names: Readonly<Record<string, string>>,
): { name: string; data: Readonly<Record<string, unknown>> } {
  const [name, own] = typeof happened === 'string' ? [happened, {}] : happened
  if (!events.includes(name)) throw new Error(`there is no event ${name} of ${kind}`)
  const file = `${top}/contracts/samples/${context}/${name}.v${versionOf(name)}.json`
  const sample = z.record(z.string(), z.unknown()).parse(JSON.parse(readFileSync(file, 'utf8')))
  const named = Object.fromEntries(Object.entries(names).filter(([field]) => Object.hasOwn(sample, field)))
  return { name, data: { ...sample, ...named, ...own } }
}
