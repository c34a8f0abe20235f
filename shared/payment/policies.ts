import type { Money } from '../core/money.ts'
import type { PolicyDecision } from '../core/policy-decision.ts'
import { HOUR, type Instant, millisecondsOf } from '../core/time.ts'
import type { ScreeningFacts } from './commands.ts'

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
  fraud: {
    /** From this score on a payment is held until an operator has looked at it. */
    reviewFrom: 65,
    /** From this score on it is refused. */
    blockFrom: 75,
    /** More payments of one customer than these within 10 minutes, which the customer counts. */
    velocity: { score: 30, mostPayments: 3 },
    /** Three failed tries at the same order, or more. */
    failed_tries: { score: 30, from: 3 },
    /** Over so many times what the customer pays for an order on average. */
    amount_over_average: { score: 25, times: 5 },
    /** An account younger than this (ms) that pays more than this (minor units). */
    new_account: { score: 25, youngerThan: 24 * HOUR, over: 50_000 },
    /** The card was issued in another country than the goods go to. */
    card_country: { score: 20 },
    /** The customer's address is at a disposable mail domain. */
    disposable_email: { score: 20 },
  },
  refunds: {
    /** Every refund id is remembered for good, so that none is paid twice; this bounds what is remembered. */
    mostPerPayment: 1_000,
    /** And this the products of standing refunds, over all of them. */
    mostLinesPerPayment: 5_000,
  },
} as const

/** What the security policy is asked about. */
export interface PaymentSecurityQuestion {
  /** Whatever the request carries; it must not hold a card number anywhere. */
  readonly request: unknown
  /** What is to be charged, and what the order comes to. */
  readonly amount: Money
  readonly orderTotal: Money
}
export type PaymentSecurityRule = 'card_number' | 'amount_mismatch' | 'currency_mismatch'

/** What the security policy thinks of a request, and by which rules. */
export interface PaymentSecurityDecision {
  readonly allowed: boolean
  readonly reasons: readonly PaymentSecurityRule[]
  /** As it stands on the event; a card number is never among its inputs. */
  readonly decision: PolicyDecision
}

/**
 * Only method tokens are taken, never a card number in whatever part of the request, and exactly what the
 * order comes to is charged, in its currency. (At most 5 tries an order and hour: the order's
 * `paymentTriesPolicy`, which knows the other tries.)
 */
export function paymentSecurityPolicy(question: PaymentSecurityQuestion): PaymentSecurityDecision {
  const { request, amount, orderTotal } = question
  const reasons: PaymentSecurityRule[] = []
  if (containsCardNumber(request)) reasons.push('card_number')
  if (amount.currency !== orderTotal.currency) reasons.push('currency_mismatch')
  if (amount.amount !== orderTotal.amount) reasons.push('amount_mismatch')
  const allowed = reasons.length === 0
  return {
    allowed,
    reasons,
    decision: {
      policy: 'paymentSecurityPolicy',
      rules: allowed ? ['method_token', 'order_total'] : reasons,
      inputs: { amount: amount.amount, currency: amount.currency, orderTotal: orderTotal.amount },
      outcome: allowed ? 'allowed' : 'refused',
    },
  }
}

/** What the fraud score is made of. */
export interface FraudQuestion {
  readonly amount: Money
  /** Where the goods go; missing where it was not told. */
  readonly shippingCountry?: string | undefined
  readonly failedTries: number
  /** `null` when they could not be had for good: then only what the payment itself tells is scored. */
  readonly facts: ScreeningFacts | null
  /** The time of the decision (UTC). */
  readonly now: Instant
}
export type FraudRule = Exclude<keyof typeof paymentRules.fraud, 'reviewFrom' | 'blockFrom'>
export type FraudVerdict = 'allowed' | 'held_for_review' | 'blocked'

export interface FraudDecision {
  readonly score: number
  /** The rules that added to the score, the weightiest first. */
  readonly rules: readonly FraudRule[]
  readonly verdict: FraudVerdict
  readonly decision: PolicyDecision
}

/**
 * Scores how likely a payment is fraud. What is not known adds nothing: an unknown card country does not
 * differ, a customer without an average cannot be above it, nor can an amount in another currency.
 */
