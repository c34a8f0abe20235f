import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { patchedFiles, patchedText } from '../releases/patch.ts'
import { variants } from './variants.ts'

describe('variants that are broken on purpose', () => {
  it('have names of their own, and a promise each', () => {
    expect(new Set(variants.map(({ name }) => name)).size).toBe(variants.length)
    for (const { name, promise } of variants) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)+$/)
      expect(promise, name).toMatch(/^[A-Z].{20,}\.$/)
    }
  })

  it.each(variants)('$name applies to the source as it is', ({ patches }) => {
    expect(patches).not.toEqual([])
    for (const file of patchedFiles(patches)) {
      const text = readFileSync(file, 'utf8')
      expect(patchedText(file, text, patches)).not.toBe(text)
    }
  })
})
