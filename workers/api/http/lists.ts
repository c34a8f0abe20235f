import { z } from '@hono/zod-openapi'
import { productListingSchema } from '../../../shared/catalog/listing.ts'
import { idSchema } from '../../../shared/core/ids.ts'
import { customerListingSchema } from '../../../shared/customer/listing.ts'
import { customerSchema } from '../../../shared/customer/state.ts'
import { deliveryListingSchema } from '../../../shared/delivery/listing.ts'
import { deliverySchema } from '../../../shared/delivery/state.ts'
import { orderListingSchema } from '../../../shared/order/listing.ts'
import { orderStatuses } from '../../../shared/order/state.ts'
import { paymentListingSchema } from '../../../shared/payment/listing.ts'
import { promotionListingSchema } from '../../../shared/promotion/listing.ts'
import { promotionStatuses } from '../../../shared/promotion/state.ts'
import { segmentSchema, tierSchema } from '../../../shared/promotion/terms.ts'
import { reviewListingSchema } from '../../../shared/review/listing.ts'
import { lists } from '../../read-models/lists.ts'
import { type Filter, type List, readPage } from '../../read-models/page.ts'
import { products } from '../catalog/resource.ts'
import { customers } from '../customer/resource.ts'
import { deliveries } from '../delivery/resource.ts'
import { orders } from '../order/resource.ts'
import { paymentResource, payments } from '../payment/resource.ts'
import { promotionResource, promotions } from '../promotion/resource.ts'
import { reviews } from '../review/resource.ts'
import { customerIdOf, hasScope } from './auth/authorization.ts'
import type { ApiContext } from './context.ts'
import { skuParams } from './fields.ts'
import { jsonResponse, queryResponses } from './openapi/documented.ts'
import { newApi, nothing, queryRoute } from './operation.ts'
import { decodeCursor, encodeCursor, linkNext, pageQuery, pageResource } from './paging.ts'
import { cancellationForBuyer } from './redaction.ts'
import { isForBuyer } from './resource.ts'

const position = z.tuple([z.string(), z.string()])
const eventual =
  'Newest first. A change is in the list a few seconds after it was made; the resource by its id is never behind.'

const about = { params: nothing, description: eventual } as const
const forOperators = { ...about, who: ['operator'] } as const

export const listRoutes = newApi()

listRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listOrders',
    path: '/orders',
    tag: orders.collection,
    summary: 'Orders; a customer sees only their own',
    who: ['customer', 'operator'],
    query: pageQuery.extend({
      customerId: idSchema('cus').optional(),
      status: z.enum(orderStatuses).optional(),
    }),
    responses: pageResponses('ListedOrder', orderListingSchema),
  }),
  (c) => {
    const { customerId, status, ...page } = c.req.valid('query')
    const caller = c.get('caller')
    const owner = hasScope(caller, 'operator') ? customerId : (customerIdOf(caller) ?? '')
    // Somebody else's orders are asked for: there are none that this caller may know of.
    if (customerId !== undefined && customerId !== owner) return sendItems(c, [], null)
    return sendPage(c, lists.orders, page, { customer_id: owner, status }, orderForBuyer)
  },
)

listRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listProducts',
    path: '/products',
    tag: products.collection,
    summary: 'Products with what there is of them; those off sale only for operators',
    who: 'anyone',
    query: pageQuery.extend({ status: z.enum(['active', 'discontinued']).optional() }),
    responses: pageResponses('ListedProduct', productListingSchema.extend({ available: z.int().min(0) })),
  }),
  (c) => {
    const { status, ...page } = c.req.valid('query')
    if (hasScope(c.get('caller'), 'operator')) return sendPage(c, lists.products, page, { status })
    if (status === 'discontinued') return sendItems(c, [], null)
    return sendPage(c, lists.products, page, { status: 'active' })
  },
)

listRoutes.openapi(
  queryRoute({
    ...about,
    operationId: 'listReviews',
    path: '/products/{sku}/reviews',
    tag: reviews.collection,
    summary: 'What buyers say of a product',
    who: 'anyone',
    params: skuParams,
    query: pageQuery,
    responses: pageResponses('ListedReview', reviewListingSchema),
  }),
  (c) => sendPage(c, lists.reviews, c.req.valid('query'), { sku: c.req.valid('param').sku }),
)