export function fraudDetectionPolicy(question: FraudQuestion): FraudDecision {
  const { fraud } = paymentRules
  const { amount, shippingCountry, failedTries, facts, now } = question
  const customer = facts?.customer ?? null
  const cardCountry = facts?.cardCountry
  const accountAge = customer && millisecondsOf(now) - millisecondsOf(customer.accountCreatedAt)
  const average = customer?.averageOrder
  const applies = {
    velocity: customer !== null && customer.paymentsInWindow > fraud.velocity.mostPayments,
    failed_tries: failedTries >= fraud.failed_tries.from,
    amount_over_average:
      average !== undefined &&
      average.currency === amount.currency &&
      amount.amount > fraud.amount_over_average.times * average.amount,
    new_account:
      accountAge !== null &&
      accountAge < fraud.new_account.youngerThan &&
      amount.amount > fraud.new_account.over,
    card_country:
      cardCountry !== undefined && shippingCountry !== undefined && cardCountry !== shippingCountry,
    disposable_email: customer?.disposableEmail === true,
  } satisfies Record<FraudRule, boolean>
  const rules = fraudRules.filter((rule) => applies[rule])
  const score = rules.reduce((total, rule) => total + fraud[rule].score, 0)
  const verdict = fraudVerdict(score)
  const inputs = {
    score,
    amount: amount.amount,
    currency: amount.currency,
    failedTries,
    ...(shippingCountry !== undefined && { shippingCountry }),
    ...(cardCountry !== undefined && { cardCountry }),
    ...(customer && {
      paymentsInWindow: customer.paymentsInWindow,
      disposableEmail: customer.disposableEmail,
    }),
    ...(accountAge !== null && { accountAgeHours: Math.floor(accountAge / HOUR) }),
    ...(average && { averageOrder: average.amount, averageCurrency: average.currency }),
  }
  return {
    score,
    rules,
    verdict,
    decision: { policy: 'fraudDetectionPolicy', rules, inputs, outcome: verdict },
  }
}

/** What a score leads to: 65 to 74 is held for review, 75 and over is refused. */
export function fraudVerdict(score: number): FraudVerdict {
  const { reviewFrom, blockFrom } = paymentRules.fraud
  if (score >= blockFrom) return 'blocked'
  return score >= reviewFrom ? 'held_for_review' : 'allowed'
}

/** The weightiest first; of equal weight, as they stand in the table. */
const fraudRules: readonly FraudRule[] = [
  'velocity',
  'failed_tries',
  'amount_over_average',
  'new_account',
  'card_country',
  'disposable_email',
]

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
/** What is pasted between groups: space of any sort, dashes, dots, slashes, up to three of them. */
const SEPARATORS = /[\s\p{Zs}\p{Pd}./]{1,3}/u
/** Groups of digits with such separators between them; digits within a word are not such a group. */
const DIGIT_GROUPS = /(?<![A-Za-z0-9])\d+(?:[\s\p{Zs}\p{Pd}./]{1,3}\d+)*(?![A-Za-z0-9])/gu
/** Characters without width, which part digits for a program and not for a person. */
const INVISIBLE = /\p{Cf}/gu
/** The zeros of digits of other scripts that NFKC leaves as they are: Arabic, Persian, Devanagari, Bengali. */
const ZEROS = [0x0660, 0x06f0, 0x0966, 0x09e6]

/**
 * Whether a text holds a card number: 13 to 19 digits, perhaps with spaces, dashes, dots or slashes between,
 * that begin as a card network's do and pass Luhn. Tells only that there is one, never which.
 *
 * Not taken for one: a UUID, digits within a longer word, a part of a longer run of digits.
 */
export function findCardNumber(text: string): boolean {
  if (text.length < paymentRules.cardNumber.fewestDigits) return false
  // Full-width digits and no-break spaces are pasted too; the UUIDs of our own ids may be all digits.
  const plain = withLatinDigits(text.normalize('NFKC').replace(INVISIBLE, '')).replace(UUID, 'x')
  for (const [run] of plain.matchAll(DIGIT_GROUPS)) {
    if (run.length < paymentRules.cardNumber.fewestDigits) continue
    const groups = run.split(SEPARATORS)
    if (isCardNumber(groups.join('')) || groupsHoldCardNumber(groups)) return true
  }
  return false
}

function withLatinDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, (digit) => {
    const point = digit.codePointAt(0) ?? 0
    const zero = ZEROS.find((first) => point >= first && point < first + 10)
    return zero === undefined ? digit : `${point - zero}`
  })
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
