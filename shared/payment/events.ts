import { z } from 'zod'
import { event } from '../core/event.ts'
import { moneySchema } from '../core/money.ts'

const ofOrder = { orderId: z.string(), customerId: z.string() }

export const paymentEvent = z.discriminatedUnion('type', [
  event(
    'PaymentRequested',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      /** A token of the gateway, never a card number. */
      paymentMethod: z.string(),
      /** 1 for the first try on this order. */
      attempt: z.int().min(1),
    }),
  ),
  event(
    'PaymentProcessed',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      gateway: z.string(),
      chargeId: z.string(),
      cardCountry: z.string().optional(),
    }),
  ),
  event(
    'PaymentFailed',
    z.object({
      ...ofOrder,
      amount: moneySchema,
      /** `card_declined`, `insufficient_funds`, `authentication_required`, `fraud_blocked`, … */
      code: z.string(),
      detail: z.string(),
    }),
  ),
  event(
    'PaymentRefundRequested',
    z.object({ ...ofOrder, refundId: z.string(), amount: moneySchema, reason: z.string() }),
  ),
  event(
    'PaymentRefunded',
    z.object({
      ...ofOrder,
      refundId: z.string(),
      amount: moneySchema,
      /** All that has been refunded of this payment so far. */
      refundedTotal: moneySchema,
      full: z.boolean(),
    }),
  ),
  event(
    'RefundFailed',
    z.object({ ...ofOrder, refundId: z.string(), amount: moneySchema, code: z.string(), detail: z.string() }),
  ),
])
export type PaymentEvent = z.infer<typeof paymentEvent>
