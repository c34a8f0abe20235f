import { expect, it } from 'vitest'
import { violationsText } from './report.ts'

it('shows a few violations of each invariant, and counts the others', () => {
  const of = (invariant: string, count: number) =>
    Array.from({ length: count }, (_, index) => ({ invariant, message: `number ${index}`, about: [] }))
  expect(violationsText([...of('one', 5), ...of('other', 1)])).toBe(
    [
      'BROKEN one: number 0',
      'BROKEN one: number 1',
      'BROKEN one: number 2',
      '  … and 2 more of: one',
      'BROKEN other: number 0',
    ].join('\n'),
  )
})
