import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CURRENCIES_EDITION, currencyDigits, digitsOf, listedCurrencySchema } from './currencies.ts'

const published = readFileSync('shared/core/money/iso-4217-list-one.xml', 'utf8')

/** Code and decimals of every entry of the published list that has any. */
const entries = [...published.matchAll(/<Ccy>(\w+)<\/Ccy>\s*<CcyNbr>\d+<\/CcyNbr>\s*<CcyMnrUnts>(\d)</g)].map(
  ([, code = '', digits]) => [code, Number(digits)] as const,
)

describe('the table of currencies', () => {
  it('is that of the edition it names, currency for currency', () => {
    expect(published).toContain(`Pblshd="${CURRENCIES_EDITION}"`)
    expect(entries.length).toBeGreaterThan(250)
    const sorted = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(sorted(currencyDigits)).toEqual(sorted(new Map(entries)))
  })
  it.each([
    ['USD', 2],
    ['HUF', 2],
    ['IDR', 2],
    ['COP', 2],
    ['MGA', 2],
    ['JPY', 0],
    ['ISK', 0],
    ['KWD', 3],
    ['UYW', 4],
    ['ZWG', 2],
    ['XCG', 2],
  ])('%s has %i decimals', (code, digits) => {
    expect(digitsOf(code)).toBe(digits)
    expect(listedCurrencySchema.safeParse(code).success).toBe(true)
  })
  it.each([
    'ZZZ',
    'XXX',
    'XTS',
    'XAU',
    'XDR',
    'BGN',
    'ANG',
    'CUC',
    'ZWL',
    'usd',
    'USD ',
    '',
    'US',
    null,
    840,
  ])('does not take %j for a currency', (code) => {
    expect(listedCurrencySchema.safeParse(code).success).toBe(false)
  })
  it('reads a code that was withdrawn, with two decimals', () => {
    expect(digitsOf('BGN')).toBe(2)
  })
  it('answers a wrong code in few words', () => {
    const { error } = listedCurrencySchema.safeParse('ZZZ')
    expect(error?.issues[0]?.message).toBe('must be the code of a currency of ISO 4217')
  })
})
