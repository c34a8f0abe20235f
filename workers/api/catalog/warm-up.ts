import { z } from 'zod'
import { type TelemetrySource, telemetry } from '../../../durable-objects/telemetry.ts'
import type { ProductFacts } from '../../../shared/catalog/commands.ts'
import { productListingSchema } from '../../../shared/catalog/listing.ts'
import { productFacts } from '../../../shared/catalog/state.ts'
import { type CatalogCache, catalogCache } from './cache.ts'

/** So many of the newest products are read ahead: what a shop shows first. */
const MAX_WARM_PRODUCTS = 50

const row = z.object({ item: z.string() })

/**
 * What an isolate does beside its first request: greets the read database and reads products ahead from
 * it. Without a database, or before it is migrated, the isolate works as well, only colder.
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

/** None where the table is not there yet, or holds what this release cannot read. */
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
