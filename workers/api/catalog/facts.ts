import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { productFacts } from '../../../shared/catalog/state.ts'
import { mapBounded } from '../../../shared/core/concurrency.ts'
import type { ApiContext } from '../http/context.ts'
import { READ_CONCURRENCY, withTimeout } from '../http/timeout.ts'
import { catalogCache } from './cache.ts'
import { products } from './resource.ts'

/** The facts of a product; `null` if there is none. */
async function productFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  const view = await withTimeout(products.object(c.env, sku).read({}))
  return view ? productFacts(view.state) : null
}

/** The facts for a cart quote, possibly a few seconds old. The checkout reads the product itself. */
export function quotedFactsOf(c: ApiContext, sku: string): Promise<ProductFacts | null> {
  return catalogCache.factsOf(sku, () => productFactsOf(c, sku))
}

/** The facts of several products, by SKU; duplicates are read once. */
export async function catalogOf(
  c: ApiContext,
  skus: readonly string[],
): Promise<ReadonlyMap<string, ProductFacts | null>> {
  const distinct = [...new Set(skus)]
  const facts = await mapBounded(distinct, READ_CONCURRENCY, (sku) => productFactsOf(c, sku))
  return new Map(distinct.map((sku, index) => [sku, facts[index] ?? null]))
}
