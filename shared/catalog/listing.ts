import { z } from 'zod'
import type { ListingFacts } from '../core/aggregate.ts'
import { instantSchema } from '../core/time.ts'
import { type Product, productSchema } from './state.ts'

/** A product in lists. */
export const productListingSchema = z.object({
  id: z.string(),
  version: z.int().min(1),
  ...productSchema.shape,
  createdAt: instantSchema,
  updatedAt: instantSchema,
})
type ProductListing = z.infer<typeof productListingSchema>

/** The list entry of a product. */
export function productListing(
  state: Product,
  { id, version, createdAt, updatedAt }: ListingFacts,
): ProductListing {
  return { id, version, ...state, createdAt, updatedAt }
}
