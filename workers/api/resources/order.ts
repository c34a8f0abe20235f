import { z } from '@hono/zod-openapi'
import {
  cancellationReasons,
  discountSchema,
  orderLineSchema,
  orderPromotionSchema,
} from '../../../shared/order/events.ts'
import { type Order, orderSchema } from '../../../shared/order/state.ts'
import { mayReadOf } from '../auth.ts'
import { identityShape, moneyIn, moneyResource, type ResourceKind, timesShape } from './resource.ts'

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
    cancellation: z.object({ reason: z.enum(cancellationReasons), detail: z.string() }).optional(),
    ...timesShape,
  })
  .openapi('Order')

export const orders: ResourceKind<Order, z.infer<typeof orderResource>> = {
  collection: 'orders',
  kind: 'order',
  schema: orderResource,
  notFoundCode: 'order_not_found',
  object: (env, id) => env.ORDER.get(env.ORDER.idFromName(id)),
  render: ({ id, version, state, createdAt, updatedAt }) => {
    const { pricing, cancellation } = state
    const money = moneyIn(pricing.currency)
    return {
      id,
      version,
      customerId: state.customerId,
      status: state.status,
      paymentStatus: state.paymentStatus,
      fulfilmentStatus: state.fulfilmentStatus,
      lines: pricing.lines.map(({ sku, name, quantity, unitPrice, discount, total }) => ({
        sku,
        name,
        quantity,
        unitPrice: money(unitPrice),
        discount: money(discount),
        total: money(total),
      })),
      subtotal: money(pricing.subtotal),
      discounts: pricing.discounts.map(({ source, code, amount }) => ({
        source,
        code,
        amount: money(amount),
      })),
      shipping: money(pricing.shipping),
      total: money(pricing.total),
      promotions: state.promotions,
      payments: state.payments.map((payment) => payment.id),
      deliveries: state.deliveries.map((delivery) => delivery.id),
      cancellation: cancellation && { reason: cancellation.reason, detail: cancellation.detail },
      createdAt,
      updatedAt,
    }
  },
  mayRead: (caller, { state }) => mayReadOf(caller, state.customerId),
}
