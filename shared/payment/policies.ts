/** Every constant of the payment policies. A prefix range goes from its first to its last number, both included. */
export const paymentRules = {
  cardNumber: {
    fewestDigits: 13,
    mostDigits: 19,
    /** Among other numbers, a card is looked for in groups of at least this size: 4-4-4-4, 4-6-5, 4-3-3-3. */
    firstGroupDigits: 4,
    groupDigits: 3,
    networks: [
      { network: 'visa', prefixes: [[4, 4]] },
      {
        network: 'mastercard',
        prefixes: [
          [51, 55],
          [2221, 2720],
        ],
      },
      {
        network: 'american_express',
        prefixes: [
          [34, 34],
          [37, 37],
        ],
      },
      {
        network: 'discover',
        prefixes: [
          [6011, 6011],
          [644, 649],
          [65, 65],
        ],
      },
      {
        network: 'diners_club',
        prefixes: [
          [30, 30],
          [36, 36],
          [38, 38],
        ],
      },
      { network: 'jcb', prefixes: [[3528, 3589]] },
      { network: 'unionpay', prefixes: [[62, 62]] },
      {
        network: 'maestro',
        prefixes: [
          [50, 50],
          [56, 58],
          [6, 6],
        ],
      },
    ],
  },
  refunds: {
    /** Every refund id is remembered for good, so that none is paid twice; this bounds what is remembered. */
    mostPerPayment: 1_000,
  },
} as const

/** What the security policy thinks of a request, and by which rules. */
export interface PaymentSecurityDecision {
  readonly allowed: boolean
  readonly reasons: readonly 'card_number'[]
}

/** Refuses anything that holds a card number, in whatever part of it: only method tokens are taken. */
export function paymentSecurityPolicy(request: unknown): PaymentSecurityDecision {
  return containsCardNumber(request)
    ? { allowed: false, reasons: ['card_number'] }
    : { allowed: true, reasons: [] }
}

/**
 * Whether a card number stands anywhere in parsed JSON: in a text, a key or a number.
 * Walks without recursion, so that no depth of nesting can exhaust the stack.
 */
export function containsCardNumber(value: unknown): boolean {
  const waiting: unknown[] = [value]
  while (waiting.length > 0) {
    const next = waiting.pop()
    if (typeof next === 'string' && findCardNumber(next)) return true
    if (typeof next === 'number' && isCardLikeNumber(next)) return true
    if (Array.isArray(next)) for (const item of next) waiting.push(item)
    else if (typeof next === 'object' && next !== null)
      for (const [key, item] of Object.entries(next)) waiting.push(key, item)
  }
  return false
}

const UUID =
  /(?<![0-9a-z])[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}(?![0-9a-z])/gi
const SEPARATOR = /[\p{Zs}\p{Pd}]/u
/** Groups of digits with one space or dash between them; digits within a word are not such a group. */
const DIGIT_GROUPS = /(?<![A-Za-z0-9])\d+(?:[\p{Zs}\p{Pd}]\d+)*(?![A-Za-z0-9])/gu

/**
 * Whether a text holds a card number: 13 to 19 digits, perhaps with single spaces or dashes between,
 * that begin as a card network's do and pass Luhn. Tells only that there is one, never which.
 *
 * Not taken for one: a UUID, digits within a longer word, a part of a longer run of digits.
 */
export function findCardNumber(text: string): boolean {
  if (text.length < paymentRules.cardNumber.fewestDigits) return false
  // Full-width digits and no-break spaces are pasted too; the UUIDs of our own ids may be all digits.
  const plain = text.normalize('NFKC').replace(UUID, 'x')
  for (const [run] of plain.matchAll(DIGIT_GROUPS)) {
    if (run.length < paymentRules.cardNumber.fewestDigits) continue
    const groups = run.split(SEPARATOR)
    if (isCardNumber(groups.join('')) || groupsHoldCardNumber(groups)) return true
  }
  return false
}

/** A card number with other numbers around it, such as its expiry date. */
function groupsHoldCardNumber(groups: readonly string[]): boolean {
  const { mostDigits, firstGroupDigits, groupDigits } = paymentRules.cardNumber
  for (const [start, first] of groups.entries()) {
    if (first.length < firstGroupDigits) continue
    let digits = ''
    for (const group of groups.slice(start, start + mostDigits)) {
      digits += group
      if (group.length < groupDigits || digits.length > mostDigits) break
      if (isCardNumber(digits)) return true
    }
  }
  return false
}

function isCardLikeNumber(value: number): boolean {
  if (!Number.isInteger(value)) return false
  const digits = BigInt(Math.abs(value)).toString()
  // JSON.parse has rounded the last digits away, and with them the check digit: better safe than stored.
  if (!Number.isSafeInteger(value)) return hasCardLength(digits) && hasNetworkPrefix(digits)
  return isCardNumber(digits)
}

function isCardNumber(digits: string): boolean {
  return hasCardLength(digits) && hasNetworkPrefix(digits) && passesLuhn(digits)
}

function hasCardLength(digits: string): boolean {
  const { fewestDigits, mostDigits } = paymentRules.cardNumber
  return digits.length >= fewestDigits && digits.length <= mostDigits
}

function hasNetworkPrefix(digits: string): boolean {
  return paymentRules.cardNumber.networks.some(({ prefixes }) =>
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
