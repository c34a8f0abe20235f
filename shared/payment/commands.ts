import { z } from 'zod'
import { type CommandStep, callOutcomeSchema } from '../core/effect.ts'
import { command } from '../core/event.ts'
import { moneySchema } from '../core/money.ts'
import { chargeResultSchema, refundResultSchema } from '../ports/payment-gateway.ts'

/** A token that the gateway gave out for a card or account (`pm_…`), never the card itself. */
export const paymentMethodSchema = z
  .string()
  .regex(/^pm_[A-Za-z0-9_]{1,120}$/, 'must be a payment method token that starts with pm_')

export const paymentCommand = z.discriminatedUnion('type', [
  command('ProcessPayment', {
    orderId: z.string(),
    customerId: z.string(),
    amount: moneySchema,
    paymentMethod: paymentMethodSchema,
    attempt: z.int().min(1),
  }),
  /** What the gateway said to the charge. */
  command('RecordCharge', { outcome: callOutcomeSchema(chargeResultSchema) }),
  /** Without an amount: all that is left. `refundId` tells repeated requests from further refunds. */
  command('RefundPayment', {
    refundId: z.string().min(1).max(200),
    amount: z.int().min(1).optional(),
    reason: z.string().min(1).max(200),
  }),
  /** What the gateway said to the refund. */
  command('RecordRefund', { refundId: z.string(), outcome: callOutcomeSchema(refundResultSchema) }),
])
export type PaymentCommand = z.infer<typeof paymentCommand>

/** A command for one payment. */
export function toPayment(id: string, command: PaymentCommand): CommandStep {
  return { to: { kind: 'payment', id }, command }
}
