import type { Aggregate } from '../core/aggregate.ts'
import { type ProductCommand, productCommand } from './commands.ts'
import { type ProductEvent, productEvent } from './events.ts'
import { productListing } from './listing.ts'
import { decide } from './product.ts'
import { productRefusals } from './refusals.ts'
import { evolve, type Product, productSchema } from './state.ts'

/** A product of the catalog, named by its SKU. */
export const product: Aggregate<Product, ProductCommand, ProductEvent> = {
  kind: 'product',
  context: 'catalog',
  command: productCommand,
  event: productEvent,
  refusals: productRefusals,
  state: productSchema,
  stateVersion: 2,
  evolve,
  decide,
  react: () => [],
  listing: productListing,
}
