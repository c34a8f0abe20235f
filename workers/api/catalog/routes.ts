import { createHmac } from 'node:crypto'
import { z } from '@hono/zod-openapi'
import { signingSecret } from '../../../durable-objects/adapters/secrets.ts'
import { publicOrigin } from '../../../durable-objects/public-url.ts'
import { clock } from '../../../durable-objects/sandbox/clock.ts'
import { type ProductCommand, productCommand } from '../../../shared/catalog/commands.ts'
import { productListingSchema } from '../../../shared/catalog/listing.ts'
import { productSchema } from '../../../shared/catalog/state.ts'
import { unsequencedCloudEvent } from '../../../shared/core/cloud-event.ts'
import type { CommandStep } from '../../../shared/core/effect.ts'
import { skuSchema } from '../../../shared/core/ids.ts'
import { currencySchema } from '../../../shared/core/money/money.ts'
import { unsequencedMessage } from '../../../shared/core/wire/queue-message.ts'
import { levelsOf } from '../../../shared/inventory/state.ts'
import { lists } from '../../read-models/lists.ts'
import { customerIdOf, hasScope } from '../http/auth/authorization.ts'
import { runCommand } from '../http/commands.ts'
import type { ApiContext } from '../http/context.ts'
import { skuParams } from '../http/fields.ts'
import { listed, listResponses, sendEmptyList, sendList } from '../http/lists.ts'
import { commandHeaders, commandResponses } from '../http/openapi/documented.ts'
import { commandQuery, commandRoute, newApi, nothing, queryRoute } from '../http/operation.ts'
import { reportFault } from '../http/problems.ts'
import { listQuery, priceRange, searchQuery, severalOf, timeRanges } from '../http/request/list-query.ts'
import { withTimeout } from '../http/timeout.ts'
import { viewRoutes } from '../http/views.ts'
import { inventory } from '../inventory/resource.ts'
import { catalogCache } from './cache.ts'
import { productResource, products } from './resource.ts'

const [create, changePrice] = productCommand.options
const about = {
  tag: products.collection,
  who: ['operator'],
  query: commandQuery,
  headers: commandHeaders,
} as const

/** Adds the units that can be ordered now: 0 for a product without an inventory. */
const availability = {
  schema: z.object({
    available: z.int().min(0).optional().openapi({
      description:
        'Units that can be ordered now. Absent for an older version, and while the stock cannot be read.',
    }),
  }),
  read: async (c: ApiContext, { id: sku }: { readonly id: string }) => {
    try {
      const stock = await withTimeout(inventory.object(c.env, sku).read({}))
      return {
        members: { available: stock ? levelsOf(stock.state).available : 0 },
        changedAt: stock?.updatedAt ?? null,
      }
    } catch (fault) {
      // A product stays readable while its stock is not; the incomplete answer must not be cached.
      reportFault(c, fault instanceof Error ? fault : new Error('a value was thrown that is not an Error'))
      c.header('Cache-Control', 'no-store')
      return { members: {}, changedAt: null }
    }
  },
}

const listedProduct = productListingSchema.extend({ available: z.int().min(0) })

export const productRoutes = newApi()

productRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'createProduct',
    method: 'post',
    path: '/products',
    summary: 'Puts a product on sale',
    description: "The SKU is the product's name for good. Stock is kept apart: see `updateStock`.",
    params: nothing,
    body: create.omit({ type: true }),
    responses: commandResponses(productResource, { creates: true }),
  }),
  (c) => {
    const body = c.req.valid('json')
    const step = toProduct(body.sku, { type: 'CreateProduct', ...body })
    return runProductCommand(c, step, { creates: true, namedByBody: true })
  },
)

productRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'changePrice',
    method: 'post',
    path: '/products/{sku}/price',
    summary: 'Changes the price; open carts are notified at their checkout',
    description:
      'Orders keep the price at which they were placed. A cart that was quoted the old price gets `price_changed` at its checkout. The currency of a product stays.',
    params: skuParams,
    body: changePrice.omit({ type: true }),
    responses: commandResponses(productResource),
  }),
  (c) => {
    const { sku } = c.req.valid('param')
    return runProductCommand(c, toProduct(sku, { type: 'ChangePrice', ...c.req.valid('json') }))
  },
)

productRoutes.openapi(
  commandRoute({
    ...about,
    operationId: 'discontinueProduct',
    method: 'post',
    path: '/products/{sku}/discontinue',
    summary: 'Discontinues a product permanently',
    description:
      'It cannot be ordered any more, and leaves carts at their checkout. Orders that contain it go on.',
    params: skuParams,
    body: nothing,
    responses: commandResponses(productResource),
  }),
  (c) => runProductCommand(c, toProduct(c.req.valid('param').sku, { type: 'DiscontinueProduct' })),
)

productRoutes.openapi(
  queryRoute({
    ...listed,
    operationId: 'listProducts',
    path: '/products',
    tag: products.collection,
    summary: 'Lists products with their availability; discontinued ones only for operators',
    who: 'anyone',
    query: listQuery(lists.products, listedProduct).extend({
      status: severalOf(productSchema.shape.status.options).optional(),
      currency: currencySchema.optional(),
      ...{ ...timeRanges, ...priceRange },
      ...searchQuery('its SKU, name or description'),
    }),
    responses: listResponses('ListedProduct', listedProduct),
  }),
  (c) => {
    const query = c.req.valid('query')
    const { status, currency } = query
    if (hasScope(c.get('caller'), 'operator')) return sendList(c, lists.products, query, { status, currency })
    if (status?.includes('active') === false) return sendEmptyList(c, query)
    return sendList(c, lists.products, query, { status: 'active', currency })
  },
)

productRoutes.route(
  '/',
  viewRoutes(products, {
    get: 'getProduct',
    history: 'listProductEvents',
    who: 'anyone',
    name: { parameter: 'sku', schema: skuSchema },
    extension: availability,
    onRead: (c, sku) => {
      // Public, so caches may store it, but must revalidate.
      c.header('Cache-Control', 'no-cache')
      c.executionCtx.waitUntil(publishView(c, sku))
    },
  }),
)

/** Invalidates the cache of this isolate even after a fault: the command may have been carried out. */
async function runProductCommand(
  c: ApiContext,
  step: CommandStep,
  options?: Parameters<typeof runCommand>[3],
): Promise<Response> {
  try {
    return await runCommand(c, products, step, options)
  } finally {
    catalogCache.forget(step.to.id)
  }
}

function toProduct(sku: string, command: ProductCommand): CommandStep {
  return { to: { kind: 'product', id: sku }, command }
}

/** Publishes `ProductViewed`. Best effort: losing an event is acceptable, so the response does not wait for it. */
async function publishView(c: ApiContext, sku: string): Promise<void> {
  const customerId = customerIdOf(c.get('caller'))
  const event = unsequencedCloudEvent({
    origin: publicOrigin(c.env),
    id: `${c.get('requestId')}/viewed`,
    context: 'catalog',
    type: 'ProductViewed',
    subject: sku,
    time: clock.now(),
    category: 'business',
    trace: c.get('trace'),
    data: { sku, ...(customerId === null ? { sessionId: sessionOf(c) } : { customerId }) },
  })
  await c.env.EVENTS.send(unsequencedMessage(event), { contentType: 'text' }).catch(() => {})
}

/** A pseudonymous session id: one browser on one day. It cannot be traced back to a person. */
function sessionOf(c: ApiContext): string {
  const visitor = [clock.now().slice(0, 10), c.req.header('CF-Connecting-IP'), c.req.header('User-Agent')]
  return createHmac('sha256', signingSecret(c.env) ?? '')
    .update(JSON.stringify(visitor))
    .digest('hex')
    .slice(0, 32)
}