listRoutes.openapi(
  queryRoute({
    ...forOperators,
    operationId: 'listCustomers',
    path: '/customers',
    tag: customers.collection,
    summary: 'Customers, without what tells who they are',
    query: pageQuery.extend({
      status: customerSchema.shape.status.optional(),
      tier: tierSchema.optional(),
      segment: segmentSchema.optional(),
    }),
    responses: pageResponses('ListedCustomer', customerListingSchema),
  }),
  (c) => {
    const { status, tier, segment, ...page } = c.req.valid('query')
    return sendPage(c, lists.customers, page, { segment, tier, status })
  },
)

listRoutes.openapi(
  queryRoute({
    ...forOperators,
    operationId: 'listPayments',
    path: '/payments',
    tag: payments.collection,
    summary: 'Payments',
    query: pageQuery.extend({
      orderId: idSchema('ord').optional(),
      status: paymentResource.shape.status.optional(),
    }),
    responses: pageResponses(
      'ListedPayment',
      paymentListingSchema.extend(paymentResource.pick({ status: true }).shape),
    ),
  }),
  (c) => {
    const { orderId, status, ...page } = c.req.valid('query')
    return sendPage(c, lists.payments, page, { order_id: orderId, status })
  },
)

listRoutes.openapi(
  queryRoute({
    ...forOperators,
    operationId: 'listDeliveries',
    path: '/deliveries',
    tag: deliveries.collection,
    summary: 'Deliveries, without their addresses',
    query: pageQuery.extend({
      orderId: idSchema('ord').optional(),
      status: deliverySchema.shape.status.optional(),
    }),
    responses: pageResponses('ListedDelivery', deliveryListingSchema),
  }),
  (c) => {
    const { orderId, status, ...page } = c.req.valid('query')
    return sendPage(c, lists.deliveries, page, { order_id: orderId, status })
  },
)

listRoutes.openapi(
  queryRoute({
    ...forOperators,
    operationId: 'listPromotions',
    path: '/promotions',
    tag: promotions.collection,
    summary: 'Promotions, personal ones too',
    query: pageQuery.extend({ status: z.enum(promotionStatuses).optional() }),
    responses: pageResponses(
      'ListedPromotion',
      promotionListingSchema.extend(promotionResource.pick({ kind: true, value: true }).shape),
    ),
  }),
  (c) => {
    const { status, ...page } = c.req.valid('query')
    return sendPage(c, lists.promotions, page, { status })
  },
)

/** The responses of a list whose entries have this schema, which gets a name in the document. */
function pageResponses(name: string, entry: z.ZodObject) {
  // A schema of our own: one that was made before zod learnt `openapi` does not have it.
  const named = z.object(entry.shape).openapi(name)
  return queryResponses(jsonResponse('A page.', pageResource(named), 'Link'))
}

/** Answers with a page; of the filters the first that is given should leave the fewest entries. */
async function sendPage(
  c: ApiContext,
  list: List,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
  filters: Readonly<Record<string, string | undefined>>,
  forBuyer?: (entry: string) => string,
): Promise<Response> {
  const given = Object.entries(filters).flatMap<Filter>(([column, value]) =>
    value === undefined ? [] : [[column, value]],
  )
  // Also by what the caller's own rights add to the filters of the request.
  const after = decodeCursor(c, position, cursor, filters)
  const { items, next } = await readPage(c.env.DATABASE, list, { limit, after, filters: given })
  const shown = forBuyer && isForBuyer(c) ? items.map(forBuyer) : items
  return sendItems(c, shown, next && encodeCursor(c, next, filters))
}

const cancelledSchema = z.looseObject({ cancellation: z.looseObject({ reason: z.string() }).optional() })

/** An entry of a list of orders as its buyer may read it. */
function orderForBuyer(entry: string): string {
  const { cancellation, ...order } = cancelledSchema.parse(JSON.parse(entry))
  return JSON.stringify({
    ...order,
    ...(cancellation && { cancellation: cancellationForBuyer(cancellation) }),
  })
}

/** Entries are JSON already: they are not read only to be written again. */
function sendItems(c: ApiContext, items: readonly string[], nextCursor: string | null): Response {
  linkNext(c, nextCursor)
  const body = `{"data":[${items.join(',')}],"nextCursor":${JSON.stringify(nextCursor)}}`
  return c.body(body, 200, { 'Content-Type': 'application/json' })
}
