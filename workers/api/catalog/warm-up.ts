import { z } from 'zod'
import { type TelemetrySource, telemetry } from '../../../durable-objects/telemetry.ts'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { productListingSchema } from '../../../shared/catalog/listing.ts'
import { productFacts } from '../../../shared/catalog/state.ts'
import { type CatalogCache, catalogCache } from './cache.ts'

/** The newest products are preloaded: a shop shows them first. */
const MAX_WARM_PRODUCTS = 50

const row = z.object({ item: z.string() })

/**
 * Runs once per isolate, next to its first request: opens the read database and preloads products for its first carts.
 * Entries live for seconds (`FACTS_TTL_MS`), so this saves calls at cold starts only. Failure is harmless.
 */
export async function warmUp(source: TelemetrySource, cache: CatalogCache = catalogCache): Promise<void> {
  const database = source.env.DATABASE
  try {
    await database.prepare('SELECT 1').run()
  } catch {
    return
  }
  telemetry.readDatabaseAnswered(source)
  const changesBefore = cache.changes
  const products = await newestProducts(database)
  telemetry.cacheWarmed(source, cache.keep(products, changesBefore))
}

/** Empty if the table is missing or not readable by this release. */
async function newestProducts(database: D1Database): Promise<ProductFacts[]> {
  try {
    const { results } = await database
      .prepare(`SELECT item FROM products WHERE status = 'active' ORDER BY created_at DESC, id DESC LIMIT ?`)
      .bind(MAX_WARM_PRODUCTS)
      .all()
    return results.flatMap((found) => {
      const listing = productListingSchema.safeParse(JSON.parse(row.parse(found).item))
      return listing.success ? [productFacts(listing.data)] : []
    })
  } catch {
    return []
  }
}
