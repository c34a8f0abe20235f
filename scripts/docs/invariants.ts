import type { Invariant } from '../../simulation/world.ts'

const BEGIN = '<!-- invariants: written by `npx bun run docs` -->'
const END = '<!-- end of invariants -->'

/**
 * The page with the table of all invariants in its place.
 *
 * @throws Error if the page lacks the comments between which the table stands
 */
export function withInvariants(page: string, invariants: readonly Invariant[]): string {
  const [before, rest, ...more] = page.split(BEGIN)
  const [, after, ...others] = rest?.split(END) ?? []
  if (before === undefined || after === undefined || more.length > 0 || others.length > 0)
    throw new Error(`The page needs these two lines, each once:\n${BEGIN}\n${END}`)
  return [before, BEGIN, '\n', table(invariants), '\n', END, after].join('')
}

function table(invariants: readonly Invariant[]): string {
  const rows = invariants.map(({ name, promise, always }) =>
    [name, promise, always ? 'always' : 'at rest'].map((cell) => cell.replaceAll('|', '\\|')),
  )
  return [['invariant', 'promise', 'holds'], ['---', '---', '---'], ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')
}
