import { z } from 'zod'
import { moneySchema } from '../core/money.ts'

/** What a charge came to. A decline is an answer, not an error. */
export const chargeResultSchema = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('succeeded'),
    chargeId: z.string(),
    gateway: z.string(),
    /** ISO 3166-1 alpha-2 of the card's issuer, where the gateway tells. */
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

export const chargeRequestSchema = z.object({
  /** The same key is charged once, whatever is retried. */
  key: z.string(),
  amount: moneySchema,
  paymentMethod: z.string(),
  orderId: z.string(),
})
export type ChargeRequest = z.infer<typeof chargeRequestSchema>

export const refundRequestSchema = z.object({
  key: z.string(),
  chargeKey: z.string(),
  chargeId: z.string(),
  amount: moneySchema,
})
export type RefundRequest = z.infer<typeof refundRequestSchema>

/**
 * Takes and gives back money. Every method may be called again with the same key and answers the same.
 * Throws `PortError`: `unknown_outcome` after a time-out (ask again under the same key), `unavailable`
 * when nothing can have happened, `rejected` when the gateway will never take the request as it is.
 */
export interface PaymentGateway {
  charge(request: ChargeRequest): Promise<ChargeResult>
  refund(request: RefundRequest): Promise<RefundResult>
  /** What became of the charge under this key; `null` when the gateway never saw it. */
  find(key: string): Promise<ChargeResult | null>
}
