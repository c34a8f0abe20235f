/** First and last prefix of a range, both included and of equal length. */
type PrefixRange = readonly [first: number, last: number]

/** The format of one card network's numbers. */
export interface CardNetwork {
  readonly network: string
  readonly prefixes: readonly PrefixRange[]
  readonly lengths: readonly number[]
}

/** ISO/IEC 7812 allows 19 digits; these networks issue 16 or more. */
const SIXTEEN_TO_NINETEEN = [16, 17, 18, 19]
const FOURTEEN_TO_NINETEEN = [14, 15, ...SIXTEEN_TO_NINETEEN]

/**
 * The rules that detect card numbers. Each network has its own prefixes and lengths, so that barcodes
 * and telephone numbers do not match. Maestro's rules allow 12 digits and every 50, 56 to 58 and 6:
 * here it has only the prefixes that issuers use and at least 16 digits, because 50 is the prefix of British
 * barcodes (EAN-13) and such short numbers are no longer issued.
 */
export const cardNumberRules = {
  minDigits: 13,
  maxDigits: 19,
  /** Digits belong together with at most this number of other characters between them. */
  longestGap: 3,
  /** Among other numbers, a card consists of groups of at least this size: 4-4-4-4, 4-6-5, 4-3-3-3. */
  firstGroupDigits: 4,
  groupDigits: 3,
  /** A card in groups of any size has at most this number of other groups before and after it. */
  maxBefore: 1,
  maxAfter: 2,
  networks: [
    { network: 'visa', prefixes: [[4, 4]], lengths: [13, 16, 19] },
    {
      network: 'mastercard',
      prefixes: [
        [51, 55],
        [2221, 2720],
      ],
      lengths: [16],
    },
    {
      network: 'american_express',
      prefixes: [
        [34, 34],
        [37, 37],
      ],
      lengths: [15],
    },
    {
      network: 'discover',
      prefixes: [
        [6011, 6011],
        [622126, 622925],
        [644, 649],
        [65, 65],
      ],
      lengths: SIXTEEN_TO_NINETEEN,
    },
    {
      network: 'diners_club',
      prefixes: [
        [300, 305],
        [3095, 3095],
        [36, 36],
        [38, 39],
      ],
      lengths: FOURTEEN_TO_NINETEEN,
    },
    { network: 'jcb', prefixes: [[3528, 3589]], lengths: SIXTEEN_TO_NINETEEN },
    {
      network: 'unionpay',
      prefixes: [
        [62, 62],
        [81, 81],
      ],
      lengths: SIXTEEN_TO_NINETEEN,
    },
    {
      network: 'maestro',
      prefixes: [
        [5018, 5018],
        [5020, 5020],
        [5038, 5038],
        [5612, 5612],
        [5893, 5893],
        [6304, 6304],
        [6390, 6390],
        [67, 67],
      ],
      lengths: SIXTEEN_TO_NINETEEN,
    },
    { network: 'mir', prefixes: [[2200, 2204]], lengths: SIXTEEN_TO_NINETEEN },
    {
      network: 'rupay',
      prefixes: [
        [508, 508],
        [60, 60],
        [82, 82],
      ],
      lengths: [16],
    },
  ],
} as const satisfies {
  minDigits: number
  maxDigits: number
  longestGap: number
  firstGroupDigits: number
  groupDigits: number
  maxBefore: number
  maxAfter: number
  networks: readonly CardNetwork[]
}

const networks: readonly CardNetwork[] = cardNumberRules.networks

/** Whether a run of decimal digits is a card number: a network's prefix at its length, and Luhn's check digit. */
export function isCardNumber(digits: string): boolean {
  return mayBeCardNumber(digits) && passesLuhn(digits)
}

/** Whether a network has numbers of this length and prefix; ignores the check digit. */
export function mayBeCardNumber(digits: string): boolean {
  return networks.some(
    ({ lengths, prefixes }) =>
      lengths.includes(digits.length) &&
      prefixes.some(([first, last]) => {
        const prefix = Number(digits.slice(0, String(first).length))
        return prefix >= first && prefix <= last
      }),
  )
}

/** ISO/IEC 7812-1 annex B. */
function passesLuhn(digits: string): boolean {
  let total = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits.at(-1 - index))
    const weighted = index % 2 === 0 ? digit : digit * 2
    total += weighted > 9 ? weighted - 9 : weighted
  }
  return total % 10 === 0
}
