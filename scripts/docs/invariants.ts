import type { Invariant } from '../../simulation/world.ts'
import { markdownTable } from './generated-part.ts'

/** The table of all invariants of the simulator. */
export function invariantsTable(invariants: readonly Invariant[]): string {
  return markdownTable([
    ['invariant', 'promise', 'holds'],
    ...invariants.map(({ name, promise, always }) => [name, promise, always ? 'always' : 'at rest']),
  ])
}
