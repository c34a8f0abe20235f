import { globSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { problemCatalog } from './problem-catalog.ts'

const tests = globSync('{shared,durable-objects,workers,tests,scripts}/**/*.test.ts')
  .filter((file) => !file.includes('problem-catalog'))
  .map((file) => readFileSync(file, 'utf8'))

it('every problem that is documented is provoked by a test', () => {
  const unprovoked = [...problemCatalog.keys()].filter(
    (code) => !tests.some((text) => new RegExp(`['"\`]${code}['"\`]`).test(text)),
  )
  expect(unprovoked).toEqual([])
})

it('every problem tells in whole sentences what happened and what can be done', () => {
  for (const [code, { title, remedy }] of problemCatalog) {
    expect(title, code).toMatch(/^[A-Z].*\.$/)
    expect(remedy, code).toMatch(/^[A-Z`][\s\S]{9,}\.$/)
    // Facts are members of the problem itself: no client sees a member of this name.
    expect(remedy, code).not.toMatch(/\bfacts\b/)
  }
})
