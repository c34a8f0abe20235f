import { idSchema } from '../../../shared/core/ids.ts'
import type { Order } from '../../../shared/order/state.ts'
import { reviewCommand, reviewIdOf, toReview } from '../../../shared/review/commands.ts'
import { reviewListingSchema } from '../../../shared/review/listing.ts'
import { lists } from '../../read-models/lists.ts'
import { customerFactsOf } from '../customer/facts.ts'
import { customerIdOf } from '../http/auth/authorization.ts'
import { runCommand } from '../http/commands.ts'
import { commandSchema, idParams, skuParams } from '../http/fields.ts'
import { listed, listResponses, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, queryRoute } from '../http/operation.ts'
import { listQuery, submittedRange } from '../http/request/list-query.ts'
import { aggregateNotFound, readVisible, viewRoutes } from '../http/views.ts'
import { orders } from '../order/resource.ts'
import { reviewResource, reviews } from './resource.ts'

const submitBody = commandSchema(reviewCommand, 'SubmitReview').pick({ sku: true, rating: true, text: true })

export const reviewRoutes = newApi()

reviewRoutes.openapi(
  commandRoute({
    operationId: 'submitReview',
    method: 'post',
    path: '/orders/{id}/reviews',
    tag: reviews.collection,
    summary: 'Reviews a product that was delivered',
    description:
      'Once per product of an order, whether or not a review was requested; it earns bonus points.',
    who: ['customer'],
    params: idParams('ord'),
    query: commandQuery,
    headers: commandHeaders,
    body: submitBody,
    responses: commandResponses(reviewResource, { creates: true }),
  }),
  async (c) => {
    const orderId = c.req.valid('param').id
    const review = c.req.valid('json')
    const { state: order } = await readVisible(c, orders, orderId)
    // Operators may read the order but not review it.
    if (order.customerId !== customerIdOf(c.get('caller'))) throw aggregateNotFound(orders, orderId)
    const buyer = await customerFactsOf(c, order.customerId)
    const step = toReview(reviewIdOf(orderId, review.sku), {
      type: 'SubmitReview',
      ...review,
      orderId,
      customerId: order.customerId,
      ordered: order.pricing.lines.some(({ sku }) => sku === review.sku),
      delivered: hasArrived(order),
      buyerErased: buyer?.status === 'erased',
    })
    return runCommand(c, reviews, step, { creates: true, namedByBody: true })
  },
)

reviewRoutes.openapi(
  queryRoute({
    ...listed,
    operationId: 'listReviews',
    path: '/products/{sku}/reviews',
    tag: reviews.collection,
    summary: 'Lists the reviews of a product',
    who: 'anyone',
    params: skuParams,
    query: listQuery(lists.reviews, reviewListingSchema).extend(submittedRange),
    responses: listResponses('ListedReview', reviewListingSchema),
  }),
  (c) => sendList(c, lists.reviews, c.req.valid('query'), { sku: c.req.valid('param').sku }),
)

reviewRoutes.route(
  '/',
  viewRoutes(reviews, {
    get: 'getReview',
    history: 'listReviewEvents',
    who: ['customer', 'operator'],
    name: { parameter: 'id', schema: idSchema('rev') },
  }),
)

/** A returned order cannot be reviewed. */
function hasArrived({ status }: Order): boolean {
  return status === 'delivered' || status === 'completed'
}
