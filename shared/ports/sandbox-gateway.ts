import { z } from 'zod'
import { sum } from '../core/money.ts'
import {
  type ChargeRequest,
  type ChargeResult,
  chargeRequestSchema,
  chargeResultSchema,
  type RefundRequest,
  type RefundResult,
  refundRequestSchema,
  refundResultSchema,
} from './payment-gateway.ts'

interface SandboxMethod {
  readonly outcome:
    | { readonly status: 'succeeded'; readonly cardCountry: string }
    | { readonly status: 'failed'; readonly code: string; readonly detail: string }
  /** How many answers about the charge get lost on the way back, although the charge was made. */
  readonly lostAnswers: number
}

function paid(lostAnswers = 0): SandboxMethod {
  return { outcome: { status: 'succeeded', cardCountry: 'US' }, lostAnswers }
}

function declined(code: string, detail: string): SandboxMethod {
  return { outcome: { status: 'failed', code, detail }, lostAnswers: 0 }
}

/** What a charge comes to at the sandbox, by payment method: Stripe's test ids, and one of our own. */
export const sandboxMethods: ReadonlyMap<string, SandboxMethod> = new Map([
  ['pm_card_visa', paid()],
  ['pm_card_chargeDeclined', declined('card_declined', 'The card was declined.')],
  [
    'pm_card_chargeDeclinedInsufficientFunds',
    declined('insufficient_funds', 'The card has insufficient funds.'),
  ],
  [
    'pm_card_authenticationRequired',
    declined('authentication_required', 'The card needs its owner to authenticate the payment.'),
  ],
  ['pm_card_radarBlock', declined('fraud_blocked', 'The gateway blocked the charge as probable fraud.')],
  ['pm_sandbox_timeout', paid(2)],
])

const unknownMethod = declined('unknown_payment_method', 'The sandbox does not know this payment method.')

/** A charge in the sandbox's ledger. */
export const sandboxChargeSchema = z.object({
  request: chargeRequestSchema,
  result: chargeResultSchema,
  /** How many answers are still to be lost. */
  lostAnswers: z.int().min(0),
})
export type SandboxCharge = z.infer<typeof sandboxChargeSchema>

/** A refund in the sandbox's ledger. */
export const sandboxRefundSchema = z.object({ request: refundRequestSchema, result: refundResultSchema })
export type SandboxRefund = z.infer<typeof sandboxRefundSchema>

/** What comes back instead of a result; a plain value, because an error would lose its class over RPC. */
export type NoResult =
  | { readonly status: 'timed_out' }
  | { readonly status: 'rejected'; readonly code: string; readonly detail: string }
export type ChargeAnswer = ChargeResult | NoResult
export type RefundAnswer = RefundResult | NoResult

/** An answer, and the entry as the ledger has to keep it from now on. */
export interface SandboxReply<Entry, Answer> {
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
  return { entry: { ...charge, lostAnswers: charge.lostAnswers - 1 }, answer: { status: 'timed_out' } }
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
  return { entry: { request, result }, answer: result }
}

/** The answer to a request that can never be taken as it is. */
export function rejected(code: string, detail: string): NoResult {
  return { status: 'rejected', code, detail }
}

function newCharge(request: ChargeRequest): SandboxCharge {
  const { outcome, lostAnswers } = sandboxMethods.get(request.paymentMethod) ?? unknownMethod
  const result: ChargeResult =
    outcome.status === 'succeeded'
      ? { ...outcome, chargeId: `ch_${request.key}`, gateway: 'sandbox' }
      : outcome
  return { request, result, lostAnswers }
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
