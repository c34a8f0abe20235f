import { describe, expect, it } from 'vitest'
import { applyPatch, patchedFiles, patchedText } from './patch.ts'

const patch = { file: 'shared/one.ts', find: 'a < b', replace: '$& <= $1' }

describe('a patch', () => {
  it('replaces its text, taken literally', () => {
    expect(applyPatch('if (a < b) return', patch)).toBe('if ($& <= $1) return')
  })

  it.each([
    ['missing', 'if (a > b) return', '0 times'],
    ['repeated', 'a < b && a < b', '2 times'],
  ])('names file and text where the text is %s', (_, text, count) => {
    expect(() => applyPatch(text, patch)).toThrow(`shared/one.ts has this ${count}`)
    expect(() => applyPatch(text, patch)).toThrow('a < b')
  })

  it('is applied to its own file only, after those before it', () => {
    const patches = [
      { file: 'shared/one.ts', find: 'one', replace: 'two' },
      { file: 'shared/other.ts', find: 'one', replace: 'none' },
      { file: 'shared/one.ts', find: 'two', replace: 'three' },
    ]
    expect(patchedText('shared/one.ts', 'one', patches)).toBe('three')
    expect(patchedFiles(patches)).toEqual(['shared/one.ts', 'shared/other.ts'])
  })
})
