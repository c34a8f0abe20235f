import { z } from '@hono/zod-openapi'
import { isCharged, type Payment, refundedTotal } from '../../../shared/payment/state.ts'
import { mayReadOf } from '../auth.ts'
import { identityShape, moneyIn, moneyResource, type ResourceKind, timesShape } from './resource.ts'

export const paymentResource = z
  .object({
    ...identityShape,
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum(['requested', 'processed', 'failed', 'partially_refunded', 'refunded']),
    amount: moneyResource,
    refunded: moneyResource.openapi({
      description: 'What has gone back so far; refunds under way do not count.',
    }),
    paymentMethod: z.string().openapi({ description: "The gateway's token; never a card number." }),
    attempt: z.int().min(1).openapi({ description: '1 for the first try on the order.' }),
    failure: z.object({ code: z.string(), detail: z.string() }).optional(),
    refunds: z.array(
      z.object({
        refundId: z.string(),
        amount: moneyResource,
        status: z.enum(['pending', 'succeeded', 'failed']),
      }),
    ),
    ...timesShape,
  })
  .openapi('Payment')

export const payments: ResourceKind<Payment, z.infer<typeof paymentResource>> = {
  collection: 'payments',
  kind: 'payment',
  schema: paymentResource,
  notFoundCode: 'payment_not_found',
  object: (env, id) => env.PAYMENT.get(env.PAYMENT.idFromName(id)),
  render: ({ id, version, state, createdAt, updatedAt }) => {
    const { orderId, customerId, status, amount, paymentMethod, attempt } = state
    const money = moneyIn(amount.currency)
    const refunds = isCharged(state) ? state.refunds : []
    return {
      id,
      version,
      ...{ orderId, customerId, status, amount },
      refunded: money(isCharged(state) ? refundedTotal(state) : 0),
      ...{ paymentMethod, attempt },
      failure: state.status === 'failed' ? state.failure : undefined,
      refunds: refunds.map((refund) => ({ ...refund, amount: money(refund.amount) })),
      createdAt,
      updatedAt,
    }
  },
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
