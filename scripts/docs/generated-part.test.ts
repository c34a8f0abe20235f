import { describe, expect, it } from 'vitest'
import type { Invariant } from '../../simulation/world.ts'
import { costsTable } from './costs.ts'
import { withPart } from './generated-part.ts'
import { invariantsTable } from './invariants.ts'

const BEGIN = '<!-- numbers: written by `npx bun run docs` -->'
const END = '<!-- end of numbers -->'

describe('a generated part', () => {
  it('replaces what was between its two comments, and nothing else', () => {
    const page = withPart(`Before.\n\n${BEGIN}\n| old |\n${END}\n\nAfter.\n`, 'numbers', 'one\ntwo')
    expect(page).toBe(['Before.', '', BEGIN, 'one', 'two', END, '', 'After.', ''].join('\n'))
    expect(withPart(page, 'numbers', 'one\ntwo')).toBe(page)
  })

  it.each([
    ['without comments', 'A page.'],
    ['without the second', `${BEGIN}\n`],
    ['with the first twice', `${BEGIN}\n${END}\n${BEGIN}\n`],
    ['with the second twice', `${BEGIN}\n${END}\n${END}\n`],
  ])('needs both comments: %s', (_, page) => {
    expect(() => withPart(page, 'numbers', '')).toThrow('each once')
  })
})

it('the table of invariants says when each holds', () => {
  const noGap: Invariant = { name: 'no gap', promise: 'Versions are 1, 2, 3.', always: true, check: () => [] }
  const ends: Invariant = { name: 'ends', promise: 'It is one | the other.', always: false, check: () => [] }
  expect(invariantsTable([noGap, ends])).toBe(
    [
      ...['| invariant | promise | holds |', '| --- | --- | --- |'],
      ...['| no gap | Versions are 1, 2, 3. | always |', '| ends | It is one \\| the other. | at rest |'],
    ].join('\n'),
  )
})

it('the table of costs sums a command that touches several objects', () => {
  const one = { rowsWritten: 1, alarmsSet: 2, rpcs: 3, queueSends: 4 }
  expect(
    costsTable({ firstItem: { cart: one }, checkout: { order: one, cart: one } })
      .split('\n')
      .slice(2),
  ).toEqual([
    '| first item into a cart | cart | 1 | 2 | 3 | 4 |',
    '| checkout of one line, up to the scheduled delivery | order | 1 | 2 | 3 | 4 |',
    '| checkout of one line, up to the scheduled delivery | cart | 1 | 2 | 3 | 4 |',
    '| checkout of one line, up to the scheduled delivery | **all** | 2 | 4 | 6 | 8 |',
  ])
})
