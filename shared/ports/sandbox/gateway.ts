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

/** What the sandbox does some time after it has answered, as banks do. */
type Aftermath = 'dispute' | 'inquiry' | 'failing_refunds'

interface SandboxMethod {
  readonly outcome:
    | { readonly status: 'succeeded'; readonly cardCountry: string }
    | { readonly status: 'failed'; readonly code: string; readonly detail: string }
  /** How many answers about the charge get lost on the way back, although the charge was made. */
  readonly lostAnswers: number
  /** Whether those come back as something that nobody understands, instead of not at all. */
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

/** Of which country the sandbox has a card `pm_card_<country in lower case>`. */
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

/** What a charge comes to at the sandbox, by payment method: Stripe's test ids, and two of our own. */
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

/** What the sandbox tells of a method without charging it; nothing of one that it does not know. */
export function inspectMethod(paymentMethod: string): PaymentMethodFacts {
  const outcome = sandboxMethods.get(paymentMethod)?.outcome
  if (!outcome) return {}
  return { cardCountry: outcome.status === 'succeeded' ? outcome.cardCountry : 'US' }
}

/** The sandbox takes any amount of any currency, up to the largest that a request can give at all. */
export const sandboxChargeRule: ChargeRule = { minimum: 1, maximum: MAX_AMOUNT, step: 1 }

const CHARGE = 'ch_'

/** The key of a charge of the sandbox by its id; `null` for an id of another gateway. */
export function sandboxChargeKey(chargeId: string): string | null {
  return chargeId.startsWith(`${CHARGE}pay_`) ? chargeId.slice(CHARGE.length) : null
}

/** A charge in the sandbox's ledger. */
export const sandboxChargeSchema = z.object({
  request: chargeRequestSchema,
  result: chargeResultSchema,
  /** How many answers are still to be lost. */
  lostAnswers: z.int().min(0),
  garbled: z.boolean().optional(),
  /** Whether a dispute of it has still to be told, or has been; missing: there is none. */
  dispute: z.enum(['due', 'told']).optional(),
})
export type SandboxCharge = z.infer<typeof sandboxChargeSchema>

/** A refund in the sandbox's ledger. */
export const sandboxRefundSchema = z.object({
  request: refundRequestSchema,
  result: refundResultSchema,
  /** Whether it will still fail after it has succeeded. */
  failsLater: z.boolean(),
})
export type SandboxRefund = z.infer<typeof sandboxRefundSchema>

/** What the sandbox tells by itself, as a gateway does by its webhooks. */
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

/** The ledger as it has become with time, and what there is to tell of it. */
interface SandboxAftermath {
  readonly charges: SandboxCharge[]
  readonly refunds: SandboxRefund[]
  readonly notices: SandboxNotice[]
}

/**
 * What becomes of charges and refunds after they were answered: the entries that change, as they are from
 * now on, with a notice of each. Asked again with those entries, there is nothing more.
 */
export function aftermathOf(
  charges: readonly SandboxCharge[],
  refunds: readonly SandboxRefund[],
): SandboxAftermath {
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

/** What comes back instead of a result; a plain value, because an error would lose its class over RPC. */
export type NoResult =
  | { readonly status: 'timed_out' | 'garbled' }
  | { readonly status: 'rejected'; readonly code: string; readonly detail: string }
export type ChargeAnswer = ChargeResult | NoResult
export type RefundAnswer = RefundResult | NoResult

/** An answer, and the entry as the ledger has to keep it from now on. */
interface SandboxReply<Entry, Answer> {
  readonly entry: Entry
  readonly answer: Answer
}

/**
 * Charges, unless the key was charged before: then what was answered is answered again.
 * Rejects a known key with another request (`key_reused`).
 */
export function takeCharge(
  known: SandboxCharge | null,
  request: ChargeRequest,
): SandboxReply<SandboxCharge, ChargeAnswer> {
  if (!known) return tellCharge(newCharge(request))
  if (!sameCharge(known.request, request)) return { entry: known, answer: keyReused('charge') }
  return tellCharge(known)
}

/** Tells what a charge came to, or loses one more answer about it. */
export function tellCharge(charge: SandboxCharge): SandboxReply<SandboxCharge, ChargeAnswer> {
  if (charge.lostAnswers === 0) return { entry: charge, answer: charge.result }
  const entry = { ...charge, lostAnswers: charge.lostAnswers - 1 }
  return { entry, answer: { status: charge.garbled ? 'garbled' : 'timed_out' } }
}

/**
 * Refunds a part of a charge, or all of it, unless the key was refunded before: then the result is told again.
 * Fails with `charge_exceeded` beyond what is left. Rejects a charge that the ledger does not have or that took
 * no money (`charge_not_found`), another currency (`currency_mismatch`) and a known key with another request
 * (`key_reused`).
 */
export function takeRefund(
  charge: SandboxCharge | null,
  refunds: readonly SandboxRefund[],
  request: RefundRequest,
): SandboxReply<SandboxRefund | null, RefundAnswer> {
  const known = refunds.find((refund) => refund.request.key === request.key)
  if (known) {
    const answer = sameRefund(known.request, request) ? known.result : keyReused('refund')
    return { entry: known, answer }
  }
  if (charge?.result.status !== 'succeeded' || charge.result.chargeId !== request.chargeId)
    return { entry: null, answer: rejected('charge_not_found', 'The sandbox made no such charge.') }
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

/** The answer to a request that can never be taken as it is. */
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
  return (
    a.amount.amount === b.amount.amount &&
    a.amount.currency === b.amount.currency &&
    a.paymentMethod === b.paymentMethod &&
    a.orderId === b.orderId
  )
}

function sameRefund(a: RefundRequest, b: RefundRequest): boolean {
  return (
    a.amount.amount === b.amount.amount &&
    a.amount.currency === b.amount.currency &&
    a.chargeId === b.chargeId
  )
}
