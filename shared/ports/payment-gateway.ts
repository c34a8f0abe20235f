import { z } from 'zod'
import { type Currency, moneySchema } from '../core/money/money.ts'

/** ISO 3166-1 alpha-2. */
export const countrySchema = z.string().regex(/^[A-Z]{2}$/)

/** What the gateway reports about a payment method without charging it. */
const paymentMethodFactsSchema = z.object({
  /** Of the card's issuer; missing where the gateway does not report it or does not know the method. */
  cardCountry: countrySchema.optional(),
})
export type PaymentMethodFacts = z.infer<typeof paymentMethodFactsSchema>

/** The result of a charge. A decline is a result, not an error. */
export const chargeResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    chargeId: z.string(),
    gateway: z.string(),
    /** ISO 3166-1 alpha-2 of the card's issuer, where the gateway reports it. */
    cardCountry: z.string().optional(),
  }),
  z.object({ status: z.literal('failed'), code: z.string(), detail: z.string() }),
])
export type ChargeResult = z.infer<typeof chargeResultSchema>

export const refundResultSchema = z.discriminatedUnion('status', [
  z.object({ status: z.literal('succeeded'), gatewayRefundId: z.string() }),
  z.object({ status: z.literal('failed'), code: z.string(), detail: z.string() }),
])
export type RefundResult = z.infer<typeof refundResultSchema>

/** Which amounts of one currency a gateway can charge, in minor units of the currency. Zero is never charged. */
export const chargeRuleSchema = z.object({
  minimum: z.int().min(1),
  maximum: z.int().min(1),
  /** Only multiples of it; 1: any amount. */
  step: z.int().min(1),
})
export type ChargeRule = z.infer<typeof chargeRuleSchema>

/** The bank inquires (`inquiry`), has to decide (`open`), or has decided. `reinstated`: after a loss. */
export const disputeStatus = z.enum(['inquiry', 'open', 'inquiry_closed', 'lost', 'won', 'reinstated'])
export type DisputeStatus = z.infer<typeof disputeStatus>

/** The key is the payment's id. */
export const chargeRequestSchema = z.object({
  /** The idempotency key. */
  key: z.string(),
  amount: moneySchema,
  paymentMethod: z.string(),
  orderId: z.string(),
})
export type ChargeRequest = z.infer<typeof chargeRequestSchema>

export const refundRequestSchema = z.object({
  /** `<payment id>/<refund id>`; a refund id may hold slashes itself. */
  key: z.string(),
  chargeKey: z.string(),
  chargeId: z.string(),
  amount: moneySchema,
})
export type RefundRequest = z.infer<typeof refundRequestSchema>

/**
 * Charges and refunds. Calls are idempotent by key. Throws `PortError`: `unknown_outcome` after a timeout (call
 * again under the same key), `unavailable` when nothing can have happened, `rejected` when the gateway will
 * never accept the request.
 */
export interface PaymentGateway {
  /** The amounts that can be charged in a currency; `null` for an unsupported currency. Makes no call. */
  chargeRule(currency: Currency): ChargeRule | null
  /** Reads a method token at the gateway; charges nothing. */
  inspect(paymentMethod: string): Promise<PaymentMethodFacts>
  charge(request: ChargeRequest): Promise<ChargeResult>
  refund(request: RefundRequest): Promise<RefundResult>
  /** The result of the charge under this key; `null` when the gateway never received it. */
  find(key: string): Promise<ChargeResult | null>
}
