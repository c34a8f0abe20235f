import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeEmail } from './normalize-email.ts'

describe('normalizeEmail', () => {
  it.each([
    ['ada@example.com', 'ada@example.com'],
    ['  Ada.Lovelace+shop@Example.COM \n', 'ada.lovelace+shop@example.com'],
    ["o'neil@example.com", "o'neil@example.com"],
    // Full-width letters and sign, as an input method may leave them.
    ['Ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
    // One letter with an accent, and a letter followed by one.
    ['jos\u00e9@example.com', 'jos\u00e9@example.com'],
    ['JOSE\u0301@example.com', 'jos\u00e9@example.com'],
    ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
    ['ada@BÜCHER.example', 'ada@xn--bcher-kva.example'],
    ['ada@XN--BCHER-KVA.example', 'ada@xn--bcher-kva.example'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%s is %s', (text, expected) => {
    expect(normalizeEmail(text)).toBe(expected)
  })

  it.each([
    '',
    'ada',
    '@example.com',
    'ada@',
    'ada@@example.com',
    'ada@home@example.com',
    'ada@home.example@example.com',
    'ada@localhost',
    'ada lovelace@example.com',
    'ada@exam ple.com',
    'ada@example.com, bob@example.com',
    'ada\n@example.com',
    'ada@exa\nmple.com',
    'ada\u0000@example.com',
    'a\u200bda@example.com',
    'ada\ufe0f@example.com',
    'Ada <ada@example.com>',
    '"ada"@example.com',
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'ada@example..com',
    'ada@.example.com',
    'ada@example.com.',
    'ada@-example.com',
    'ada@example-.com',
    'ada@example.com/path',
    'ada@example.com:80',
    'ada@example.com?x',
    'ada@user:secret@example.com',
    'ada@127.0.0.1',
    'ada@0x7f.1',
    'ada@[::1]',
    'ada@example.123',
    'ada@exa%6Dple.com',
    `${'a'.repeat(65)}@example.com`,
    `ada@${'a'.repeat(64)}.com`,
    // Each part is short enough, but not the whole.
    `${'a'.repeat(64)}@${`${'b'.repeat(60)}.`.repeat(3)}${'c'.repeat(10)}`,
    // Long only once it is written in ASCII.
    `a@${`${'ü'.repeat(55)}.`.repeat(4)}example`,
  ])('%j is no address', (text) => {
    expect(normalizeEmail(text)).toBeNull()
  })

  // Any code point. fast-check's own unit for this takes seconds to set up, and longer on a busy machine.
  const codePoint = fc
    .integer({ min: 0, max: 0x10ffff })
    .filter((code) => code < 0xd800 || code > 0xdfff)
    .map((code) => String.fromCodePoint(code))
  const anyText = fc.string({ unit: codePoint })
  const address = fc.oneof(fc.emailAddress(), anyAddress())

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.oneof(address, anyText), (text) => {
        const once = normalizeEmail(text)
        if (once !== null) expect(normalizeEmail(once)).toBe(once)
      }),
      { numRuns: 200 },
    )
  })
  it('takes addresses in capitals for the same', () => {
    fc.assert(
      fc.property(address, (text) => {
        expect(normalizeEmail(text.toUpperCase())).toBe(normalizeEmail(text.toLowerCase()))
      }),
      { numRuns: 200 },
    )
  })
  it('takes a composed and a decomposed spelling for the same', () => {
    fc.assert(
      fc.property(address, (text) => {
        expect(normalizeEmail(text.normalize('NFD'))).toBe(normalizeEmail(text.normalize('NFC')))
      }),
    )
  })
  it('never lets a control character or a space through', () => {
    fc.assert(
      fc.property(anyText, address, fc.nat(), (noise, text, place) => {
        const at = place % (text.length + 1)
        const found = normalizeEmail(text.slice(0, at) + noise + text.slice(at))
        if (found !== null) expect(found).not.toMatch(/[\s\p{Cc}\p{Cf}]/u)
      }),
    )
  })
})

/** Addresses with letters of several scripts; ß, ς and ı are left out, which have no capital of their own. */
function anyAddress() {
  const letters = [...'abcxyz019éüñøåдяжλωαçğşőž']
  const word = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 8 })
  return fc
    .tuple(word, word, fc.constantFrom('example.com', 'Bücher.example', 'ДЯ.example'))
    .map(([first, last, domain]) => `${first}.${last}@${domain}`)
}
