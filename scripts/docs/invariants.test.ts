import { describe, expect, it } from 'vitest'
import type { Invariant } from '../../simulation/world.ts'
import { withInvariants } from './invariants.ts'

const BEGIN = '<!-- invariants: written by `npx bun run docs` -->'
const END = '<!-- end of invariants -->'
const noGap: Invariant = { name: 'no gap', promise: 'Versions are 1, 2, 3.', always: true, check: () => [] }
const ends: Invariant = { name: 'ends', promise: 'It is one | the other.', always: false, check: () => [] }

describe('the table of invariants', () => {
  it('replaces what was between its two comments, and nothing else', () => {
    const page = withInvariants(`Before.\n\n${BEGIN}\n| old |\n${END}\n\nAfter.\n`, [noGap, ends])
    expect(page).toBe(
      [
        ...['Before.', '', BEGIN, '| invariant | promise | holds |', '| --- | --- | --- |'],
        '| no gap | Versions are 1, 2, 3. | always |',
        '| ends | It is one \\| the other. | at rest |',
        ...[END, '', 'After.', ''],
      ].join('\n'),
    )
    expect(withInvariants(page, [noGap, ends])).toBe(page)
  })

  it.each([
    ['without comments', 'A page.'],
    ['without the second', `${BEGIN}\n`],
    ['with the first twice', `${BEGIN}\n${END}\n${BEGIN}\n`],
    ['with the second twice', `${BEGIN}\n${END}\n${END}\n`],
  ])('needs both comments: %s', (_, page) => {
    expect(() => withInvariants(page, [noGap])).toThrow('each once')
  })
})
