import { existsSync, readFileSync } from 'node:fs'
import type { DocumentedAggregate } from './aggregates.ts'
import type { Lives } from './lives.ts'

/** The states of one kind of aggregate as Mermaid draws them. */
export interface StateDiagram {
  readonly kind: string
  /** Which of its states: an order has three. */
  readonly title: string
  readonly lines: readonly string[]
}

/** When the lives play; nothing but the order of events matters. */
const AT = '2026-03-01T12:00:00.000Z'

/**
 * Draws the states that the code itself goes through: folds exemplary lives, event by event, with the
 * data of the stored samples, and notes each change of status with the event that made it.
 *
 * @throws Error for a life with an event that has no sample, and for an event that is in no life
 */
export function stateDiagrams(
  top: string,
  aggregates: readonly DocumentedAggregate[],
  lives: readonly Lives[],
): StateDiagram[] {
  return lives.map(({ kind, title, statusOf, lives: stories }) => {
    const aggregate = aggregates.find((candidate) => candidate.kind === kind)
    if (!aggregate) throw new Error(`there is no kind of aggregate ${kind}`)
    const changes = new Map<string, Set<string>>()
    for (const story of stories) {
      let state: unknown = null
      let before = '[*]'
      for (const name of story) {
        state = aggregate.evolve(state, { type: name, data: sampleOf(top, aggregate, name) }, AT)
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

function sampleOf(top: string, { context, versionOf }: DocumentedAggregate, name: string): unknown {
  const file = `${top}/shared/${context}/samples/${name}.v${versionOf(name)}.json`
  if (!existsSync(file)) throw new Error(`there is no sample ${file}`)
  return JSON.parse(readFileSync(file, 'utf8'))
}
