import { type Counting, exceeds, explainCounting, measured } from '../core/money/exchange.ts'
import type { Money } from '../core/money/money.ts'
import { HOUR, type Instant, millisecondsOf } from '../core/time.ts'
import { cardNumberRules } from './card-number/card-networks.ts'
import { containsCardNumber } from './card-number/card-number.ts'
import type { ScreeningFacts } from './commands.ts'

/** Every constant of the payment policies. */
export const paymentRules = {
  cardNumber: cardNumberRules,
  fraud: {
    /** From this score on a payment is held until an operator has reviewed it. */
    reviewFrom: 65,
    /** From this score on it is refused. */
    blockFrom: 75,
    /** More payments of one customer than this within 10 minutes; the customer counts them. */
    velocity: { score: 30, maxPayments: 3 },
    /** Three failed attempts at the same order, or more. */
    failed_tries: { score: 30, from: 3 },
    /** More than this multiple of the customer's average order. */
    amount_over_average: { score: 25, times: 5 },
    /** A customer newer than this (ms) who pays more than this (hundredths of a unit of the base currency). */
    new_account: { score: 25, youngerThanMs: 24 * HOUR, over: 50_000 },
    /** The card's country of issue differs from the destination. */
    card_country: { score: 20 },
    /** The customer's address is at a disposable mail domain. */
    disposable_email: { score: 20 },
  },
  refunds: {
    /** Every refund id is retained permanently, so that none is paid twice; this bounds their number. */
    maxPerPayment: 1_000,
    /** Bounds the products of all standing refunds together. */
    maxLinesPerPayment: 5_000,
  },
} as const

/** The input of the security policy. */
interface PaymentSecurityQuestion {
  /** Everything the request carries; it must not contain a card number anywhere. */
  readonly request: unknown
  /** The amount to charge and the order's total. */
  readonly amount: Money
  readonly orderTotal: Money
}
type PaymentSecurityRule = 'card_number' | 'amount_mismatch' | 'currency_mismatch'

/**
 * Accepts only method tokens, never a card number in any part of the request, and exactly the order's
 * total in its currency. (At most 5 attempts per order and hour: the order's
 * `paymentTriesPolicy`, which has the other attempts.)
 */
export function paymentSecurityPolicy(question: PaymentSecurityQuestion) {
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

/** The facts for the fraud score. */
export interface FraudQuestion {
  readonly amount: Money
  /** Converts the amount to the base currency. */
  readonly counting?: Counting
  /** The destination; missing if it is not known. */
  readonly shippingCountry?: string | undefined
  readonly failedTries: number
  /** `null` when they are permanently unavailable: then only the payment itself is scored. */
  readonly facts: ScreeningFacts | null
  /** The time of the decision (UTC). */
  readonly now: Instant
}
type FraudRule = Exclude<keyof typeof paymentRules.fraud, 'reviewFrom' | 'blockFrom'>
export type FraudVerdict = 'allowed' | 'held_for_review' | 'blocked'

/**
 * Scores how likely a payment is fraud. Unknown facts add nothing: an unknown card country does not
 * differ, and without an average order or a rate the amount is not compared with it;
 * for a new customer an amount without a rate is compared with the same number of its own units.
 */
export function fraudDetectionPolicy(question: FraudQuestion) {
  const { fraud } = paymentRules
  const { amount, counting, shippingCountry, failedTries, facts, now } = question
  const compared = measured(amount, counting)
  const customer = facts?.customer ?? null
  const cardCountry = facts?.cardCountry
  const accountAge = customer && millisecondsOf(now) - millisecondsOf(customer.accountCreatedAt)
  const average = customer?.averageOrder
  const applies = {
    velocity: customer !== null && customer.paymentsInWindow > fraud.velocity.maxPayments,
    failed_tries: failedTries >= fraud.failed_tries.from,
    amount_over_average:
      average !== undefined &&
      average.currency === compared.currency &&
      compared.amount > fraud.amount_over_average.times * average.amount,
    new_account:
      accountAge !== null &&
      accountAge < fraud.new_account.youngerThanMs &&
      exceeds(amount, fraud.new_account.over, counting),
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
    ...explainCounting(amount, counting),
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

/** The outcome of a score: 65 to 74 is held for review, 75 and over is refused. */
export function fraudVerdict(score: number): FraudVerdict {
  const { reviewFrom, blockFrom } = paymentRules.fraud
  if (score >= blockFrom) return 'blocked'
  return score >= reviewFrom ? 'held_for_review' : 'allowed'
}

/** Highest weight first; equal weights in the order of the table. */
const fraudRules: readonly FraudRule[] = [
  'velocity',
  'failed_tries',
  'amount_over_average',
  'new_account',
  'card_country',
  'disposable_email',
]
