import { z } from 'zod'
import { MAX_AMOUNT, type Money, sum } from '../../core/money/money.ts'
import {
  type ChargeRequest,
  type ChargeResult,
  type ChargeRule,
  chargeRequestSchema,
  chargeResultSchema,
  type PaymentMethodFacts,
  type RefundRequest,
  type RefundResult,
  refundRequestSchema,
  refundResultSchema,
} from '../payment-gateway.ts'

/** What the sandbox does some time after its answer, as banks do. */
type Aftermath = 'dispute' | 'inquiry' | 'failing_refunds'

interface SandboxMethod {
  readonly outcome:
    | { readonly status: 'succeeded'; readonly cardCountry: string }
    | { readonly status: 'failed'; readonly code: string; readonly detail: string }
  /** How many answers about the charge are lost, although the charge was made. */
  readonly lostAnswers: number
  /** Whether these are unreadable instead of missing. */
  readonly garbled?: boolean
  readonly aftermath?: Aftermath
}

function paid(
  more: { cardCountry?: string; lostAnswers?: number; garbled?: boolean; aftermath?: Aftermath } = {},
): SandboxMethod {
  const { cardCountry = 'US', lostAnswers = 0, ...rest } = more
  return { outcome: { status: 'succeeded', cardCountry }, lostAnswers, ...rest }
}

function declined(code: string, detail: string): SandboxMethod {
  return { outcome: { status: 'failed', code, detail }, lostAnswers: 0 }
}

/** Issuer countries of the cards `pm_card_<country in lower case>`. */
const cardCountries = [
  ...['US', 'CA', 'MX', 'BR', 'AT', 'BE', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FI', 'FR', 'GB', 'GR', 'HU', 'IE'],
  ...['IT', 'NL', 'NO', 'PL', 'PT', 'RO', 'SE', 'AU', 'CN', 'HK', 'IN', 'JP', 'MY', 'NZ', 'SG', 'TH', 'TW'],
]
const cardBrands = [
  'visa',
  'visa_debit',
  'mastercard',
  'mastercard_debit',
  'amex',
  'discover',
  'diners',
  'jcb',
]

/** The result of a charge by payment method: Stripe's test ids and two of our own. */
export const sandboxMethods: ReadonlyMap<string, SandboxMethod> = new Map([
  ...cardBrands.map((brand) => [`pm_card_${brand}`, paid()] as const),
  ...cardCountries.map(
    (cardCountry) => [`pm_card_${cardCountry.toLowerCase()}`, paid({ cardCountry })] as const,
  ),
  ['pm_card_chargeDeclined', declined('card_declined', 'The card was declined.')],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    declined('insufficient_funds', 'The card has insufficient funds.'),
  ],
  ['pm_card_chargeDeclinedExpiredCard', declined('expired_card', 'The card has expired.')],
  ['pm_card_chargeDeclinedIncorrectCvc', declined('incorrect_cvc', 'The security code is not right.')],
  [
    'pm_card_chargeDeclinedProcessingError',
    declined('processing_error', 'The card could not be processed; try again later.'),
  ],
  [
    'pm_card_authenticationRequired',
    declined('authentication_required', 'The card needs its owner to authenticate the payment.'),
  ],
  ['pm_card_radarBlock', declined('fraud_blocked', 'The gateway blocked the charge as probable fraud.')],
  ['pm_card_refundFail', paid({ aftermath: 'failing_refunds' })],
  ['pm_card_createDispute', paid({ aftermath: 'dispute' })],
  ['pm_card_createDisputeInquiry', paid({ aftermath: 'inquiry' })],
  ['pm_sandbox_timeout', paid({ lostAnswers: 2 })],
  // The charge is parked, and an operator's retry finds it made.
  ['pm_sandbox_garbled', paid({ lostAnswers: 1, garbled: true })],
])

const unknownMethod = declined('unknown_payment_method', 'The sandbox does not know this payment method.')

