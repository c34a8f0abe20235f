import { describe, expect, it } from 'vitest'
import { textErrors } from './body-text.ts'

const faults = (body: unknown) =>
  textErrors(body).map((error) => ('pointer' in error ? [error.pointer, error.code] : []))

describe('the text of a body', () => {
  it.each([
    [{ name: 'Ada', tags: ['a', 'b'], price: { amount: 1 }, ok: null }],
    [{ text: 'two\nlines', lines: [{ note: 'a\tb' }], description: 'one\r\ntwo' }],
    [[]],
    [3],
  ])('is well in %j', (body) => {
    expect(faults(body)).toEqual([])
  })
  it('is pointed at, in the order in which it stands', () => {
    expect(
      faults({
        name: 'a\u0000',
        addresses: [{ line1: 'fine' }, { line1: '\ud800', 'a/b~': '\u202e' }],
        text: 'a\u0007\n',
        reason: 'one\ntwo',
      }),
    ).toEqual([
      ['/name', 'control_character'],
      ['/addresses/1/line1', 'malformed_unicode'],
      ['/addresses/1/a~1b~0', 'direction_override'],
      ['/text', 'control_character'],
      ['/reason', 'line_break'],
    ])
  })
  it('is looked for in names too, which are never repeated', () => {
    expect(faults({ a: { 'x\u0000': 1, ok: '\ud800' } })).toEqual([
      ['/a', 'control_character'],
      ['/a/ok', 'malformed_unicode'],
    ])
    expect(faults({ 'b\udc00': { c: '\ud800' } })).toEqual([
      ['', 'malformed_unicode'],
      ['', 'malformed_unicode'],
    ])
  })
  it('is pointed at no further than a pointer is fit to print', () => {
    expect(faults({ a: { ['k'.repeat(65)]: { b: '\u0000' } } })).toEqual([['/a', 'control_character']])
  })
  it('is measured alike where the fields are not ours', () => {
    expect(textErrors({ anything: 'one\ntwo' }, 'lines')).toEqual([])
    expect(textErrors({ anything: 'one\u0000two' }, 'lines')).toHaveLength(1)
  })
  it('is not looked at any more after enough faults, nor too deep', () => {
    expect(faults(Array.from({ length: 10_000 }, () => '\u0000'))).toHaveLength(20)
    expect(
      faults(Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`\u0000${n}`, '\u0000']))),
    ).toHaveLength(20)
    const deep = JSON.parse(`${'['.repeat(30_000)}${']'.repeat(30_000)}`)
    expect(faults(deep)).toEqual([['/0'.repeat(32), 'too_deep']])
    expect(faults(JSON.parse(`${'{"a":'.repeat(31)}"x"${'}'.repeat(31)}`))).toEqual([])
  })
})
