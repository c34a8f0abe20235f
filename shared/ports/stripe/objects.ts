import { z } from 'zod'
import { type ChargeResult, countrySchema, type RefundResult } from '../payment-gateway.ts'
import { type StripeError, stripeErrorSchema } from './client.ts'

/** The metadata by which Petrel finds its own payments and refunds. */
const metadataSchema = z.object({ paymentId: z.string().optional(), refundKey: z.string().optional() })

const cardSchema = z.object({ country: countrySchema.nullish().catch(null) })

/** Present when the request expands the charge; its id otherwise. */
const chargeSchema = z.object({
  payment_method_details: z.object({ card: cardSchema.nullish() }).nullish(),
})

/** The parts of a PaymentIntent with the charge's result. */
export const paymentIntentSchema = z.object({
  id: z.string(),
  status: z.string(),
  metadata: metadataSchema.nullish(),
  last_payment_error: stripeErrorSchema.nullish(),
  latest_charge: z.union([z.string(), chargeSchema]).nullish(),
})
export type PaymentIntent = z.infer<typeof paymentIntentSchema>

/** The parts of a Refund with its result. */
export const refundSchema = z.object({
  id: z.string(),
  status: z.string().nullish(),
  failure_reason: z.string().nullish(),
  metadata: metadataSchema.nullish(),
  amount: z.int().min(0).nullish(),
  currency: z.string().length(3).nullish(),
  payment_intent: z.string().nullish(),
})
export type Refund = z.infer<typeof refundSchema>

export const paymentMethodSchema = z.object({ card: cardSchema.nullish() })

/** The result of a charge; `null` while it is pending. */
export function chargeResultOf(intent: PaymentIntent): ChargeResult | null {
  switch (intent.status) {
    case 'succeeded': {
      const { latest_charge: charge } = intent
      const country = typeof charge === 'object' ? charge?.payment_method_details?.card?.country : undefined
      const about = { chargeId: intent.id, gateway: 'stripe', ...(country && { cardCountry: country }) }
      return { status: 'succeeded', ...about }
    }
    case 'requires_action':
      return declined('authentication_required')
    case 'requires_payment_method':
      // Without a card error, no attempt was made or reported yet: no decline.
      return intent.last_payment_error?.type === 'card_error' ? declineOf(intent.last_payment_error) : null
    case 'canceled':
      return declined('payment_canceled')
    default:
      return null
  }
}

/** The result of a refund; `null` while it is pending. */
export function refundResultOf(refund: Refund): RefundResult | null {
  switch (refund.status) {
    case 'succeeded':
      return { status: 'succeeded', gatewayRefundId: refund.id }
    case 'failed':
    case 'canceled': {
      const why = refund.failure_reason ? ` (${refund.failure_reason})` : ''
      return {
        status: 'failed',
        code: `refund_${refund.status}`,
        detail: `The bank did not take the refund${why}.`,
      }
    }
    default:
      return null
  }
}

const details = {
  card_declined: 'The card was declined.',
  insufficient_funds: 'The card has insufficient funds.',
  authentication_required: 'The card needs its owner to authenticate the payment.',
  fraud_blocked: 'The gateway blocked the charge as probable fraud.',
  expired_card: 'The card has expired.',
  incorrect_cvc: 'The security code of the card is wrong.',
  processing_error: 'The card could not be charged at the moment.',
  unknown_payment_method: 'The gateway does not know this payment method.',
  payment_canceled: 'The gateway has cancelled the charge.',
  amount_not_chargeable: 'The gateway cannot charge this amount in this currency.',
} as const
type DeclineCode = keyof typeof details

/** Stripe's codes that Petrel distinguishes; a lost or stolen card is reported as any declined one. */
const declineCodes: ReadonlyMap<string, DeclineCode> = new Map([
  ['insufficient_funds', 'insufficient_funds'],
  ['authentication_required', 'authentication_required'],
  ['authentication_not_handled', 'authentication_required'],
  ['payment_intent_authentication_failure', 'authentication_required'],
  ['fraudulent', 'fraud_blocked'],
  ['merchant_blacklist', 'fraud_blocked'],
  ['expired_card', 'expired_card'],
  ['incorrect_cvc', 'incorrect_cvc'],
  ['invalid_cvc', 'incorrect_cvc'],
  ['processing_error', 'processing_error'],
  ['issuer_not_available', 'processing_error'],
  ['reenter_transaction', 'processing_error'],
  ['try_again_later', 'processing_error'],
])

/** A decline in Petrel's own codes and words. */
export function declineOf({ decline_code, code }: StripeError): ChargeResult {
  return declined(declineCodes.get(decline_code ?? '') ?? declineCodes.get(code ?? '') ?? 'card_declined')
}

export function declined(code: DeclineCode): ChargeResult {
  return { status: 'failed', code, detail: details[code] }
}
