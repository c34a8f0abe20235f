import { z } from '@hono/zod-openapi'
import { idSchema } from '../../../shared/core/ids.ts'
import { currencySchema, givenMoneySchema } from '../../../shared/core/money/money.ts'
import { shippingPaid } from '../../../shared/order/checkout/pricing.ts'
import { paymentCommand, toPayment } from '../../../shared/payment/commands.ts'
import { paymentListingSchema } from '../../../shared/payment/listing.ts'
import type { RefundBasis } from '../../../shared/payment/refund-policy.ts'
import { lists } from '../../read-models/lists.ts'
import { answer, execute, runCommand } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { commandSchema, idParams } from '../http/fields.ts'
import { intentOf, nameOnce } from '../http/idempotency.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, queryRoute } from '../http/operation.ts'
import { invalidRequest } from '../http/problems.ts'
import { amountRange, listQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { withTimeout } from '../http/timeout.ts'
import { aggregateNotFound, readVisible, viewRoutes } from '../http/views.ts'
import { orders } from '../order/resource.ts'
import { paymentResource, payments } from './resource.ts'

const refund = commandSchema(paymentCommand, 'RefundPayment')
const refundBody = refund.pick({ reason: true, lines: true, shipping: true }).extend({
  amount: givenMoneySchema
    .extend({ amount: givenMoneySchema.shape.amount.min(1) })
    .optional()
    .openapi({ description: 'Default, without `lines` and `shipping`: the whole remainder.' }),
})

/** The reason of a rejection if the operator gives none. */
const REJECTED = 'operator'
const reviewBody = z.strictObject({
  decision: z.enum(['approve', 'reject']),
  reason: commandSchema(paymentCommand, 'RejectReview').shape.reason.optional(),
})

const ofOne = {
  tag: payments.collection,
  who: ['operator'],
  params: idParams('pay'),
  query: commandQuery,
  headers: commandHeaders,
  responses: commandResponses(paymentResource),
} as const

export const paymentRoutes = newApi()

paymentRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'refundPayment',
    method: 'post',
    path: '/payments/{id}/refunds',
    summary: 'Refunds a payment: the remainder, an amount, or products and shipping',
    description:
      '`lines` refunds the share of the given units; all units of a line add up to its total, however many refunds there are. `amount` excludes `lines` and `shipping`.',
    body: refundBody,
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { amount, reason, lines, shipping } = c.req.valid('json')
    const intent = await intentOf(c)
    const byParts = lines !== undefined || shipping === true
    const payment = amount || byParts ? (await readVisible(c, payments, id)).state : undefined
    if (amount && payment && amount.currency !== payment.amount.currency)
      throw invalidRequest({
        pointer: '/amount/currency',
        code: 'wrong_currency',
        detail: `The payment is in ${payment.amount.currency}.`,
      })
    const basis = byParts && payment ? await basisOf(c, payment.orderId) : undefined
    const step = toPayment(id, {
      type: 'RefundPayment',
      refundId: nameOnce(intent),
      ...(amount && { amount: amount.amount }),
      reason,
      ...(lines && { lines }),
      ...(shipping !== undefined && { shipping }),
      ...(basis && { basis }),
    })
    return answer(c, payments, await execute(c, payments.object(c.env, id), step, intent), intent)
  },
)

paymentRoutes.openapi(
  commandRoute({
    ...ofOne,
    operationId: 'reviewPayment',
    method: 'post',
    path: '/payments/{id}/review',
    summary: 'Approves or rejects a payment that is held for review',
    description: 'A payment that is not held for review is refused (`payment_not_in_review`).',
    body: reviewBody,
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { decision, reason = REJECTED } = c.req.valid('json')
    return runCommand(
      c,
      payments,
      toPayment(id, decision === 'approve' ? { type: 'ApproveReview' } : { type: 'RejectReview', reason }),
    )
  },
)

paymentRoutes.openapi(
  queryRoute({
    ...listed,
    who: ['operator'],
    operationId: 'listPayments',
    path: '/payments',
    tag: payments.collection,
    summary: 'Lists payments',
    query: listQuery(lists.payments, paymentListingSchema).extend({
      orderId: idSchema('ord').optional(),
      status: severalOf(paymentResource.shape.status.options).optional(),
      currency: currencySchema.optional(),
      ...{ ...timeRanges, ...amountRange },
    }),
    responses: listResponses(
      'ListedPayment',
      paymentListingSchema.extend(paymentResource.pick({ status: true }).shape),
    ),
  }),
  (c) => {
    const query = c.req.valid('query')
    const { orderId, status, currency } = query
    return sendList(c, lists.payments, query, { orderId, status, currency })
  },
)

paymentRoutes.route(
  '/',
  viewRoutes(payments, {
    get: 'getPayment',
    history: 'listPaymentEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('pay') },
  }),
)

/** What was paid for each product and for shipping, after discounts, from the order. */
async function basisOf(c: ApiContext, orderId: string) {
  const order = await withTimeout(orders.object(c.env, orderId).read({}))
  if (!order) throw aggregateNotFound(orders, orderId)
  const { pricing } = order.state
  return {
    lines: pricing.lines.map(({ sku, quantity, total }) => ({ sku, quantity, total })),
    shipping: shippingPaid(pricing),
  } satisfies RefundBasis
}