/** Reads a method without charging it; an unknown method has no facts. */
export function inspectMethod(paymentMethod: string): PaymentMethodFacts {
  const outcome = sandboxMethods.get(paymentMethod)?.outcome
  if (!outcome) return {}
  return { cardCountry: outcome.status === 'succeeded' ? outcome.cardCountry : 'US' }
}

/** Any amount of any currency, up to the largest that a request can contain. */
export const sandboxChargeRule: ChargeRule = { minimum: 1, maximum: MAX_AMOUNT, step: 1 }

const CHARGE = 'ch_'

/** The key of a charge of the sandbox by its id; `null` for an id of another gateway. */
export function sandboxChargeKey(chargeId: string): string | null {
  return chargeId.startsWith(`${CHARGE}pay_`) ? chargeId.slice(CHARGE.length) : null
}

/** A charge as the sandbox stores it. */
export const sandboxChargeSchema = z.object({
  request: chargeRequestSchema,
  result: chargeResultSchema,
  /** How many more answers are lost. */
  lostAnswers: z.int().min(0),
  garbled: z.boolean().optional(),
  /** Whether its dispute is due to be reported or has been (`told`); missing without a dispute. */
  dispute: z.enum(['due', 'told']).optional(),
})
export type SandboxCharge = z.infer<typeof sandboxChargeSchema>

/** A refund as the sandbox stores it. */
export const sandboxRefundSchema = z.object({
  request: refundRequestSchema,
  result: refundResultSchema,
  /** Whether it fails after it has succeeded. */
  failsLater: z.boolean(),
})
export type SandboxRefund = z.infer<typeof sandboxRefundSchema>

/** What the sandbox reports unasked, as a gateway does by its webhooks. */
export type SandboxNotice =
  | {
      readonly type: 'dispute'
      readonly chargeKey: string
      readonly disputeId: string
      readonly reason: string
      readonly amount: Money
      readonly status: 'inquiry' | 'open'
    }
  | {
      readonly type: 'refund'
      readonly chargeKey: string
      readonly refundKey: string
      readonly result: RefundResult
    }

/**
 * What happens to charges and refunds after their answers: the changed entries, with a notice of each. Called again
 * with these entries, it returns none.
 */
export function aftermathOf(
  charges: readonly SandboxCharge[],
  refunds: readonly SandboxRefund[],
): { charges: SandboxCharge[]; refunds: SandboxRefund[]; notices: SandboxNotice[] } {
  const disputed = charges.filter(({ dispute }) => dispute === 'due')
  const failing = refunds.filter(({ failsLater }) => failsLater)
  const failed = failing.map((refund) => ({ ...refund, result: refundSentBack, failsLater: false }))
  return {
    charges: disputed.map((charge) => ({ ...charge, dispute: 'told' as const })),
    refunds: failed,
    notices: [
      ...disputed.map(({ request: { key, amount, paymentMethod } }) => ({
        ...({ type: 'dispute', chargeKey: key, disputeId: `dp_${key}` } as const),
        ...{ reason: 'fraudulent', amount },
        status: aftermathOfMethod(paymentMethod) === 'inquiry' ? ('inquiry' as const) : ('open' as const),
      })),
      ...failed.map(({ request: { key, chargeKey }, result }) => ({
        ...({ type: 'refund', chargeKey, refundKey: key } as const),
        result,
      })),
    ],
  }
}

function aftermathOfMethod(paymentMethod: string): Aftermath | undefined {
  return sandboxMethods.get(paymentMethod)?.aftermath
}

const refundSentBack: RefundResult = {
  status: 'failed',
  code: 'refund_failed',
  detail: 'The bank sent the refund back.',
}

/** Why a refund is rejected whose charge the sandbox did not make. */
export const CHARGE_NOT_FOUND = 'charge_not_found'

/** Returned instead of a result; a plain value, because an error loses its class over RPC. */
export type NoResult =
  | { readonly status: 'timed_out' | 'garbled' }
  | { readonly status: 'rejected'; readonly code: string; readonly detail: string }
