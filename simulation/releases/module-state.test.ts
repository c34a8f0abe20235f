import { describe, expect, it } from 'vitest'
import { renewable, stateOf } from './module-state.ts'

/** What a module's function answers: twice, and once more after its state was renewed. */
function answersOf(text: string): unknown[] {
  const renewals: (() => void)[] = []
  const work = new Function('onRenewal', `${renewable(text)}\nreturn work`)((renew: () => void) => {
    renewals.push(renew)
  })
  const answers = [work(), work()]
  for (const renew of renewals) renew()
  return [...answers, work()]
}

describe('the state of a module', () => {
  it.each([
    ['a variable', 'let count = 0\nfunction work() { count += 1; return count }', [1, 2, 1]],
    [
      'one without a value',
      'let last\nfunction work() { const was = last; last = 1; return was }',
      [undefined, 1, undefined],
    ],
    ['an empty array', 'const seen = []\nfunction work() { return seen.push(1) }', [1, 2, 1]],
    [
      'an empty object',
      'const seen = {}\nfunction work() { seen.n = (seen.n ?? 0) + 1; return seen.n }',
      [1, 2, 1],
    ],
    ['a map', 'const seen = new Map()\nfunction work() { return seen.set(seen.size, 1).size }', [1, 2, 1]],
    [
      'an instance',
      'class One { n = 0 }\nconst one = new One()\nfunction work() { one.n += 1; return one.n }',
      [1, 2, 1],
    ],
  ])('is renewed where it is %s', (_, text, answers) => {
    expect(stateOf(text)).toEqual([])
    expect(answersOf(text)).toEqual(answers)
  })

  it('leaves a table alone that the module fills', () => {
    const text =
      'const hex = []\nfor (let n = 0; n < 9; n += 1) {\n  hex.push(n)\n}\nfunction work() { return hex.length }'
    expect(answersOf(text)).toEqual([9, 9, 9])
  })

  it.each([
    'const seen = new WeakMap<object, string>()',
    'export let last: Instant | null = null',
    'export const errors = new ErrorLog()',
    'let last: Instant | undefined',
    'const words = ["a", "b"]\nexport const has = (word: string) => words.includes(word)',
    'const words: ReadonlySet<string> = new Set(["a"])\nconst other = { words }\nif (other.words === words) other.words.has("b")',
    'const ELEMENT = new RegExp("a", "y")\nELEMENT.lastIndex = 0',
    'const rules = { max: 3 } as const\nif (given.rules.max === 3) same(rules)',
  ])('is not missed, or there is none: %s', (text) => {
    expect(stateOf(text)).toEqual([])
  })

  it.each([
    'export let [first, second] = pair()',
    'var last = 0',
    'const hex = []\nfor (let n = 0; n < 9; n += 1)\n  hex.push(n)',
    'const names = new Map<string, string>()\nnames.set("a", "b")',
    'let last = {\n  at: 0,\n}',
    'const seen = ["a"]\nfunction work() { seen.push("b") }',
    'const seen = ["a"]\nfunction work() { seen[0] = "b" }',
    'const last = { at: 0 }\nfunction work() { last.at = 1 }',
    'const last = { at: { ms: 0 } }\nfunction work() { last.at.ms += 1 }',
    'const last = { at: 0 }\nfunction work() { delete last.at }',
    'const seen = new Set(["a"])\nfunction work() { seen.add("b") }',
    'const log = new ErrorLog(10)',
    'class One {\n  static count = 0\n}',
    'class One {\n  static readonly seen = new Map<string, number>()\n}',
  ])('is found where it cannot be renewed: %s', (text) => {
    expect(stateOf(text)).toHaveLength(1)
  })
})
