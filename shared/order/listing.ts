import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { moneySchema } from '../core/money/money.ts'
import { instantSchema } from '../core/time.ts'
import {
  ALL_REFUNDED,
  cancellationReasons,
  discountSchema,
  orderLineSchema,
  orderPromotionSchema,
} from './events.ts'
import { type Order, orderSchema } from './state.ts'

const { status, paymentStatus, fulfilmentStatus } = orderSchema.shape

/** The cancellation of an order in lists. */
export const cancellationSchema = z.object({
  /** The reason given with the request; otherwise the code. */
  reason: z.string(),
  detail: z.string(),
  /** Missing in lists that were written before it was shown. */
  code: z.enum(cancellationReasons).optional(),
})

/** An order in lists: without its explanations and address. */
export const orderListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  customerId: z.string(),
  ...{ status, paymentStatus, fulfilmentStatus },
  lines: z.array(
    orderLineSchema
      .pick({ sku: true, name: true, quantity: true })
      .extend({ unitPrice: moneySchema, discount: moneySchema, total: moneySchema }),
  ),
  subtotal: moneySchema,
  discounts: z.array(discountSchema.pick({ source: true, code: true }).extend({ amount: moneySchema })),
  shipping: moneySchema,
  total: moneySchema,
  promotions: z.array(orderPromotionSchema),
  payments: z.array(z.string()),
  deliveries: z.array(z.string()),
  cancellation: cancellationSchema.optional(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type OrderListing = z.infer<typeof orderListingSchema>

/** The list entry of an order. */
export function orderListing(state: Order, about: ListingFacts): OrderListing {
  const { customerId, status, paymentStatus, fulfilmentStatus, pricing, cancellation } = state
  const money = (amount: number) => ({ amount, currency: pricing.currency })
  return {
    id: about.id,
    version: about.version,
    ...{ customerId, status, paymentStatus, fulfilmentStatus },
    lines: pricing.lines.map(({ sku, name, quantity, unitPrice, discount, total }) => ({
      ...{ sku, name, quantity },
      unitPrice: money(unitPrice),
      discount: money(discount),
      total: money(total),
    })),
    subtotal: money(pricing.subtotal),
    discounts: pricing.discounts.map(({ source, code, amount }) => ({
      source,
      ...(code !== undefined && { code }),
      amount: money(amount),
    })),
    shipping: money(pricing.shipping),
    total: money(pricing.total),
    promotions: state.promotions,
    payments: state.payments.map(({ id }) => id),
    deliveries: state.deliveries.map(({ id }) => id),
    ...(cancellation && { cancellation: shownCancellation(cancellation) }),
    createdAt: about.createdAt,
    updatedAt: about.updatedAt,
  }
}

/** The reason of a requested cancellation is its text; the process's own reasons are codes. */
function shownCancellation({
  reason: code,
  detail,
}: NonNullable<Order['cancellation']>): z.infer<typeof cancellationSchema> {
  const isRequested = code === 'customer_request' || (code === 'operator' && detail !== ALL_REFUNDED)
  return isRequested && detail !== '' ? { reason: detail, detail: '', code } : { reason: code, detail, code }
}
