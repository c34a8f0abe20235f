import { idSchema } from '../../shared/core/ids.ts'
import { moneySchema } from '../../shared/core/money.ts'
import { paymentCommand, toPayment } from '../../shared/payment/commands.ts'
import { answer, execute, intentOf, nameOnce } from './commands.ts'
import { commandHeaders, commandResponses } from './documented.ts'
import { commandSchema, idParams } from './fields.ts'
import { commandQuery, commandRoute, newApi } from './operation.ts'
import { invalidRequest } from './problems.ts'
import { readingRoutes, readOwn } from './reading.ts'
import { paymentResource, payments } from './resources/payment.ts'

const refund = commandSchema(paymentCommand, 'RefundPayment')
const refundBody = refund.pick({ reason: true }).extend({
  amount: moneySchema
    .extend({ amount: moneySchema.shape.amount.min(1) })
    .optional()
    .openapi({ description: 'Missing: all that is left.' }),
})

export const paymentRoutes = newApi()

paymentRoutes.openapi(
  commandRoute({
    operationId: 'refundPayment',
    method: 'post',
    path: '/payments/{id}/refunds',
    tag: payments.collection,
    summary: 'Gives money back: all that is left, or a part',
    who: ['operator'],
    params: idParams('pay'),
    query: commandQuery,
    headers: commandHeaders,
    body: refundBody,
    responses: commandResponses(paymentResource),
  }),
  async (c) => {
    const { id } = c.req.valid('param')
    const { amount, reason } = c.req.valid('json')
    const intent = await intentOf(c)
    if (amount) {
      const { currency } = (await readOwn(c, payments, id)).state.amount
      if (amount.currency !== currency)
        throw invalidRequest({
          pointer: '/amount/currency',
          code: 'wrong_currency',
          detail: `The payment is in ${currency}.`,
        })
    }
    const step = toPayment(id, {
      type: 'RefundPayment',
      refundId: nameOnce(intent),
      ...(amount && { amount: amount.amount }),
      reason,
    })
    return answer(c, payments, await execute(c, payments.object(c.env, id), step, intent), intent)
  },
)

paymentRoutes.route(
  '/',
  readingRoutes(payments, {
    get: 'getPayment',
    history: 'listPaymentEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('pay') },
  }),
)
