import { describe, expect, it } from 'vitest'
import { Problem } from '../problems.ts'
import { entityTag, ifMatch, ifNoneMatch } from './conditions.ts'

describe('If-Match', () => {
  it.each([
    [undefined, undefined],
    ['"3"', [3]],
    [' "12" ', [12]],
    ['*', 'any'],
    // What Cloudflare makes of a tag when it compresses the answer.
    ['W/"3"', [3]],
    ['"1", "2"', [1, 2]],
    ['W/"1",\t"x,y" ,, "2",', [1, 2]],
    // Tags, but of no version.
    ['"abc"', []],
    ['""', []],
    ['"0"', []],
    ['"03"', []],
    ['"-1"', []],
    ['"9007199254740993"', []],
  ])('%s asks for %j', (field, condition) => {
    expect(ifMatch(field)).toEqual(condition)
  })
  it.each(['3', 'abc', '"3', '', ',', '"1" "2"', '*, "1"', 'w/"1"', 'W/ "1"', '"a b"', '"1";q=1'])(
    '%s is refused',
    (field) => {
      expect(() => ifMatch(field)).toThrow(expect.objectContaining({ code: 'invalid_header' }))
    },
  )
  it('of more tags than anyone has use for is refused', () => {
    const tags = (count: number) => Array.from({ length: count }, (_, index) => `"${index + 1}"`).join()
    expect(ifMatch(tags(100))).toHaveLength(100)
    expect(() => ifMatch(tags(101))).toThrow(Problem)
  })
  it('matches what was given as an ETag', () => {
    expect(ifMatch(entityTag(12))).toEqual([12])
  })
  it('that is refused is a problem that names it', () => {
    expect(() => ifMatch('3')).toThrow(
      expect.objectContaining({
        occurrence: { facts: { errors: [expect.objectContaining({ parameter: 'If-Match' })] } },
      }),
    )
  })
})

describe('If-None-Match', () => {
  it.each([
    [undefined, false],
    ['"3"', true],
    ['W/"3"', true],
    ['"1", "3"', true],
    ['"a,b", W/"3"', true],
    ['*', true],
    [' * ', true],
    ['"4"', false],
    ['"1,3"', false],
    ['3', false],
    ['"3', false],
  ])('%s holds version 3: %s', (field, holds) => {
    expect(ifNoneMatch(field, 3)).toBe(holds)
  })
})
