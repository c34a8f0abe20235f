import { z } from '@hono/zod-openapi'
import type { AggregateView } from '../../../durable-objects/aggregate/protocol.ts'
import { type Product, productSchema } from '../../../shared/catalog/state.ts'
import { identityShape, moneyResource, type ResourceKind, timesShape } from '../http/resource.ts'

export const productResource = z
  .object({ ...identityShape, ...productSchema.shape, price: moneyResource, ...timesShape })
  .openapi('Product')

export const products: ResourceKind<Product, z.infer<typeof productResource>> = {
  collection: 'products',
  kind: 'product',
  schema: productResource,
  notFoundCode: 'product_not_found',
  object: (env, sku) => env.PRODUCT.getByName(sku),
  render: ({ id, version, state, createdAt, updatedAt }: AggregateView<Product>) => ({
    id,
    version,
    ...state,
    createdAt,
    updatedAt,
  }),
  mayRead: () => true,
}
