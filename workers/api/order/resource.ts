import { z } from '@hono/zod-openapi'
import { discountSchema, orderLineSchema, orderPromotionSchema } from '../../../shared/order/events.ts'
import { cancellationSchema, orderListing } from '../../../shared/order/listing.ts'
import { type Order, orderSchema } from '../../../shared/order/state.ts'
import { mayReadOf } from '../http/auth/authorization.ts'
import { cancellationForBuyer } from '../http/redaction.ts'
import { identityShape, moneyResource, type ResourceKind, timesShape } from '../http/resource.ts'
import { explainOrder, orderDecisionsResource } from './decisions.ts'
import { paymentForBuyer } from './fraud-details.ts'

export const orderResource = z
  .object({
    ...identityShape,
    customerId: z.string(),
    status: orderSchema.shape.status,
    paymentStatus: orderSchema.shape.paymentStatus,
    fulfilmentStatus: orderSchema.shape.fulfilmentStatus,
    lines: z.array(
      orderLineSchema
        .pick({ sku: true, name: true, quantity: true })
        .extend({ unitPrice: moneyResource, discount: moneyResource, total: moneyResource }),
    ),
    subtotal: moneyResource,
    discounts: z.array(discountSchema.pick({ source: true, code: true }).extend({ amount: moneyResource })),
    shipping: moneyResource,
    total: moneyResource,
    promotions: z.array(orderPromotionSchema),
    payments: z.array(z.string()).openapi({ description: 'Ids, oldest first.' }),
    deliveries: z.array(z.string()).openapi({ description: 'Ids, oldest first.' }),
    cancellation: z
      .object({
        ...cancellationSchema.shape,
        reason: z.string().openapi({
          description: 'The `reason` of the request; the code where none was given, or without a request.',
        }),
      })
      .optional(),
    decisions: orderDecisionsResource,
    ...timesShape,
  })
  .openapi('Order')

export const orders: ResourceKind<Order, z.infer<typeof orderResource>> = {
  collection: 'orders',
  kind: 'order',
  schema: orderResource,
  notFoundCode: 'order_not_found',
  object: (env, id) => env.ORDER.getByName(id),
  render: ({ state, ...about }) => ({ ...orderListing(state, about), decisions: explainOrder(state) }),
  forBuyer: (order) => ({
    ...order,
    ...(order.cancellation && { cancellation: cancellationForBuyer(order.cancellation) }),
    decisions: { ...order.decisions, payments: order.decisions.payments.map(paymentForBuyer) },
  }),
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
