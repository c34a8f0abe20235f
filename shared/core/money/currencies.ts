import { z } from 'zod'

/** The edition of ISO 4217's list one that the table below holds: `iso-4217-list-one.xml`, as SIX publishes it. */
export const CURRENCIES_EDITION = '2026-01-01'

const byDigits: readonly (readonly [digits: number, codes: readonly string[]])[] = [
  [0, ['BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF']],
  [
    2,
    [
      'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE',
      'CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD',
      'HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK',
      'MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD',
      'RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH',
      'USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG',
    ],
  ],
  [3, ['BHD IQD JOD KWD LYD OMR TND']],
  [4, ['CLF UYW']],
]

/**
 * Every currency of ISO 4217 that has a minor unit, and its number of decimals. Codes without minor units (gold,
 * special drawing rights, XXX, XTS) are excluded.
 */
export const currencyDigits: ReadonlyMap<string, number> = new Map(
  byDigits.flatMap(([digits, lines]) =>
    lines.flatMap((line) => line.split(' ').map((code) => [code, digits] as const)),
  ),
)

/**
 * The decimals of a currency. A code outside the table has two: it only occurs in data stored before the currency
 * was withdrawn, or before codes were checked.
 */
export function digitsOf(currency: string): number {
  return currencyDigits.get(currency) ?? 2
}

/** A currency of today's ISO 4217, for requests. Stored data is read with `currencySchema`. */
export const listedCurrencySchema = z.enum([...currencyDigits.keys()].sort(), {
  error: 'must be the code of a currency of ISO 4217',
})
