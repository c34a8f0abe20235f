import { z } from '@hono/zod-openapi'
import {
  disputesOf,
  isCharged,
  openDispute,
  type Payment,
  type Refund,
  refundable,
  refundedTotal,
} from '../../../shared/payment/state.ts'
import { disputeStatus } from '../../../shared/ports/payment-gateway.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { identityShape, moneyIn, moneyResource, type ResourceKind, timesShape } from '../http/resource.ts'

export const paymentResource = z
  .object({
    ...identityShape,
    orderId: z.string(),
    customerId: z.string(),
    status: z.enum([
      'requested',
      'review',
      'processed',
      'failed',
      'partially_refunded',
      'refunded',
      'disputed',
    ]),
    amount: moneyResource,
    refunded: moneyResource.openapi({
      description: 'Refunded so far, without pending refunds.',
    }),
    refundable: moneyResource.openapi({
      description: 'What can still be refunded; pending refunds are subtracted until they fail.',
    }),
    paymentMethod: z.string().openapi({ description: "The gateway's token; never a card number." }),
    attempt: z.int().min(1).openapi({ description: '1 for the first payment of the order.' }),
    failure: z.object({ code: z.string(), detail: z.string() }).optional(),
    fraud: z
      .object({ score: z.int(), rules: z.array(z.string()) })
      .optional()
      .openapi({
        description:
          'For operators only: the fraud score and the rules that contributed; held for review from 65, refused from 75.',
      }),
    refunds: z.array(
      z.object({
        refundId: z.string(),
        amount: moneyResource,
        status: z.enum(['pending', 'succeeded', 'failed']),
        lines: z
          .array(z.object({ sku: z.string(), quantity: z.int(), amount: moneyResource }))
          .optional()
          .openapi({ description: 'The refund per product, if requested by `lines`.' }),
        shipping: moneyResource.optional(),
      }),
    ),
    dispute: z
      .object({
        disputeId: z.string(),
        reason: z.string(),
        amount: moneyResource,
        status: disputeStatus,
      })
      .optional()
      .openapi({
        description:
          "The open one, or the last. While the card's bank decides (`inquiry`, `open`), nothing can be refunded; `lost` counts as refunded.",
      }),
    ...timesShape,
  })
  .openapi('Payment')

export const payments: ResourceKind<Payment, z.infer<typeof paymentResource>> = {
  collection: 'payments',
  kind: 'payment',
  schema: paymentResource,
  notFoundCode: 'payment_not_found',
  object: (env, id) => env.PAYMENT.getByName(id),
  render: ({ id, version, state, createdAt, updatedAt }) => {
    const { orderId, customerId, status, amount, paymentMethod, attempt } = state
    const money = moneyIn(amount.currency)
    const refunds = isCharged(state) ? state.refunds : []
    return {
      id,
      version,
      ...{ orderId, customerId, status, amount },
      refunded: money(isCharged(state) ? refundedTotal(state) : 0),
      refundable: money(isCharged(state) && !openDispute(state) ? refundable(state) : 0),
      ...{ paymentMethod, attempt },
      failure: state.status === 'failed' ? state.failure : undefined,
      fraud: state.screening,
      refunds: refunds.map((refund) => renderRefund(refund, money)),
      dispute: openDispute(state) ?? disputesOf(state).at(-1),
      createdAt,
      updatedAt,
    }
  },
  forBuyer: ({ fraud: _, ...payment }) => payment,
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}

function renderRefund(
  { refundId, amount, status, lines, shipping }: Refund,
  money: ReturnType<typeof moneyIn>,
) {
  return {
    ...{ refundId, status },
    amount: money(amount),
    lines: lines?.map((line) => ({ ...line, amount: money(line.amount) })),
    shipping: shipping === undefined ? undefined : money(shipping),
  }
}
