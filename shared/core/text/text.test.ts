import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasUnreadableText, readableJson, textFault, utf8Length } from './text.ts'

describe('a line of text', () => {
  it.each([
    '',
    '  ',
    'Ada Lovelace',
    'Åsa Ångström-Þórsdóttir',
    'महात्मा गाँधी',
    'น้ำ',
    '山田 太郎',
    'שרה כהן',
    'مريم\u200f',
    '👩🏽‍🚀 Zoë',
    `a${'\u0301'.repeat(30)}`,
  ])('is %j', (text) => {
    expect(textFault(text)).toBeNull()
  })
  it.each([
    ['\ud800', 'malformed_unicode'],
    ['Ada \udc00', 'malformed_unicode'],
    ['\udc00\ud800', 'malformed_unicode'],
    ['Ada\u0000', 'control_character'],
    ['\u001b[31mAda', 'control_character'],
    ['Ada\u0085', 'control_character'],
    ['\u007f', 'control_character'],
    ['Ada\nBcc: all', 'line_break'],
    ['Ada\tLovelace', 'line_break'],
    ['Ada\u2028Lovelace', 'line_break'],
    ['\u202eecalevoL', 'direction_override'],
    ['\u2067Ada', 'direction_override'],
    ['\u200b', 'nothing_visible'],
    [' \u2060 \u3164', 'nothing_visible'],
    ['\u2800\u2800', 'nothing_visible'],
    ['\u{e0041}', 'nothing_visible'],
    [`a${'\u0301'.repeat(31)}`, 'too_many_marks'],
    [`a${'\u0334\uff9e'.repeat(16)}`, 'too_many_marks'],
  ])('is not %j: %s', (text, fault) => {
    expect(textFault(text)).toBe(fault)
  })
})

describe('several lines', () => {
  it.each(['one\ntwo', 'one\r\n\ttwo', '\u2067שלום\u2069, world'])('are %j', (text) => {
    expect(textFault(text, 'lines')).toBeNull()
  })
  it.each([
    ['one\u0000two', 'control_character'],
    ['one\ud83d', 'malformed_unicode'],
    ['one\u000btwo', 'control_character'],
  ])('are not %j', (text, fault) => {
    expect(textFault(text, 'lines')).toBe(fault)
  })
})

it('counts every character that normalization may turn into marks', () => {
  const counted = (character: string) => textFault(`a${character.repeat(31)}`, 'lines') === 'too_many_marks'
  const missed: string[] = []
  for (let point = 0xa0; point <= 0x10ffff; point += 1) {
    if (point >= 0xd800 && point <= 0xdfff) continue
    const character = String.fromCodePoint(point)
    if (/^\p{M}/u.test(character.normalize('NFKD')) && !counted(character)) missed.push(point.toString(16))
  }
  expect(missed).toEqual([])
})

describe('JSON for readers of all sorts', () => {
  it.each([
    [{ name: 'Ada 👍', 'k\n': [1, null, 'x\\ud800'] }, '{"name":"Ada 👍","k\\n":[1,null,"x\\\\ud800"]}'],
    [
      { name: 'a\ud800b\u0000', lines: ['\udc00\ud800'] },
      '{"name":"a\ufffdb\ufffd","lines":["\ufffd\ufffd"]}',
    ],
    [{ '\ud83d': { deep: { '\u0000': '\ude00' } } }, '{"\ufffd":{"deep":{"\ufffd":"\ufffd"}}}'],
  ])('%j is written as text', (value, json) => {
    expect(readableJson(value)).toBe(json)
    expect(hasUnreadableText(readableJson(value))).toBe(false)
  })
  it.each([
    ['{"a":"\\ud800"}', true],
    ['{"\\u0000":1}', true],
    ['["\\uDFFF"]', true],
    ['{"a":"\\\\ud800"}', false],
    ['{"a":"\\ud83d\\ude00"}', false],
  ])('%s is unreadable: %s', (json, unreadable) => {
    expect(hasUnreadableText(json)).toBe(unreadable)
  })
})

it('the length of a text in UTF-8 is that of its encoded form', () => {
  const units = fc.array(fc.oneof(fc.nat(0xff), fc.nat(0xffff), fc.integer({ min: 0xd700, max: 0xe0ff })))
  fc.assert(
    fc.property(units, (text) => {
      const built = String.fromCharCode(...text)
      expect(utf8Length(built)).toBe(new TextEncoder().encode(built).length)
    }),
    { numRuns: 1_000 },
  )
})