export type ChargeAnswer = ChargeResult | NoResult
export type RefundAnswer = RefundResult | NoResult

/** An answer, and the entry to store. */
interface SandboxReply<Entry, Answer> {
  readonly entry: Entry
  readonly answer: Answer
}

/**
 * Charges. A known key gets the same answer again, or with another request is rejected (`key_reused`).
 */
export function takeCharge(
  known: SandboxCharge | null,
  request: ChargeRequest,
): SandboxReply<SandboxCharge, ChargeAnswer> {
  if (!known) return answerCharge(newCharge(request))
  if (!sameCharge(known.request, request)) return { entry: known, answer: keyReused('charge') }
  return answerCharge(known)
}

/** Returns the result of a charge, or loses one more answer about it. */
export function answerCharge(charge: SandboxCharge): SandboxReply<SandboxCharge, ChargeAnswer> {
  if (charge.lostAnswers === 0) return { entry: charge, answer: charge.result }
  const entry = { ...charge, lostAnswers: charge.lostAnswers - 1 }
  return { entry, answer: { status: charge.garbled ? 'garbled' : 'timed_out' } }
}

/**
 * Refunds a charge in part or in full. A known key gets the same result again. Fails with `charge_exceeded` beyond
 * the rest of the charge. Rejects an unknown or failed charge (`charge_not_found`), another currency
 * (`currency_mismatch`) and a known key with another request (`key_reused`).
 */
export function takeRefund(
  charge: SandboxCharge | null,
  refunds: readonly SandboxRefund[],
  request: RefundRequest,
): SandboxReply<SandboxRefund | null, RefundAnswer> {
  const known = refunds.find((refund) => refund.request.key === request.key)
  if (known) {
    const { amount, chargeId } = known.request
    const same = sameMoney(amount, request.amount) && chargeId === request.chargeId
    return { entry: known, answer: same ? known.result : keyReused('refund') }
  }
  if (charge?.result.status !== 'succeeded' || charge.result.chargeId !== request.chargeId)
    return { entry: null, answer: rejected(CHARGE_NOT_FOUND, 'The sandbox made no such charge.') }
  if (charge.request.amount.currency !== request.amount.currency)
    return { entry: null, answer: rejected('currency_mismatch', 'The charge was in another currency.') }

  const given = sum(
    refunds
      .filter(({ result }) => result.status === 'succeeded')
      .map((refund) => refund.request.amount.amount),
  )
  const result: RefundResult =
    given + request.amount.amount > charge.request.amount.amount
      ? {
          status: 'failed',
          code: 'charge_exceeded',
          detail: 'The refund is more than what is left of the charge.',
        }
      : { status: 'succeeded', gatewayRefundId: `re_${request.key}` }
  const later = aftermathOfMethod(charge.request.paymentMethod) === 'failing_refunds'
  const failsLater = later && result.status === 'succeeded'
  return { entry: { request, result, failsLater }, answer: result }
}

/** The answer to a request that can never succeed. */
export function rejected(code: string, detail: string): NoResult {
  return { status: 'rejected', code, detail }
}

function newCharge(request: ChargeRequest): SandboxCharge {
  const { outcome, lostAnswers, garbled, aftermath } =
    sandboxMethods.get(request.paymentMethod) ?? unknownMethod
  const result: ChargeResult =
    outcome.status === 'succeeded'
      ? { ...outcome, chargeId: `${CHARGE}${request.key}`, gateway: 'sandbox' }
      : outcome
  return {
    request,
    result,
    lostAnswers,
    ...(garbled && { garbled }),
    ...((aftermath === 'dispute' || aftermath === 'inquiry') && { dispute: 'due' as const }),
  }
}

function keyReused(what: 'charge' | 'refund'): NoResult {
  return rejected('key_reused', `Another ${what} was asked for under this key.`)
}

function sameCharge(a: ChargeRequest, b: ChargeRequest): boolean {
  return sameMoney(a.amount, b.amount) && a.paymentMethod === b.paymentMethod && a.orderId === b.orderId
}

function sameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency
}
