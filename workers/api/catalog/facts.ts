import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { productFacts } from '../../../shared/catalog/state.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import type { ApiContext } from '../http/context.ts'
import { READ_CONCURRENCY, withTimeout } from '../http/timeout.ts'
import { catalogCache } from './cache.ts'
import { products } from './resource.ts'

/** What is known of a product by its SKU; `null` if nothing is. */
export async function productFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  const view = await withTimeout(products.object(c.env, sku).read({}))
  return view ? productFacts(view.state) : null
}

/**
 * What a cart is quoted from: as above, but it may be some seconds old. The checkout reads the product
 * itself, and tells a price that has changed.
 */
export function quotedFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  return catalogCache.factsOf(sku, () => productFactsOf(c, sku))
}

/** What is known of each of these products; a SKU may stand there several times. */
export async function catalogOf(
  c: ApiContext,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProductFacts | null>> {
  const distinct = [...new Set(skus)]
  const facts = await mapBounded(distinct, READ_CONCURRENCY, (sku) => productFactsOf(c, sku))
  return new Map(distinct.map((sku, index) => [sku, facts[index] ?? null]))
}
