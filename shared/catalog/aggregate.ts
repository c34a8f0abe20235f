import type { Aggregate } from '../core/aggregate.ts'
import { combineFeatures } from '../core/feature.ts'
import { type ProductCommand, productCommand } from './commands.ts'
import { type ProductEvent, productEvent } from './events.ts'
import { productListing } from './listing.ts'
import { sale } from './product.ts'
import { productRefusals, refuse } from './refusals.ts'
import { type Product, productSchema } from './state.ts'

const features = [sale] as const

/** A product of the catalog, named by its SKU. */
export const product: Aggregate<Product, ProductCommand, ProductEvent> = {
  kind: 'product',
  context: 'catalog',
  command: productCommand,
  event: productEvent,
  refusals: productRefusals,
  state: productSchema,
  stateVersion: 2,
  ...combineFeatures<Product, ProductCommand, ProductEvent, typeof features>(features, ({ id }) =>
    refuse('product_not_found', `There is no product ${id}.`),
  ),
  listing: productListing,
}
